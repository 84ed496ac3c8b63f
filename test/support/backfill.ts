import { prepareBudget, releaseBudget, takeBudget } from '../../src/sync/zoho/budget.queries.js';
import { bucketOf, type CallLane } from '../../src/sync/zoho/call-lanes.js';
import type { Database } from '../../src/platform/db/orm.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const BEGIN_MS = Date.parse('2026-11-20T12:00:00Z');

interface Caller {
  lane: CallLane;
  due: number;
  since: number;
}

export interface SimulatedBackfill {
  items: number;
  perDay: number;
  /** Minutes between two webhooks that need a call. */
  webhookMinutes: number;
  /** So many come at once every third hour. */
  burst: number;
  /** Minutes between two calls of incremental runs. */
  incrementalMinutes: number;
}

/** Callers by the time at which they come; equal times in the order of their arrival. */
class Line {
  private readonly callers: Caller[] = [];

  add(caller: Caller): void {
    let [low, high] = [0, this.callers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.callers[middle] as Caller).due > caller.due) low = middle + 1;
      else high = middle;
    }
    this.callers.splice(low, 0, caller);
  }

  next(): Caller | undefined {
    return this.callers.pop();
  }
}

/**
 * Runs a backfill against the budget's own statements on a clock of its own, beside webhooks and incremental runs, with a
 * Zoho that counts the calls of each day and says so in its headers. Each item and each webhook needs one call.
 */
export async function simulateBackfill({ read }: Pick<Database, 'read'>, account: string, load: SimulatedBackfill) {
  const bucket = bucketOf({ requestsPerMinute: 100 });
  await prepareBudget(read, account, bucket.burst, 10);
  await read(`update zoho_budget set refilled_at = $2 where account = $1`, [account, new Date(BEGIN_MS)]);
  const zoho = { day: -1, used: 0, mostADay: 0 };
  const headersAt = (ms: number) => {
    const day = Math.floor(ms / DAY_MS);
    if (day !== zoho.day) Object.assign(zoho, { day, used: 0 });
    zoho.used += 1;
    zoho.mostADay = Math.max(zoho.mostADay, zoho.used);
    const remaining = Math.max(0, load.perDay - zoho.used);
    return { limit: load.perDay, remaining, resetSeconds: Math.ceil(((day + 1) * DAY_MS - ms) / 1000) };
  };
  const line = new Line();
  for (let item = 0; item < load.items; item += 1) line.add({ lane: 'backfill', due: BEGIN_MS, since: BEGIN_MS });
  for (let ms = 0; ms < 7 * DAY_MS; ms += MINUTE_MS) {
    const since = BEGIN_MS + ms;
    const webhooks = ms % (3 * HOUR_MS) === 0 ? load.burst : Number(ms % (load.webhookMinutes * MINUTE_MS) === 0);
    for (let one = 0; one < webhooks; one += 1) line.add({ lane: 'webhook', due: since, since });
    if (ms % (load.incrementalMinutes * MINUTE_MS) === 0) line.add({ lane: 'incremental', due: since, since });
  }
  const result = { itemsDone: 0, webhooksDone: 0, asked: 0, longestWaitMs: 0, days: 0, mostCallsADay: 0 };
  while (result.itemsDone < load.items) {
    const caller = line.next();
    if (!caller) break;
    const at = new Date(caller.due);
    result.asked += 1;
    const taken = await takeBudget(read, account, { lane: caller.lane, bucket, slotSeconds: 25 }, at);
    if (taken.slot === null) {
      line.add({ ...caller, due: caller.due + Math.ceil(taken.waitMs) });
      continue;
    }
    await releaseBudget(read, account, taken.slot, { ...headersAt(caller.due), failed: false }, at);
    if (caller.lane === 'backfill') result.itemsDone += 1;
    if (caller.lane === 'webhook') {
      result.webhooksDone += 1;
      result.longestWaitMs = Math.max(result.longestWaitMs, caller.due - caller.since);
    }
    result.days = (caller.due - BEGIN_MS) / DAY_MS;
  }
  return { ...result, mostCallsADay: zoho.mostADay };
}
