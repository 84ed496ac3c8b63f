import { businessDate } from '../kernel/clock.js';
import { rowScopeOf, ANONYMOUS, can, type Viewer } from '../kernel/viewer.js';
import type { Money } from '../platform/graphql/scalars.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { isId } from '../kernel/ids.js';
import { objects, one, prepared, type FieldAsk, type FieldRead } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { inline, Params, raw, slots, sql, type Ask, type Sql } from '../platform/read/sql.js';
import { whoOf, type Who } from '../platform/read/who.js';
import { PriceList } from './price-list.entity.js';
import { ProductPrice } from './product-price.js';
import type { Tier } from './price-resolution.js';
import type { Product } from './product.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** A price as it is stored: the discount is taken off, and the amount rounded, where it is shown. */
export interface RawPrice {
  amount: string;
  discountPercent: string;
  currency: string;
}

export const CONSUMER_LIST = 'consumer_iqd';

/** `price-resolution.tierFor` as SQL, for rows `t` of one list and product. */
const tierAt = (day: Sql, quantity: string): Sql =>
  sql`t.effective_from <= ${day} and (t.effective_to is null or t.effective_to >= ${day})
   and t.min_quantity <= ${raw(quantity)}::numeric`;
const TIER_ORDER = raw('t.min_quantity desc, t.effective_from desc');

const listIsOpen = (day: Sql): Sql =>
  sql`l.active and l.archived_at is null and (l.effective_from is null or l.effective_from <= ${day})
   and (l.effective_to is null or l.effective_to >= ${day})`;

/**
 * The list `l` that a viewer buys by: the customer's own; a consumer's is consumer_iqd in IQD and nothing else. Null for
 * who buys by none.
 */
export function listOf(who: Who): Sql | null {
  if (who.hasPriceList) return sql`l.id = ${slots.priceListId}`;
  if (who.kind === 'user' && !can(who, 'catalog:active') && !can(who, 'catalog:all')) {
    return raw(`l.code = '${CONSUMER_LIST}' and l.currency = 'IQD'`);
  }
  return null;
}

/** `what` of the tier that holds for one unit of a product today, in the list that `list` names. */
const tierOf = (what: Sql, list: Sql, productId: Sql, day: Sql = slots.today): Sql =>
  sql`(select ${what} from price_lists l join prices t on t.price_list_id = l.id
    where ${list} and ${listIsOpen(day)} and t.product_id = ${productId} and ${tierAt(day, '1')}
    order by ${TIER_ORDER} limit 1)`;

const UNIT_PRICE = raw(
  `round(t.amount * (100 - t.discount_percent) / 100, case l.currency when 'IQD' then 0 else 2 end)`,
);

/** What one unit costs, as money: the discount is taken off and the amount rounded. */
const PRICE = sql`json_build_object('amount', (${UNIT_PRICE})::text, 'currency', l.currency)`;

/** The condition on `l` for the list that `price(priceList:)` names by its id or its code. */
const namedList = (name: string): Sql => (isId(name) ? sql`l.id = ${name}::uuid` : sql`l.code = ${name}`);

/** Whether the viewer may see prices of the list of this id or code: staff of all lists, a client of the own one. */
export const canSeeList = (viewer: Viewer, name: string): boolean =>
  can(viewer, 'prices:all') || rowScopeOf(viewer).priceListId === name;

/** The lists that the occurrences of `price` name. Whose own list a client names is known when the statement runs. */
function namedLists({ who, calls }: FieldAsk): { own: boolean; named: string[] } {
  if (!calls) return { own: true, named: [] };
  const names = calls.map((call) => call['priceList'] ?? null);
  const named = new Set(names.filter((name) => name !== null).map((name) => String(name as string)));
  return { own: names.includes(null), named: can(who, 'prices:all') || who.hasPriceList ? [...named] : [] };
}

/**
 * What one unit of a product costs: by the viewer's list, and by each list that the document names, all in the
 * statement of the row.
 */
export const productPrice = prepared<Product>((product, ask) => {
  const { own, named } = namedLists(ask);
  const columns: Record<string, Sql> = {};
  const list = own ? listOf(ask.who) : null;
  if (own) columns['price'] = list === null ? raw('null::json') : tierOf(PRICE, list, product.id);
  if (named.length > 0) {
    // A client names the own list or is refused by the resolver; another one has no price here either.
    const allowed = can(ask.who, 'prices:all') ? raw('true') : sql`l.id = ${slots.priceListId}`;
    const prices = named.map(
      (name) => sql`${name}::text, ${tierOf(PRICE, sql`${namedList(name)} and ${allowed}`, product.id)}`,
    );
    columns['priceByList'] = sql`json_build_object(${prices.reduce((before, price) => sql`${before}, ${price}`)})`;
  }
  return columns;
});

/** What one unit costs in a list that the viewer may see, by `productId list`; for rows that no list read. */
export const priceInList = defineLoader<string, Money>('priceInList', async ({ db, config }, keys) => {
  const params = new Params();
  const today = businessDate(config.timeZone);
  const pairs = keys.map((key) => key.split(' ') as [string, string]);
  const price = tierOf(PRICE, raw('(l.id::text = k.list or l.code = k.list)'), raw('p.id'), sql`${today}::date`);
  const rows = await db.read<Money & { key: string }>(
    `select k.id || ' ' || k.list as key, x.price->>'amount' as amount, x.price->>'currency' as currency
     from unnest(${params.add(pairs.map(([id]) => id))}::text[], ${params.add(pairs.map(([, list]) => list))}::text[]) as k(id, list)
     join products p on p.id = k.id::uuid
     cross join lateral (select ${inline(price, { viewer: ANONYMOUS, today }, params)} as price) x
     where x.price is not null`,
    params.values,
  );
  return new Map(rows.map(({ key, ...price }) => [key, price]));
});

/** `price-resolution.unitPrice` as SQL: what one unit costs by the viewer's list, or by the list of this code. */
export function unitPriceSql(who: Who, productId: Sql, code: string | null): Sql {
  const list = code === null ? listOf(who) : sql`l.code = ${code}`;
  return list === null ? raw('null::numeric') : tierOf(UNIT_PRICE, list, productId);
}

export const hasPriceList = (viewer: Viewer): boolean => listOf(whoOf(viewer)) !== null;

/** The products that have a price above 0 in consumer_iqd, in IQD, today: the consumer's rule. */
const CONSUMER_PRICES = sql`from price_lists l join prices t on t.price_list_id = l.id
     where l.code = '${raw(CONSUMER_LIST)}' and l.currency = 'IQD' and ${listIsOpen(slots.today)}
       and t.min_quantity <= 1 and t.effective_from <= ${slots.today}
       and (t.effective_to is null or t.effective_to >= ${slots.today}) and t.amount > 0`;

/** All of them at once: a count looks at every row. */
export const consumerPriced = sql`(select t.product_id ${CONSUMER_PRICES})`;

/** Whether this product is one of them. */
export const hasConsumerPrice = (productId: Sql): Sql =>
  sql`exists (select 1 ${CONSUMER_PRICES} and t.product_id = ${productId})`;

/** All prices of a product, in all lists, for staff. */
export const productPrices: FieldRead<Product> = objects<Product>(ProductPrice, (product: Columns<Product>) => ({
  from: sql`prices t join price_lists l on l.id = t.price_list_id where t.product_id = ${product.id}`,
  orderBy: raw('l.code, t.min_quantity, t.effective_from'),
  always: {
    currency: raw('l.currency'),
    amount: raw('t.amount::text'),
    discountPercent: raw('t.discount_percent::text'),
  },
  fields: {
    minQuantity: raw('t.min_quantity::text'),
    effectiveFrom: raw('t.effective_from'),
    effectiveTo: raw('t.effective_to'),
  },
  nested: { priceList: one(PriceList, (_, list) => sql`${list.id} = l.id`) },
}));

export interface ListTiers {
  currency: string;
  tiers: Tier[];
}

/** The tiers of a product in the viewer's list, for prices at a quantity; empty where there are none. */
export const tiersByProduct = defineLoader<string, ListTiers>('tiersByProduct', async ({ db, config }, ids, viewer) => {
  const params = new Params();
  const list = listOf(whoOf(viewer));
  if (list === null) return new Map();
  const ask: Ask = { viewer, today: businessDate(config.timeZone) };
  const open = inline(sql`${list} and ${listIsOpen(slots.today)}`, ask, params);
  const rows = await db.read<Tier & { productId: string; currency: string }>(
    `select t.product_id as "productId", l.currency, t.min_quantity as "minQuantity", t.effective_from as "effectiveFrom",
       t.effective_to as "effectiveTo", t.amount, t.discount_percent as "discountPercent"
     from price_lists l join prices t on t.price_list_id = l.id
     where ${open} and t.product_id = any (${params.add(ids)}::uuid[])`,
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

const OPEN_AT_2 = inline(listIsOpen(raw('$2::date')), { viewer: ANONYMOUS, today: '' }, new Params());

/** The tiers of products in every list of a currency that is open on a day, list by list. */
export async function tiersOfCurrency(
  run: Run,
  currency: string,
  productIds: readonly string[],
  day: string,
): Promise<Map<string, Tier[][]>> {
  const rows = await run<Tier & { productId: string; priceListId: string }>(
    `select t.product_id as "productId", l.id as "priceListId", t.min_quantity::text as "minQuantity",
       t.effective_from::text as "effectiveFrom", t.effective_to::text as "effectiveTo", t.amount::text as amount,
       t.discount_percent::text as "discountPercent"
     from price_lists l join prices t on t.price_list_id = l.id
     where l.currency = $1 and ${OPEN_AT_2} and t.product_id = any ($3::uuid[])`,
    [currency, day, productIds],
  );
  const found = new Map<string, Map<string, Tier[]>>();
  for (const { productId, priceListId, ...tier } of rows) {
    const lists = found.get(productId) ?? new Map<string, Tier[]>();
    lists.set(priceListId, [...(lists.get(priceListId) ?? []), tier]);
    found.set(productId, lists);
  }
  return new Map([...found].map(([productId, lists]) => [productId, [...lists.values()]]));
}

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
     where l.id = $1 and ${OPEN_AT_2} and t.product_id = any ($3::uuid[])`,
    [priceListId, day, productIds],
  );
  const found = new Map<string, Tier[]>();
  for (const { productId, ...tier } of rows) found.set(productId, [...(found.get(productId) ?? []), tier]);
  return found;
}
