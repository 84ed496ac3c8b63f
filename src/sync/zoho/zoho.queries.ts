type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface TokenRow {
  accessToken: string | null;
  apiDomain: string | null;
  /** Seconds until it ends; negative when it has. */
  secondsLeft: number;
  refreshing: boolean;
  blockedSeconds: number;
  lastError: string | null;
}

export async function readToken(run: Run, account: string): Promise<TokenRow | null> {
  const [row] = await run<TokenRow>(
    `select access_token as "accessToken", api_domain as "apiDomain",
       coalesce(extract(epoch from expires_at - clock_timestamp()), -1)::float8 as "secondsLeft",
       coalesce(refreshing_until > clock_timestamp(), false) as refreshing,
       greatest(coalesce(extract(epoch from blocked_until - clock_timestamp()), 0), 0)::float8 as "blockedSeconds",
       last_error as "lastError"
     from zoho_tokens where account = $1`,
    [account],
  );
  return row ?? null;
}

/** Single flight over all processes: one of them may refresh, for as long as the lease lasts. */
export async function claimRefresh(
  run: Run,
  account: string,
  leaseSeconds: number,
  staleToken: string | null,
): Promise<boolean> {
  const rows = await run(
    `insert into zoho_tokens as t (account, refreshing_until) values ($1, clock_timestamp() + $2 * interval '1 second')
     on conflict (account) do update set refreshing_until = excluded.refreshing_until
     where (t.refreshing_until is null or t.refreshing_until < clock_timestamp())
       and (t.blocked_until is null or t.blocked_until < clock_timestamp())
       and (t.access_token is not distinct from $3 or t.expires_at is null or t.expires_at < clock_timestamp() + interval '60 seconds')
     returning account`,
    [account, leaseSeconds, staleToken],
  );
  return rows.length === 1;
}

export async function saveToken(
  run: Run,
  account: string,
  token: { sealed: string; apiDomain: string | null; expiresInSeconds: number },
): Promise<void> {
  await run(
    `update zoho_tokens set access_token = $2, api_domain = $3, refreshing_until = null, blocked_until = null,
       last_error = null, expires_at = clock_timestamp() + $4 * interval '1 second'
     where account = $1`,
    [account, token.sealed, token.apiDomain, token.expiresInSeconds],
  );
}

export async function saveTokenFailure(run: Run, account: string, error: string, blockSeconds: number): Promise<void> {
  await run(
    `update zoho_tokens set refreshing_until = null, last_error = $2,
       blocked_until = clock_timestamp() + $3 * interval '1 second' where account = $1`,
    [account, error, blockSeconds],
  );
}

export async function forgetToken(run: Run, account: string, sealed: string): Promise<void> {
  await run('update zoho_tokens set access_token = null, expires_at = null where account = $1 and access_token = $2', [
    account,
    sealed,
  ]);
}

export async function prepareBudget(run: Run, account: string, burst: number, slots: number): Promise<void> {
  await run(
    `with budget as (
       insert into zoho_budget (account, tokens) values ($1, $2) on conflict do nothing
     ), gone as (delete from zoho_slots where account = $1 and slot > $3)
     insert into zoho_slots (account, slot) select $1, generate_series(1, $3) on conflict do nothing`,
    [account, burst, slots],
  );
}

export interface Taken {
  slot: number | null;
  waitMs: number;
  reason: string;
}

/**
 * Takes one token of the minute's bucket and one of the concurrent slots, over all processes; both or neither.
 * A slot is leased, so a process that dies gives it back by itself.
 */
export async function takeBudget(
  run: Run,
  account: string,
  bucket: { burst: number; perSecond: number },
  slotSeconds: number,
): Promise<Taken> {
  const [row] = await run<{ slot: number | null; tokens: number; blockedMs: number; reason: string | null }>(
    `with free as (
       select slot from zoho_slots where account = $1 and leased_until < clock_timestamp()
       order by slot limit 1 for update skip locked
     ), paid as (
       update zoho_budget b set
         tokens = least($2::float8, b.tokens + extract(epoch from clock_timestamp() - b.refilled_at) * $3::float8) - 1,
         refilled_at = clock_timestamp()
       where b.account = $1 and exists (select 1 from free)
         and (b.blocked_until is null or b.blocked_until < clock_timestamp())
         and least($2::float8, b.tokens + extract(epoch from clock_timestamp() - b.refilled_at) * $3::float8) >= 1
       returning b.account
     ), leased as (
       update zoho_slots s set leased_until = clock_timestamp() + $4 * interval '1 second'
       from free where s.account = $1 and s.slot = free.slot and exists (select 1 from paid)
       returning s.slot
     )
     select (select slot from leased) as slot,
       least($2::float8, b.tokens + extract(epoch from clock_timestamp() - b.refilled_at) * $3::float8) as tokens,
       (greatest(coalesce(extract(epoch from b.blocked_until - clock_timestamp()), 0), 0) * 1000)::float8 as "blockedMs",
       b.blocked_reason as reason
     from zoho_budget b where b.account = $1`,
    [account, bucket.burst, bucket.perSecond, slotSeconds],
  );
  if (!row) return { slot: null, waitMs: 1000, reason: 'the budget is not prepared' };
  if (row.slot !== null) return { slot: row.slot, waitMs: 0, reason: '' };
  if (row.blockedMs > 0) return { slot: null, waitMs: row.blockedMs, reason: row.reason ?? 'blocked' };
  if (row.tokens < 1) {
    return {
      slot: null,
      waitMs: ((1 - row.tokens) / bucket.perSecond) * 1000,
      reason: 'our own minute budget is used up',
    };
  }
  return { slot: null, waitMs: 250, reason: 'all concurrent calls are taken' };
}

export interface DayBudget {
  limit: number | null;
  remaining: number | null;
  resetSeconds: number | null;
}

/** Releases the slot and keeps what the headers reported about the day. */
export async function releaseBudget(run: Run, account: string, slot: number, day: DayBudget): Promise<void> {
  await run(
    `with freed as (update zoho_slots set leased_until = '-infinity' where account = $1 and slot = $2)
     update zoho_budget set day_limit = coalesce($3, day_limit), day_remaining = coalesce($4, day_remaining),
       day_resets_at = coalesce(clock_timestamp() + $5 * interval '1 second', day_resets_at)
     where account = $1`,
    [account, slot, day.limit, day.remaining, day.resetSeconds],
  );
}

export async function blockBudget(run: Run, account: string, forMs: number, reason: string): Promise<void> {
  await run(
    `update zoho_budget set blocked_reason = $3,
       blocked_until = greatest(blocked_until, clock_timestamp() + $2 * interval '1 millisecond') where account = $1`,
    [account, forMs, reason],
  );
}
