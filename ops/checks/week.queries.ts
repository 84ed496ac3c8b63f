import type { Database } from '../../src/platform/db/orm.js';

const WEEK = `interval '7 days'`;

export interface WeekOfSync {
  webhooks: number;
  /** Completed of those that have ended, in percent. */
  successPercent: number | null;
  delayAvgSeconds: number | null;
  delayP95Seconds: number | null;
  deadLetters: number;
}

export async function readWeekOfSync(db: Database): Promise<WeekOfSync> {
  const [row] = await db.read<WeekOfSync>(
    `select i.n as "webhooks", i.percent as "successPercent", q.average as "delayAvgSeconds", q.p95 as "delayP95Seconds",
       (select count(*) from tds_sync_queue where status = 'dead_letter')::int as "deadLetters"
     from (select count(*)::int as n,
         (100.0 * count(*) filter (where status = 'completed')
           / nullif(count(*) filter (where status not in ('pending', 'processing')), 0))::float8 as percent
         from tds_inbox_events where received_at > now() - ${WEEK}) i,
       (select avg(seconds)::float8 as average, percentile_cont(0.95) within group (order by seconds)::float8 as p95
         from (select extract(epoch from processing_completed_at - queued_at) as seconds from tds_sync_queue
           where status = 'completed' and kind = 'pull' and processing_completed_at > now() - ${WEEK}) done) q`,
  );
  return row ?? { webhooks: 0, successPercent: null, delayAvgSeconds: null, delayP95Seconds: null, deadLetters: 0 };
}

export const readTopSyncErrors = (db: Database): Promise<{ entityType: string; message: string; count: number }[]> =>
  db.read(
    `select coalesce(q.entity_type, 'system') as "entityType", left(a.error_message, 150) as "message", count(*)::int as "count"
     from tds_sync_attempts a left join tds_sync_queue q on q.id = a.queue_id
     where a.ended_at > now() - ${WEEK} and a.error_message is not null
     group by 1, 2 order by 3 desc, 1, 2 limit 5`,
  );

export const readDeployments = (db: Database, environment: string): Promise<{ status: string; count: number }[]> =>
  db.read(
    `select status, count(*)::int as "count" from deployments
     where environment = $1 and started_at > now() - ${WEEK} group by status order by status`,
    [environment],
  );
