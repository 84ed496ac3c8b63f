import { Field, ID, InputType } from 'type-graphql';
import { DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { GoodsTransfer, GoodsTransferStatus } from './goods-transfer.entity.js';
import { StockAdjustment, StockAdjustmentKind } from './stock-adjustment.entity.js';
import { StockCount, StockCountStatus } from './stock-count.entity.js';

export const StockCountSort = sortOf(StockCount, ['createdAt']);

export const StockCountFilter = filterOf(
  StockCount,
  ['number', 'status', 'warehouse', 'postedOn', 'createdBy', 'createdAt'],
  { enums: { status: [StockCountStatus, 'StockCountStatus'] } },
);

export const StockAdjustmentSort = sortOf(StockAdjustment, ['createdAt']);

export const StockAdjustmentFilter = filterOf(
  StockAdjustment,
  ['externalRef', 'kind', 'status', 'adjustedOn', 'reference', 'warehouse', 'goneAt', 'createdAt'],
  { enums: { kind: [StockAdjustmentKind, 'StockAdjustmentKind'] } },
);

export const GoodsTransferSort = sortOf(GoodsTransfer, ['createdAt']);

export const GoodsTransferFilter = filterOf(
  GoodsTransfer,
  ['number', 'status', 'fromWarehouse', 'toWarehouse', 'sentOn', 'completedOn', 'createdBy', 'createdAt'],
  { enums: { status: [GoodsTransferStatus, 'GoodsTransferStatus'] } },
);

@InputType()
export class StartStockCountInput {
  @Field(() => ID, { nullable: true, description: 'Left out: the primary one.' })
  warehouseId?: string | null;

  @Field(() => [ID], { nullable: true, description: '1 to 1000; left out: all that the warehouse holds.' })
  productIds?: string[] | null;

  @Field(() => String)
  reason!: string;
}

@InputType()
export class CountedLineInput {
  @Field(() => ID)
  productId!: string;

  @Field(() => DecimalText, { description: 'What was counted; the last figure counts.' })
  quantity!: string;
}

@InputType()
export class SentLineInput {
  @Field(() => ID)
  productId!: string;

  @Field(() => DecimalText, { description: 'Above 0, at most 3 decimals.' })
  quantity!: string;
}

@InputType()
export class SendGoodsInput {
  @Field(() => ID, { description: 'It may be closed: what it holds can be brought out.' })
  fromWarehouseId!: string;

  @Field(() => ID)
  toWarehouseId!: string;

  @Field(() => [SentLineInput], { description: '1 to 100, each product once.' })
  lines!: SentLineInput[];

  @Field(() => String)
  reason!: string;
}
