import type { Database } from '../platform/db/orm.js';
import type { Tx } from '../platform/db/transact.js';
import type { Retention } from '../platform/queue/retention.js';
import type { WatchSample } from './watch-rules.js';

export interface LogLineRow {
  line: number;
  text: string;
  at: Date;
}

export interface MetricsSample extends WatchSample {
  sequence: number;
}

/** Lines that are known already stay as they are; answers how many are new. */
export async function insertLogLines(
  tx: Tx,
  deploymentId: string,
  fromLine: number,
  lines: readonly string[],
): Promise<number> {
  const rows = await tx.sql(
    `insert into deployment_log_lines (deployment_id, line, text)
     select $1, $2::int + t.position - 1, t.text from unnest($3::text[]) with ordinality as t(text, position)
     on conflict do nothing returning line`,
    [deploymentId, fromLine, lines],
  );
  await tx.sql('update deployments set last_log_line = greatest(last_log_line, $2::int) where id = $1', [
    deploymentId,
    fromLine + lines.length - 1,
  ]);
  return rows.length;
}

export function readLogLines(
  run: Database['read'],
  range: { deploymentId: string; afterLine: number; toLine: number | null; limit: number },
): Promise<LogLineRow[]> {
  return run<LogLineRow>(
    `select line, text, at from deployment_log_lines
     where deployment_id = $1 and line > $2 and ($3::int is null or line <= $3) order by line limit $4`,
    [range.deploymentId, range.afterLine, range.toLine, range.limit],
  );
}

export const insertMetrics = (tx: Tx, deploymentId: string, sample: MetricsSample): Promise<unknown[]> =>
  tx.sql(
    `insert into deployment_metrics (deployment_id, sequence, requests, server_errors, latency_p95_ms, pool_used,
       pool_size, pool_waiting, log_errors)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [
      deploymentId,
      sample.sequence,
      sample.requests,
      sample.serverErrors,
      sample.latencyP95Ms,
      sample.poolUsed,
      sample.poolSize,
      sample.poolWaiting,
      sample.logErrors,
    ],
  );

/** In the order in which they were taken, as far as the watch goes. */
export function readMetrics(
  run: Database['read'],
  deploymentId: string,
  since: Date,
  until: Date,
): Promise<MetricsSample[]> {
  return run<MetricsSample>(
    `select sequence, requests, server_errors as "serverErrors", latency_p95_ms as "latencyP95Ms",
       pool_used as "poolUsed", pool_size as "poolSize", pool_waiting as "poolWaiting", log_errors as "logErrors"
     from deployment_metrics where deployment_id = $1 and at >= $2 and at <= $3 order by sequence`,
    [deploymentId, since, until],
  );
}

const KEPT = `interval '90 days'`;

/** Log lines and samples are evidence for three months; the events stay. */
export const deploymentRetention: readonly Retention[] = [
  { table: 'deployment_log_lines', old: `at < now() - ${KEPT}`, age: 'at' },
  { table: 'deployment_metrics', old: `at < now() - ${KEPT}`, age: 'at' },
  { table: 'deploy_agents', old: `heartbeat_at < now() - ${KEPT}`, age: 'heartbeat_at' },
];
