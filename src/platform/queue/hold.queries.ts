import { WAITING } from './enqueue.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface QueueHold {
  entityType: string;
  reason: string;
  heldBy: string;
  heldAt: Date;
  /** What waits in the queue, held or not yet due. */
  waiting: number;
  oldestSeconds: number | null;
}

const HOLD = `h.entity_type as "entityType", h.reason, h.held_by as "heldBy", h.held_at as "heldAt",
  w.waiting, w.oldest as "oldestSeconds"`;

/** What is held, the longest first, with what has come meanwhile. */
export function readHolds(run: Run): Promise<QueueHold[]> {
  return run<QueueHold>(
    `select ${HOLD} from queue_holds h cross join lateral (
       select count(*) as waiting, round(extract(epoch from now() - min(q.queued_at)))::float8 as oldest
       from tds_sync_queue q where q.entity_type = h.entity_type and not q.system and q.${WAITING}) w
     order by h.held_at, h.entity_type`,
  );
}

/** Answers whether it was not held before. */
export async function holdWork(run: Run, entityType: string, reason: string, by: string): Promise<boolean> {
  const rows = await run(
    `insert into queue_holds (entity_type, reason, held_by) values ($1, $2, $3) on conflict do nothing
     returning entity_type`,
    [entityType, reason, by],
  );
  return rows.length > 0;
}

/** Answers why it was held; null when it was not. */
export async function releaseWork(run: Run, entityType: string): Promise<string | null> {
  const [row] = await run<{ reason: string }>('delete from queue_holds where entity_type = $1 returning reason', [
    entityType,
  ]);
  return row?.reason ?? null;
}
