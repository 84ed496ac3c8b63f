import { pruneSchedule } from '../../src/platform/queue/prune.job.js';
import { connect } from '../backup/admin.js';
import { check, type Check } from './check.js';

export interface PruneOptions {
  databaseUrl: string;
  /** How long a worker may take; afterwards it goes on alone. */
  limitMs: number;
  pollMs?: number;
  signal?: AbortSignal;
}

interface Progress {
  /** The schedule has fired since it was asked to. */
  fired: boolean;
  waiting: number;
  failed: string | null;
  rows: number;
}

/**
 * Has the server prune now instead of at its next hour: its own schedule is made due, its own worker does the work, and
 * this waits for the end. What is old and may go is decided by the server alone.
 */
export function pruneByServer(options: PruneOptions): Promise<Check> {
  return check('Pruning', async () => {
    const client = await connect(options.databaseUrl, 'The database');
    try {
      const { rows: due } = await client.query<{ at: string }>(
        'update schedules set next_at = now() where name = $1 returning clock_timestamp()::text as at',
        [pruneSchedule.name],
      );
      const [asked] = due;
      if (!asked)
        return { state: 'failure', detail: 'the server has never had its schedules written: no worker has run.' };
      const progress = async (): Promise<Progress> => {
        const { rows } = await client.query<Progress>(
          `select coalesce((select last_at >= $2::timestamptz - interval '1 second' from schedules where name = $1), false) as fired,
             (select count(*)::int from tds_sync_queue where lane = $3 and status in ('pending', 'processing', 'failed')) as waiting,
             (select error_message from tds_sync_queue where lane = $3 and status in ('failed', 'dead_letter')
               order by queued_at desc limit 1) as failed,
             (select count(*)::int from tds_sync_queue) as rows`,
          [pruneSchedule.name, asked.at, pruneSchedule.job.jobKey],
        );
        return rows[0] ?? { fired: false, waiting: 0, failed: null, rows: 0 };
      };
      const before = await progress();
      const end = performance.now() + options.limitMs;
      for (let now = before; ; now = await progress()) {
        if (now.failed !== null) return { state: 'failure', detail: `the server's pruner fails: ${now.failed}` };
        if (now.fired && now.waiting === 0) {
          return {
            state: 'ok',
            detail: `the server has pruned; the queue has ${now.rows} rows (${before.rows} before).`,
          };
        }
        if (performance.now() > end || options.signal?.aborted) {
          const why = now.fired ? 'it is still at work' : 'no worker has taken it; does one run?';
          return { state: now.fired ? 'warning' : 'failure', detail: `the server was asked to prune: ${why}` };
        }
        await new Promise((resolve) => setTimeout(resolve, options.pollMs ?? 500));
      }
    } finally {
      await client.end();
    }
  });
}
