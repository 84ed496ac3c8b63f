import type { Retention } from '../../platform/queue/retention.js';
import { CALL_LANES, DAY_RULE, KEPT_SHARES, lanesBefore, type Bucket, type CallLane } from './call-lanes.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** Failures in a row after which nobody calls any more: ten calls at once that time out are one batch. */
export const CIRCUIT_FAILURES = 10;
const CIRCUIT_SECONDS = 15;
const CIRCUIT_MAX_SECONDS = 300;
/** Subscribers learn of calls at most this often; of blocks and of the circuit at once. */
const TOLD_SECONDS = 5;
/** A line that forgotten callers have made long is not waited for. */
const MAX_LINE_SECONDS = 3600;

/** Written with the statements of the budget. */
export const zohoBudgetChanged = 'zohoBudgetChanged';

export const callRetention: Retention = {
  table: 'zoho_calls',
  old: "minute < now() - interval '8 days'",
  age: 'minute',
};

/** The database's clock, unless a test sets another one. */
const CLOCK = (parameter: string): string =>
  `clock as materialized (select coalesce(${parameter}::timestamptz, clock_timestamp()) as at)`;

export async function prepareBudget(run: Run, account: string, burst: number, slots: number): Promise<void> {
  await run(
    `with budget as (
       insert into zoho_budget (account, tokens) values ($1, $2) on conflict do nothing
     ), lanes as (
       insert into zoho_lanes (account, lane) select $1, unnest($4::text[]) on conflict do nothing
     ), gone as (delete from zoho_slots where account = $1 and slot > $3)
     insert into zoho_slots (account, slot) select $1, generate_series(1, $3) on conflict do nothing`,
    [account, burst, slots, CALL_LANES],
  );
}

export interface CallRequest {
  lane: CallLane;
  bucket: Bucket;
  /** After so long a slot comes back by itself, because whoever had it is gone. */
  slotSeconds: number;
}

type Verdict = 'go' | 'blocked' | 'circuit' | 'day' | 'minute' | 'slots';

export interface Taken {
  slot: number | null;
  waitMs: number;
  reason: string;
}

const REASONS: Readonly<Record<Exclude<Verdict, 'go' | 'blocked'>, string>> = {
  circuit: 'Zoho has failed too often in a row',
  day: "the day's quota is kept for more urgent calls",
  minute: 'our own minute budget is used up',
  slots: 'all concurrent calls are taken',
};

/**
 * Takes one token of the minute's bucket, one call of the day and one of the concurrent slots, over all processes: all
 * or none. A lane leaves the share of the lanes before it alone. Whoever is refused is told to come back behind those
 * who were refused before. A slot is leased, so a process that dies gives it back by itself.
 */
const TAKE = `
  with ${CLOCK('$8')}, free as (
    select s.slot from zoho_slots s, clock where s.account = $1 and s.leased_until <= clock.at
    order by s.slot limit 1 for update of s skip locked
  ), slots as (
    select count(*) filter (where s.leased_until <= clock.at) as free, count(*) as total
    from zoho_slots s, clock where s.account = $1
  ), state as (
    select b.*, clock.at,
      least($3::float8, b.tokens + greatest(0, extract(epoch from clock.at - b.refilled_at)) * $4::float8) as filled,
      b.day_resets_at + greatest(0, ceil(extract(epoch from clock.at - b.day_resets_at) / 86400)) * interval '1 day'
        as resets_at,
      case when b.day_resets_at <= clock.at then b.day_limit else b.day_remaining end as day_left
    from zoho_budget b, clock where b.account = $1 for update of b
  ), known as (
    select state.*, l.line_at, floor($3::float8 * $5::float8) as kept,
      least(${DAY_RULE.atMost} * state.day_limit, greatest($7::float8 * state.day_limit, ${DAY_RULE.spare} * (
        select coalesce(sum(u.calls_of_day), 0) from zoho_lanes u
        where u.account = state.account and u.lane = any ($10::text[])))) as kept_whole,
      extract(epoch from state.resets_at - state.at) / 86400 as rest
    from state join zoho_lanes l on l.account = state.account and l.lane = $2
  ), judged as (
    select known.*,
      case
        when blocked_until > at then 'blocked'
        when circuit_until > at or probing_until > at then 'circuit'
        when day_left - 1 < kept_whole * greatest(${DAY_RULE.floor}, rest) then 'day'
        when filled - 1 < kept then 'minute'
        when not exists (select 1 from free) or slots.free <= floor(slots.total * $6::float8) then 'slots'
        else 'go'
      end as verdict
    from known cross join slots
  ), waits as (
    select judged.*, case verdict
      when 'blocked' then blocked_until
      when 'circuit' then greatest(circuit_until, probing_until)
      when 'slots' then at + interval '250 milliseconds'
      when 'minute' then least(
        greatest(line_at + interval '1 second' / $4::float8, at + (kept + 1 - filled) / $4::float8 * interval '1 second'),
        at + ${MAX_LINE_SECONDS} * interval '1 second')
      -- What is left to others shrinks call by call; behind the last one the next day begins, and not for all at once.
      when 'day' then case when day_left - 1 >= kept_whole * ${DAY_RULE.floor} and kept_whole > 0 then least(
          greatest(line_at + interval '1 day' / kept_whole, at + (rest - (day_left - 1) / kept_whole) * interval '1 day'),
          resets_at + random() * interval '60 seconds')
        else resets_at + random() * interval '20 seconds' end
      else at end as come_at
    from judged
  ), paid as (
    update zoho_budget b set tokens = w.filled - 1, refilled_at = w.at, day_remaining = w.day_left - 1,
      day_resets_at = w.resets_at,
      probing_until = case when w.circuit_until is null then null else w.at + $9 * interval '1 second' end
    from waits w where b.account = w.account and w.verdict = 'go' returning b.account
  ), leased as (
    update zoho_slots s set leased_until = w.at + $9 * interval '1 second'
    from free, waits w where s.account = $1 and s.slot = free.slot and w.verdict = 'go' returning s.slot
  ), counted as (
    insert into zoho_calls as c (account, lane, minute, calls)
    select w.account, $2, date_trunc('minute', w.at), 1 from waits w where w.verdict = 'go'
    on conflict (account, lane, minute) do update set calls = c.calls + 1
  ), lined as (
    update zoho_lanes l set line_at = w.come_at from waits w
    where l.account = w.account and l.lane = $2 and w.verdict = any (array['minute'::text, 'day'::text])
  )
  select (select slot from leased) as slot, w.verdict, w.blocked_reason as reason,
    greatest(0, extract(epoch from w.come_at - w.at) * 1000)::float8 as "waitMs"
  from waits w`;

/** `at` sets the time; only tests do. */
export async function takeBudget(
  run: Run,
  account: string,
  { lane, bucket, slotSeconds }: CallRequest,
  at: Date | null = null,
): Promise<Taken> {
  const kept = KEPT_SHARES[lane];
  const [row] = await run<{ slot: number | null; verdict: Verdict; reason: string | null; waitMs: number }>(TAKE, [
    account,
    lane,
    bucket.burst,
    bucket.perSecond,
    kept.minute,
    kept.slots,
    kept.day,
    at,
    slotSeconds,
    lanesBefore(lane),
  ]);
  if (!row) return { slot: null, waitMs: 1000, reason: 'the budget is not prepared' };
  if (row.slot !== null) return { slot: row.slot, waitMs: 0, reason: '' };
  // Another taker may have had the last slot between the look and the lease.
  const verdict = row.verdict === 'go' ? 'slots' : row.verdict;
  const reason = verdict === 'blocked' ? (row.reason ?? 'blocked') : REASONS[verdict];
  return { slot: null, waitMs: Math.max(row.waitMs, 50), reason };
}

/** How a call ended, for those that come after it. */
export interface CallEnd {
  /** What the headers said about the day. */
  limit: number | null;
  remaining: number | null;
  resetSeconds: number | null;
  /** Whether Zoho failed to answer; null when nobody can say, because the call was given up here. */
  failed: boolean | null;
}

const RELEASE = `
  with ${CLOCK('$7')}, freed as (
    update zoho_slots set leased_until = '-infinity' where account = $1 and slot = $2
  ), state as (
    select b.*, clock.at,
      -- Calls that are under way and that the header does not count yet.
      (select count(*) from zoho_slots s where s.account = $1 and s.slot <> $2 and s.leased_until > clock.at) as busy,
      case
        when $6::boolean is null then 'same'
        when b.circuit_until is null and $6 and b.failures + 1 >= ${CIRCUIT_FAILURES} then 'open'
        when b.circuit_until <= clock.at and $6 then 'open'
        when b.circuit_until <= clock.at then 'close'
        else 'same'
      end as turn
    from zoho_budget b, clock where b.account = $1 for update of b
  ), next as (
    update zoho_budget b set
      day_limit = coalesce($3, s.day_limit),
      day_remaining = case when $4::int is null then s.day_remaining else greatest(0, $4 - s.busy) end,
      day_resets_at = coalesce(s.at + $5::int * interval '1 second', s.day_resets_at),
      failures = case when $6 then s.failures + 1 when $6 is null then s.failures else 0 end,
      circuit_until = case s.turn when 'close' then null
        when 'open' then s.at + least(${CIRCUIT_MAX_SECONDS}, ${CIRCUIT_SECONDS} * 2 ^ s.circuit_opens) * interval '1 second'
        else s.circuit_until end,
      circuit_opens = case s.turn when 'close' then 0 when 'open' then least(s.circuit_opens + 1, 10)
        else s.circuit_opens end,
      probing_until = case s.turn when 'same' then s.probing_until end,
      told_at = case when s.turn <> 'same' or s.told_at < s.at - ${TOLD_SECONDS} * interval '1 second' then s.at
        else s.told_at end
    from state s where b.account = s.account
    returning b.account, s.turn, b.told_at = s.at as told
  ), learnt as (
    update zoho_lanes l set calls_of_day = (select coalesce(sum(c.calls), 0) from zoho_calls c
      where c.account = l.account and c.lane = l.lane and c.minute > state.at - interval '1 day')
    from state, next where l.account = $1 and next.told
  ), logged as (
    insert into event_outbox (name, entity_type, entity_id, data)
    select '${zohoBudgetChanged}', 'zoho', next.account, jsonb_build_object('circuit', next.turn) from next where next.told
  )
  select told from next`;

/** Gives the slot back and keeps what the call has shown; answers whether an event was written. */
export async function releaseBudget(
  run: Run,
  account: string,
  slot: number,
  end: CallEnd,
  at: Date | null = null,
): Promise<boolean> {
  const { limit, remaining, resetSeconds, failed } = end;
  const [row] = await run<{ told: boolean }>(RELEASE, [account, slot, limit, remaining, resetSeconds, failed, at]);
  return row?.told ?? false;
}

/** Nobody calls for so long, whatever the lane: Zoho has said so. */
export async function blockBudget(run: Run, account: string, forMs: number, reason: string): Promise<void> {
  await run(
    `with blocked as (
       update zoho_budget set blocked_reason = $3,
         blocked_until = greatest(blocked_until, clock_timestamp() + $2 * interval '1 millisecond')
       where account = $1 returning account
     )
     insert into event_outbox (name, entity_type, entity_id, data)
     select '${zohoBudgetChanged}', 'zoho', account, jsonb_build_object('blocked', $3::text) from blocked`,
    [account, forMs, reason],
  );
}

interface CallCounts {
  /** Of the day of Zoho's quota. */
  today: number;
  lastHour: number;
  lastDay: number;
}

export interface BudgetRow {
  at: Date;
  tokens: number;
  slots: number;
  inFlight: number;
  dayLimit: number | null;
  dayRemaining: number | null;
  dayResetsAt: Date | null;
  blockedUntil: Date | null;
  blockedReason: string | null;
  circuit: 'closed' | 'open' | 'half_open';
  failures: number;
  circuitUntil: Date | null;
  lanes: Record<CallLane, CallCounts>;
}

/** The budget as it is now; null when nobody has prepared it. */
export async function readBudget(run: Run, account: string, bucket: Bucket): Promise<BudgetRow | null> {
  const [row] = await run<Omit<BudgetRow, 'lanes'> & { lanes: Partial<BudgetRow['lanes']> | null }>(
    `with ${CLOCK('null')}, state as (
       select b.*, clock.at, b.day_resets_at
         + greatest(0, ceil(extract(epoch from clock.at - b.day_resets_at) / 86400)) * interval '1 day' as resets_at
       from zoho_budget b, clock where b.account = $1
     )
     select s.at, least($2::float8, s.tokens + extract(epoch from s.at - s.refilled_at) * $3::float8) as tokens,
       (select count(*)::int from zoho_slots z where z.account = $1) as slots,
       (select count(*)::int from zoho_slots z where z.account = $1 and z.leased_until > s.at) as "inFlight",
       s.day_limit as "dayLimit", s.resets_at as "dayResetsAt",
       case when s.day_resets_at <= s.at then s.day_limit else s.day_remaining end as "dayRemaining",
       case when s.blocked_until > s.at then s.blocked_until end as "blockedUntil",
       case when s.blocked_until > s.at then s.blocked_reason end as "blockedReason",
       case when s.circuit_until is null then 'closed' when s.circuit_until > s.at then 'open' else 'half_open' end
         as circuit,
       s.failures, s.circuit_until as "circuitUntil",
       (select jsonb_object_agg(u.lane, jsonb_build_object('today', u.today, 'lastHour', u.last_hour,
          'lastDay', u.last_day)) from (
          select c.lane, sum(c.calls) as last_day,
            coalesce(sum(c.calls) filter (where c.minute >= coalesce(s.resets_at, s.at) - interval '1 day'), 0) as today,
            coalesce(sum(c.calls) filter (where c.minute > s.at - interval '1 hour'), 0) as last_hour
          from zoho_calls c where c.account = $1 and c.minute > s.at - interval '1 day' group by c.lane) u) as lanes
     from state s`,
    [account, bucket.burst, bucket.perSecond],
  );
  if (!row) return null;
  const used = (lane: CallLane): CallCounts => ({ today: 0, lastHour: 0, lastDay: 0, ...row.lanes?.[lane] });
  return {
    ...row,
    lanes: {
      webhook: used('webhook'),
      interactive: used('interactive'),
      incremental: used('incremental'),
      backfill: used('backfill'),
    },
  };
}
