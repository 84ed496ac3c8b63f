import { Entity, ManyToOne } from '@mikro-orm/decorators/legacy';
import { User } from '../identity/user.entity.js';
import { byId } from '../platform/db/columns.js';
import { Warehouse } from './warehouse.entity.js';

/** Which warehouses an inventory manager keeps; organisation.queries replaces them. */
@Entity({ tableName: 'user_warehouses' })
export class UserWarehouseRow {
  @ManyToOne({
    entity: () => User,
    ...byId('user_id'),
    deleteRule: 'cascade',
    primary: true,
    foreignKeyName: 'user_warehouses_user_id_fkey',
  })
  userId!: string;

  @ManyToOne({
    entity: () => Warehouse,
    ...byId('warehouse_id'),
    deleteRule: 'no action',
    primary: true,
    foreignKeyName: 'user_warehouses_warehouse_id_fkey',
  })
  warehouseId!: string;
}
