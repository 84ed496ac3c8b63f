import { documentScope, entered } from '../documents/document.queries.js';
import type { Viewer } from '../kernel/viewer.js';
import { Params, type StatementReader } from '../platform/read/sql.js';
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

export interface ReportAsk {
  viewer: Viewer;
  from: string;
  to: string;
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

const between = (column: string, { from, to }: ReportAsk, params: Params): string =>
  `${column} between ${params.add(from)}::date and ${params.add(to)}::date`;

/** Invoices and credit notes of the period as rows `d`, with the counter-entries of void ones. Each currency by itself. */
const soldRows = (ask: ReportAsk, params: Params): string =>
  `select i.entered_on as day, i.customer_id, i.currency, i.sign * i.total as total, 0::numeric as credited, i.sign as n,
     i.paid, i.balance, i.voided_at from ${entered('invoices', 'issued_on')} i where ${between('i.entered_on', ask, params)}
   union all
   select c.entered_on, c.customer_id, c.currency, 0, c.sign * c.total, 0, 0, 0, c.voided_at
   from ${entered('credit_notes', 'issued_on')} c where ${between('c.entered_on', ask, params)}`;

/** Invoices less credit notes, grouped by a period of their day. */
const salesBy =
  (period: string) =>
  (ask: ReportAsk, params: Params): string => {
    const own = documentScope({ viewer: ask.viewer, params }, 'd.customer_id');
    return `with d as (${soldRows(ask, params)})
      select to_char(d.day, '${period}') as period, d.currency, sum(d.n)::text as invoices, ${amount('sum(d.total)')} as total,
        ${amount('sum(d.credited)')} as credited, ${amount('sum(d.total - d.credited)')} as net
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
      `with d as (${soldRows(ask, params)})
       select c.code, c.name_ar as customer, d.currency, sum(d.n)::text as invoices, ${amount('sum(d.total)')} as total,
         ${amount('sum(d.credited)')} as credited, ${amount('sum(d.paid)')} as paid, ${amount('sum(d.balance)')} as open
       from d join customers c on c.id = d.customer_id
       where ${documentScope({ viewer: ask.viewer, params }, 'd.customer_id')}
       group by c.id, d.currency having ${stands('d')} or sum(d.total) <> 0 or sum(d.credited) <> 0
       order by sum(d.total) desc, c.code, d.currency`,
  },
  SALES_BY_PRODUCT: {
    columns: ['sku', 'product', 'currency', 'quantity', 'total'],
    sql: (ask, params) =>
      `select p.sku, coalesce(p.name_ar, p.name, il.description) as product, i.currency,
         ${amount('sum(i.sign * il.quantity)')} as quantity, ${amount('sum(i.sign * (il.line_total - il.discount_share))')} as total
       from ${entered('invoices', 'issued_on')} i join invoice_lines il on il.invoice_id = i.id left join products p on p.id = il.product_id
       where ${between('i.entered_on', ask, params)} and ${documentScope({ viewer: ask.viewer, params }, 'i.customer_id')}
       group by p.id, case when p.id is null then il.description end, coalesce(p.name_ar, p.name, il.description), i.currency
       having ${stands('i')} or sum(i.sign * (il.line_total - il.discount_share)) <> 0
       order by sum(i.sign * (il.line_total - il.discount_share)) desc, 2, 3, p.id`,
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
          `round(coalesce(sum((ol.line_total - ol.discount_share + ol.tax_amount) * (ol.quantity - ol.${done}) / ol.quantity), 0), 2)`,
        );
      return `select o.number, o.ordered_on::text as day, c.name_ar as customer, o.status, o.currency, ${amount('o.total')} as total,
           ${rest('shipped')} as "toShip", ${rest('invoiced')} as "toBill"
         from orders o join customers c on c.id = o.customer_id join order_lines ol on ol.order_id = o.id
         where o.status <> 'CANCELLED' and ${between('o.ordered_on', ask, params)}
           and ${documentScope({ viewer: ask.viewer, params }, 'o.customer_id')}
         group by o.id, c.id having o.status <> 'DELIVERED' or bool_or(ol.invoiced < ol.quantity) order by o.ordered_on, o.number`;
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
