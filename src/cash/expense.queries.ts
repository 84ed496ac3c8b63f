import { can } from '../kernel/viewer.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, many, read, type RowOf } from '../platform/read/definition.js';
import { slots, sql, type StatementReader } from '../platform/read/sql.js';
import { ExpenseAttachment } from './expense-attachment.entity.js';
import { Expense, type ExpenseCategory } from './expense.entity.js';

export const expenseAttachmentRead = read(ExpenseAttachment);

/** What one asked for oneself; with cash:all everybody's. */
export const expenseRead = read(Expense, {
  always: ['currency'],
  scope: (expense, who) => {
    if (can(who, 'cash:all')) return true;
    return who.kind === 'user' ? sql`${expense.requestedBy} = ${slots.userId}` : false;
  },
  fields: {
    categoryName: computed((expense) => sql`(select a.name from accounts a where a.code = ${expense.account})`),
    attachments: many(ExpenseAttachment, (expense, file) => sql`${file.expense} = ${expense.id}`, {
      orderBy: (file) => sql`${file.createdAt}, ${file.id}`,
    }),
  },
});

export type ExpenseRow = RowOf<typeof expenseRead>;

const CATEGORY = `a.kind = 'EXPENSE' and a.code between 6000 and 6999 and a.party is null and a.active`;

export function listExpenseCategories(reader: StatementReader): Promise<ExpenseCategory[]> {
  return reader.read<ExpenseCategory>(
    `select a.code as account, a.name, a.name_ar as "nameAr" from accounts a where ${CATEGORY} order by a.code`,
  );
}

export async function isExpenseCategory(run: Tx['sql'], account: number): Promise<boolean> {
  return (await run(`select 1 from accounts a where a.code = $1 and ${CATEGORY}`, [account])).length > 0;
}

/** What an entry of a document stands at on an account in the base currency, so that what settles it clears it. */
export async function readPostedBase(
  run: Tx['sql'],
  of: { documentId: string; event: string; account: number },
): Promise<string> {
  const [row] = await run<{ base: string }>(
    `select coalesce(sum(l.base), 0)::text as base from journal_entries e join journal_lines l on l.entry_id = e.id
     where e.document_id = $1 and e.event = $2 and l.account = $3`,
    [of.documentId, of.event, of.account],
  );
  return row?.base ?? '0';
}

/** The events of a document in the journal, the newest first. */
export async function listPosted(run: Tx['sql'], documentId: string): Promise<string[]> {
  const rows = await run<{ event: string }>(
    'select event from journal_entries where document_id = $1 order by id desc',
    [documentId],
  );
  return rows.map(({ event }) => event);
}
