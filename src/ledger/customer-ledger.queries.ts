import type { Tx } from '../platform/db/transact.js';

type Run = Tx['sql'];

export const ENTRY_KINDS = [
  'INVOICE',
  'INVOICE_VOID',
  'PAYMENT',
  'PAYMENT_VOID',
  'CREDIT_NOTE',
  'CREDIT_NOTE_VOID',
  'REFUND',
] as const;

export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One entry of the customer ledger: positive is owed by the customer. Append-only. */
export interface StatementEntryRow {
  id: string;
  customerId: string;
  currency: string;
  kind: EntryKind;
  documentId: string;
  number: string;
  /** Business date. */
  enteredOn: string;
  amount: string;
}

/**
 * Locks a customer against being merged; everything else may go on. Every command of a document takes this lock before
 * any other row (docs/decisions/36-the-order-of-locks.md), so a merge, which locks customers first too, waits for it or is waited
 * for, and the foreign keys of documents never wait for a merge in the middle of a command.
 */
export async function lockCustomer(run: Run, customerId: string): Promise<{ mergedIntoId: string | null }> {
  const [row] = await run<{ mergedIntoId: string | null }>(
    'select merged_into_id as "mergedIntoId" from customers where id = $1 for key share',
    [customerId],
  );
  return { mergedIntoId: row?.mergedIntoId ?? null };
}

/**
 * Locks what a customer owes, in every currency, and answers it in one, which is made when it is new; every command that
 * moves money takes this lock after the customer and before any document, so balances and credit are exact under
 * concurrency: what is owed in one currency takes from the credit that is agreed in another.
 */
export async function lockCustomerBalance(run: Run, customerId: string, currency: string): Promise<string> {
  await run(`insert into customer_balances (customer_id, currency) values ($1, $2) on conflict do nothing`, [
    customerId,
    currency,
  ]);
  const rows = await run<{ currency: string; balance: string }>(
    'select currency, balance from customer_balances where customer_id = $1 order by currency for update',
    [customerId],
  );
  return rows.find((row) => row.currency === currency)?.balance ?? '0';
}

/**
 * Writes one ledger entry and updates the balance kept beside it. The caller holds the balance's lock: without that row
 * the entry would stand in the ledger and in no balance, so the command fails and is rolled back.
 */
export async function writeEntry(
  run: Run,
  entry: StatementEntryRow,
  by: { actor: string; origin: string },
): Promise<void> {
  const updated = await run(
    `with line as (
       insert into account_entries (id, customer_id, currency, kind, document_id, number, entered_on, amount, actor, origin)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning customer_id, currency, amount
     )
     update customer_balances b set balance = b.balance + line.amount, updated_at = now()
     from line where b.customer_id = line.customer_id and b.currency = line.currency returning b.customer_id`,
    [
      entry.id,
      entry.customerId,
      entry.currency,
      entry.kind,
      entry.documentId,
      entry.number,
      entry.enteredOn,
      entry.amount,
      by.actor,
      by.origin,
    ],
  );
  if (updated.length !== 1) {
    throw new Error(`The entry ${entry.number} has no balance of customer ${entry.customerId} in ${entry.currency}.`);
  }
}

/**
 * Makes the entries and balances of a merged customer those of the one that stays; answers the entries that moved. Locks
 * both, in the order of their ids.
 */
export async function moveCustomerLedger(run: Run, duplicateId: string, keptId: string): Promise<string[]> {
  const params = [duplicateId, keptId];
  await run(
    `insert into customer_balances (customer_id, currency) select $2, currency from customer_balances where customer_id = $1
     on conflict do nothing`,
    params,
  );
  await run(
    'select 1 from customer_balances where customer_id in ($1, $2) order by customer_id, currency for update',
    params,
  );
  const moved = await run<{ id: string }>(
    'update account_entries set customer_id = $2 where customer_id = $1 returning id',
    params,
  );
  await run(
    `update customer_balances k set balance = k.balance + d.balance, updated_at = now() from customer_balances d
     where k.customer_id = $2 and d.customer_id = $1 and d.currency = k.currency`,
    params,
  );
  await run('delete from customer_balances where customer_id = $1', [duplicateId]);
  return moved.map((row) => row.id);
}
