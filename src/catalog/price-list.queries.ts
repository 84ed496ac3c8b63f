import { can } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';
import { computed, read } from '../platform/read/definition.js';
import { raw, slots, sql } from '../platform/read/sql.js';
import { PriceList } from './price-list.entity.js';
import { CONSUMER_LIST, listOf } from './price.queries.js';

/** A client sees the list that it buys by; staff see all. */
export const priceListRead = read(PriceList, {
  scope: (list, who) => {
    if (can(who, 'prices:all')) return true;
    if (who.hasPriceList) return sql`${list.id} = ${slots.priceListId}`;
    return listOf(who) === null ? false : sql`${list.code} = '${raw(CONSUMER_LIST)}' and ${list.currency} = 'IQD'`;
  },
  fields: {
    productCount: computed(
      (list) => sql`(select count(distinct t.product_id) from prices t where t.price_list_id = ${list.id})`,
    ),
  },
});

/** The list that is bound to a price book at the source. */
export async function findPriceListByRef(db: Pick<Database, 'read'>, externalRef: string): Promise<string | null> {
  const [row] = await db.read<{ id: string }>(
    'select id from price_lists where external_ref = $1 and archived_at is null',
    [externalRef],
  );
  return row?.id ?? null;
}

/** The price books of the source that are not archived here. */
export async function listPriceListRefs(db: Pick<Database, 'read'>): Promise<string[]> {
  const rows = await db.read<{ ref: string }>(
    'select external_ref as ref from price_lists where external_ref is not null and archived_at is null',
  );
  return rows.map((row) => row.ref);
}

/** The base price of every product that has one. */
export function listBasePrices(run: Database['read']): Promise<{ productId: string; basePriceUsd: string }[]> {
  return run(
    `select id as "productId", base_price_usd::text as "basePriceUsd" from products where base_price_usd is not null`,
  );
}
