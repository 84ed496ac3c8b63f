import { documentScope } from '../documents/document.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { only, type ReportAsk, within } from '../platform/read/report.js';
import { Params } from '../platform/read/sql.js';

const NIL = `'00000000-0000-0000-0000-000000000000'::uuid`;

/** Which rows of sales_days hold what is asked. */
const KINDS = { whole: 0, customer: 1, product: 2 } as const;

const FIGURES = ['documents', 'quantity', 'cost'].concat(
  ['billed', 'credited', 'sales', 'discounts', 'returns'].flatMap((name) => [name, `base_${name}`]),
);

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
  const scope = (of: Params): string => documentScope({ viewer: ask.viewer, params: of }, 'x.customer_id');
  const ofProducts = byProduct || ask.productId !== null || ask.categoryId !== null;
  const ofCustomers = scope(new Params()) !== 'true' || ask.partyId !== null || ask.by === 'CUSTOMER';
  if (ofProducts && ofCustomers) return null;
  const kind = ofProducts ? KINDS.product : ofCustomers ? KINDS.customer : KINDS.whole;
  const rows = `select * from sales_days d where d.kind = ${kind} and ${within('d.day', ask, params)}
    union all select * from sales_of_entries(${UNKEPT}) d where d.kind = ${kind} and ${within('d.day', ask, params)}`;
  const key = `nullif(d.key, ${NIL})`;
  const product = ofProducts ? key : 'null::uuid';
  const customer = ofCustomers ? `coalesce(m.kept, ${key})` : 'null::uuid';
  const category =
    ask.categoryId === null
      ? ''
      : ` and x.product_id in (select p.id from products p where p.category_id = ${params.add(ask.categoryId)}::uuid)`;
  return `select x.* from (
      select d.day, d.currency, nullif(d.branch_id, ${NIL}) as branch_id, nullif(d.salesperson_id, ${NIL}) as salesperson_id,
        ${customer} as customer_id, ${product} as product_id, ${FIGURES.map((name) => `d.${name}`).join(', ')}
      from (${rows}) d ${ofCustomers ? `left join (${MERGED}) m on m.member = d.key` : ''}
    ) x where ${scope(params)}${only('x.customer_id', ask.partyId, params)}${only('x.branch_id', ask.branchId, params)}
      ${only('x.salesperson_id', ask.salespersonId, params)}${only('x.product_id', ask.productId, params)}${category}`;
}

/** Adds numbered entries to the sales of their days, in the order of their numbers; answers how many. */
export async function keepSales(run: Tx['sql'], batch: number): Promise<number> {
  const [row] = await run<{ n: number }>('select keep_sales($1) as n', [batch]);
  return row?.n ?? 0;
}
