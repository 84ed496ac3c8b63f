import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { JournalEntry } from '../ledger/journal.entity.js';
import { AMOUNT, byId, DAY, QUANTITY } from '../platform/db/columns.js';
import { ChangeOriginEnum } from '../platform/graphql/change-origin.js';
import { BusinessDate, DateTime, DecimalText, Money } from '../platform/graphql/scalars.js';

export const MOVEMENT_TYPES = [
  'RECEIPT',
  'SALE',
  'ADJUSTMENT',
  'TRANSFER',
  'RESERVATION',
  'RELEASE',
  'RETURN',
  'VENDOR_RETURN',
  'COST',
] as const;

export type MovementType = (typeof MOVEMENT_TYPES)[number];

export const MovementTypeEnum = Object.fromEntries(MOVEMENT_TYPES.map((type) => [type, type])) as {
  [T in MovementType]: T;
};

registerEnumType(MovementTypeEnum, {
  name: 'StockMovementType',
  description: 'COST: what became known of the cost later; it moves the value and no goods.',
});

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
@Index({
  name: 'stock_movements_day',
  expression: `create index "stock_movements_day" on "stock_movements" ("day", "product_id") include ("warehouse_id", "quantity", "value") where ("day" is not null)`,
})
@Check({
  name: 'stock_movements_type_check',
  expression: `type in ('RECEIPT', 'SALE', 'ADJUSTMENT', 'TRANSFER', 'RESERVATION', 'RELEASE', 'RETURN', 'VENDOR_RETURN', 'COST')`,
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

  @Field(() => BusinessDate, {
    nullable: true,
    description: 'The business day; null for what was moved before it was kept.',
  })
  @Property({ ...DAY, nullable: true })
  day?: string | null;

  /** By how much the stock account moved, in the base currency; null where no cost is kept. */
  @Property({ ...AMOUNT, fieldName: 'value', nullable: true })
  baseValue?: string | null;

  @ManyToOne({ entity: () => JournalEntry, ...byId('entry_id'), nullable: true })
  entryId?: string | null;

  @Field(() => Money, {
    nullable: true,
    description: 'By how much the value of the stock moved, in the base currency; null where no cost is kept.',
  })
  value?: Money | null;

  @Field(() => Money, { nullable: true, description: 'What one unit cost, where the movement knows.' })
  unitCost?: Money | null;
}

/**
 * What the company holds of a product and what it is worth in the base currency: the sums of its movements, kept beside
 * them in the same commit under this row's lock, which is taken before those of levels.
 */
@Entity({ tableName: 'product_costs' })
export class ProductCost {
  @ManyToOne({ entity: () => Product, ...byId('product_id'), primary: true })
  productId!: string;

  @Property({ ...QUANTITY, default: '0' })
  quantity!: string;

  @Property({ ...AMOUNT, default: '0' })
  value!: string;

  /** What one piece cost last, for goods that leave beyond the stock. */
  @Property({ ...AMOUNT, nullable: true })
  lastCost?: string | null;

  /** False while the stock of the product is only a report. */
  @Property({ type: 'boolean', default: false })
  opened!: boolean;
}

/** Read by statements; not a table. */
@ObjectType({
  description:
    'Stock of a product that can be sold: over all warehouses but those of damaged goods for staff, for clients and consumers where they order from. It can be negative.',
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
