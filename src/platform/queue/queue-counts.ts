import type { Database } from '../db/orm.js';
import { JOB_STATUSES, type JobStatus } from './job.js';

export const noJobs = (): Record<JobStatus, number> =>
  Object.fromEntries(JOB_STATUSES.map((status) => [status, 0])) as Record<JobStatus, number>;

/** Counts by status, as the screens and /health show them. */
export async function queueCounts(db: Database): Promise<Record<JobStatus, number>> {
  const rows = await db.read<{ status: JobStatus; count: number }>(
    'select status, count(*) as count from tds_sync_queue group by status',
  );
  const counts = noJobs();
  for (const row of rows) counts[row.status] = row.count;
  return counts;
}
