import { Decimal, decimalText } from '../kernel/money.js';
import { readReportRows, type ReportDefinition, reportFilters, type ReportReader } from '../platform/read/report.js';
import { type AgeingRow, receivablesAgeingReport } from './ageing.queries.js';
import { type CollectionRow, collectionsReport } from './collection.queries.js';
import { type OrderBookRow, orderBookReport } from './order-book.queries.js';
import { EACH_CURRENCY, type SalesGroup, salesReport, type SalesRow } from './sales.queries.js';
import { inventoryValueReport, type StockValueRow } from './stock-value.queries.js';

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

type Cell = string | number | null;

/** A report of typed rows as a table of text; the statement is that of the report's own root field. */
interface TextReport<Row = never> {
  columns: readonly string[];
  report: Pick<ReportDefinition, 'sql'>;
  by?: SalesGroup;
  cells(row: Row): Cell[];
}

const amount = (value: string | null): string | null => (value === null ? null : decimalText(value));
const less = (a: string | null, b: string | null): string => decimalText(new Decimal(a ?? 0).minus(b ?? 0));

const SALES = ['period', 'currency', 'invoices', 'total', 'credited', 'net'] as const;

const soldIn = (length: number) => (row: SalesRow) => [
  row.day?.slice(0, length) ?? null,
  row.currency,
  row.documents,
  amount(row.billed),
  amount(row.credited),
  less(row.billed, row.credited),
];

const textReport = <Row>(definition: TextReport<Row>): TextReport<never> => definition;

export const DEFINITIONS: Record<ReportName, TextReport<never>> = {
  SALES_BY_DAY: textReport({ columns: SALES, report: salesReport, by: 'DAY', cells: soldIn(10) }),
  SALES_BY_MONTH: textReport({ columns: SALES, report: salesReport, by: 'MONTH', cells: soldIn(7) }),
  SALES_BY_CUSTOMER: textReport({
    columns: ['code', 'customer', 'currency', 'invoices', 'total', 'credited', 'paid', 'open'],
    report: salesReport,
    by: 'CUSTOMER',
    cells: (row: SalesRow & { paid?: string; open?: string }) => [
      row.code,
      row.nameAr,
      row.currency,
      row.documents,
      amount(row.billed),
      amount(row.credited),
      amount(row.paid ?? '0'),
      amount(row.open ?? '0'),
    ],
  }),
  SALES_BY_PRODUCT: textReport({
    columns: ['sku', 'product', 'currency', 'quantity', 'total'],
    report: salesReport,
    by: 'PRODUCT',
    cells: (row: SalesRow) => [row.code, row.nameAr ?? row.name, row.currency, amount(row.quantity), amount(row.net)],
  }),
  RECEIVABLES_AGEING: textReport({
    columns: [
      ...['code', 'customer', 'currency', 'current', 'days1to30', 'days31to60', 'days61to90', 'over90', 'total'],
      ...['onAccount', 'balance'],
    ],
    report: receivablesAgeingReport,
    cells: (row: AgeingRow) => [
      row.code,
      row.nameAr,
      row.currency,
      ...[row.current, row.days1to30, row.days31to60, row.days61to90, row.over90, row.open].map(amount),
      ...[row.onAccount, row.balance].map(amount),
    ],
  }),
  STOCK_VALUATION: textReport({
    columns: ['warehouse', 'sku', 'product', 'onHand', 'costUsd', 'valueUsd'],
    report: inventoryValueReport,
    cells: (row: StockValueRow) => [
      row.warehouse,
      row.sku,
      row.nameAr ?? row.name,
      ...[row.onHand, row.unitCost, row.value].map(amount),
    ],
  }),
  PAYMENTS: textReport({
    columns: ['day', 'number', 'customer', 'method', 'currency', 'amount', 'applied', 'refunded', 'unapplied'],
    report: collectionsReport,
    cells: (row: CollectionRow) => [
      row.day,
      row.number,
      row.customerNameAr,
      row.method,
      row.currency,
      ...[row.amount, row.applied, row.refunded, row.unapplied].map(amount),
    ],
  }),
  ORDER_BOOK: textReport({
    columns: ['number', 'day', 'customer', 'status', 'currency', 'total', 'toShip', 'toBill'],
    report: orderBookReport,
    cells: (row: OrderBookRow) => [
      row.number,
      row.day,
      row.customerNameAr,
      row.status,
      row.currency,
      ...[row.total, row.toShip, row.toBill].map(amount),
    ],
  }),
};

/** Reports that say how things stand at the end of the last day; the first one does not matter. */
export const AS_OF: ReadonlySet<ReportName> = new Set(['RECEIVABLES_AGEING', 'STOCK_VALUATION']);

export interface TextPage {
  rows: (string | null)[][];
  hasMore: boolean;
}

/** A part of a report as the viewer may see it. */
export async function readReport(
  reader: ReportReader,
  name: ReportName,
  { from, to, first, skip }: { from: string; to: string; first: number; skip: number },
): Promise<TextPage> {
  const { report, by, cells } = DEFINITIONS[name];
  const filters = { ...reportFilters({ from, to, by }, reader.today), currency: by ? EACH_CURRENCY : null };
  const { rows, hasMore } = await readReportRows<SalesRow>(reader, report, filters, { first, skip });
  const known = name === 'SALES_BY_CUSTOMER' ? await withSettled(reader, rows, { from, to }) : rows;
  const texts = (known as never[]).map((row) => cells(row).map((cell) => (cell === null ? null : String(cell))));
  return { rows: texts, hasMore };
}

/** What is paid and open today of the invoices of a period, beside what was sold in it. */
async function withSettled(
  reader: ReportReader,
  rows: readonly SalesRow[],
  { from, to }: { from: string; to: string },
): Promise<SalesRow[]> {
  const settled = await reader.read<{ key: string; paid: string; open: string }>(
    `select i.customer_id || i.currency as key, sum(i.paid)::text as paid, sum(i.balance)::text as open from invoices i
     where i.customer_id = any ($1::uuid[]) and i.issued_on between $2::date and $3::date group by 1`,
    [rows.flatMap(({ recordId }) => recordId ?? []), from, to],
  );
  const byKey = new Map(settled.map((one) => [one.key, one]));
  return rows.map((row) => ({ ...row, ...byKey.get(`${row.recordId ?? ''}${row.currency}`) }));
}
