import { needs, one, read } from '../platform/read/definition.js';
import { sql } from '../platform/read/sql.js';
import { PriceChange, PriceList } from './price-list.entity.js';
import { Product } from './product.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export const priceChangeRead = read(PriceChange, {
  always: ['currency'],
  fields: {
    before: needs('amountBefore'),
    after: needs('amountAfter'),
    priceList: one(PriceList, (change, list) => sql`${list.id} = ${change.priceListId}`),
    product: one(Product, (change, product) => sql`${product.id} = ${change.productId}`),
  },
  kept: [{ count: 'price_changes' }],
});

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

/** For what a list has a price: all of it, or of some products. */
export function listTiers(
  run: Run,
  priceListId: string,
  productIds: readonly string[] | null,
): Promise<{ productId: string; minQuantity: string; effectiveFrom: string }[]> {
  return run(
    `select t.product_id as "productId", t.min_quantity::text as "minQuantity", t.effective_from::text as "effectiveFrom"
     from prices t where t.price_list_id = $1 and ($2::uuid[] is null or t.product_id = any ($2::uuid[]))`,
    [priceListId, productIds],
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
