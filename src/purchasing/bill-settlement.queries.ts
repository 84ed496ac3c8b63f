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

/** Allocations of both kinds of sources. */
const ALLOCATIONS = `(select id, bill_id, payment_id as source_id, day, base, source_base from bill_allocations
  union all select id, bill_id, credit_id, day, base, source_base from vendor_credit_allocations)`;

/** What bills and a source carry in the base currency: of their entries, with corrections, and what was taken of it. */
function listCarried(run: Run, billIds: readonly string[], sourceId: string): Promise<CarriedRow[]> {
  const posted = `(select abs(sum(l.base)) from journal_entries e join journal_lines l on l.entry_id = e.id
    where l.account = ${ACCOUNTS.payables} and e.document_id in (select k.id
      union all select c.id from bill_corrections c where c.bill_id = k.id))`;
  const side = (ids: string, column: string, base: string, isSource: boolean): string =>
    `select k.id, ${isSource} as "isSource", ${posted}::text as posted, coalesce(sum(a.${base}), 0)::text as taken,
       max(a.day)::text as "lastDay", bool_or(a.id is not null and a.base is null) as uncarried
     from unnest(${ids}::uuid[]) k(id) left join ${ALLOCATIONS} a on a.${column} = k.id group by k.id`;
  return run<CarriedRow>(
    `select x.*, (select value #>> '{}' from settings where key = 'base_currency') as "baseCurrency"
     from (${side('$1', 'bill_id', 'base', false)} union all ${side('$2', 'source_id', 'source_base', true)}) x`,
    [billIds, [sourceId]],
  );
}

const carriedOf = ({ posted, taken }: CarriedRow): CarriedBase => ({ posted: posted ?? '0', taken });

/** What bills and a payment or credit carry in the base currency. */
export async function readCarried(run: Run, billIds: readonly string[], sourceId: string): Promise<Carried> {
  let rows = await listCarried(run, billIds, sourceId);
  // A release before this one may have written documents and allocations while it was being replaced.
  const missing = rows.filter(({ posted, uncarried }) => posted === null || uncarried);
  for (const { id } of missing) await journalDocument(run, id);
  if (missing.length > 0) rows = await listCarried(run, billIds, sourceId);
  const documents = new Map(
    rows.filter(({ isSource }) => !isSource).map((row) => [row.id, { ...carriedOf(row), lastDay: row.lastDay }]),
  );
  const source = rows.find(({ isSource }) => isSource) as CarriedRow;
  return { baseCurrency: source.baseCurrency, documents, source: carriedOf(source) };
}

export interface StandingBillAllocation extends AllocationRow {
  billId: string;
  /** The payment or the credit. */
  sourceId: string;
}

/**
 * The allocations that stand in a table, in the order in which their documents are locked. A release before the one that
 * names what it takes back took a pair of documents apart as a whole.
 */
async function listStanding(
  run: Run,
  table: { name: string; source: string },
  { column, id }: { column: string; id: string },
): Promise<StandingBillAllocation[]> {
  const { name, source } = table;
  const list = (): Promise<StandingBillAllocation[]> =>
    run(
      `select a.id, a.bill_id as "billId", a.${source} as "sourceId", a.day::text as day, a.currency, a.amount::text as amount,
         a.source_currency as "sourceCurrency", a.source_amount::text as "sourceAmount", a.rate::text as rate,
         a.rounded::text as rounded, a.excess::text as excess, a.base::text as base, a.source_base::text as "sourceBase"
       from ${name} a
       where a.${column} = $1 and a.amount > 0 and not exists (select 1 from ${name} r where r.releases_id = a.id)
         and not exists (select 1 from ${name} r where r.bill_id = a.bill_id and r.${source} = a.${source}
           and r.releases_id is null and r.amount < 0)
       order by a.bill_id, a.${source}, a.id`,
      [id],
    );
  const rows = await list();
  if (rows.every(({ base }) => base !== null)) return rows;
  await journalDocument(run, id);
  return list();
}

/** What stands between a bill and its payments. */
export const listBillAllocations = (
  run: Run,
  of: { billId: string } | { paymentId: string },
): Promise<StandingBillAllocation[]> => {
  const [column, id] = 'billId' in of ? ['bill_id', of.billId] : ['payment_id', of.paymentId];
  return listStanding(run, { name: 'bill_allocations', source: 'payment_id' }, { column, id });
};

/** What stands between a bill and the credits of its vendor. */
export const listCreditAllocations = (
  run: Run,
  of: { billId: string } | { creditId: string },
): Promise<StandingBillAllocation[]> => {
  const [column, id] = 'billId' in of ? ['bill_id', of.billId] : ['credit_id', of.creditId];
  return listStanding(run, { name: 'vendor_credit_allocations', source: 'credit_id' }, { column, id });
};
