import type { Database } from '../platform/db/orm.js';

/** The smallest UUIDv7 of an instant: ids are made in the order of time, so old rows are found by the primary key. */
function firstIdAt(ms: number): string {
  const hex = Math.floor(ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

const DAY_MS = 86_400_000;
/** A session lasts 30 days; it is shown for 30 more. */
const SESSION_MS = 60 * DAY_MS;
/** A used token that comes back later than this is refused like an unknown one, and no longer ends its session. */
const USED_TOKEN_MS = 7 * DAY_MS;

/** Deletes what identity no longer needs, at most `batch` rows of each table; answers how many were deleted. */
export async function pruneIdentity(db: Database, nowMs: number, batch: number): Promise<number> {
  const rows = await db.read<{ gone: number }>(
    `with old_sessions as (
       delete from sessions where id in (select id from sessions where id < $1 and expires_at < now() limit $3)
       returning id
     ), old_tokens as (
       delete from refresh_tokens where id in (select id from refresh_tokens
         where id < $2 and used_at is not null limit $3)
       returning id
     ), old_links as (
       delete from one_time_links where id in (select id from one_time_links
         where expires_at < now() - interval '30 days' limit $3)
       returning id
     ), old_sign_ups as (
       delete from sign_ups where id in (select id from sign_ups where expires_at < now() limit $3) returning id
     ), old_networks as (
       delete from known_networks where id in (select id from known_networks
         where seen_at < now() - interval '90 days' limit $3)
       returning id
     ), old_throttles as (
       delete from sign_in_throttles where key in (select key from sign_in_throttles
         where window_until < now() - interval '1 hour' limit $3)
       returning key
     )
     select (select count(*) from old_sessions) + (select count(*) from old_tokens) + (select count(*) from old_links)
       + (select count(*) from old_sign_ups) + (select count(*) from old_networks)
       + (select count(*) from old_throttles) as gone`,
    [firstIdAt(nowMs - SESSION_MS), firstIdAt(nowMs - USED_TOKEN_MS), batch],
  );
  return rows[0]?.gone ?? 0;
}
