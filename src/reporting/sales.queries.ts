import { documentScope, entered } from '../documents/document.queries.js';
import { column, HEADS, only, type ReportAsk, type ReportDefinition, within } from '../platform/read/report.js';
import type { Params } from '../platform/read/sql.js';
import { keptSales } from './sales-days.queries.js';

export const SALES_GROUPS = [
  'DAY',
  'MONTH',
  'CUSTOMER',
  'PRODUCT',
  'CATEGORY',
  'SALESPERSON',
  'BRANCH',
  'TOTAL',
] as const;
export type SalesGroup = (typeof SALES_GROUPS)[number];

/** What was sold in one group and one currency. Amounts but `billed` and `credited` are before tax. */
export interface SalesRow {
  recordId: string | null;
  day: string | null;
  code: string | null;
  name: string | null;
  nameAr: string | null;
  currency: string;
  documents: number | null;
  quantity: string | null;
  billed: string | null;
  credited: string | null;
  sales: string;
  discounts: string;
  returns: string;
  net: string;
  cost: string | null;
  margin: string | null;
}

/** How the rows of a group are told apart, named and ordered. */
interface Grouping {
  key: string;
  join: string;
  code: string;
  name: string;
  nameAr: string;
  order: string;
}

/** The largest first, in the base currency, so that rows of several currencies can be ordered as one list. */
const LARGEST = 'sum(g.rank) desc';
const NONE = { code: 'null', name: 'null', nameAr: 'null', join: '' };

const GROUPINGS: Record<SalesGroup, Grouping> = {
  DAY: { ...NONE, key: 'x.day::text', order: 'g.key' },
  MONTH: { ...NONE, key: `date_trunc('month', x.day)::date::text`, order: 'g.key' },
  CUSTOMER: {
    key: 'x.customer_id::text',
    join: 'left join customers r on r.id::text = g.key',
    code: 'r.code',
    name: 'r.name',
    nameAr: 'r.name_ar',
    order: LARGEST,
  },
  PRODUCT: {
    key: 'x.product_id::text',
    join: 'left join products r on r.id::text = g.key',
    code: 'r.sku',
    name: 'r.name',
    nameAr: 'r.name_ar',
    order: LARGEST,
  },
  CATEGORY: {
    key: '(select p.category_id::text from products p where p.id = x.product_id)',
    join: 'left join categories r on r.id::text = g.key',
    code: 'null',
    name: 'r.name',
    nameAr: 'r.name_ar',
    order: LARGEST,
  },
  SALESPERSON: {
    key: 'x.salesperson_id::text',
    join: 'left join users r on r.id::text = g.key',
    code: 'null',
    name: 'r.name',
    nameAr: 'r.name',
    order: LARGEST,
  },
  BRANCH: {
    key: 'x.branch_id::text',
    join: 'left join branches r on r.id::text = g.key',
    code: 'r.code',
    name: 'r.name',
    nameAr: 'r.name_ar',
    order: LARGEST,
  },
  TOTAL: { ...NONE, key: 'null::text', order: 'g.key' },
};

export const isByProduct = (group: string | null): boolean => group === 'PRODUCT' || group === 'CATEGORY';

/** Every currency in rows of its own; `currency: null` in a question means the base currency. */
export const EACH_CURRENCY = 'EACH';

const BILLED = `'INVOICE', 'INVOICE_VOID'`;
const CREDITED = `'CREDIT_NOTE', 'CREDIT_NOTE_VOID'`;

/** Whose a document is that posts sales, returns or cost. */
const DOCUMENTS = ['invoices', 'credit_notes', 'shipments', 'orders']
  .map((table) => `select id, customer_id from ${table}`)
  .join(' union all ');

/**
 * The lines of the journal that say what was sold: sales (4100), returns (4110), discounts (4120) and cost (5100), and of
 * receivables (1210) what documents billed and credited, with tax. The salesperson is that of the day of the sale.
 */
function soldLines(ask: ReportAsk, params: Params): string {
  const own = documentScope({ viewer: ask.viewer, params }, 'd.customer_id');
  const ofSome = own !== 'true' || ask.partyId !== null;
  const documents =
    ofSome || ask.by === 'CUSTOMER'
      ? `${ofSome ? '' : 'left '}join (${DOCUMENTS}) d on d.id = e.document_id`
      : 'cross join (select null::uuid as customer_id) d';
  // Receivables name no product, and cost is in the base currency only.
  const accounts = [
    ...(isByProduct(ask.by) ? [] : [1210]),
    ...[4100, 4110, 4120],
    ...(ask.currency === null ? [5100] : []),
  ].join(', ');
  const currency =
    ask.currency === null || ask.currency === EACH_CURRENCY
      ? `l.currency in ('IQD', 'USD', 'RMB')`
      : `l.currency = ${params.add(ask.currency)}`;
  return `select l.day, l.account, l.currency, l.amount, l.base, l.branch_id, l.salesperson_id, l.product_id, e.event, d.customer_id
    from journal_lines l join journal_entries e on e.id = l.entry_id ${documents}
    where l.account in (${accounts}) and ${currency} and ${within('l.day', ask, params)}
      and (l.account <> 1210 or e.event in (${BILLED}, ${CREDITED})) and ${own}${only('d.customer_id', ask.partyId, params)}
      ${only('l.branch_id', ask.branchId, params)}${only('l.salesperson_id', ask.salespersonId, params)}
      ${only('l.product_id', ask.productId, params)}${categoryOf('l.product_id', ask, params)}`;
}

const categoryOf = (product: string, { categoryId }: ReportAsk, params: Params): string =>
  categoryId === null
    ? ''
    : ` and ${product} in (select p.id from products p where p.category_id = ${params.add(categoryId)}::uuid)`;

/**
 * The pieces that documents sold and took back, for rows by product: the journal has amounts only. A credited line takes
 * its quantity back; an allowance is an amount without one.
 */
function soldPieces(ask: ReportAsk, params: Params, condition: string): string {
  const seller =
    ask.salespersonId === null
      ? ''
      : ` and exists (select 1 from journal_entries e join journal_lines l on l.entry_id = e.id
           where e.document_id = d.id and l.salesperson_id = ${params.add(ask.salespersonId)}::uuid)`;
  const currency =
    ask.currency === null || ask.currency === EACH_CURRENCY ? '' : ` and d.currency = ${params.add(ask.currency)}`;
  const rest = `${condition} and ${within('d.entered_on', ask, params)} and ${documentScope({ viewer: ask.viewer, params }, 'd.customer_id')}
    ${only('d.branch_id', ask.branchId, params)}${only('d.customer_id', ask.partyId, params)}${seller}${currency}`;
  const product = `${only('z.product_id', ask.productId, params)}${categoryOf('z.product_id', ask, params)}`;
  return `select d.entered_on as day, d.currency, z.product_id, d.sign * z.quantity as quantity
      from ${entered('invoices', 'issued_on')} d join invoice_lines z on z.invoice_id = d.id where ${rest}${product}
    union all
    select d.entered_on, d.currency, z.product_id, case when z.invoice_line_id is null then 0 else -d.sign * z.quantity end
      from ${entered('credit_notes', 'issued_on')} d join credit_note_lines z on z.credit_note_id = d.id where ${rest}${product}`;
}

/** Documents of which nothing was posted, as they came to nothing: no entry counts their pieces. */
const UNPOSTED = `d.total = 0 and not exists (select 1 from journal_entries e where e.document_id = d.id and e.event in (${BILLED}, ${CREDITED}))`;

/** The sums of each group and currency, from the kept sales of days; null when they do not hold what is asked. */
function groupsOfDays(ask: ReportAsk, params: Params): string | null {
  const byProduct = isByProduct(ask.by);
  const kept = keptSales(ask, params, byProduct);
  if (kept === null) return null;
  const inBase = ask.currency === null;
  const sum = (name: string): string => `sum(x.${inBase ? 'base_' : ''}${name})`;
  const ofCurrency = inBase || ask.currency === EACH_CURRENCY ? '' : ` where x.currency = ${params.add(ask.currency)}`;
  const pieces = byProduct ? piecesOf(ask, params, UNPOSTED) : '';
  return `select ${keyOf(ask)} as key, ${currencyOf(ask)} as currency, sum(x.documents) as documents, ${sum('billed')} as billed,
      ${sum('credited')} as credited, ${sum('sales')} as sales, ${sum('discounts')} as discounts, ${sum('returns')} as returns,
      ${inBase ? 'sum(x.cost)' : '0'} as cost, sum(x.quantity) as quantity,
      sum(x.base_sales - x.base_discounts - x.base_returns) as rank
    from (${kept}) x${ofCurrency} group by 1, 2 ${pieces}`;
}

const keyOf = (ask: ReportAsk): string => GROUPINGS[(ask.by ?? 'DAY') as SalesGroup].key;

const currencyOf = ({ currency }: ReportAsk): string =>
  currency === null ? `(select value #>> '{}' from settings where key = 'base_currency')` : 'x.currency';

const piecesOf = (ask: ReportAsk, params: Params, condition: string): string =>
  `union all select ${keyOf(ask)}, ${currencyOf(ask)}, 0, 0, 0, 0, 0, 0, 0, sum(x.quantity), 0
    from (${soldPieces(ask, params, condition)}) x group by 1, 2`;

/** The same sums, from the lines of the journal and of the documents. */
export function groupsOfLines(ask: ReportAsk, params: Params): string {
  const value = ask.currency === null ? 'x.base' : 'x.amount';
  const sum = (condition: string, sign = ''): string => `coalesce(sum(${sign}${value}) filter (where ${condition}), 0)`;
  const pieces = isByProduct(ask.by) ? piecesOf(ask, params, 'true') : '';
  return `select ${keyOf(ask)} as key, ${currencyOf(ask)} as currency,
      coalesce(sum(case x.event when 'INVOICE' then 1 when 'INVOICE_VOID' then -1 else 0 end) filter (where x.account = 1210), 0) as documents,
      ${sum(`x.account = 1210 and x.event in (${BILLED})`)} as billed,
      ${sum(`x.account = 1210 and x.event in (${CREDITED})`, '-')} as credited,
      ${sum('x.account = 4100', '-')} as sales, ${sum('x.account = 4120')} as discounts, ${sum('x.account = 4110')} as returns,
      ${sum('x.account = 5100')} as cost, 0 as quantity,
      coalesce(-sum(x.base) filter (where x.account in (4100, 4110, 4120)), 0) as rank
    from (${soldLines(ask, params)}) x group by 1, 2 ${pieces}`;
}

/**
 * Sales by day, month, customer, product, category, salesperson or branch, in base, in one currency, or in each. A void
 * counts on its own day, as the journal has it. What names no product (discounts of whole documents, and what was posted
 * before lines named one) stands in a row without an id.
 */
export function salesSql(
  ask: ReportAsk,
  params: Params,
  groups = groupsOfDays(ask, params) ?? groupsOfLines(ask, params),
): string {
  const group = (ask.by ?? 'DAY') as SalesGroup;
  const { join, code, name, nameAr, order } = GROUPINGS[group];
  const inBase = ask.currency === null;
  const byProduct = isByProduct(group);
  const isDay = group === 'DAY' || group === 'MONTH';
  const ofDocuments = (figure: string): string => (byProduct ? 'null' : figure);
  const ofBase = (figure: string): string => (inBase ? figure : 'null');
  return `with g as (${groups})
    select ${isDay || group === 'TOTAL' ? 'null' : 'g.key'} as "recordId", ${isDay ? 'g.key' : 'null'} as day, ${code} as code, ${name} as name,
      ${nameAr} as "nameAr", g.currency, ${ofDocuments('sum(g.documents)::int')} as documents,
      ${byProduct ? 'sum(g.quantity)' : 'null'} as quantity, ${ofDocuments('sum(g.billed)')} as billed,
      ${ofDocuments('sum(g.credited)')} as credited, sum(g.sales) as sales, sum(g.discounts) as discounts, sum(g.returns) as returns,
      sum(g.sales - g.discounts - g.returns) as net, ${ofBase('sum(g.cost)')} as cost,
      ${ofBase('sum(g.sales - g.discounts - g.returns - g.cost)')} as margin
    from g ${join}
    group by g.key, g.currency${join === '' ? '' : ', r.id'}
    having ${['documents', 'billed', 'credited', 'sales', 'discounts', 'returns', 'cost', 'quantity'].map((one) => `sum(g.${one}) <> 0`).join(' or ')}
    order by ${order}, g.key, g.currency`;
}

export const salesReport: ReportDefinition = {
  root: 'sales',
  permission: 'reports:read',
  filters: ['from', 'to', 'currency', 'branchId', 'salespersonId', 'partyId', 'productId', 'categoryId', 'by'],
  groups: SALES_GROUPS,
  columns: [
    HEADS.day,
    column('recordId', 'Id', 'المعرّف'),
    HEADS.code,
    HEADS.name,
    HEADS.nameAr,
    HEADS.currency,
    column('documents', 'Invoices', 'الفواتير'),
    column('quantity', 'Quantity', 'الكمية'),
    column('billed', 'Billed with tax', 'المفوتر مع الضريبة'),
    column('credited', 'Credited with tax', 'الدائن مع الضريبة'),
    column('sales', 'Sales', 'المبيعات'),
    column('discounts', 'Discounts', 'الخصومات'),
    column('returns', 'Returns', 'المردودات'),
    column('net', 'Net sales', 'صافي المبيعات'),
    column('cost', 'Cost', 'الكلفة', 'catalog:cost'),
    column('margin', 'Margin', 'هامش الربح', 'catalog:cost'),
  ],
  sql: (ask, params) => salesSql(ask, params),
};
