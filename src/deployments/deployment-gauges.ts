import { Gauge } from 'prom-client';
import type { Services } from '../platform/module.js';
import { readLastGoodBackups } from './backup.queries.js';
import { countByStatus } from './deployment.queries.js';

/** All processes read the same rows, so of several the greatest counts and not the sum. */
const aggregator = 'max';

/** Deployments and backups as Prometheus sees them. Environments are named by whoever deploys, and are few. */
export function deploymentGauges({ db, metrics }: Services): () => Promise<void> {
  const registers = [metrics.registry];
  const deployments = new Gauge({
    name: 'tsh_deployments',
    help: 'Deployments on record by environment and status.',
    labelNames: ['environment', 'status'],
    aggregator,
    registers,
  });
  const stuck = new Gauge({
    name: 'tsh_deployments_stuck',
    help: 'Running deployments whose deployer is silent, by environment.',
    labelNames: ['environment'],
    aggregator,
    registers,
  });
  const lastGood = new Gauge({
    name: 'tsh_backup_last_good_timestamp_seconds',
    help: 'When the newest backup was taken that a restore has proved.',
    labelNames: ['environment', 'kind'],
    aggregator,
    registers,
  });
  return async () => {
    const [counts, backups] = await Promise.all([countByStatus(db.read), readLastGoodBackups(db.read)]);
    // A status that nothing has any more would keep its last figure.
    for (const gauge of [deployments, stuck, lastGood]) gauge.reset();
    for (const { environment, status, count, stuck: silent } of counts) {
      deployments.set({ environment, status }, count);
      stuck.inc({ environment }, silent);
    }
    for (const { environment, kind, takenSeconds } of backups) lastGood.set({ environment, kind }, takenSeconds);
  };
}
