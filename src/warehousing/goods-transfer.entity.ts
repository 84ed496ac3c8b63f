import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import * as column from '../documents/columns.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';

export const GoodsTransferStatus = { SENT: 'SENT', RECEIVED: 'RECEIVED' } as const;

registerEnumType(GoodsTransferStatus, {
  name: 'GoodsTransferStatus',
  description: 'SENT: something is on the way. RECEIVED: all of it came or is lost.',
});

/** Goods on the way from one warehouse to another. They belong to the company all the time, and to no warehouse. */
@ObjectType({ description: 'Goods on the way from one warehouse to another.' })
@Entity({ tableName: 'goods_transfers' })
@Index({ name: 'goods_transfers_created_keyset', properties: ['createdAt', 'id'] })
@Check({ name: 'goods_transfers_status_check', expression: `status in ('SENT', 'RECEIVED')` })
@Check({ name: 'goods_transfers_way_check', expression: 'from_warehouse_id <> to_warehouse_id' })
export class GoodsTransfer {
  @column.Id() id!: string;
  @column.DocumentNumber('goods_transfers') number!: string;

  @Field(() => GoodsTransferStatus)
  @Property({ type: 'text' })
  status!: keyof typeof GoodsTransferStatus;

  @column.Text() reason!: string;

  @Field(() => Warehouse)
  @column.Party(() => Warehouse)
  fromWarehouse!: Ref<Warehouse>;

  @Field(() => Warehouse)
  @column.Party(() => Warehouse)
  toWarehouse!: Ref<Warehouse>;

  @column.BusinessDay() sentOn!: string;
  @column.BusinessDay({ nullable: true }) completedOn?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => [GoodsTransferLine])
  lines?: GoodsTransferLine[];
}

@column.LineTable('goods_transfer_lines', { owner: 'transfer', description: 'One product on the way.' })
@Check({
  name: 'goods_transfer_lines_quantity_check',
  expression: 'quantity > 0::numeric and received >= 0::numeric and lost >= 0::numeric and received + lost <= quantity',
})
export class GoodsTransferLine {
  @column.Id() id!: string;
  @column.Owner(() => GoodsTransfer) transfer!: Ref<GoodsTransfer>;
  @column.Position() position!: number;
  @column.HiddenReference(() => Product, 'product_id') productId!: string;
  @column.Text() description!: string;
  @column.Quantity() quantity!: string;
  @column.Done('What came.') received!: string;
  @column.Done('What never came.') lost!: string;

  @Field(() => Product, { nullable: true })
  product?: Product | null;
}
