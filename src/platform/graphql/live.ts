import { GraphQLError, type GraphQLSchema } from 'graphql';
import { messageOf } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import { actorOf, rightsOf } from '../../kernel/viewer.js';
import type { LoggedEvent, LogHead } from '../events.js';
import type { LiveTopic, Services } from '../module.js';
import type { FormatError } from './format-error.js';
import { decodeCursor, encodeCursor, resyncRequired } from './live-cursor.js';
import { LiveExecutions } from './live-executions.js';
import { LiveGroup, type LiveEngine } from './live-group.js';
import { LIVE_LIMITS, PersonalLimits, type LiveLimits } from './live-limits.js';
import { LiveMember } from './live-member.js';
import { refusal } from './refusal.js';
import { groupKey, type LiveSubscription } from './live-subscription.js';

const POLL_MS = 1000;
const BATCH = 1000;
const STATE_INTERVAL_MS = 1000;

export interface LiveHubOptions {
  services: Services;
  schema: GraphQLSchema;
  topics: Readonly<Record<string, LiveTopic>>;
  formatError: FormatError;
  limits?: Partial<LiveLimits>;
}

export interface LiveStats {
  subscriptions: number;
  groups: number;
  position: number;
  executions: number;
  /** Groups that have not sent everything up to the position. */
  busy: number;
}

/** One hub a process tails the event log and offers every event to the groups of subscriptions. */
export class LiveHub {
  private readonly groups = new Map<string, LiveGroup>();
  /** Groups whose state has changed since it was sent. */
  private readonly dirty = new Set<LiveGroup>();
  private readonly listeners: ((event: LoggedEvent) => void)[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly engine: LiveEngine;
  private readonly topics: Readonly<Record<string, LiveTopic>>;
  private readonly services: Services;
  private head: LogHead = { epoch: '', seq: 0 };
  private position = 0;
  private floor = 0;
  private reading: Promise<void> | null = null;
  private readAgain = false;
  private stopped = false;

  constructor({ services, schema, topics, formatError, limits }: LiveHubOptions) {
    const applied = { ...LIVE_LIMITS, ...limits };
    this.services = services;
    this.topics = topics;
    this.engine = {
      services,
      schema,
      formatError,
      executions: new LiveExecutions(applied),
      persons: new PersonalLimits(applied),
      log: {
        events: services.events,
        position: () => this.position,
        floor: () => this.floor,
        hint: () => this.hint(),
      },
      onEmpty: (group) => {
        if (this.groups.get(group.key) === group) this.groups.delete(group.key);
        this.dirty.delete(group);
      },
    };
  }

  async start(): Promise<void> {
    this.head = await this.services.events.head();
    this.floor = await this.services.events.floor();
    this.position = this.head.seq;
    this.timers.push(setInterval(() => void this.checkEpoch().catch(() => undefined), POLL_MS));
    this.timers.push(setInterval(() => this.sendStates(), STATE_INTERVAL_MS));
    this.timers.push(setInterval(() => this.engine.persons.sweep(), POLL_MS));
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const group of [...this.groups.values()]) group.endAll(null);
  }

  /** The log has grown; reads it. */
  hint(): void {
    if (this.stopped) return;
    if (this.reading) {
      this.readAgain = true;
      return;
    }
    const { log } = this.services;
    this.reading = this.readLog()
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'log not read; tried again by the next poll'))
      .finally(() => {
        this.reading = null;
        if (!this.readAgain) return;
        this.readAgain = false;
        this.hint();
      });
  }

  /**
   * Answers the function that ends the subscription. Throws RESYNC_REQUIRED for a cursor that cannot be served, and
   * LIMIT_EXCEEDED or THROTTLED for a person who has too many.
   */
  subscribe(subscription: LiveSubscription): () => void {
    const topic = this.topics[subscription.field];
    if (!topic) throw new Error(`${subscription.field} is no live field.`);
    topic.assertArgs?.(subscription.args, rightsOf(subscription.viewer));
    const seq = this.startOf(subscription.args['after']);
    const key = groupKey(topic, subscription);
    const person = actorOf(subscription.viewer);
    this.engine.persons.take(person, key);
    const group =
      this.groups.get(key) ?? new LiveGroup({ key, topic, model: subscription, owner: person }, this.engine);
    this.groups.set(key, group);
    const member = new LiveMember(subscription, group, this.engine.log, seq);
    group.add(member);
    if (topic.delivery === 'state') {
      group.resumeMember(member);
      group.sendFirstState(member).catch((error: Error) => member.end(new GraphQLError('', { originalError: error })));
    } else {
      void member.catchUp('replaying');
    }
    return () => member.leave();
  }

  /** Process-wide reactions, e.g. dropping a cached viewer; called for every event, in order. */
  onEvent(listener: (event: LoggedEvent) => void): void {
    this.listeners.push(listener);
  }

  cursorOf(seq: number): string {
    return encodeCursor(this.head.epoch, seq);
  }

  stats(): LiveStats {
    let subscriptions = 0;
    let busy = 0;
    for (const group of this.groups.values()) {
      subscriptions += group.size;
      if (group.isBusy || this.dirty.has(group)) busy += 1;
    }
    return {
      subscriptions,
      groups: this.groups.size,
      position: this.position,
      executions: this.engine.executions.count,
      busy,
    };
  }

  private startOf(after: unknown): number {
    if (typeof after !== 'string') return this.position;
    const cursor = decodeCursor(after);
    if (!cursor) throw refusal('BAD_USER_INPUT', msg`after is no cursor.`);
    if (cursor.epoch !== this.head.epoch) throw resyncRequired(msg`The cursor belongs to another log.`);
    if (cursor.seq < this.floor) throw resyncRequired(msg`The events since your cursor are no longer kept.`);
    return cursor.seq;
  }

  private async readLog(): Promise<void> {
    for (;;) {
      const batch = await this.services.events.readAfter(this.position, BATCH);
      for (const event of batch) {
        // Set before the groups are visited: a member that has replayed up to here joins for the events that follow.
        this.position = event.seq;
        for (const listener of this.listeners) listener(event);
        for (const group of this.groups.values()) if (group.offer(event) === 'state') this.dirty.add(group);
      }
      if (batch.length < BATCH) return;
    }
  }

  /** A restore gives the log a new epoch: whoever follows the old one must take a snapshot. */
  private async checkEpoch(): Promise<void> {
    // The position may move on while the head is being read, so the one before is compared.
    const before = this.position;
    const [now, kept] = await Promise.all([this.services.events.head(), this.services.events.floor()]);
    this.floor = kept;
    if (now.epoch === this.head.epoch && now.seq >= before) {
      if (now.seq > this.head.seq) this.head = now;
      if (now.seq > this.position) this.hint();
      return;
    }
    this.head = now;
    this.position = now.seq;
    for (const group of [...this.groups.values()]) group.endAll(resyncRequired(msg`The log has begun anew.`));
  }

  private sendStates(): void {
    const due = [...this.dirty];
    this.dirty.clear();
    for (const group of due) {
      group.sendState().then(
        (sent) => {
          if (!sent && group.size > 0) this.dirty.add(group);
        },
        (error: unknown) => this.services.log.warn({ reason: messageOf(error) }, 'state not sent'),
      );
    }
  }
}
