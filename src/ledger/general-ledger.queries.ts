import {
  column,
  HEADS,
  only,
  type ReportAsk,
  type ReportDefinition,
  type ReportFilters,
  within,
} from '../platform/read/report.js';
import { Params, type StatementReader } from '../platform/read/sql.js';
import type { LineKey } from './line-page.js';

/** A line of the journal with what stands over it. */
export interface LedgerRow extends LineKey {
  number: number | null;
  event: string;
  documentType: string | null;
  documentId: string | null;
  reason: string | null;
  actor: string;
  account: number;
  accountName: string;
  accountNameAr: string;
  partyId: string | null;
  branchId: string | null;
  salespersonId: string | null;
  productId: string | null;
  amount: string;
  currency: string;
  base: string;
  baseCurrency: string;
}

export interface LedgerPage {
  filters: ReportFilters;
  after: LineKey | null;
  before: LineKey | null;
  limit: number;
  backward: boolean;
}

/** The lines of one account and currency, oldest first: an index has each in order. */
function conditions(filters: ReportFilters, params: Params): string {
  return (
    within('x.day', filters, params) +
    only('x.party_id', filters.partyId, params) +
    only('x.branch_id', filters.branchId, params) +
    only('x.salesperson_id', filters.salespersonId, params) +
    only('x.product_id', filters.productId, params)
  );
}

const keys = ({ accounts, currency }: ReportFilters, params: Params): string =>
  `accounts a cross join (values ('IQD'), ('USD'), ('RMB')) c(currency)` +
  ` where ${accounts === null ? 'true' : `a.code = any (${params.add(accounts)}::int[])`}` +
  (currency === null ? '' : ` and c.currency = ${params.add(currency)}`);

const beyond = (key: LineKey | null, sign: '<' | '>', params: Params): string =>
  key === null
    ? ''
    : ` and (x.day, x.entry_id, x.line) ${sign} (${params.add(key.day)}::date, ${params.add(key.entryId)}::bigint, ${params.add(key.line)}::int)`;

const COLUMNS = `p.day::text as day, p.entry_id as "entryId", p.line, n.number, e.event, e.document_type as "documentType",
  e.document_id as "documentId", e.reason, e.actor, p.account, a.name as "accountName", a.name_ar as "accountNameAr",
  p.party_id as "partyId", p.branch_id as "branchId", p.salesperson_id as "salespersonId", p.product_id as "productId",
  p.amount, p.currency, p.base, (select value #>> '{}' from settings where key = 'base_currency') as "baseCurrency"`;

const AROUND = `join journal_entries e on e.id = p.entry_id join accounts a on a.code = p.account
  left join journal_numbers n on n.entry_id = p.entry_id`;

/**
 * A page of the journal across accounts, oldest line first. Each account and currency gives the first lines that can be
 * of the page, from an index that has them in order, so a page far behind costs what the first one costs.
 */
export function listLedgerLines(reader: StatementReader, page: LedgerPage): Promise<LedgerRow[]> {
  const params = new Params();
  const direction = page.backward ? 'desc' : 'asc';
  const order = (alias: string): string =>
    `${alias}.day ${direction}, ${alias}.entry_id ${direction}, ${alias}.line ${direction}`;
  const bounds = beyond(page.after, '>', params) + beyond(page.before, '<', params);
  const limit = `${params.add(page.limit)}::int`;
  return reader.read<LedgerRow>(
    `with found as materialized (
       select l.day, l.entry_id, l.line from (select a.code, c.currency from ${keys(page.filters, params)}) k
         cross join lateral (select x.day, x.entry_id, x.line from journal_lines x
           where x.account = k.code and x.currency = k.currency and ${conditions(page.filters, params)}${bounds}
           order by ${order('x')} limit ${limit}) l
       order by ${order('l')} limit ${limit}
     )
     select ${COLUMNS} from found f join journal_lines p on p.entry_id = f.entry_id and p.line = f.line ${AROUND}
     order by p.day, p.entry_id, p.line`,
    params.values,
  );
}

export async function countLedgerLines(reader: StatementReader, filters: ReportFilters): Promise<number> {
  const params = new Params();
  const [row] = await reader.read<{ count: number }>(
    `select coalesce(sum(l.n), 0)::bigint as count from (select a.code, c.currency from ${keys(filters, params)}) k
       cross join lateral (select count(*) as n from journal_lines x
         where x.account = k.code and x.currency = k.currency and ${conditions(filters, params)}) l`,
    params.values,
  );
  return row?.count ?? 0;
}

export const generalLedgerReport: ReportDefinition = {
  root: 'generalLedger',
  permission: 'ledger:read',
  filters: ['from', 'to', 'currency', 'accounts', 'partyId', 'branchId', 'salespersonId', 'productId'],
  columns: [
    HEADS.day,
    HEADS.number,
    column('event', 'Event', 'الحدث'),
    HEADS.account,
    column('accountName', 'Account name', 'اسم الحساب'),
    column('accountNameAr', 'Account name in Arabic', 'اسم الحساب بالعربية'),
    column('amount', 'Amount', 'المبلغ'),
    HEADS.currency,
    column('base', 'In the base currency', 'بالعملة الأساسية'),
    column('baseCurrency', 'Base currency', 'العملة الأساسية'),
    column('partyId', 'Party', 'الطرف'),
    column('branchId', 'Branch', 'الفرع'),
    column('salespersonId', 'Salesperson', 'المندوب'),
    column('productId', 'Product', 'المنتج'),
    column('documentType', 'Kind of document', 'نوع المستند'),
    column('documentId', 'Document', 'المستند'),
    column('reason', 'Reason', 'السبب'),
    column('actor', 'By', 'بواسطة'),
  ],
  sql: (ask: ReportAsk, params: Params) =>
    `select ${COLUMNS} from (select a.code, c.currency from ${keys(ask, params)}) k
       join journal_lines p on p.account = k.code and p.currency = k.currency and ${conditions(ask, params).replaceAll('x.', 'p.')}
       ${AROUND}
     order by p.day, p.entry_id, p.line`,
};
