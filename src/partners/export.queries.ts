import { read, type RowOf } from '../platform/read/definition.js';
import type { Retention } from '../platform/queue/retention.js';
import { slots, sql } from '../platform/read/sql.js';
import { Export } from './export.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** Everybody sees their own exports: the lines hold what they might see and others might not. */
export const exportRead = read(Export, { scope: (one) => sql`${one.actor} = ${slots.actor}` });

export type ExportRow = RowOf<typeof exportRead>;

/** Writes a piece of the file; the same piece again is the same row. */
export async function writeChunk(run: Run, exportId: string, position: number, body: Buffer): Promise<void> {
  await run(
    `insert into export_chunks (export_id, position, body) values ($1, $2, $3)
     on conflict (export_id, position) do update set body = excluded.body`,
    [exportId, position, body],
  );
}

/** The next piece behind a position; null at the end. */
export async function readChunk(
  run: Run,
  exportId: string,
  after: number,
): Promise<{ position: number; body: Buffer } | null> {
  const [row] = await run<{ position: number; body: Buffer }>(
    'select position, body from export_chunks where export_id = $1 and position > $2 order by position limit 1',
    [exportId, after],
  );
  return row ?? null;
}

export async function findExportFile(
  run: Run,
  id: string,
): Promise<{ actor: string; status: string; connection: string } | null> {
  const [row] = await run<{ actor: string; status: string; connection: string }>(
    'select actor, status, connection from exports where id = $1 and expires_at > now()',
    [id],
  );
  return row ?? null;
}

/** Exports of an actor that are not at their end. */
export async function countActive(run: Run, actor: string): Promise<number> {
  const [row] = await run<{ n: unknown }>(
    `select count(*) as n from exports where actor = $1 and status = any (array['PENDING', 'RUNNING'])`,
    [actor],
  );
  return Number(row?.n ?? 0);
}

/** What nobody may fetch any more; the pieces go with it. */
export const exportRetention: readonly Retention[] = [
  { table: 'exports', old: 'expires_at < now()', age: 'expires_at' },
];
