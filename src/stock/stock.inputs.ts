import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import type { Origin } from '../platform/db/transact.js';
import { ChangeOriginEnum } from '../platform/graphql/change-origin.js';
import {
  DateTimeFilter,
  enumFilter,
  type EnumFilter,
  type FilterColumns,
  IdFilter,
  StringFilter,
} from '../platform/graphql/filters.js';
import { DecimalText } from '../platform/graphql/scalars.js';
import { type MovementType, MovementTypeEnum } from './stock.entity.js';

const StockMovementTypeFilter = enumFilter<MovementType>(MovementTypeEnum, 'StockMovementType');

const ChangeOriginFilter = enumFilter<Origin>(ChangeOriginEnum, 'ChangeOrigin');

export const StockLevelSort = { PRODUCT_ASC: 'PRODUCT_ASC', AVAILABLE_ASC: 'AVAILABLE_ASC' } as const;

registerEnumType(StockLevelSort, { name: 'StockLevelSort' });

export const StockState = { IN_STOCK: 'IN_STOCK', LOW: 'LOW', OUT: 'OUT', NEGATIVE: 'NEGATIVE' } as const;

registerEnumType(StockState, {
  name: 'StockState',
  description: 'LOW: available, and at or under the reorder level. OUT: nothing available. NEGATIVE: on hand below 0.',
});

@InputType()
export class StockMovementFilter {
  static readonly columns: FilterColumns = {
    productId: { sql: 'm.product_id', type: 'uuid' },
    warehouseId: { sql: 'm.warehouse_id', type: 'uuid' },
    type: { sql: 'm.type', type: 'text' },
    referenceType: { sql: 'm.reference_type', type: 'text' },
    referenceId: { sql: 'm.reference_id', type: 'text' },
    origin: { sql: 'm.origin', type: 'text' },
    createdAt: { sql: 'm.created_at', type: 'timestamptz' },
  };

  @Field(() => IdFilter, { nullable: true })
  productId?: IdFilter | null;

  @Field(() => IdFilter, { nullable: true })
  warehouseId?: IdFilter | null;

  @Field(() => StockMovementTypeFilter, { nullable: true })
  type?: EnumFilter<MovementType> | null;

  @Field(() => StringFilter, { nullable: true })
  referenceType?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  referenceId?: StringFilter | null;

  @Field(() => ChangeOriginFilter, { nullable: true })
  origin?: EnumFilter<Origin> | null;

  @Field(() => DateTimeFilter, { nullable: true })
  createdAt?: DateTimeFilter | null;
}

@InputType('AdjustStockInput', { description: 'What was counted in one warehouse.' })
export class AdjustStockGivenInput {
  @Field(() => ID)
  productId!: string;

  @Field(() => ID)
  warehouseId!: string;

  @Field(() => DecimalText, { description: 'What was counted; at most 3 decimals.' })
  quantity!: string;

  @Field(() => DecimalText, { description: 'What was on hand when counting began; another figure now refuses.' })
  expectedQuantity!: string;

  @Field(() => String)
  reason!: string;
}

@InputType()
export class TransferLineInput {
  @Field(() => ID)
  productId!: string;

  @Field(() => DecimalText, { description: 'Above 0, at most 3 decimals.' })
  quantity!: string;
}

@InputType('TransferStockInput', { description: 'All lines move, or none.' })
export class TransferStockGivenInput {
  @Field(() => ID)
  fromWarehouseId!: string;

  @Field(() => ID)
  toWarehouseId!: string;

  @Field(() => [TransferLineInput], { description: '1 to 100, each product once.' })
  lines!: TransferLineInput[];

  @Field(() => String)
  reason!: string;
}
