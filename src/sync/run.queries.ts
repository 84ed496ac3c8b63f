import type { Database } from '../platform/db/orm.js';
import { computed, read, type RowOf } from '../platform/read/definition.js';
import { columnText, type Columns } from '../platform/read/entity-columns.js';
import { sql, type Sql } from '../platform/read/sql.js';
import { SyncRun } from './run.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface RunProgress {
  processed: number;
  failed: number;
  open: number;
}

/** How far the records of a run have come; everything of it passes through the inbox or, when swept, the queue. */
export async function countRunProgress(
  run: Run,
  { id: runId, mode }: Pick<SyncRun, 'id' | 'mode'>,
): Promise<RunProgress> {
  if (mode === 'selective') return countPulls(run, runId);
  const [row] = await run<{ processed: string | number; failed: string | number; open: string | number }>(
    `select
       (select count(*) from tds_inbox_events where run_id = $1 and status = 'completed') as processed,
       (select count(*) from tds_inbox_events where run_id = $1 and status = 'dead_letter') as failed,
       (select count(*) from tds_inbox_events where run_id = $1
          and status = any (array['pending'::text, 'processing'::text, 'failed'::text]))
       + (select count(*) from tds_sync_queue where run_id = $1 and kind = 'pull'
          and status = any (array['pending'::text, 'failed'::text, 'processing'::text])) as open`,
    [runId],
  );
  return { processed: Number(row?.processed ?? 0), failed: Number(row?.failed ?? 0), open: Number(row?.open ?? 0) };
}

/** Of a selective run nothing is listed: its pulls are all there is. */
async function countPulls(run: Run, runId: string): Promise<RunProgress> {
  const [row] = await run<RunProgress>(
    `select count(*) filter (where status = 'completed') as processed,
       count(*) filter (where status = 'dead_letter') as failed,
       count(*) filter (where status not in ('completed', 'dead_letter')) as open
     from tds_sync_queue where run_id = $1 and kind = 'pull'`,
    [runId],
  );
  return row ?? { processed: 0, failed: 0, open: 0 };
}

/** Records that the source is known to have, as an expectation for a full run; null when nothing was loaded yet. */
export async function countKnownRecords(run: Run, entityType: string): Promise<number | null> {
  const [row] = await run<{ count: number }>(
    `select count(*) as count from sync_links where entity_type = $1 and state <> 'gone' and local_id is not null`,
    [entityType],
  );
  return row && row.count > 0 ? row.count : null;
}

/** The remote ids that a run has listed. */
export async function listRunRefs(db: Pick<Database, 'read'>, runId: string): Promise<Set<string>> {
  const rows = await db.read<{ ref: string }>(
    'select distinct entity_id as ref from tds_inbox_events where run_id = $1 and entity_id is not null',
    [runId],
  );
  return new Set(rows.map((row) => row.ref));
}

/** Where the next incremental run begins: the greatest source time that a run which listed everything has seen. */
export async function findWatermark(run: Run, entityType: string): Promise<unknown> {
  const [row] = await run<{ watermark: unknown }>(
    `select max(watermark) as watermark from tds_sync_runs
     where entity_type = $1 and status in ('completed', 'partial')`,
    [entityType],
  );
  return row?.watermark ?? null;
}

/** Which of these entities a run is listing as a whole, so that each of their records is about to come. */
export async function findLoadingEntities(run: Run, entities: readonly string[]): Promise<Set<string>> {
  const rows = await run<{ entity: string }>(
    `select entity_type as entity from tds_sync_runs where entity_type = any ($1::text[])
       and run_type = 'full' and status in ('pending', 'in_progress') and next_page is not null`,
    [entities],
  );
  return new Set(rows.map((row) => row.entity));
}

const DONE = (run: Columns<SyncRun>): Sql => sql`(${run.processedItems} + ${run.failedItems})`;
/** Done a second; null before the first record. */
const RATE = (run: Columns<SyncRun>): Sql =>
  sql`(nullif(${DONE(run)}, 0) / greatest(1, extract(epoch from coalesce(${run.completedAt}, now()) - ${run.startedAt})))`;

export const runRead = read(SyncRun, {
  fields: {
    itemsPerMinute: computed((run) => sql`round(${RATE(run)} * 60, 1)::float8`),
    expectedEndAt: computed(
      (run) => sql`(case when ${run.status} = 'in_progress'
        then now() + greatest(0, ${run.expectedItems} - ${DONE(run)}) / ${RATE(run)} * interval '1 second' end)`,
    ),
  },
});

export type RunRow = RowOf<typeof runRead>;

export async function findRecentRuns(db: Database, limit: number): Promise<SyncRun[]> {
  return db.read<SyncRun>(
    `select ${columnText(SyncRun, 'r')} from tds_sync_runs r order by r.created_at desc, r.id desc limit $1`,
    [limit],
  );
}

export async function countRuns(db: Database, entityType: string, mode: string): Promise<number> {
  const [row] = await db.read<{ count: number }>(
    'select count(*) as count from tds_sync_runs where entity_type = $1 and run_type = $2',
    [entityType, mode],
  );
  return row?.count ?? 0;
}
