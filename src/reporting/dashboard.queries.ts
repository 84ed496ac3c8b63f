import { productRead } from '../catalog/product.queries.js';
import { customerScope } from '../customers/customer.queries.js';
import { documentScope } from '../documents/document.queries.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { inline, Params, type StatementReader } from '../platform/read/sql.js';
import { between, collectedRows, type Period, soldDocuments, soldLines } from './sales.queries.js';
import { STOCK_STATES, stockLevelRead, warehouseScope } from '../stock/stock.queries.js';

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

const forReader = ({ viewer }: StatementReader): { viewer: Viewer; params: Params } => ({
  viewer,
  params: new Params(),
});

/** What was billed in a period, less what was credited in it. */
export async function sumSales(reader: StatementReader, period: Period): Promise<SalesSum[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'd.customer_id');
  return reader.read<SalesSum>(
    `with d as (${soldDocuments(period, params)})
     select d.currency, sum(d.n)::int as documents, sum(d.billed - d.credited)::text as total from d where ${own}
     group by 1 order by 1`,
    params.values,
  );
}

/** Orders of a period that were not cancelled. */
export async function sumOrders(reader: StatementReader, period: Period): Promise<SalesSum[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'o.customer_id');
  return reader.read<SalesSum>(
    `select o.currency, count(*)::int as documents, sum(o.total)::text as total from orders o
     where ${own} and o.status <> 'CANCELLED' and ${between('o.ordered_on', period, params)}
     group by 1 order by 1`,
    params.values,
  );
}

/** Payments of a period less what was given back in it. */
export async function sumCollected(reader: StatementReader, period: Period): Promise<SalesSum[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'd.customer_id');
  return reader.read<SalesSum>(
    `with d as (${collectedRows(period, params)})
     select d.currency, sum(d.n)::int as documents, sum(d.amount)::text as total from d where ${own} group by 1 order by 1`,
    params.values,
  );
}

/** What is open, or (with a day) what was due before it. */
export async function sumOpen(reader: StatementReader, dueBefore: string | null): Promise<SalesSum[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'i.customer_id');
  const due = dueBefore === null ? 'true' : `i.due_on < ${params.add(dueBefore)}::date`;
  return reader.read<SalesSum>(
    `select i.currency, count(*)::int as documents, sum(i.balance)::text as total from invoices i
     where i.balance > 0 and ${own} and ${due} group by 1 order by 1`,
    params.values,
  );
}

export async function countOrdersByStatus(reader: StatementReader): Promise<{ status: string; count: number }[]> {
  const ask = forReader(reader);
  const own = documentScope(ask, 'o.customer_id');
  return reader.read(
    `select o.status, count(*)::int as count from orders o where ${own} group by 1 order by 1`,
    ask.params.values,
  );
}

export async function countWaitingApprovals(reader: StatementReader): Promise<number> {
  const ask = forReader(reader);
  const own = documentScope(ask, 'o.customer_id');
  const [row] = await reader.read<{ count: number }>(
    `select count(*) as count from orders o where ${own} and o.status = 'DRAFT' and o.needs_approval and o.approved_by is null`,
    ask.params.values,
  );
  return row?.count ?? 0;
}

type RankedSums = Omit<Ranked, 'id'>;

const rankedRows = (kind: string, { from, to }: Period, rows: readonly RankedSums[]): Ranked[] =>
  rows.map((row) => ({ id: [kind, row.recordId, row.currency, from, to].join(':'), ...row }));

/** Customers by what they bought, less what they were credited, in IQD at the rate of each document. */
export async function rankCustomers(reader: StatementReader, period: Period, limit: number): Promise<Ranked[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'd.customer_id');
  const net = '(d.billed - d.credited)';
  const rows = await reader.read<RankedSums>(
    `with d as (${soldDocuments(period, params)})
     select c.id as "recordId", c.name, c.name_ar as "nameAr", d.currency, sum(${net})::text as total, null::text as quantity
     from d join customers c on c.id = d.customer_id where ${own}
     group by c.id, d.currency order by sum(${net} * d.exchange_rate) desc, c.id limit ${limit}`,
    params.values,
  );
  return rankedRows('customer', period, rows);
}

/**
 * Products by what they sold for, less what was credited, in IQD at the rate of each document, so that lists of two
 * currencies can be ordered as one.
 */
export async function rankProducts(reader: StatementReader, period: Period, limit: number): Promise<Ranked[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'd.customer_id');
  const rows = await reader.read<RankedSums>(
    `with d as (${soldLines(period, params)})
     select p.id as "recordId", p.name, p.name_ar as "nameAr", d.currency, sum(d.total)::text as total,
       sum(d.quantity)::text as quantity
     from d join products p on p.id = d.product_id where ${own}
     group by p.id, d.currency order by sum(d.total * d.exchange_rate) desc, p.id limit ${limit}`,
    params.values,
  );
  return rankedRows('product', period, rows);
}

export async function countCustomers(reader: StatementReader): Promise<number> {
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
  valueUsd: string | null;
}

const MAX_WAREHOUSES = 200;

/** Stock by warehouse, as far as the viewer may see warehouses; the value only for those who may see cost. */
export async function countStock(reader: StatementReader): Promise<StockCounts[]> {
  const ask = forReader(reader);
  const own = warehouseScope(ask.viewer, ask.params, 'w.id');
  const inState = (state: keyof typeof STOCK_STATES): string =>
    inline(STOCK_STATES[state](stockLevelRead.columns('s'), productRead.columns('p')), reader, ask.params);
  const value = can(ask.viewer, 'catalog:cost') ? 'coalesce(sum(s.on_hand * p.cost_usd), 0)::text' : 'null::text';
  return reader.read<StockCounts>(
    `select w.id as "warehouseId", w.code, w.name, w.name_ar as "nameAr",
       count(*) filter (where s.on_hand > 0)::int as products,
       count(*) filter (where ${inState('LOW')})::int as low, count(*) filter (where ${inState('OUT')})::int as out,
       count(*) filter (where ${inState('NEGATIVE')})::int as negative, ${value} as "valueUsd"
     from warehouses w left join stock_levels s on s.warehouse_id = w.id left join products p on p.id = s.product_id
     where w.active and ${own} group by w.id order by w.code limit ${MAX_WAREHOUSES}`,
    ask.params.values,
  );
}
