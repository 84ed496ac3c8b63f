import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { byId } from '../platform/db/columns.js';
import { ChangeOriginEnum } from '../platform/graphql/change-origin.js';
import { DateTime, DecimalText, Money } from '../platform/graphql/scalars.js';

export const MOVEMENT_TYPES = [
  'RECEIPT',
  'SALE',
  'ADJUSTMENT',
  'TRANSFER',
  'RESERVATION',
  'RELEASE',
  'RETURN',
] as const;

export type MovementType = (typeof MOVEMENT_TYPES)[number];

export const MovementTypeEnum = Object.fromEntries(MOVEMENT_TYPES.map((type) => [type, type])) as {
  [T in MovementType]: T;
};

registerEnumType(MovementTypeEnum, { name: 'StockMovementType' });

/**
 * What a warehouse holds of a product: the sum of its movements, kept beside them in the same commit. The `source`
 * figures are those that Zoho reported last; the next report is booked as the difference, so movements of both sides
 * add up.
 */
@ObjectType({ description: 'What one warehouse holds of one product.' })
@Entity({ tableName: 'stock_levels' })
@Index({ name: 'stock_levels_warehouse', properties: ['warehouseId', 'productId'] })
@Check({ name: 'stock_levels_reserved_check', expression: 'reserved >= 0::numeric' })
export class StockLevel {
  @Field(() => ID)
  @ManyToOne({ entity: () => Product, ...byId('product_id'), primary: true })
  productId!: string;

  @ManyToOne({ entity: () => Warehouse, ...byId('warehouse_id'), primary: true })
  warehouseId!: string;

  @Field(() => DecimalText, { description: 'It can be negative where the source says so.' })
  @Property({ type: 'string', columnType: 'numeric(18,3)', default: '0' })
  onHand!: string;

  @Field(() => DecimalText, { description: 'Promised to confirmed orders.' })
  @Property({ type: 'string', columnType: 'numeric(18,3)', default: '0' })
  reserved!: string;

  @Property({ type: 'string', columnType: 'numeric(18,3)', nullable: true })
  sourceOnHand?: string | null;

  @Property({ type: 'string', columnType: 'numeric(18,3)', nullable: true })
  sourceReserved?: string | null;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  updatedAt!: Date;

  @Field(() => DecimalText, { description: 'On hand less reserved.' })
  available?: string;

  @Field(() => Warehouse)
  warehouse?: Warehouse;

  @Field(() => Product, { nullable: true })
  product?: Product | null;
}

/** Append-only. `quantity` moves what is on hand, `reserved` what is promised; both signed. */
@ObjectType({ description: 'One line of the stock ledger; never changed.' })
@Entity({ tableName: 'stock_movements' })
@Index({ name: 'stock_movements_product', properties: ['productId', 'id'] })
@Index({ name: 'stock_movements_keyset', properties: ['createdAt', 'id'] })
@Index({
  name: 'stock_movements_reference',
  expression: `create index "stock_movements_reference" on "stock_movements" ("reference_type", "reference_id") where ("reference_id" is not null)`,
})
@Check({
  name: 'stock_movements_type_check',
  expression: `type in ('RECEIPT', 'SALE', 'ADJUSTMENT', 'TRANSFER', 'RESERVATION', 'RELEASE', 'RETURN')`,
})
export class StockMovement {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => ID)
  @ManyToOne({ entity: () => Product, ...byId('product_id') })
  productId!: string;

  @Field(() => Warehouse)
  @ManyToOne({
    entity: () => Warehouse,
    ref: true,
    fieldName: 'warehouse_id',
    deleteRule: 'restrict',
    updateRule: 'no action',
  })
  warehouse!: Ref<Warehouse>;

  @Field(() => MovementTypeEnum)
  @Property({ type: 'text' })
  type!: MovementType;

  @Field(() => DecimalText, { description: 'By how much the stock on hand moved.' })
  @Property({ type: 'string', columnType: 'numeric(18,3)' })
  quantity!: string;

  @Field(() => DecimalText, { description: 'By how much the reserved quantity moved.' })
  @Property({ type: 'string', columnType: 'numeric(18,3)', default: '0' })
  reserved!: string;

  @Field(() => DecimalText)
  @Property({ type: 'string', columnType: 'numeric(18,3)' })
  onHandAfter!: string;

  @Field(() => DecimalText)
  @Property({ type: 'string', columnType: 'numeric(18,3)' })
  reservedAfter!: string;

  @Property({ type: 'string', columnType: 'numeric(18,6)', nullable: true })
  unitCostUsd?: string | null;

  @Field(() => String, { nullable: true, description: 'Why, in the words of who did it.' })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: 'transfer, order, bill, count ...' })
  @Property({ type: 'text', nullable: true })
  referenceType?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  referenceId?: string | null;

  @Field(() => String, { description: 'user:<id>, key:<id>, zoho-sync or system.' })
  @Property({ type: 'text' })
  actor!: string;

  @Field(() => ChangeOriginEnum)
  @Property({ type: 'text' })
  origin!: string;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Field(() => Money, { nullable: true, description: 'What one unit cost, where the movement knows.' })
  unitCost?: Money | null;
}

/** Read by statements; not a table. */
@ObjectType({
  description:
    'Stock of a product: over all warehouses for staff, for clients and consumers where they order from. It can be negative.',
})
export class ProductStock {
  @Field(() => DecimalText)
  onHand!: string;

  @Field(() => DecimalText, { description: 'Promised to confirmed orders.' })
  reserved!: string;

  @Field(() => DecimalText, { description: 'On hand less reserved.' })
  available!: string;

  @Field(() => DateTime, { nullable: true })
  updatedAt?: Date | null;
}
