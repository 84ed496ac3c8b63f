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
