import { documentScope } from '../documents/document.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { only, type ReportAsk, within } from '../platform/read/report.js';
import { Params } from '../platform/read/sql.js';

const NIL = `'00000000-0000-0000-0000-000000000000'::uuid`;

/** Which rows of sales_days hold what is asked. */
const KINDS = { whole: 0, customer: 1, product: 2 } as const;

const AMOUNTS = ['billed', 'credited', 'sales', 'discounts', 'returns'];

/** The entries of the journal that are in no row of sales_days yet: without a number, or with a later one. */
const UNKEPT = `array(select p.entry_id from journal_pending p
  union all select n.entry_id from journal_numbers n where n.number > (select h.number from sales_head h))`;

/** Each merged customer, and the one that is left of it. */
const MERGED = `with recursive g(member, kept) as (
    select c.id, c.merged_into_id from customers c where c.merged_into_id is not null
    union select g.member, c.merged_into_id from g join customers c on c.id = g.kept where c.merged_into_id is not null
  ) select g.member, g.kept from g join customers c on c.id = g.kept where c.merged_into_id is null`;

/**
 * The kept sales of days and what was posted since, as rows with the columns of sales_days and the ids that a group names.
 * Null when no kind of row holds what is asked: a product and a customer at once are read from the lines.
 */
export function keptSales(ask: ReportAsk, params: Params, byProduct: boolean): string | null {
  // The rank of a row is in the base currency, whatever is asked.
  const amounts = ask.currency === null ? [] : AMOUNTS;
  const figures = ['documents', 'quantity', 'cost', ...AMOUNTS.map((name) => `base_${name}`), ...amounts];
  const scope = (of: Params): string => documentScope({ viewer: ask.viewer, params: of }, 'x.customer_id');
  const ofProducts = byProduct || ask.productId !== null || ask.categoryId !== null;
  const ofCustomers = scope(new Params()) !== 'true' || ask.partyId !== null || ask.by === 'CUSTOMER';
  if (ofProducts && ofCustomers) return null;
  const kind = ofProducts ? KINDS.product : ofCustomers ? KINDS.customer : KINDS.whole;
  // Summed as far as the group allows before ids become texts and names: a year has many more rows than products.
  const parts: Readonly<Record<string, string>> = {
    DAY: 'd.day',
    MONTH: 'd.day',
    BRANCH: 'd.branch_id',
    SALESPERSON: 'd.salesperson_id',
  };
  const part = parts[ask.by ?? 'DAY'];
  const keys = [
    'd.currency',
    ...(part === undefined ? [] : [part]),
    ...(ofProducts || ofCustomers ? ['d.key'] : []),
  ].join(', ');
  const filters = `d.kind = ${kind} and ${within('d.day', ask, params)}${only('d.branch_id', ask.branchId, params)}
      ${only('d.salesperson_id', ask.salespersonId, params)}${ofProducts ? only('d.key', ask.productId, params) : ''}`;
  const rows = ['sales_days', `sales_of_entries(${UNKEPT})`]
    .map(
      (from) =>
        `select ${keys}, ${figures.map((name) => `sum(d.${name}) as ${name}`).join(', ')} from ${from} d where ${filters} group by ${keys}`,
    )
    .join(' union all ');
  const named = (column: string): string => (`d.${column}` === part ? `nullif(d.${column}, ${NIL})` : 'null::uuid');
  const key = `nullif(d.key, ${NIL})`;
  const product = ofProducts ? key : 'null::uuid';
  const customer = ofCustomers ? `coalesce(m.kept, ${key})` : 'null::uuid';
  const category =
    ask.categoryId === null
      ? ''
      : ` and x.product_id in (select p.id from products p where p.category_id = ${params.add(ask.categoryId)}::uuid)`;
  return `select x.* from (
      select ${part === 'd.day' ? 'd.day' : 'null::date as day'}, d.currency, ${named('branch_id')} as branch_id, ${named('salesperson_id')} as salesperson_id,
        ${customer} as customer_id, ${product} as product_id, ${figures.map((name) => `d.${name}`).join(', ')}
      from (${rows}) d ${ofCustomers ? `left join (${MERGED}) m on m.member = d.key` : ''}
    ) x where ${scope(params)}${only('x.customer_id', ask.partyId, params)}${category}`;
}

/** Adds numbered entries to the sales of their days, in the order of their numbers; answers how many. */
export async function keepSales(run: Tx['sql'], batch: number): Promise<number> {
  const [row] = await run<{ n: number }>('select keep_sales($1) as n', [batch]);
  return row?.n ?? 0;
}
