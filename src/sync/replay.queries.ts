import { read, type RowOf } from '../platform/read/definition.js';
import { SyncReplay } from './replay.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export const replayRead = read(SyncReplay);
export type ReplayRow = RowOf<typeof replayRead>;

export interface SelectedItems {
  itemIds: string[];
  issueIds: string[];
}

/** The failed and dead items that match, the oldest first. */
export async function selectItems(
  run: Run,
  { where, params }: { where: string; params: readonly unknown[] },
  limit: number,
): Promise<SelectedItems> {
  const rows = await run<{ id: string; issueId: string | null }>(
    `select q.id, q.issue_id as "issueId" from tds_sync_queue q
     where q.status = any (array['failed'::text, 'dead_letter'::text]) and ${where}
     order by q.queued_at, q.id limit ${Math.trunc(limit)}`,
    params,
  );
  const issueIds = [...new Set(rows.map((row) => row.issueId).filter((id) => id !== null))];
  return { itemIds: rows.map((row) => row.id), issueIds };
}

export interface ReplayProgress {
  done: number;
  dead: number;
  open: number;
  /** An issue of before that an item has met again since it was put back. */
  metAgain: string | null;
}

/** How the items that were put back have fared. */
export async function readReplayProgress(
  run: Run,
  itemIds: readonly string[],
  issueIds: readonly string[],
): Promise<ReplayProgress> {
  const [row] = await run<ReplayProgress>(
    `select count(*) filter (where q.status = 'completed')::int as done,
       count(*) filter (where q.status = 'dead_letter')::int as dead,
       count(*) filter (where q.status = any (array['pending'::text, 'failed'::text, 'processing'::text]))::int as open,
       (array_agg(q.issue_id) filter (where q.status = any (array['failed'::text, 'dead_letter'::text])
         and q.issue_id = any ($2::uuid[])))[1] as "metAgain"
     from tds_sync_queue q where q.id = any ($1::uuid[])`,
    [itemIds, issueIds],
  );
  return row ?? { done: 0, dead: 0, open: 0, metAgain: null };
}

/** Items of these issues that would be tried again die instead: the replay has stopped because of them. */
export async function endFailed(run: Run, itemIds: readonly string[], issueIds: readonly string[]): Promise<void> {
  await run(
    `with ended as (
       update tds_sync_queue set status = 'dead_letter', processing_completed_at = now()
       where id = any ($1::uuid[]) and status = 'failed' and issue_id = any ($2::uuid[])
       returning entity_type, zoho_entity_id
     )
     update tds_inbox_events e set status = 'dead_letter', processed_at = now() from ended
     where e.entity_type = ended.entity_type and e.entity_id = ended.zoho_entity_id and e.status = 'failed'`,
    [itemIds, issueIds],
  );
}

/** What is put back in bulk goes behind what is new. */
export async function putBehind(run: Run, itemIds: readonly string[], priority: number): Promise<void> {
  await run('update tds_sync_queue set priority = greatest(priority, $2) where id = any ($1::uuid[])', [
    itemIds,
    priority,
  ]);
}
