import type { Database } from '../platform/db/orm.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { read } from '../platform/read/definition.js';
import { columnText } from '../platform/read/entity-columns.js';
import { Backup } from './backup.entity.js';

export const backupRead = read(Backup);

export const backupById = defineLoader<string, Backup>('backupById', async ({ db }, ids) => {
  const rows = await db.read<Backup>(`select ${columnText(Backup, 'b')} from backups b where b.id = any ($1::uuid[])`, [
    ids,
  ]);
  return new Map(rows.map((row) => [row.id, row]));
});

/** The newest database backup of an environment that a restore has proved. */
export async function findVerifiedBackup(run: Database['read'], environment: string): Promise<Backup | null> {
  const [row] = await run<Backup>(
    `select ${columnText(Backup, 'b')} from backups b where b.environment = $1 and b.kind = 'DATABASE' and b.verified_at is not null
     order by b.taken_at desc, b.id desc limit 1`,
    [environment],
  );
  return row ?? null;
}

/** For the metrics: per environment and kind the newest backup that a restore has proved. */
export function readLastGoodBackups(
  run: Database['read'],
): Promise<{ environment: string; kind: string; takenSeconds: number }[]> {
  return run(
    `select b.environment, b.kind, extract(epoch from max(b.taken_at))::float8 as "takenSeconds"
     from backups b where b.verified_at is not null group by b.environment, b.kind`,
  );
}
