import type { RowScope } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';

/** The row scope of a person: the customer they sign in for, its price list, and the warehouses they manage. */
export async function findRowScope(db: Pick<Database, 'read'>, userId: string): Promise<RowScope> {
  const [row] = await db.read<RowScope>(
    `select c.id as "customerId", c.price_list_id as "priceListId",
       coalesce((select array_agg(w.warehouse_id) from user_warehouses w where w.user_id = $1), '{}') as "warehouseIds"
     from (select $1::uuid as user_id) u
     left join customer_users cu on cu.user_id = u.user_id
     left join customers c on c.id = cu.customer_id and c.archived_at is null and c.active`,
    [userId],
  );
  return row ?? { customerId: null, priceListId: null, warehouseIds: [] };
}
