import { businessDate } from '../kernel/clock.js';
import type { Viewer } from '../kernel/viewer.js';
import type { Services } from '../platform/module.js';
import { scopeText } from '../platform/read/page.js';
import { Params } from '../platform/read/sql.js';
import type { AttachmentType } from './expense-attachment.entity.js';
import { expenseRead } from './expense.queries.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface AttachmentFile {
  expenseId: string;
  fileHash: string;
  fileName: string | null;
  mediaType: AttachmentType;
}

export async function findAttachmentFile(run: Run, id: string): Promise<AttachmentFile | null> {
  const [row] = await run<AttachmentFile>(
    `select expense_id as "expenseId", file_hash as "fileHash", file_name as "fileName", media_type as "mediaType"
     from expense_attachments where id = $1`,
    [id],
  );
  return row ?? null;
}

/** Which of these hashes an expense still names. */
export async function listAttachedHashes(run: Run, hashes: readonly string[]): Promise<Set<string>> {
  const rows = await run<{ hash: string }>(
    'select distinct file_hash as hash from expense_attachments where file_hash = any ($1::text[])',
    [hashes],
  );
  return new Set(rows.map((row) => row.hash));
}

export async function canSeeExpense({ db, config }: Services, viewer: Viewer, expenseId: string): Promise<boolean> {
  const params = new Params();
  const scope = scopeText(expenseRead, 'e', { viewer, today: businessDate(config.timeZone) }, params);
  const rows = await db.read(
    `select 1 from expenses e where e.id = ${params.add(expenseId)}::uuid and ${scope}`,
    params.values,
  );
  return rows.length > 0;
}
