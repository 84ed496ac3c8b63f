import type { Database } from '../platform/db/orm.js';
import { contractSteps, type ContractStep } from '../platform/db/contract-steps.js';
import type { MigrationEntry } from '../platform/db/migration.js';
import type { Deployment } from './deployment.entity.js';

export interface MigrationSince {
  name: string;
  executedAt: Date;
  contractSteps: ContractStep[];
  /** False: this release does not hold it, so nobody here knows what it did. */
  known: boolean;
}

/** Expand only, and all of it known. */
export const isSafe = (since: readonly MigrationSince[]): boolean =>
  since.every((one) => one.known && one.contractSteps.length === 0);

/** The migrations that ran after a deployment was live: its code has never seen their result. */
export async function readMigrationsSince(
  run: Database['read'],
  target: Pick<Deployment, 'liveAt' | 'startedAt'>,
  migrations: readonly MigrationEntry[],
): Promise<MigrationSince[]> {
  const rows = await run<{ name: string; executedAt: Date }>(
    `select name, executed_at as "executedAt" from migrations where executed_at > $1 order by id`,
    [target.liveAt ?? target.startedAt],
  );
  const byName = new Map(migrations.map((one) => [one.name, one]));
  return rows.map((row) => {
    const known = byName.get(row.name);
    return { ...row, contractSteps: contractSteps(known?.statements ?? []), known: known !== undefined };
  });
}
