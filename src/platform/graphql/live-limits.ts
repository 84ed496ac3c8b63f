import { AppError } from '../../kernel/errors.js';
import { type Message, msg } from '../../kernel/message.js';

/** How much of the live part of a process one person may take. A key counts as a person. */
export interface LiveLimits {
  subscriptionsPerPerson: number;
  /** Subscriptions that differ cost an execution each for every event, so there are fewer of them. */
  distinctPerPerson: number;
  /** New subscriptions: so many at once, and then so many a second. */
  subscribeBurst: number;
  subscribesPerSecond: number;
  executionsAtOnce: number;
  executionsAtOncePerPerson: number;
  /** An execution that takes longer ends the subscriptions that wait for it; they resume by their cursor. */
  executionDeadlineMs: number;
}

export const LIVE_LIMITS: LiveLimits = {
  subscriptionsPerPerson: 100,
  distinctPerPerson: 30,
  subscribeBurst: 200,
  subscribesPerSecond: 20,
  executionsAtOnce: 8,
  executionsAtOncePerPerson: 2,
  executionDeadlineMs: 5000,
};

interface Held {
  subscriptions: number;
  /** Group key -> how many subscriptions of this person are in it. */
  groups: Map<string, number>;
  /** New subscriptions that are still allowed at `atMs`. */
  tokens: number;
  atMs: number;
}

/** What each person holds. A refused subscription leaves the others as they are. */
export class PersonalLimits {
  private readonly held = new Map<string, Held>();

  constructor(private readonly limits: LiveLimits) {}

  /** Throws LIMIT_EXCEEDED or THROTTLED when the person may not have one more subscription. */
  take(person: string, group: string): void {
    const held = this.of(person);
    this.spendToken(held);
    const { subscriptionsPerPerson, distinctPerPerson } = this.limits;
    if (held.subscriptions >= subscriptionsPerPerson) {
      throw exceeded(msg`At most ${subscriptionsPerPerson} subscriptions a person.`, subscriptionsPerPerson);
    }
    if (!held.groups.has(group) && held.groups.size >= distinctPerPerson) {
      throw exceeded(msg`At most ${distinctPerPerson} different subscriptions a person.`, distinctPerPerson);
    }
    held.subscriptions += 1;
    held.groups.set(group, (held.groups.get(group) ?? 0) + 1);
  }

  release(person: string, group: string): void {
    const held = this.held.get(person);
    if (!held) return;
    held.subscriptions -= 1;
    const left = (held.groups.get(group) ?? 1) - 1;
    if (left > 0) held.groups.set(group, left);
    else held.groups.delete(group);
  }

  /** How many different executions an event costs for this person at most. */
  distinctOf(person: string): number {
    return this.held.get(person)?.groups.size ?? 0;
  }

  /** Forgets whoever holds nothing and may subscribe as often as anybody. */
  sweep(): void {
    for (const [person, held] of this.held) {
      this.refill(held);
      if (held.subscriptions === 0 && held.tokens >= this.limits.subscribeBurst) this.held.delete(person);
    }
  }

  private of(person: string): Held {
    let held = this.held.get(person);
    if (!held) {
      held = { subscriptions: 0, groups: new Map(), tokens: this.limits.subscribeBurst, atMs: performance.now() };
      this.held.set(person, held);
    }
    return held;
  }

  private refill(held: Held): void {
    const atMs = performance.now();
    const gained = ((atMs - held.atMs) / 1000) * this.limits.subscribesPerSecond;
    held.tokens = Math.min(this.limits.subscribeBurst, held.tokens + gained);
    held.atMs = atMs;
  }

  private spendToken(held: Held): void {
    this.refill(held);
    if (held.tokens < 1) {
      throw new AppError('THROTTLED', msg`Too many new subscriptions. Subscribe again later.`, {
        details: { retryAfterSeconds: 1, retryable: true },
      });
    }
    held.tokens -= 1;
  }
}

/** The same request succeeds once the person has ended another subscription, and not by waiting. */
const exceeded = (sentence: Message, limit: number): AppError =>
  new AppError('LIMIT_EXCEEDED', sentence, { details: { limit, retryable: false } });
