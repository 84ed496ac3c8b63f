import { parseInstant } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import type { ParentRef } from './entities/entity-sync.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { extend, object, type EntityRead, type Extension } from '../platform/read/definition.js';
import type { ColumnKey } from '../platform/read/entity-columns.js';
import { raw, sql, type Sql } from '../platform/read/sql.js';
import { RecordSync } from './record-sync.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface LinkState {
  id: string;
  localId: string | null;
  remoteModifiedAt: Date | null;
  snapshotHash: string | null;
  gone: boolean;
  syncedAt: Date | null;
}

interface LinkRow {
  id: string;
  local_id: string | null;
  remote_modified_at: unknown;
  snapshot_hash: string | null;
  state: string;
  synced_at: unknown;
}

const COLUMNS = 'id, local_id, remote_modified_at, snapshot_hash, state, synced_at';

const toLink = (row: LinkRow): LinkState => ({
  id: row.id,
  localId: row.local_id,
  remoteModifiedAt: parseInstant(row.remote_modified_at),
  snapshotHash: row.snapshot_hash,
  gone: row.state === 'gone',
  syncedAt: parseInstant(row.synced_at),
});

export async function findLink(run: Run, entityType: string, externalRef: string): Promise<LinkState | null> {
  const [row] = await run<LinkRow>(`select ${COLUMNS} from sync_links where entity_type = $1 and external_ref = $2`, [
    entityType,
    externalRef,
  ]);
  return row ? toLink(row) : null;
}

/** Makes the link if there is none, then locks it: before the record itself, always in this order. */
export async function lockLink(run: Run, entityType: string, externalRef: string): Promise<LinkState> {
  await run(
    `insert into sync_links (id, entity_type, external_ref) values ($1, $2, $3) on conflict (entity_type, external_ref) do nothing`,
    [newId(), entityType, externalRef],
  );
  const [row] = await run<LinkRow>(
    `select ${COLUMNS} from sync_links where entity_type = $1 and external_ref = $2 for update`,
    [entityType, externalRef],
  );
  if (!row) throw new Error('The link vanished between two statements.');
  return toLink(row);
}

export async function saveLink(
  run: Run,
  link: {
    id: string;
    localId: string | null;
    remoteModifiedAt: Date | null;
    snapshotHash: string | null;
    gone: boolean;
  },
): Promise<void> {
  await run(
    `update sync_links set local_id = $2, remote_modified_at = greatest(remote_modified_at, $3), snapshot_hash = $4,
       state = $5, synced_at = clock_timestamp() where id = $1`,
    [link.id, link.localId, link.remoteModifiedAt, link.snapshotHash, link.gone ? 'gone' : 'linked'],
  );
}

const STATE = {
  state: raw('l.state'),
  sourceModifiedAt: raw('l.remote_modified_at'),
  syncedAt: raw('l.synced_at'),
};

const KEY = raw(`l.entity_type || ':' || l.external_ref`);

/** The same of a record that holds what the source says about something else, such as a rate of a currency. */
export const heldSync = <E extends { id: string }, A extends ColumnKey<E>>(
  entityType: string,
  target: EntityRead<E, A>,
): Extension =>
  extend(target, {
    sync: object<E>(RecordSync, (row) => ({
      from: sql`sync_links l where l.entity_type = '${raw(entityType)}' and l.local_id = ${(row as { id: Sql }).id}`,
      always: { key: KEY },
      fields: STATE,
    })),
  });

/** The sync state of a record, read in the statement of the record as its field `sync`. */
export const recordSync = <E extends { externalRef?: string | null }, A extends ColumnKey<E>>(
  entityType: string,
  target: EntityRead<E, A>,
): Extension =>
  extend(target, {
    sync: object<E>(RecordSync, (row) => ({
      from: sql`sync_links l where l.entity_type = '${raw(entityType)}' and l.external_ref = ${(row as { externalRef: Sql }).externalRef}`,
      always: { key: KEY },
      fields: STATE,
    })),
  });

/** Deliveries of a record that no pull has taken into account yet; read only when the field is selected. */
export const pendingEventsByRef = defineLoader<string, number>('pendingEventsByRef', async ({ db }, keys) => {
  const rows = await db.read<{ key: string; count: number }>(
    `select e.entity_type || ':' || e.entity_id as key, count(*) as count from tds_inbox_events e
     join unnest($1::text[], $2::text[]) as k(entity_type, external_ref)
       on e.entity_type = k.entity_type and e.entity_id = k.external_ref
     where e.status = any (array['pending'::text, 'processing'::text, 'failed'::text])
     group by 1`,
    [keys.map((key) => key.slice(0, key.indexOf(':'))), keys.map((key) => key.slice(key.indexOf(':') + 1))],
  );
  return new Map(rows.map((row) => [row.key, row.count]));
});

export interface ParentState extends ParentRef {
  here: boolean;
  /** The source does not have it. */
  gone: boolean;
  /** It has come, and nothing here holds it. */
  empty: boolean;
  /** Its own pull has no try left. */
  dead: boolean;
  optional: boolean;
}

/** Which of these records are here, and whether the others can still come; in the order given. */
export async function findParents(run: Run, parents: readonly ParentRef[]): Promise<ParentState[]> {
  return run<ParentState>(
    `select k.entity, k.remote_id as "remoteId", k.optional, coalesce(l.local_id is not null and l.state = 'linked', false) as here,
       coalesce(l.state = 'gone', false) as gone,
       coalesce(l.state = 'linked' and l.synced_at is not null and l.local_id is null, false) as empty,
       exists (select 1 from tds_sync_queue q where q.lane = 'pull:' || k.entity || ':' || k.remote_id
         and q.status = 'dead_letter') as dead
     from unnest($1::text[], $2::text[], $3::boolean[]) with ordinality as k(entity, remote_id, optional, place)
     left join sync_links l on l.entity_type = k.entity and l.external_ref = k.remote_id
     order by k.place`,
    [
      parents.map((parent) => parent.entity),
      parents.map((parent) => parent.remoteId),
      parents.map((parent) => parent.optional === true),
    ],
  );
}
