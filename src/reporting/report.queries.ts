import { documentScope, entered } from '../documents/document.queries.js';
import type { Viewer } from '../kernel/viewer.js';
import { Params, type StatementReader } from '../platform/read/sql.js';
import { between, type Period, soldDocuments, soldLines } from './sales.queries.js';
import { warehouseScope } from '../stock/stock.queries.js';

export const REPORTS = [
  'SALES_BY_DAY',
  'SALES_BY_MONTH',
  'SALES_BY_CUSTOMER',
  'SALES_BY_PRODUCT',
  'RECEIVABLES_AGEING',
  'STOCK_VALUATION',
  'PAYMENTS',
  'ORDER_BOOK',
] as const;

export type ReportName = (typeof REPORTS)[number];

export interface ReportAsk extends Period {
  viewer: Viewer;
  today: string;
}

/** Columns in the order in which they are shown; every cell is text, amounts without trailing zeros. */
interface Definition {
  columns: readonly string[];
  sql(ask: ReportAsk, params: Params): string;
}

/** Of one answer; `skip` reads on. */
export const MAX_ROWS = 2000;

const amount = (sql: string): string => `trim_scale(${sql})::text`;

/** Invoices less credit notes, grouped by a period of their day. */
const salesBy =
  (period: string) =>
  (ask: ReportAsk, params: Params): string => {
    const own = documentScope({ viewer: ask.viewer, params }, 'd.customer_id');
    return `with d as (${soldDocuments(ask, params)})
      select to_char(d.day, '${period}') as period, d.currency, sum(d.n)::text as invoices, ${amount('sum(d.billed)')} as total,
        ${amount('sum(d.credited)')} as credited, ${amount('sum(d.billed - d.credited)')} as net
      from d where ${own} group by 1, 2 order by 1, 2`;
  };

/** Whether a group has a row that is not void: an invoice made and voided in one period leaves nothing to show. */
const stands = (row: string): string => `bool_or(${row}.voided_at is null)`;

const SALES = ['period', 'currency', 'invoices', 'total', 'credited', 'net'] as const;

export const DEFINITIONS: Record<ReportName, Definition> = {
  SALES_BY_DAY: { columns: SALES, sql: salesBy('YYYY-MM-DD') },
  SALES_BY_MONTH: { columns: SALES, sql: salesBy('YYYY-MM') },
  SALES_BY_CUSTOMER: {
    columns: ['code', 'customer', 'currency', 'invoices', 'total', 'credited', 'paid', 'open'],
    sql: (ask, params) =>
      `with d as (${soldDocuments(ask, params)})
       select c.code, c.name_ar as customer, d.currency, sum(d.n)::text as invoices, ${amount('sum(d.billed)')} as total,
         ${amount('sum(d.credited)')} as credited, ${amount('sum(d.paid)')} as paid, ${amount('sum(d.balance)')} as open
       from d join customers c on c.id = d.customer_id
       where ${documentScope({ viewer: ask.viewer, params }, 'd.customer_id')}
       group by c.id, d.currency having ${stands('d')} or sum(d.billed) <> 0 or sum(d.credited) <> 0
       order by sum(d.billed) desc, c.code, d.currency`,
  },
  // Less what was credited: what came back was not sold.
  SALES_BY_PRODUCT: {
    columns: ['sku', 'product', 'currency', 'quantity', 'total'],
    sql: (ask, params) =>
      `with d as (${soldLines(ask, params)})
       select p.sku, coalesce(p.name_ar, p.name, d.description) as product, d.currency,
         ${amount('sum(d.quantity)')} as quantity, ${amount('sum(d.total)')} as total
       from d left join products p on p.id = d.product_id
       where ${documentScope({ viewer: ask.viewer, params }, 'd.customer_id')}
       group by p.id, case when p.id is null then d.description end, coalesce(p.name_ar, p.name, d.description), d.currency
       having ${stands('d')} or sum(d.total) <> 0
       order by sum(d.total) desc, 2, 3, p.id`,
  },
  RECEIVABLES_AGEING: {
    columns: ['code', 'customer', 'currency', 'current', 'days1to30', 'days31to60', 'days61to90', 'over90', 'total'],
    sql: (ask, params) => {
      const today = `${params.add(ask.today)}::date`;
      const late = (condition: string): string =>
        amount(`coalesce(sum(i.balance) filter (where ${condition.replaceAll('LATE', `(${today} - i.due_on)`)}), 0)`);
      return `select c.code, c.name_ar as customer, i.currency, ${late('LATE <= 0')} as current,
           ${late('LATE between 1 and 30')} as days1to30, ${late('LATE between 31 and 60')} as days31to60,
           ${late('LATE between 61 and 90')} as days61to90, ${late('LATE > 90')} as over90, ${amount('sum(i.balance)')} as total
         from invoices i join customers c on c.id = i.customer_id
         where i.balance > 0 and ${documentScope({ viewer: ask.viewer, params }, 'i.customer_id')}
         group by c.id, i.currency order by sum(i.balance) desc, c.code, i.currency`;
    },
  },
  STOCK_VALUATION: {
    columns: ['warehouse', 'sku', 'product', 'onHand', 'costUsd', 'valueUsd'],
    sql: ({ viewer }, params) =>
      `select w.code as warehouse, p.sku, coalesce(p.name_ar, p.name) as product, ${amount('s.on_hand')} as "onHand",
         ${amount('p.cost_usd')} as "costUsd", ${amount('round(s.on_hand * p.cost_usd, 2)')} as "valueUsd"
       from stock_levels s join products p on p.id = s.product_id join warehouses w on w.id = s.warehouse_id
       where s.on_hand <> 0 and ${warehouseScope(viewer, params, 's.warehouse_id')}
       order by s.on_hand * p.cost_usd desc nulls last, p.id, w.code`,
  },
  PAYMENTS: {
    columns: ['day', 'number', 'customer', 'method', 'currency', 'amount', 'applied', 'refunded', 'unapplied'],
    sql: (ask, params) =>
      `select y.entered_on::text as day, y.number, c.name_ar as customer, y.method, y.currency, ${amount('y.sign * y.amount')} as amount,
         ${amount('y.applied')} as applied, ${amount('y.refunded')} as refunded, ${amount('y.unapplied')} as unapplied
       from ${entered('payments', 'received_on')} y join customers c on c.id = y.customer_id
       where ${between('y.entered_on', ask, params)}
         and ${documentScope({ viewer: ask.viewer, params }, 'y.customer_id')}
       order by y.entered_on, y.number, y.sign desc`,
  },
  ORDER_BOOK: {
    columns: ['number', 'day', 'customer', 'status', 'currency', 'total', 'toShip', 'toBill'],
    sql: (ask, params) => {
      const rest = (done: string): string =>
        amount(
          `round(coalesce(sum((ol.line_total - ol.discount_share + ol.tax_amount) * (ol.quantity - ${done}) / ol.quantity), 0), 2)`,
        );
      return `select o.number, o.ordered_on::text as day, c.name_ar as customer, o.status, o.currency, ${amount('o.total')} as total,
           ${rest('(ol.shipped + ol.cancelled + ol.credited)')} as "toShip", ${rest('(ol.invoiced + ol.cancelled)')} as "toBill"
         from orders o join customers c on c.id = o.customer_id join order_lines ol on ol.order_id = o.id
         where o.status <> 'CANCELLED' and ${between('o.ordered_on', ask, params)}
           and ${documentScope({ viewer: ask.viewer, params }, 'o.customer_id')}
         group by o.id, c.id having o.status <> 'DELIVERED' or bool_or(ol.invoiced + ol.cancelled < ol.quantity) order by o.ordered_on, o.number`;
    },
  },
};

export interface ReportPage {
  rows: (string | null)[][];
  hasMore: boolean;
}

/** A part of a report as the viewer may see it. */
export async function readReport(
  reader: StatementReader,
  name: ReportName,
  ask: ReportAsk & { first: number; skip: number },
): Promise<ReportPage> {
  const { columns, sql } = DEFINITIONS[name];
  const params = new Params();
  const text = `${sql(ask, params)} limit ${params.add(ask.first + 1)}::int offset ${params.add(ask.skip)}::int`;
  const rows = await reader.read<Record<string, string | null>>(text, params.values);
  const hasMore = rows.length > ask.first;
  return { rows: rows.slice(0, ask.first).map((row) => columns.map((column) => row[column] ?? null)), hasMore };
}
