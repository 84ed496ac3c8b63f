import { ERRORS, type ErrorAnswer, type Fault } from './faults.js';
import type { Product } from './resource.js';
import type { Switches } from './switches.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The day ends at midnight of the organisation. */
const ZONE_MS = 180 * 60_000;

class Counter {
  usedToday = 0;
  day = 0;
  readonly recent: number[] = [];
}

/** Calls a minute, a day and at once, of one organisation; whether both products share them is not known. */
export class CallLimits {
  inFlight = 0;
  private readonly counters: Record<Product, Counter>;

  constructor(
    private readonly switches: Switches,
    private readonly now: () => number = Date.now,
  ) {
    this.counters = { books: new Counter(), inventory: new Counter() };
  }

  /** Counts one call, or answers the refusal that it meets. */
  take(fault: Fault | null, product: Product): { error: ErrorAnswer; withHeaders: boolean } | null {
    const { perMinute, perDay, concurrent } = this.switches;
    const counter = this.counterOf(product);
    if (fault === 'minute_limit' || counter.recent.length >= perMinute) {
      return { error: ERRORS.minute, withHeaders: false };
    }
    if (fault === 'day_limit' || counter.usedToday >= perDay) {
      return { error: ERRORS.day(perDay), withHeaders: this.switches.dayLimitHeaders };
    }
    if (fault === 'concurrency_limit' || this.inFlight > concurrent) {
      return { error: ERRORS.concurrency, withHeaders: false };
    }
    counter.recent.push(this.now());
    counter.usedToday += 1;
    return null;
  }

  /** They describe the day, not the minute. */
  headers(product: Product): Record<string, string> {
    const { perDay } = this.switches;
    const sinceMidnight = (this.now() + ZONE_MS) % DAY_MS;
    return {
      'X-Rate-Limit-Limit': String(perDay),
      'X-Rate-Limit-Remaining': String(Math.max(0, perDay - this.counterOf(product).usedToday)),
      'X-Rate-Limit-Reset': String(Math.ceil((DAY_MS - sinceMidnight) / 1000)),
    };
  }

  private counterOf(product: Product): Counter {
    const counter = this.counters[this.switches.sharedQuota ? 'books' : product];
    const now = this.now();
    const day = Math.floor((now + ZONE_MS) / DAY_MS);
    if (counter.day !== day) Object.assign(counter, { day, usedToday: 0 });
    while (counter.recent.length > 0 && (counter.recent[0] as number) < now - MINUTE_MS) counter.recent.shift();
    return counter;
  }
}
