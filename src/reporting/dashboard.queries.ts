import { productRead } from '../catalog/product.queries.js';
import { customerScope } from '../customers/customer.queries.js';
import { documentScope, entered } from '../documents/document.queries.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { inline, Params, type StatementReader } from '../platform/read/sql.js';
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

interface Period {
  from: string;
  to: string;
}

const forReader = ({ viewer }: StatementReader): { viewer: Viewer; params: Params } => ({
  viewer,
  params: new Params(),
});

/** Rows of what was billed, credited and voided in a period, in the currency of each and (`iqd`) in dinars. */
function netSales({ from, to }: Period, params: Params): string {
  const days = `between ${params.add(from)}::date and ${params.add(to)}::date`;
  return `select i.customer_id, i.currency, i.sign * i.total as total, i.sign as n, i.sign * i.total * i.exchange_rate as iqd
      from ${entered('invoices', 'issued_on')} i where i.entered_on ${days}
    union all select c.customer_id, c.currency, -c.sign * c.total, 0, -c.sign * c.total * c.exchange_rate
      from ${entered('credit_notes', 'issued_on')} c where c.entered_on ${days}`;
}

/** What was billed in a period, less what was credited in it. */
export async function sumSales(reader: StatementReader, { from, to }: Period): Promise<SalesSum[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'd.customer_id');
  return reader.read<SalesSum>(
    `with d as (${netSales({ from, to }, params)})
     select d.currency, sum(d.n)::int as documents, sum(d.total)::text as total from d where ${own} group by 1 order by 1`,
    params.values,
  );
}

/** Orders of a period that were not cancelled. */
export async function sumOrders(reader: StatementReader, { from, to }: Period): Promise<SalesSum[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'o.customer_id');
  return reader.read<SalesSum>(
    `select o.currency, count(*)::int as documents, sum(o.total)::text as total from orders o
     where ${own} and o.status <> 'CANCELLED' and o.ordered_on between ${params.add(from)}::date and ${params.add(to)}::date
     group by 1 order by 1`,
    params.values,
  );
}

export async function sumCollected(reader: StatementReader, { from, to }: Period): Promise<SalesSum[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'y.customer_id');
  return reader.read<SalesSum>(
    `select y.currency, sum(y.sign)::int as documents, sum(y.sign * (y.amount - y.refunded))::text as total
     from ${entered('payments', 'received_on')} y
     where ${own} and y.entered_on between ${params.add(from)}::date and ${params.add(to)}::date
     group by 1 order by 1`,
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

export async function rankCustomers(reader: StatementReader, period: Period, limit: number): Promise<Ranked[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'd.customer_id');
  const rows = await reader.read<RankedSums>(
    `with d as (${netSales(period, params)})
     select c.id as "recordId", c.name, c.name_ar as "nameAr", d.currency, sum(d.total)::text as total, null::text as quantity
     from d join customers c on c.id = d.customer_id where ${own}
     group by c.id, d.currency order by sum(d.iqd) desc, c.id limit ${limit}`,
    params.values,
  );
  return rankedRows('customer', period, rows);
}

/** By what it sold for, in IQD at the rate of each invoice, so that lists of two currencies can be ordered as one. */
export async function rankProducts(reader: StatementReader, period: Period, limit: number): Promise<Ranked[]> {
  const ask = forReader(reader);
  const { params } = ask;
  const own = documentScope(ask, 'i.customer_id');
  const rows = await reader.read<RankedSums>(
    `select p.id as "recordId", p.name, p.name_ar as "nameAr", i.currency,
       sum(i.sign * (il.line_total - il.discount_share))::text as total, sum(i.sign * il.quantity)::text as quantity
     from ${entered('invoices', 'issued_on')} i join invoice_lines il on il.invoice_id = i.id join products p on p.id = il.product_id
     where ${own} and i.entered_on between ${params.add(period.from)}::date and ${params.add(period.to)}::date
     group by p.id, i.currency order by sum(i.sign * (il.line_total - il.discount_share) * i.exchange_rate) desc, p.id limit ${limit}`,
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
