import { addSeconds } from '../../kernel/clock.js';
import type { Services } from '../../platform/module.js';
import { readBudget, type BudgetRow } from './budget.queries.js';
import { forecastDay, keptOfDay, type DayQuota } from './call-forecast.js';
import { bucketOf, CALL_LANES, type CallLane } from './call-lanes.js';
import { accountOf } from './zoho-client.js';
import { readToken } from './zoho.queries.js';

export type CircuitState = 'closed' | 'open' | 'half_open';

export interface BudgetLane {
  lane: CallLane;
  usedToday: number;
  usedLastHour: number;
  leavesOfDay: number | null;
  pausesAt: Date | null;
}

export interface DescribedBudget {
  perMinute: number;
  availableNow: number;
  concurrency: number;
  inFlight: number;
  dayLimit: number | null;
  dayRemaining: number | null;
  dayResetsAt: Date | null;
  usedToday: number;
  runsOutAt: Date | null;
  lanes: BudgetLane[];
  blockedUntil: Date | null;
  blockedReason: string | null;
  circuit: CircuitState;
  failuresInARow: number;
  circuitRetryAt: Date | null;
  tokenSecondsLeft: number | null;
  tokenBlockedUntil: Date | null;
  tokenError: string | null;
}

/** The budget with its forecast, as the operators see it; null without credentials. */
export async function describeBudget({ config, db }: Services): Promise<DescribedBudget | null> {
  if (!config.zoho) return null;
  const account = accountOf(config.zoho);
  const [row, token] = await Promise.all([
    readBudget(db.read, account, bucketOf(config.zoho)),
    readToken(db.read, account),
  ]);
  if (!row) return null;
  return {
    perMinute: config.zoho.requestsPerMinute,
    availableNow: Math.floor(row.tokens),
    concurrency: row.slots,
    inFlight: row.inFlight,
    dayLimit: row.dayLimit,
    dayRemaining: row.dayRemaining,
    dayResetsAt: row.dayResetsAt,
    ...forecastOf(row),
    blockedUntil: row.blockedUntil,
    blockedReason: row.blockedReason,
    circuit: row.circuit,
    failuresInARow: row.failures,
    circuitRetryAt: row.circuitUntil,
    tokenSecondsLeft: token?.accessToken ? token.secondsLeft : null,
    tokenBlockedUntil: token && token.blockedSeconds > 0 ? addSeconds(row.at, token.blockedSeconds) : null,
    tokenError: token?.lastError ?? null,
  };
}

function forecastOf(row: BudgetRow): Pick<DescribedBudget, 'usedToday' | 'runsOutAt' | 'lanes'> {
  const quota = quotaOf(row);
  const perMinute = (lane: CallLane): number => row.lanes[lane].lastHour / 60;
  const rates = {
    webhook: perMinute('webhook'),
    interactive: perMinute('interactive'),
    incremental: perMinute('incremental'),
    backfill: perMinute('backfill'),
  };
  const forecast = quota && forecastDay(quota, rates, row.at);
  return {
    usedToday: CALL_LANES.reduce((sum, lane) => sum + row.lanes[lane].today, 0),
    runsOutAt: forecast?.runsOutAt ?? null,
    lanes: CALL_LANES.map((lane) => ({
      lane,
      usedToday: row.lanes[lane].today,
      usedLastHour: row.lanes[lane].lastHour,
      leavesOfDay: quota && Math.floor(keptOfDay(lane, quota, row.at)),
      pausesAt: forecast?.pausesAt[lane] ?? null,
    })),
  };
}

function quotaOf({ dayLimit, dayRemaining, dayResetsAt, lanes }: BudgetRow): DayQuota | null {
  if (dayLimit === null || dayRemaining === null || dayResetsAt === null) return null;
  const callsOfDay = {
    webhook: lanes.webhook.lastDay,
    interactive: lanes.interactive.lastDay,
    incremental: lanes.incremental.lastDay,
    backfill: lanes.backfill.lastDay,
  };
  return { limit: dayLimit, remaining: dayRemaining, resetsAt: dayResetsAt, callsOfDay };
}
