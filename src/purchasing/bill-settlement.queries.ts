import type { AllocationRow, Carried, CarriedBase } from '../documents/allocation.service.js';
import type { Currency } from '../kernel/money.js';
import { journalDocument } from '../ledger/journal.queries.js';
import { ACCOUNTS } from '../ledger/journal.service.js';
import type { Tx } from '../platform/db/transact.js';

type Run = Tx['sql'];

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

/** What bills and a payment carry in the base currency: of their entries, and what was taken of it. */
function listCarried(run: Run, billIds: readonly string[], paymentId: string): Promise<CarriedRow[]> {
  const posted = `(select abs(sum(l.base)) from journal_entries e join journal_lines l on l.entry_id = e.id
    where e.document_id = k.id and l.account = ${ACCOUNTS.payables})`;
  const side = (ids: string, column: string, base: string, isSource: boolean): string =>
    `select k.id, ${isSource} as "isSource", ${posted}::text as posted, coalesce(sum(a.${base}), 0)::text as taken,
       max(a.day)::text as "lastDay", bool_or(a.id is not null and a.base is null) as uncarried
     from unnest(${ids}::uuid[]) k(id) left join bill_allocations a on a.${column} = k.id group by k.id`;
  return run<CarriedRow>(
    `select x.*, (select value #>> '{}' from settings where key = 'base_currency') as "baseCurrency"
     from (${side('$1', 'bill_id', 'base', false)} union all ${side('$2', 'payment_id', 'source_base', true)}) x`,
    [billIds, [paymentId]],
  );
}

const carriedOf = ({ posted, taken }: CarriedRow): CarriedBase => ({ posted: posted ?? '0', taken });

/** What bills and a payment carry in the base currency. */
export async function readCarried(run: Run, billIds: readonly string[], paymentId: string): Promise<Carried> {
  let rows = await listCarried(run, billIds, paymentId);
  // A release before this one may have written documents and allocations while it was being replaced.
  const missing = rows.filter(({ posted, uncarried }) => posted === null || uncarried);
  for (const { id } of missing) await journalDocument(run, id);
  if (missing.length > 0) rows = await listCarried(run, billIds, paymentId);
  const documents = new Map(
    rows.filter(({ isSource }) => !isSource).map((row) => [row.id, { ...carriedOf(row), lastDay: row.lastDay }]),
  );
  const source = rows.find(({ isSource }) => isSource) as CarriedRow;
  return { baseCurrency: source.baseCurrency, documents, source: carriedOf(source) };
}

export interface StandingBillAllocation extends AllocationRow {
  billId: string;
  paymentId: string;
}

/**
 * The allocations that stand between a bill and its payments, in the order in which these are locked. A release before the
 * one that names what it takes back took a pair of documents apart as a whole.
 */
export async function listBillAllocations(
  run: Run,
  of: { billId: string } | { paymentId: string },
): Promise<StandingBillAllocation[]> {
  const [column, id] = 'billId' in of ? ['bill_id', of.billId] : ['payment_id', of.paymentId];
  const list = (): Promise<StandingBillAllocation[]> =>
    run(
      `select a.id, a.bill_id as "billId", a.payment_id as "paymentId", a.day::text as day, a.currency, a.amount::text as amount,
         a.source_currency as "sourceCurrency", a.source_amount::text as "sourceAmount", a.rate::text as rate,
         a.rounded::text as rounded, a.base::text as base, a.source_base::text as "sourceBase"
       from bill_allocations a
       where a.${column} = $1 and a.amount > 0 and not exists (select 1 from bill_allocations r where r.releases_id = a.id)
         and not exists (select 1 from bill_allocations r where r.bill_id = a.bill_id and r.payment_id = a.payment_id
           and r.releases_id is null and r.amount < 0)
       order by a.bill_id, a.payment_id, a.id`,
      [id],
    );
  const rows = await list();
  if (rows.every(({ base }) => base !== null)) return rows;
  await journalDocument(run, id);
  return list();
}
