import type { LoggedEvent } from '../platform/events.js';
import type { Database } from '../platform/db/orm.js';
import type { DeploymentFacts } from './deployment-notice.js';

/** The lease compares against the database's clock, because processes on several machines disagree about the time. */
const LEASE = `interval '30 seconds'`;

export interface Lease {
  /** The last event that is done with. */
  seq: number;
  /** An event whose sending was begun and whose outcome nobody has written: it may have arrived. */
  sendingSeq: number | null;
  /** True when the cursor belonged to another log and was set to the head of the present one. */
  reset: boolean;
}

/**
 * Takes or renews the lease of a sender; null when another process has it. The first one ever begins at the head. So does
 * the first one after a restore: what stands in the restored log has been told before, or is out of date.
 */
export async function takeLease(db: Database, name: string, holder: string): Promise<Lease | null> {
  await db.read(
    `insert into notice_cursors (name, epoch, seq) select $1, epoch, seq from event_head where id = 1
     on conflict (name) do nothing`,
    [name],
  );
  const [row] = await db.read<Lease>(
    `with before as (select c.name, c.epoch <> h.epoch as reset from notice_cursors c, event_head h
       where c.name = $1 and h.id = 1)
     update notice_cursors c set holder = $2, leased_until = clock_timestamp() + ${LEASE}, epoch = h.epoch,
       seq = case when b.reset then h.seq else c.seq end,
       sending_seq = case when b.reset then null else c.sending_seq end
     from event_head h, before b
     where c.name = $1 and b.name = c.name and h.id = 1
       and (c.holder = $2 or c.holder is null or c.leased_until < clock_timestamp())
     returning c.seq, c.sending_seq as "sendingSeq", b.reset`,
    [name, holder],
  );
  return row ?? null;
}

/** Says that an event is being sent, under the lease; false when the lease is lost and it must not be sent. */
export async function markSending(db: Database, name: string, holder: string, seq: number): Promise<boolean> {
  const rows = await db.read<{ name: string }>(
    `update notice_cursors set sending_seq = $3, leased_until = clock_timestamp() + ${LEASE}
     where name = $1 and holder = $2 and leased_until > clock_timestamp() and seq < $3 returning name`,
    [name, holder, seq],
  );
  return rows.length > 0;
}

/** The event did certainly not arrive, so the next attempt is no repetition. */
export async function clearSending(db: Database, name: string, holder: string): Promise<void> {
  await db.read('update notice_cursors set sending_seq = null where name = $1 and holder = $2 returning name', [
    name,
    holder,
  ]);
}

/** Everything up to this event is done with. Answers false when another process has taken over. */
export async function advance(db: Database, name: string, holder: string, seq: number): Promise<boolean> {
  const rows = await db.read<{ name: string }>(
    `update notice_cursors set seq = $3, sending_seq = null where name = $1 and holder = $2 and seq < $3 returning name`,
    [name, holder, seq],
  );
  return rows.length > 0;
}

/** The next process need not wait for the end of the lease. */
export async function releaseLease(db: Database, name: string, holder: string): Promise<void> {
  await db.read(
    `update notice_cursors set holder = null, leased_until = '-infinity' where name = $1 and holder = $2 returning name`,
    [name, holder],
  );
}

/**
 * The deployment of an event with the step that the event was written for: by its id, or the newest of the status in
 * entries of releases that did not write the id. The row is read as JSON because older releases have fewer columns.
 */
export async function deploymentFacts(db: Database, event: LoggedEvent): Promise<DeploymentFacts | null> {
  const eventId = event.data['eventId'];
  const [row] = await db.read<DeploymentFacts>(
    `select d.environment, d.release_version as "version", e.row ->> 'step' as "step", e.row ->> 'message' as "message",
       coalesce(e.row ->> 'status' is distinct from (select p.status from deployment_events p
         where p.deployment_id = d.id and p.id < (e.row ->> 'id')::uuid order by p.id desc limit 1), true) as "changedStatus",
       (extract(epoch from coalesce(d.finished_at, now()) - d.started_at) * 1000)::float8 as "durationMs"
     from deployments d left join lateral (select to_jsonb(x) as row from deployment_events x
       where x.deployment_id = d.id and (case when $3::uuid is null then x.status = $2 else x.id = $3 end)
       order by x.id desc limit 1) e on true
     where d.id = $1`,
    [event.entityId, String(event.data['status']), typeof eventId === 'string' ? eventId : null],
  );
  return row ?? null;
}
