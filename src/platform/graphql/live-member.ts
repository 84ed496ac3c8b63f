import { GraphQLError } from 'graphql';
import { msg } from '../../kernel/message.js';
import { actorOf } from '../../kernel/viewer.js';
import type { EventLog } from '../events.js';
import { resyncRequired } from './live-cursor.js';
import type { LiveGroup } from './live-group.js';
import type { LivePayload, LiveSubscription } from './live-subscription.js';

/** A member whose transport holds more leaves the live stream and reads the log itself once all of it is sent. */
export const BUFFER_HIGH = 1024 * 1024;
const REPLAY_BATCH = 200;
const HEAD_POLL_MS = 25;

/** The log as one process has read it. */
export interface LiveLog {
  events: EventLog;
  /** Up to here the events were offered to the groups. */
  position(): number;
  /** Events up to here are no longer kept. */
  floor(): number;
  /** The log has grown. */
  hint(): void;
}

/**
 *   replaying (reads the log alone) -> live (shares the group's payloads) -> lagging (transport full: reads the log
 *   alone again) -> live ...
 */
export class LiveMember {
  state: 'replaying' | 'live' | 'lagging' | 'ended' = 'replaying';
  readonly person: string;

  constructor(
    readonly subscription: LiveSubscription,
    readonly group: LiveGroup,
    private readonly log: LiveLog,
    /** The last event that was sent or is not wanted. */
    public seq: number,
  ) {
    this.person = actorOf(subscription.viewer);
  }

  get isFull(): boolean {
    return this.subscription.buffered() > BUFFER_HIGH;
  }

  send(payload: LivePayload, seq: number): void {
    if (this.state === 'ended') return;
    this.subscription.send(payload);
    this.seq = seq;
  }

  lagBehind(seq: number): void {
    this.seq = Math.max(this.seq, seq);
    void this.catchUp('lagging');
  }

  end(error: GraphQLError | null): void {
    if (this.state === 'ended') return;
    this.leave();
    this.subscription.end(error);
  }

  leave(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.group.remove(this);
  }

  /** Reads the log alone until it meets the group, then joins it. */
  async catchUp(state: 'replaying' | 'lagging'): Promise<void> {
    this.state = state;
    this.group.pauseMember(this);
    try {
      if (state === 'lagging') await this.subscription.drained();
      if (this.seq > this.log.position()) await this.awaitPosition();
      while (!this.hasEnded()) {
        if (this.isFull) {
          await this.subscription.drained();
          continue;
        }
        // Checked and joined without an await between, so no event is missed.
        if (this.seq >= this.group.position) return this.group.resumeMember(this);
        if (this.seq < this.log.floor()) throw resyncRequired(msg`The events since your cursor are no longer kept.`);
        await this.replayBatch();
      }
    } catch (error) {
      this.end(error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error }));
    }
  }

  private async replayBatch(): Promise<void> {
    const batch = await this.log.events.readAfter(this.seq, REPLAY_BATCH);
    for (const event of batch) {
      if (this.hasEnded() || this.isFull || event.seq > this.log.position()) return;
      if (this.group.wants(event)) {
        const payload = await this.group.payloadOf(event, this.person);
        this.group.sendOne(this, payload, event.seq);
      } else {
        this.seq = event.seq;
      }
    }
  }

  /** Another process may have numbered further than this one has read; above the head there is nothing to resume. */
  private async awaitPosition(): Promise<void> {
    const head = await this.log.events.head();
    if (this.seq > head.seq) throw resyncRequired(msg`The cursor is above the head.`);
    while (!this.hasEnded() && this.seq > this.log.position()) {
      this.log.hint();
      await new Promise((resolve) => setTimeout(resolve, HEAD_POLL_MS));
    }
  }

  // A method, because the state changes while others are awaited.
  private hasEnded(): boolean {
    return this.state === 'ended';
  }
}
