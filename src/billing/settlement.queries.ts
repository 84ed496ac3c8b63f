import { journalDocument } from '../ledger/journal.queries.js';
import { ACCOUNTS } from '../ledger/journal.service.js';
import type { AllocationRow, Carried, CarriedBase } from '../documents/allocation.service.js';
import type { Currency } from '../kernel/money.js';
import type { Tx } from '../platform/db/transact.js';

type Run = Tx['sql'];

/** Open invoices of a customer in one currency, the oldest due first. */
export function listOpenInvoices(
  run: Run,
  customerId: string,
  currency: string,
): Promise<{ id: string; balance: string }[]> {
  return run(
    `select id, balance::text as balance from invoices
     where customer_id = $1 and currency = $2 and balance > 0 order by due_on, id limit 100`,
    [customerId, currency],
  );
}

/** The currencies of invoices, which never change. */
export async function currenciesOfInvoices(run: Run, ids: readonly string[]): Promise<string[]> {
  const rows = await run<{ currency: string }>('select distinct currency from invoices where id = any ($1::uuid[])', [
    ids,
  ]);
  return rows.map(({ currency }) => currency);
}

/** The currencies of what an invoice, a payment or a credit note is settled by or settles. */
export async function settledCurrencies(run: Run, id: string): Promise<string[]> {
  const rows = await run<{ currency: string }>(
    `select x.currency from allocations a cross join lateral (values (a.currency), (a.source_currency)) x(currency)
     where a.invoice_id = $1 or a.payment_id = $1 or a.credit_note_id = $1 group by 1`,
    [id],
  );
  return rows.map(({ currency }) => currency);
}

interface CarriedRow {
  id: string;
  isSource: boolean;
  /** Null: not in the journal. */
  posted: string | null;
  taken: string;
  lastDay: string | null;
  uncarried: boolean;
  baseCurrency: Currency;
}

/** What invoices and a source carry in the base currency: of their entries, and what was taken of it. */
function listCarried(run: Run, invoiceIds: readonly string[], sourceId: string): Promise<CarriedRow[]> {
  const posted = `(select sum(l.base) from journal_entries e join journal_lines l on l.entry_id = e.id
    where e.document_id = k.id and l.account = ${ACCOUNTS.receivables})`;
  return run<CarriedRow>(
    `select x.*, (select value #>> '{}' from settings where key = 'base_currency') as "baseCurrency" from (
       select k.id, false as "isSource", ${posted}::text as posted, coalesce(sum(a.base), 0)::text as taken,
         max(a.day)::text as "lastDay", bool_or(a.id is not null and a.base is null) as uncarried
       from unnest($1::uuid[]) k(id) left join allocations a on a.invoice_id = k.id group by k.id
       union all
       select k.id, true, (-${posted})::text, (coalesce(sum(a.source_base), 0) + coalesce((
           select sum(r.base_amount) from refunds r where (r.payment_id = k.id or r.credit_note_id = k.id) and r.voided_at is null), 0))::text,
         null, bool_or(a.id is not null and a.base is null) or exists (select 1 from refunds r
           where (r.payment_id = k.id or r.credit_note_id = k.id) and r.voided_at is null and r.base_amount is null)
       from (select $2::uuid as id) k left join allocations a on a.payment_id = k.id or a.credit_note_id = k.id group by k.id) x`,
    [invoiceIds, sourceId],
  );
}

const carriedOf = ({ posted, taken }: CarriedRow): CarriedBase => ({ posted: posted ?? '0', taken });

/** What invoices and a source carry in the base currency. */
export async function readCarried(run: Run, invoiceIds: readonly string[], sourceId: string): Promise<Carried> {
  let rows = await listCarried(run, invoiceIds, sourceId);
  // A release before this one may have written documents and allocations while it was being replaced.
  const missing = rows.filter(({ posted, uncarried }) => posted === null || uncarried);
  for (const { id } of missing) await journalDocument(run, id);
  if (missing.length > 0) rows = await listCarried(run, invoiceIds, sourceId);
  const documents = new Map(
    rows.filter(({ isSource }) => !isSource).map((row) => [row.id, { ...carriedOf(row), lastDay: row.lastDay }]),
  );
  const source = rows.find(({ isSource }) => isSource) as CarriedRow;
  return { baseCurrency: source.baseCurrency, documents, source: carriedOf(source) };
}

/** An allocation that stands, with the documents between which it stands. */
export interface StandingAllocation extends AllocationRow {
  invoiceId: string;
  paymentId: string | null;
  creditNoteId: string | null;
}

/**
 * The allocations that stand between a document and those that it settles or that settle it, in the order in which these
 * are locked. A release before the one that names what it takes back took a pair of documents apart as a whole.
 */
export async function listAllocations(
  run: Run,
  of: { invoiceId: string } | { paymentId: string } | { creditNoteId: string },
): Promise<StandingAllocation[]> {
  const [column, id] =
    'invoiceId' in of
      ? ['invoice_id', of.invoiceId]
      : 'paymentId' in of
        ? ['payment_id', of.paymentId]
        : ['credit_note_id', of.creditNoteId];
  const list = (): Promise<StandingAllocation[]> =>
    run(
      `select a.id, a.invoice_id as "invoiceId", a.payment_id as "paymentId", a.credit_note_id as "creditNoteId", a.day::text as day,
         a.currency, a.amount::text as amount, a.source_currency as "sourceCurrency", a.source_amount::text as "sourceAmount",
         a.rate::text as rate, a.rounded::text as rounded, a.excess::text as excess, a.base::text as base, a.source_base::text as "sourceBase"
       from allocations a
       where a.${column} = $1 and a.amount > 0 and not exists (select 1 from allocations r where r.releases_id = a.id)
         and not exists (select 1 from allocations r where r.invoice_id = a.invoice_id and r.releases_id is null and r.amount < 0
           and r.payment_id is not distinct from a.payment_id and r.credit_note_id is not distinct from a.credit_note_id)
       order by a.invoice_id, a.payment_id, a.credit_note_id, a.id`,
      [id],
    );
  const rows = await list();
  if (rows.every(({ base }) => base !== null)) return rows;
  await journalDocument(run, id);
  return list();
}
