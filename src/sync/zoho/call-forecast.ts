import { fromMs } from '../../kernel/clock.js';
import { CALL_LANES, DAY_RULE, KEPT_SHARES, lanesBefore, type CallLane } from './call-lanes.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export interface DayQuota {
  limit: number;
  remaining: number;
  resetsAt: Date;
  /** Calls of the last 24 hours by lane. */
  callsOfDay: Readonly<Record<CallLane, number>>;
}

/** How many calls of the day a lane leaves to those before it at this time. Pure; the budget's statement does the same. */
export function keptOfDay(lane: CallLane, { limit, resetsAt, callsOfDay }: DayQuota, at: Date): number {
  const usual = lanesBefore(lane).reduce((sum, one) => sum + callsOfDay[one], 0) * DAY_RULE.spare;
  const whole = Math.min(Math.max(KEPT_SHARES[lane].day * limit, usual), limit * DAY_RULE.atMost);
  const rest = Math.min(1, (resetsAt.getTime() - at.getTime()) / DAY_MS);
  return whole * Math.max(DAY_RULE.floor, rest);
}

export interface Forecast {
  /** When no call is left; null when the day ends before. */
  runsOutAt: Date | null;
  /** When a lane has to wait for the first time. */
  pausesAt: Record<CallLane, Date | null>;
}

/** If all lanes go on as in the last hour: walks through the rest of the day minute by minute. Pure. */
export function forecastDay(quota: DayQuota, callsPerMinute: Readonly<Record<CallLane, number>>, at: Date): Forecast {
  const forecast: Forecast = {
    runsOutAt: quota.remaining < 1 && quota.resetsAt > at ? at : null,
    pausesAt: { webhook: null, interactive: null, incremental: null, backfill: null },
  };
  let { remaining } = quota;
  for (let time = at.getTime(); time < quota.resetsAt.getTime() && !forecast.runsOutAt; time += MINUTE_MS) {
    const minute = fromMs(time);
    for (const lane of CALL_LANES) {
      const wanted = callsPerMinute[lane];
      const free = Math.max(0, remaining - keptOfDay(lane, quota, minute));
      remaining -= Math.min(wanted, free);
      if (wanted > free) forecast.pausesAt[lane] ??= minute;
    }
    if (remaining < 1) forecast.runsOutAt = minute;
  }
  return forecast;
}
