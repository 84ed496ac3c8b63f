import { execute, GraphQLError, type GraphQLSchema } from 'graphql';
import { messageOf } from '../../kernel/errors.js';
import type { Viewer } from '../../kernel/viewer.js';
import type { LoggedEvent } from '../events.js';
import type { LiveTopic, Services } from '../module.js';
import { createContext } from './context.js';
import { localise, type FormatError } from './format-error.js';
import type { LiveExecutions } from './live-executions.js';
import type { PersonalLimits } from './live-limits.js';
import type { LiveLog, LiveMember } from './live-member.js';
import { groupViewer, LivePayload, wantsEvent, type LiveSubscription } from './live-subscription.js';

/** What all groups of a process share. */
export interface LiveEngine {
  services: Services;
  schema: GraphQLSchema;
  formatError: FormatError;
  executions: LiveExecutions;
  persons: PersonalLimits;
  log: LiveLog;
  onEmpty(group: LiveGroup): void;
}

/** A group that has more events waiting forgets them and reads them from the log again. */
const MAX_PENDING = 500;
const CATCH_UP_BATCH = 200;

/**
 * Subscriptions with the same document, variables and rights: one execution an event, one text, sent to each. Each group
 * works at its own pace, so an expensive one delays nobody but itself.
 */
export class LiveGroup {
  readonly key: string;
  private readonly topic: LiveTopic;
  /** The first member's: its document, arguments and rights are everybody's. */
  private readonly model: LiveSubscription;
  private readonly members = new Set<LiveMember>();
  private readonly live = new Set<LiveMember>();
  private pending: LoggedEvent[] = [];
  /** True while events were left out of `pending`. */
  private isBehind = false;
  private isWorking = false;
  private isSendingState = false;
  private firstStates = 0;
  private readUpTo = 0;
  /** While working: everything up to here was sent. */
  private sentUpTo = 0;
  private readonly viewer: Viewer;
  /** To whom the executions are charged: the member with the fewest, so that nobody can slow a shared group down. */
  private owner: string;
  private lastState: string | null = null;

  constructor(
    { key, topic, model, owner }: { key: string; topic: LiveTopic; model: LiveSubscription; owner: string },
    private readonly engine: LiveEngine,
  ) {
    this.key = key;
    this.topic = topic;
    this.model = model;
    this.viewer = groupViewer(topic, model);
    this.owner = owner;
  }

  get size(): number {
    return this.members.size;
  }

  /** Whether anything is still to be sent of what the log holds. */
  get isBusy(): boolean {
    return this.isWorking || this.isSendingState || this.firstStates > 0 || this.live.size < this.members.size;
  }

  /** Up to here the group has sent everything; a member that has seen as much misses nothing when it joins. */
  get position(): number {
    return this.isWorking ? this.sentUpTo : this.engine.log.position();
  }

  add(member: LiveMember): void {
    this.members.add(member);
    this.engine.services.metrics.liveSubscriptions.inc();
    const { persons } = this.engine;
    if (persons.distinctOf(member.person) < persons.distinctOf(this.owner)) this.owner = member.person;
  }

  remove(member: LiveMember): void {
    this.members.delete(member);
    this.live.delete(member);
    this.engine.persons.release(member.person, this.key);
    this.engine.services.metrics.liveSubscriptions.dec();
    if (this.members.size === 0) this.engine.onEmpty(this);
    else if (member.person === this.owner) this.owner = [...this.members][0]?.person ?? this.owner;
  }

  endAll(error: GraphQLError | null): void {
    for (const member of [...this.members]) member.end(error);
  }

  pauseMember(member: LiveMember): void {
    this.live.delete(member);
  }

  resumeMember(member: LiveMember): void {
    member.state = 'live';
    this.live.add(member);
  }

  wants(event: LoggedEvent): boolean {
    return wantsEvent(this.topic, this.model, this.viewer, event);
  }

  /** Every event of the log, in order. Answers whether the group's state has to be sent anew. */
  offer(event: LoggedEvent): 'state' | null {
    if (this.live.size === 0 && !this.isWorking) return null;
    if (this.isBehind || !this.wants(event)) return null;
    if (this.topic.delivery === 'state') return 'state';
    if (this.pending.length >= MAX_PENDING) {
      this.isBehind = true;
      return null;
    }
    this.pending.push(event);
    if (!this.isWorking) void this.work(event.seq - 1);
    return null;
  }

  payloadOf(event: LoggedEvent | null, person: string): Promise<LivePayload> {
    return this.engine.executions.run(person, (signal) => this.execute(event, signal));
  }

  sendOne(member: LiveMember, payload: LivePayload, seq: number): void {
    member.send(payload, seq);
    this.engine.services.metrics.liveFrames.inc();
  }

  async sendFirstState(member: LiveMember): Promise<void> {
    this.firstStates += 1;
    try {
      this.sendOne(member, await this.payloadOf(null, member.person), this.engine.log.position());
    } finally {
      this.firstStates -= 1;
    }
  }

  /** Sends the state if it has changed. False: an earlier state is still being read, so ask again later. */
  async sendState(): Promise<boolean> {
    if (this.isSendingState) return false;
    this.isSendingState = true;
    try {
      const payload = await this.payloadOf(null, this.owner);
      if (payload.text === this.lastState) return true;
      this.lastState = payload.text;
      const readers = [...this.live].filter((member) => !member.isFull);
      for (const member of readers) this.sendOne(member, payload, this.engine.log.position());
      return true;
    } finally {
      this.isSendingState = false;
    }
  }

  private async work(sentUpTo: number): Promise<void> {
    this.isWorking = true;
    this.sentUpTo = sentUpTo;
    try {
      // Without live members there is nothing to send; members that join later read the log.
      while (this.live.size > 0) {
        const event = this.pending.shift();
        if (event) {
          this.sentUpTo = event.seq - 1;
          this.broadcast(await this.payloadOf(event, this.owner), event.seq);
          this.sentUpTo = event.seq;
        } else if (this.isBehind) {
          this.sentUpTo = Math.max(this.sentUpTo, this.readUpTo);
          await this.readWhatWasLeftOut();
        } else {
          break;
        }
      }
    } catch (error) {
      this.engine.services.log.warn({ reason: messageOf(error) }, 'live group failed; its subscriptions ended');
      this.endAll(error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error }));
    } finally {
      this.pending = [];
      this.isBehind = false;
      this.isWorking = false;
    }
  }

  private broadcast(payload: LivePayload, seq: number): void {
    let sent = 0;
    for (const member of this.live) {
      // Whoever joined ahead of the group has seen this event already.
      if (member.seq >= seq) continue;
      if (member.isFull) {
        member.lagBehind(seq - 1);
      } else {
        member.send(payload, seq);
        sent += 1;
      }
    }
    this.engine.services.metrics.liveFrames.inc(sent);
  }

  private async readWhatWasLeftOut(): Promise<void> {
    const { log } = this.engine;
    const before = log.position();
    const batch = await log.events.readAfter(this.sentUpTo, CATCH_UP_BATCH);
    const now = log.position();
    // What lies above the position is offered later.
    const offered = batch.filter(({ seq }) => seq <= now);
    const last = offered.at(-1)?.seq ?? 0;
    // A batch that is not full holds everything up to the position from before the reading.
    this.readUpTo = batch.length < CATCH_UP_BATCH ? Math.max(before, last) : last;
    this.isBehind = this.readUpTo < now;
    this.pending.push(...offered.filter((event) => this.wants(event)));
  }

  private async execute(event: LoggedEvent | null, signal: AbortSignal): Promise<LivePayload> {
    const { services, schema, formatError } = this.engine;
    const { document, operationName, variables, language } = this.model;
    // A fresh context an event: the one of the subscribe time would answer from its stale loaders.
    const contextValue = createContext(services, {
      viewer: this.viewer,
      language,
      requestId: `live:${event?.seq ?? 'state'}`,
      address: '',
      signal,
    });
    const result = await execute({
      schema,
      document,
      operationName,
      variableValues: variables,
      rootValue: event ?? {},
      contextValue,
    });
    const errors = result.errors?.map((error) => localise(formatError(error), language));
    return new LivePayload(JSON.stringify({ data: result.data, ...(errors ? { errors } : {}) }));
  }
}
