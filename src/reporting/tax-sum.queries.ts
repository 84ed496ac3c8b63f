import { entered } from '../documents/document.queries.js';
import { column, HEADS, only, type ReportAsk, type ReportDefinition, within } from '../platform/read/report.js';
import type { Params } from '../platform/read/sql.js';

export const TAX_SIDES = ['SALES', 'RETURNS', 'PURCHASES'] as const;
export type TaxSide = (typeof TAX_SIDES)[number];

export interface TaxRow {
  side: TaxSide;
  percent: string;
  currency: string;
  taxable: string;
  tax: string;
}

const part = (side: TaxSide, sign: 1 | -1, documents: string, lines: string, net: string): string =>
  `select '${side}' as side, d.entered_on, d.branch_id, d.currency, z.tax_percent, ${sign} * d.sign * (${net}) as taxable,
     ${sign} * d.sign * z.tax_amount as tax from ${documents} d join ${lines} where z.tax_percent <> 0 or z.tax_amount <> 0`;

/** Tax by rate: what was charged, less what was credited, and what was paid; a void counts on its own day. */
export function taxesSql(ask: ReportAsk, params: Params): string {
  return `select x.side, x.tax_percent as percent, x.currency, sum(x.taxable) as taxable, sum(x.tax) as tax from (
      ${part('SALES', 1, entered('invoices', 'issued_on'), 'invoice_lines z on z.invoice_id = d.id', 'z.line_total - z.discount_share')}
      union all
      ${part('RETURNS', -1, entered('credit_notes', 'issued_on'), 'credit_note_lines z on z.credit_note_id = d.id', 'z.line_total - z.discount_share')}
      union all
      ${part('PURCHASES', -1, entered('bills', 'billed_on'), 'bill_lines z on z.bill_id = d.id', 'z.line_total')}
    ) x
    where ${within('x.entered_on', ask, params)}${only('x.branch_id', ask.branchId, params)}
      ${ask.currency === null ? '' : ` and x.currency = ${params.add(ask.currency)}`}
    group by 1, 2, 3 having sum(x.taxable) <> 0 or sum(x.tax) <> 0
    order by case x.side when 'SALES' then 0 when 'RETURNS' then 1 else 2 end, 2, 3`;
}

export const taxesReport: ReportDefinition = {
  root: 'taxSums',
  permission: 'ledger:read',
  filters: ['from', 'to', 'currency', 'branchId'],
  columns: [
    column('side', 'Side', 'الجانب'),
    column('percent', 'Rate in percent', 'النسبة المئوية'),
    column('taxable', 'Taxable', 'الخاضع للضريبة'),
    column('tax', 'Tax due', 'الضريبة المستحقة'),
    HEADS.currency,
  ],
  sql: taxesSql,
};
