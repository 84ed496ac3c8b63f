import { ERRORS, type ErrorAnswer, type Fault } from './faults.js';
import type { Switches } from './switches.js';

const MINUTE_MS = 60_000;
const DAY_SECONDS = 86_400;

/** Calls a minute, a day and at once, of one organisation. */
export class CallLimits {
  inFlight = 0;
  private usedToday = 0;
  private readonly recent: number[] = [];

  constructor(private readonly switches: Switches) {}

  /** Counts one call, or answers the refusal that it meets. */
  take(fault: Fault | null): { error: ErrorAnswer; withHeaders: boolean } | null {
    const { perMinute, perDay, concurrent } = this.switches;
    const now = Date.now();
    while (this.recent.length > 0 && (this.recent[0] as number) < now - MINUTE_MS) this.recent.shift();
    if (fault === 'minute_limit' || this.recent.length >= perMinute) {
      return { error: ERRORS.minute, withHeaders: false };
    }
    if (fault === 'day_limit' || this.usedToday >= perDay) return { error: ERRORS.day(perDay), withHeaders: true };
    if (fault === 'concurrency_limit' || this.inFlight > concurrent) {
      return { error: ERRORS.concurrency, withHeaders: false };
    }
    this.recent.push(now);
    this.usedToday += 1;
    return null;
  }

  headers(): Record<string, string> {
    const { perDay } = this.switches;
    return {
      'X-Rate-Limit-Limit': String(perDay),
      'X-Rate-Limit-Remaining': String(Math.max(0, perDay - this.usedToday)),
      'X-Rate-Limit-Reset': String(DAY_SECONDS - (Math.floor(Date.now() / 1000) % DAY_SECONDS)),
    };
  }
}
