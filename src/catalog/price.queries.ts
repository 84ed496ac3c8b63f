import type { Database } from '../platform/db/orm.js';
import { businessDate } from '../kernel/clock.js';
import { rowScopeOf, can, type Viewer } from '../kernel/viewer.js';
import { defineLoader } from '../platform/graphql/loader.js';
import type { Ask, FieldColumns, ListSpec, NestedColumn } from '../platform/graphql/connections.js';
import { Params } from '../platform/graphql/filters.js';
import { isId } from '../kernel/ids.js';
import type { Selection } from '../platform/graphql/selection.js';
import type { Tier } from './price-resolution.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** A price as it is stored: the discount is taken off, and the amount rounded, where it is shown. */
export interface RawPrice {
  amount: string;
  discountPercent: string;
  currency: string;
}

export const CONSUMER_LIST = 'consumer_iqd';

/** `price-resolution.tierFor` as SQL, for rows `t` of one list and product. */
const tierAt = (day: string, quantity: string): string =>
  `t.effective_from <= ${day}::date and (t.effective_to is null or t.effective_to >= ${day}::date)
   and t.min_quantity <= ${quantity}::numeric`;
const TIER_ORDER = 't.min_quantity desc, t.effective_from desc';

const listIsOpen = (day: string): string =>
  `l.active and l.archived_at is null and (l.effective_from is null or l.effective_from <= ${day}::date)
   and (l.effective_to is null or l.effective_to >= ${day}::date)`;

/**
 * The list that a viewer buys by: the customer's own; a consumer's is consumer_iqd in IQD and nothing else. Null for who
 * buys by none.
 */
function listOf(viewer: Viewer, params: Params): string | null {
  const { priceListId } = rowScopeOf(viewer);
  if (priceListId) return `l.id = ${params.add(priceListId)}::uuid`;
  if (viewer.kind === 'user' && !can(viewer, 'catalog:active') && !can(viewer, 'catalog:all')) {
    return `l.code = '${CONSUMER_LIST}' and l.currency = 'IQD'`;
  }
  return null;
}

/** `what` of the tier that holds for one unit of a product row `p` today, in the list that `list` names. */
const tierOf = (what: string, list: string, day: string): string =>
  `(select ${what} from price_lists l join prices t on t.price_list_id = l.id
    where ${list} and ${listIsOpen(day)} and t.product_id = p.id and ${tierAt(day, '1')}
    order by ${TIER_ORDER} limit 1)`;

const PRICE = `json_build_object('amount', t.amount::text, 'discountPercent', t.discount_percent::text, 'currency', l.currency)`;

/** The condition on `l` for the list that `price(priceList:)` names by its id or its code. */
const namedList = (name: string, params: Params): string =>
  isId(name) ? `l.id = ${params.add(name)}::uuid` : `l.code = ${params.add(name)}`;

/** Whether the viewer may see prices of the list of this id or code: staff of all lists, a client of the own one. */
export const canSeeList = (viewer: Viewer, name: string): boolean =>
  can(viewer, 'prices:all') || rowScopeOf(viewer).priceListId === name;

/** The lists that the occurrences of `price` name, as far as the viewer may see them. */
function namedLists(viewer: Viewer, requested: Selection | 'all'): { own: boolean; named: string[] } {
  const calls = requested === 'all' ? undefined : requested.calls;
  if (!calls) return { own: true, named: [] };
  const names = calls.map((call) => call['priceList'] ?? null);
  const named = new Set(names.filter((name) => name !== null).map((name) => String(name as string)));
  return { own: names.includes(null), named: [...named].filter((name) => canSeeList(viewer, name)) };
}

/**
 * The raw prices of a product row `p` for one unit: by the viewer's list, and by each list that the document names, all in
 * the statement of the row. The resolver rounds them.
 */
export const productPrice = ({ viewer, params, today }: Ask, requested: Selection | 'all'): FieldColumns => {
  const { own, named } = namedLists(viewer, requested);
  const columns: Record<string, string> = {};
  const list = own ? listOf(viewer, params) : null;
  if (own) columns['price'] = list === null ? 'null::json' : tierOf(PRICE, list, params.add(today));
  if (named.length > 0) {
    const day = params.add(today);
    const prices = named.map((name) => `${params.add(name)}::text, ${tierOf(PRICE, namedList(name, params), day)}`);
    columns['priceByList'] = `json_build_object(${prices.join(', ')})`;
  }
  return columns;
};

/** The raw price of one unit in a list that the viewer may see, by `productId list`; for rows that no list read. */
export const priceInList = defineLoader<string, RawPrice>('priceInList', async ({ db, config }, keys) => {
  const params = new Params();
  const day = params.add(businessDate(config.timeZone));
  const pairs = keys.map((key) => key.split(' ') as [string, string]);
  const rows = await db.read<RawPrice & { key: string }>(
    `select k.id || ' ' || k.list as key, x.price->>'amount' as amount, x.price->>'discountPercent' as "discountPercent",
       x.price->>'currency' as currency
     from unnest(${params.add(pairs.map(([id]) => id))}::text[], ${params.add(pairs.map(([, list]) => list))}::text[]) as k(id, list)
     join products p on p.id = k.id::uuid
     cross join lateral (select ${tierOf(PRICE, '(l.id::text = k.list or l.code = k.list)', day)} as price) x
     where x.price is not null`,
    params.values,
  );
  return new Map(rows.map(({ key, ...price }) => [key, price]));
});

const UNIT_PRICE = `round(t.amount * (100 - t.discount_percent) / 100, case l.currency when 'IQD' then 0 else 2 end)`;

/** `price-resolution.unitPrice` as SQL: what one unit costs by the viewer's list, or by the list of this code. */
export function unitPriceSql({ viewer, params, today }: Ask, code: string | null): string {
  const list = code === null ? listOf(viewer, params) : `l.code = ${params.add(code)}`;
  return list === null ? 'null::numeric' : tierOf(UNIT_PRICE, list, params.add(today));
}

export const hasPriceList = (viewer: Viewer): boolean => listOf(viewer, new Params()) !== null;

/** `hasConsumerPrice` over all products at once: a count asks every row. */
export const consumerPriced = (day: string): string =>
  `(select t.product_id from price_lists l join prices t on t.price_list_id = l.id
     where l.code = '${CONSUMER_LIST}' and l.currency = 'IQD' and ${listIsOpen(day)}
       and t.min_quantity <= 1 and t.effective_from <= ${day}::date
       and (t.effective_to is null or t.effective_to >= ${day}::date) and t.amount > 0)`;

/** The consumer's rule: a price above 0 in consumer_iqd, in IQD, today. */
export const hasConsumerPrice = (day: string): string =>
  `exists (select 1 from price_lists l join prices t on t.price_list_id = l.id
     where l.code = '${CONSUMER_LIST}' and l.currency = 'IQD' and ${listIsOpen(day)} and t.product_id = p.id
       and t.min_quantity <= 1 and t.effective_from <= ${day}::date
       and (t.effective_to is null or t.effective_to >= ${day}::date) and t.amount > 0)`;

const LIST_COLUMNS = {
  code: 'l.code',
  name: 'l.name',
  nameAr: 'l.name_ar',
  currency: 'l.currency',
  externalRef: 'l.external_ref',
  active: 'l.active',
  effectiveFrom: 'l.effective_from',
  effectiveTo: 'l.effective_to',
  version: 'l.version',
  createdAt: 'l.created_at',
  archivedAt: 'l.archived_at',
};

/** The price list of a row, to be read in its statement. */
export const priceListColumn = (priceListId: string): NestedColumn => ({
  nested: `price_lists l where l.id = ${priceListId}`,
  always: { id: 'l.id' },
  columns: LIST_COLUMNS,
});

/** All prices of a product row `p`, in all lists, for staff. */
export const PRODUCT_PRICES: NestedColumn = {
  nested: 'prices t join price_lists l on l.id = t.price_list_id where t.product_id = p.id',
  orderBy: 'l.code, t.min_quantity, t.effective_from',
  always: { currency: 'l.currency', amount: 't.amount::text', discountPercent: 't.discount_percent::text' },
  columns: {
    minQuantity: 't.min_quantity::text',
    effectiveFrom: 't.effective_from',
    effectiveTo: 't.effective_to',
    priceList: priceListColumn('t.price_list_id'),
  },
};

/** The number of products on each list, for lists that were read inside of another row. */
export const productCountByList = defineLoader<string, number>('productCountByList', async ({ db }, ids) => {
  const rows = await db.read<{ id: string; count: number }>(
    `select t.price_list_id as id, count(distinct t.product_id)::int as count from prices t
     where t.price_list_id = any ($1::uuid[]) group by 1`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.count]));
});

export const priceListList: ListSpec = {
  from: 'price_lists l',
  idSql: 'l.id',
  always: { id: 'l.id' },
  columns: {
    ...LIST_COLUMNS,
    productCount: '(select count(distinct t.product_id) from prices t where t.price_list_id = l.id)',
  },
  orders: { CODE_ASC: { sql: 'l.code collate "C"', type: 'text', direction: 'asc' } },
};

/** A client sees the list that it buys by; staff see all. */
export function priceListScope(viewer: Viewer, params: Params): string {
  if (can(viewer, 'prices:all')) return 'true';
  return listOf(viewer, params) ?? 'false';
}

export const priceChangeList: ListSpec = {
  from: 'price_changes h',
  idSql: 'h.id',
  always: { id: 'h.id', productId: 'h.product_id', priceListId: 'h.price_list_id', currency: 'h.currency' },
  columns: {
    minQuantity: 'h.min_quantity',
    before: { amountBefore: 'h.amount_before' },
    after: { amountAfter: 'h.amount_after' },
    discountBefore: 'h.discount_before',
    discountAfter: 'h.discount_after',
    actor: 'h.actor',
    origin: 'h.origin',
    at: 'h.at',
    priceList: priceListColumn('h.price_list_id'),
  },
  orders: { AT_DESC: { sql: 'h.at', type: 'timestamptz', direction: 'desc' } },
  kept: [{ when: [], count: 'price_changes' }],
};

export interface ListTiers {
  currency: string;
  tiers: Tier[];
}

/** The tiers of a product in the viewer's list, for prices at a quantity; empty where there are none. */
export const tiersByProduct = defineLoader<string, ListTiers>('tiersByProduct', async ({ db, config }, ids, viewer) => {
  const params = new Params();
  const list = listOf(viewer, params);
  if (list === null) return new Map();
  const today = params.add(businessDate(config.timeZone));
  const rows = await db.read<Tier & { productId: string; currency: string }>(
    `select t.product_id as "productId", l.currency, t.min_quantity as "minQuantity", t.effective_from as "effectiveFrom",
       t.effective_to as "effectiveTo", t.amount, t.discount_percent as "discountPercent"
     from price_lists l join prices t on t.price_list_id = l.id
     where ${list} and ${listIsOpen(today)} and t.product_id = any (${params.add(ids)}::uuid[])`,
    params.values,
  );
  const found = new Map<string, ListTiers>();
  for (const { productId, currency, ...tier } of rows) {
    const entry = found.get(productId) ?? { currency, tiers: [] };
    entry.tiers.push(tier);
    found.set(productId, entry);
  }
  return found;
});

/** The tiers of products in one list that is open on a day; the rule of price-resolution picks among them. */
export async function listTiersOf(
  run: Run,
  priceListId: string,
  productIds: readonly string[],
  day: string,
): Promise<Map<string, Tier[]>> {
  const rows = await run<Tier & { productId: string }>(
    `select t.product_id as "productId", t.min_quantity::text as "minQuantity", t.effective_from::text as "effectiveFrom",
       t.effective_to::text as "effectiveTo", t.amount::text as amount, t.discount_percent::text as "discountPercent"
     from price_lists l join prices t on t.price_list_id = l.id
     where l.id = $1 and ${listIsOpen('$2')} and t.product_id = any ($3::uuid[])`,
    [priceListId, day, productIds],
  );
  const found = new Map<string, Tier[]>();
  for (const { productId, ...tier } of rows) found.set(productId, [...(found.get(productId) ?? []), tier]);
  return found;
}

export interface StoredPrice {
  id: string;
  productId: string;
  minQuantity: string;
  amount: string;
  discountPercent: string;
  effectiveTo: string | null;
}

export interface PriceRow extends StoredPrice {
  effectiveFrom: string;
}

/** Sets prices of one list; answers those that really changed, with what stood before. The caller holds the list's lock. */
export function writePrices(
  run: Run,
  priceListId: string,
  rows: readonly PriceRow[],
): Promise<(StoredPrice & { amountBefore: string | null; discountBefore: string | null })[]> {
  return run(
    `with given as (
       select * from unnest($2::uuid[], $3::uuid[], $4::numeric[], $5::date[], $6::date[], $7::numeric[], $8::numeric[])
         as g(id, product_id, min_quantity, effective_from, effective_to, amount, discount_percent)
     ), old as (
       select t.product_id, t.min_quantity, t.effective_from, t.amount, t.discount_percent
       from prices t join given g using (product_id, min_quantity, effective_from) where t.price_list_id = $1
     ), written as (
       insert into prices as t (id, price_list_id, product_id, min_quantity, effective_from, effective_to, amount,
         discount_percent, updated_at)
       select id, $1, product_id, min_quantity, effective_from, effective_to, amount, discount_percent, now() from given
       order by product_id, min_quantity
       on conflict (price_list_id, product_id, min_quantity, effective_from) do update set amount = excluded.amount,
         discount_percent = excluded.discount_percent, effective_to = excluded.effective_to, updated_at = now()
       where (t.amount, t.discount_percent, t.effective_to) is distinct from
         (excluded.amount, excluded.discount_percent, excluded.effective_to)
       returning t.id, t.product_id, t.min_quantity, t.effective_from, t.effective_to, t.amount, t.discount_percent
     )
     select w.id, w.product_id as "productId", w.min_quantity::text as "minQuantity", w.amount::text as amount,
       w.discount_percent::text as "discountPercent", w.effective_to::text as "effectiveTo",
       o.amount::text as "amountBefore", o.discount_percent::text as "discountBefore"
     from written w left join old o using (product_id, min_quantity, effective_from)`,
    [
      priceListId,
      rows.map((row) => row.id),
      rows.map((row) => row.productId),
      rows.map((row) => row.minQuantity),
      rows.map((row) => row.effectiveFrom),
      rows.map((row) => row.effectiveTo),
      rows.map((row) => row.amount),
      rows.map((row) => row.discountPercent),
    ],
  );
}

/** Takes prices of one list away, all periods of a tier or the one that begins on a day; answers what stood there. */
export function deletePrices(
  run: Run,
  priceListId: string,
  keys: readonly { productId: string; minQuantity: string; effectiveFrom: string | null }[],
): Promise<StoredPrice[]> {
  return run(
    `delete from prices t using unnest($2::uuid[], $3::numeric[], $4::date[]) as g(product_id, min_quantity, effective_from)
     where t.price_list_id = $1 and t.product_id = g.product_id and t.min_quantity = g.min_quantity
       and (g.effective_from is null or t.effective_from = g.effective_from)
     returning t.id, t.product_id as "productId", t.min_quantity::text as "minQuantity", t.amount::text as amount,
       t.discount_percent::text as "discountPercent", t.effective_to::text as "effectiveTo"`,
    [
      priceListId,
      keys.map((key) => key.productId),
      keys.map((key) => key.minQuantity),
      keys.map((key) => key.effectiveFrom),
    ],
  );
}

export interface PriceHistoryRow {
  id: string;
  productId: string;
  minQuantity: string;
  amountBefore: string | null;
  amountAfter: string | null;
  discountBefore: string | null;
  discountAfter: string | null;
}

export async function writePriceHistory(
  run: Run,
  list: { id: string; currency: string },
  rows: readonly PriceHistoryRow[],
  by: { actor: string; origin: string },
): Promise<void> {
  await run(
    `insert into price_changes (id, price_list_id, currency, actor, origin, at, product_id, min_quantity, amount_before,
       amount_after, discount_before, discount_after)
     select h.id, $1, $2, $3, $4, clock_timestamp(), h.product_id, h.min_quantity, h.amount_before, h.amount_after,
       h.discount_before, h.discount_after
     from unnest($5::uuid[], $6::uuid[], $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[])
       as h(id, product_id, min_quantity, amount_before, amount_after, discount_before, discount_after)`,
    [
      list.id,
      list.currency,
      by.actor,
      by.origin,
      rows.map((row) => row.id),
      rows.map((row) => row.productId),
      rows.map((row) => row.minQuantity),
      rows.map((row) => row.amountBefore),
      rows.map((row) => row.amountAfter),
      rows.map((row) => row.discountBefore),
      rows.map((row) => row.discountAfter),
    ],
  );
}

/** The list that is bound to a price book at the source. */
export async function findPriceListByRef(db: Pick<Database, 'read'>, externalRef: string): Promise<string | null> {
  const [row] = await db.read<{ id: string }>(
    'select id from price_lists where external_ref = $1 and archived_at is null',
    [externalRef],
  );
  return row?.id ?? null;
}
