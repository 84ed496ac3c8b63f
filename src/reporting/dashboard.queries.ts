import { productRead } from '../catalog/product.queries.js';
import { customerScope } from '../customers/customer.queries.js';
import { documentScope } from '../documents/document.queries.js';
import { Decimal } from '../kernel/money.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { inline, Params } from '../platform/read/sql.js';
import { readReportRows, readWholeReport, reportFilters, within, type ReportReader } from '../platform/read/report.js';
import { openTotals } from './ageing.queries.js';
import { collected } from './collection.queries.js';
import { EACH_CURRENCY, type SalesGroup, salesReport, type SalesRow } from './sales.queries.js';
import { BASE, sharesOfStock, STOCK_STATES, stockLevelRead, warehouseScope } from '../stock/stock.queries.js';

/** The days of a dashboard, both included. */
export interface Period {
  from: string;
  to: string;
}

/** Sums of one currency; currencies are never added together. */
export interface SalesSum {
  currency: string;
  documents: number;
  total: string;
}

/** A customer or a product with what was billed in one currency and period. */
export interface Ranked {
  /** Of the row and not of the record: another currency or period is another row. */
  id: string;
  recordId: string;
  name: string;
  nameAr: string | null;
  currency: string;
  total: string;
  quantity: string | null;
}

const forReader = ({ viewer }: ReportReader): { viewer: Viewer; params: Params } => ({
  viewer,
  params: new Params(),
});

const salesBy = (by: SalesGroup, period: Period, { today }: ReportReader) => ({
  ...reportFilters({ ...period, by }, today),
  currency: EACH_CURRENCY,
});

const billedLess = ({ billed, credited }: SalesRow): string => new Decimal(billed ?? 0).minus(credited ?? 0).toFixed();

/** What was billed in a period, less what was credited in it: the total of the report of sales. */
export async function sumSales(reader: ReportReader, period: Period): Promise<SalesSum[]> {
  const rows = await readWholeReport<SalesRow>(reader, salesReport, salesBy('TOTAL', period, reader));
  return rows.map((row) => ({ currency: row.currency, documents: row.documents ?? 0, total: billedLess(row) }));
}

/** Orders of a period that were not cancelled. */
export async function sumOrders(reader: ReportReader, period: Period): Promise<SalesSum[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'o.customer_id');
  return reader.read<SalesSum>(
    `select o.currency, count(*)::int as documents, sum(o.total)::text as total from orders o
     where ${own} and o.status <> 'CANCELLED' and ${within('o.ordered_on', period, params)}
     group by 1 order by 1`,
    params.values,
  );
}

/** Payments of a period less what was given back in it: the sums of the report of collections. */
export async function sumCollected(reader: ReportReader, period: Period): Promise<SalesSum[]> {
  const params = new Params();
  const ask = {
    ...reportFilters({ ...period }, reader.today),
    viewer: reader.viewer,
    today: reader.today,
    timeZone: reader.timeZone,
  };
  return reader.read<SalesSum>(
    `select x.currency, sum(x.n)::int as documents, sum(x.amount)::text as total from ${collected(ask, params)} x
     group by 1 order by 1`,
    params.values,
  );
}

/** What is open today, or was due before it: the sums of the ageing. */
export const sumOpen = (reader: ReportReader, lateness: 'any' | 'overdue'): Promise<SalesSum[]> =>
  openTotals(reader, reader.today, lateness);

export async function countOrdersByStatus(reader: ReportReader): Promise<{ status: string; count: number }[]> {
  const ask = forReader(reader);
  const own = documentScope(ask, 'o.customer_id');
  return reader.read(
    `select o.status, count(*)::int as count from orders o where ${own} group by 1 order by 1`,
    ask.params.values,
  );
}

export async function countWaitingApprovals(reader: ReportReader): Promise<number> {
  const ask = forReader(reader);
  const own = documentScope(ask, 'o.customer_id');
  const [row] = await reader.read<{ count: number }>(
    `select count(*) as count from orders o where ${own} and o.status = 'DRAFT' and o.needs_approval and o.approved_by is null`,
    ask.params.values,
  );
  return row?.count ?? 0;
}

/** The rows of what names no record stand among the others: one a currency. */
const NAMELESS = 3;

async function rank(
  reader: ReportReader,
  by: 'CUSTOMER' | 'PRODUCT',
  period: Period,
  limit: number,
): Promise<Ranked[]> {
  const page = { first: limit + NAMELESS, skip: 0 };
  const { rows } = await readReportRows<SalesRow>(reader, salesReport, salesBy(by, period, reader), page);
  return rows
    .slice(0, page.first)
    .flatMap((row) => rankedRow(by, period, row))
    .slice(0, limit);
}

const rankedRow = (by: 'CUSTOMER' | 'PRODUCT', { from, to }: Period, row: SalesRow): Ranked[] =>
  row.recordId === null
    ? []
    : [
        {
          id: [by.toLowerCase(), row.recordId, row.currency, from, to].join(':'),
          recordId: row.recordId,
          name: row.name ?? '',
          nameAr: row.nameAr,
          currency: row.currency,
          total: by === 'CUSTOMER' ? billedLess(row) : row.net,
          quantity: row.quantity,
        },
      ];

/** Customers by what they bought, less what they were credited. */
export const rankCustomers = (reader: ReportReader, period: Period, limit: number): Promise<Ranked[]> =>
  rank(reader, 'CUSTOMER', period, limit);

/** Products by what they sold for, less what was credited. */
export const rankProducts = (reader: ReportReader, period: Period, limit: number): Promise<Ranked[]> =>
  rank(reader, 'PRODUCT', period, limit);

export async function countCustomers(reader: ReportReader): Promise<number> {
  const ask = forReader(reader);
  const [row] = await reader.read<{ count: number }>(
    `select count(*) as count from customers c where c.archived_at is null and ${customerScope(ask.viewer, ask.params)}`,
    ask.params.values,
  );
  return row?.count ?? 0;
}

export interface StockCounts {
  warehouseId: string;
  code: string;
  name: string;
  nameAr: string;
  products: number;
  low: number;
  out: number;
  negative: number;
  value: string | null;
  currency: string;
}

const MAX_WAREHOUSES = 200;

/** Stock by warehouse, as far as the viewer may see warehouses; the value only for those who may see cost. */
export async function countStock(reader: ReportReader): Promise<StockCounts[]> {
  const ask = forReader(reader);
  const own = warehouseScope(ask.viewer, ask.params, 'w.id');
  const inState = (state: keyof typeof STOCK_STATES): string =>
    inline(STOCK_STATES[state](stockLevelRead.columns('s'), productRead.columns('p')), reader, ask.params);
  const worth = can(ask.viewer, 'catalog:cost') ? `with ${sharesOfStock('null::date', `'UTC'`)} ` : '';
  const value = can(ask.viewer, 'catalog:cost')
    ? `coalesce((select sum(v.value) from shares v where v.warehouse_id = w.id), 0)::text`
    : 'null::text';
  return reader.read<StockCounts>(
    `${worth}select w.id as "warehouseId", w.code, w.name, w.name_ar as "nameAr",
       count(*) filter (where s.on_hand > 0)::int as products,
       count(*) filter (where ${inState('LOW')})::int as low, count(*) filter (where ${inState('OUT')})::int as out,
       count(*) filter (where ${inState('NEGATIVE')})::int as negative, ${value} as value, ${BASE} as currency
     from warehouses w left join stock_levels s on s.warehouse_id = w.id left join products p on p.id = s.product_id
     where w.active and ${own} group by w.id order by w.code limit ${MAX_WAREHOUSES}`,
    ask.params.values,
  );
}
