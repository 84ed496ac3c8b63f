import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import * as column from '../documents/columns.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { NO_CASCADE, QUANTITY } from '../platform/db/columns.js';
import { DecimalText } from '../platform/graphql/scalars.js';

export const StockAdjustmentKind = { QUANTITY: 'QUANTITY', VALUE: 'VALUE' } as const;

registerEnumType(StockAdjustmentKind, {
  name: 'StockAdjustmentKind',
  description: 'QUANTITY: something more or less was there. VALUE: what is there is worth more or less.',
});

/** It moves nothing here: what it did to stock comes with the items, which are read again. */
@ObjectType({ description: 'A change of stock at Zoho that no sale and no purchase made, as Zoho says it.' })
@Entity({ tableName: 'stock_adjustments' })
@Index({ name: 'stock_adjustments_created_keyset', properties: ['createdAt', 'id'] })
@Check({ name: 'stock_adjustments_kind_check', expression: `kind in ('QUANTITY', 'VALUE')` })
export class StockAdjustment {
  @column.Id() id!: string;

  @Field(() => String, { description: 'The id of the adjustment at Zoho.' })
  @Unique({ name: 'stock_adjustments_external_ref_unique' })
  @Property({ type: 'text' })
  externalRef!: string;

  @Field(() => StockAdjustmentKind)
  @Property({ type: 'text' })
  kind!: keyof typeof StockAdjustmentKind;

  @column.Text({ description: `As Zoho says it: draft, adjusted, ...` }) status!: string;
  @column.BusinessDay() adjustedOn!: string;
  @column.OptionalText() reason?: string | null;
  @column.OptionalText() description?: string | null;
  @column.OptionalText('The number that somebody gave it at Zoho.') reference?: string | null;

  @Field(() => Warehouse, { nullable: true, description: 'Null: Zoho names none.' })
  @ManyToOne({ entity: () => Warehouse, ...NO_CASCADE, nullable: true })
  warehouse?: Ref<Warehouse> | null;

  /** In the base currency of the source. */
  @column.HiddenAmount({ nullable: true }) value?: string | null;

  @column.Moment({ nullable: true, description: 'When it was found that Zoho no longer has it.' }) goneAt?: Date | null;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => [StockAdjustmentLine])
  lines?: StockAdjustmentLine[];
}

@column.LineTable('stock_adjustment_lines', { owner: 'adjustment', description: 'One item of an adjustment.' })
@Index({ name: 'stock_adjustment_lines_product', properties: ['productId'] })
export class StockAdjustmentLine {
  @column.Id() id!: string;
  @column.Owner(() => StockAdjustment) adjustment!: Ref<StockAdjustment>;
  @column.Position() position!: number;
  @column.HiddenReference(() => Product, 'product_id', { nullable: true }) productId?: string | null;
  @column.HiddenReference(() => Warehouse, 'warehouse_id', { nullable: true }) warehouseId?: string | null;
  @column.Text({ description: 'As Zoho names the item.' }) name!: string;
  @column.OptionalText() unit?: string | null;

  @Field(() => DecimalText, { nullable: true, description: 'More or less (below 0); null: only its value changed.' })
  @Property({ ...QUANTITY, nullable: true })
  quantity?: string | null;

  @column.HiddenAmount({ nullable: true }) value?: string | null;

  @Field(() => Product, { nullable: true, description: 'Null: the item is not here.' })
  product?: Product | null;
}
