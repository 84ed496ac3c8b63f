import type { Role } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';
import { WINDOW_SECONDS, type Failures } from './throttle.js';

const NONE: Failures = { failures: 0, waitSeconds: 0, seen: false };

/** What is counted against each key in its present window. */
export async function readFailures(db: Database, keys: readonly string[]): Promise<Failures[]> {
  const rows = await db.read<{ key: string; failures: number; waitSeconds: number }>(
    `select key, count as failures,
       greatest(0, coalesce(extract(epoch from not_before - now()), 0))::float8 as "waitSeconds"
     from sign_in_throttles where key = any ($1::text[]) and window_until >= now()`,
    [keys],
  );
  return keys.map((key) => {
    const row = rows.find((one) => one.key === key);
    return row ? { failures: row.failures, waitSeconds: row.waitSeconds, seen: true } : NONE;
  });
}

export interface Count {
  key: string;
  /** Negative to take failures back. */
  failures: number;
  delaySeconds: number;
}

/** Adds to the counts of the present windows, in the order of the keys, so that two processes cannot deadlock. */
export async function addFailures(db: Database, counts: readonly Count[]): Promise<void> {
  const sorted = [...counts].sort((a, b) => (a.key < b.key ? -1 : 1));
  await db.read(
    `insert into sign_in_throttles as t (key, count, window_until, not_before)
     select key, greatest(n, 0), now() + $4 * interval '1 second', now() + delay * interval '1 second'
     from unnest($1::text[], $2::int[], $3::int[]) as added(key, n, delay)
     on conflict (key) do update set
       count = case when t.window_until < now() then excluded.count
         else greatest(t.count + (select n from unnest($1::text[], $2::int[]) as added(key, n) where added.key = t.key), 0) end,
       window_until = case when t.window_until < now() then excluded.window_until else t.window_until end,
       not_before = greatest(t.not_before, excluded.not_before)`,
    [
      sorted.map((one) => one.key),
      sorted.map((one) => one.failures),
      sorted.map((one) => one.delaySeconds),
      WINDOW_SECONDS,
    ],
  );
}

/** Counts one use of a field that is open to anonymous callers; answers the count in the present window. */
export async function countTry(db: Database, key: string): Promise<{ count: number; retryAfterSeconds: number }> {
  const [row] = await db.read<{ count: number; left: number }>(
    `insert into sign_in_throttles as t (key, count, window_until) values ($1, 1, now() + $2 * interval '1 second')
     on conflict (key) do update set
       count = case when t.window_until < now() then 1 else t.count + 1 end,
       window_until = case when t.window_until < now() then excluded.window_until else t.window_until end
     returning count, ceil(extract(epoch from window_until - now()))::int as left`,
    [key, WINDOW_SECONDS],
  );
  return { count: row?.count ?? 1, retryAfterSeconds: Math.max(1, row?.left ?? WINDOW_SECONDS) };
}

export async function forgetFailures(db: Database, key: string): Promise<void> {
  await db.read('delete from sign_in_throttles where key = $1', [key]);
}

export interface SignInUser {
  userId: string;
  role: Role;
  passwordHash: string | null;
  active: boolean;
  isKnownNetwork: boolean;
}

/** The user of an address, and whether it has signed in from this network in the last 90 days. */
export async function findSignInUser(db: Database, email: string, networkHash: string): Promise<SignInUser | null> {
  const [row] = await db.read<SignInUser>(
    `select u.id as "userId", u.role, u.password_hash as "passwordHash", u.active,
       exists (select 1 from known_networks k where k.user_id = u.id and k.network_hash = $2
         and k.seen_at > now() - interval '90 days') as "isKnownNetwork"
     from users u where u.email = $1`,
    [email, networkHash],
  );
  return row ?? null;
}
