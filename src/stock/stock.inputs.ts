import { ArgsType, Field, ID, InputType, registerEnumType } from 'type-graphql';
import { DecimalText } from '../platform/graphql/scalars.js';
import { PageArgs } from '../platform/read/connection.js';
import { filterOf, type FilterValue } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { DecimalFilter } from '../platform/read/value-filters.js';
import { StockLevel, StockMovement } from './stock.entity.js';
import { available, byAvailable } from './stock.queries.js';

export const StockLevelSort = sortOf(StockLevel, [], {
  PRODUCT_ASC: { key: (level) => level.productId, type: 'uuid', direction: 'asc' },
  AVAILABLE_ASC: {
    key: byAvailable,
    type: 'text',
    direction: 'asc',
  },
});

export const StockLevelFilter = filterOf(StockLevel, ['productId', 'warehouseId', 'onHand', 'reserved'], {
  also: {
    available: { of: DecimalFilter, type: 'numeric', sql: available },
  },
});

export const StockState = { IN_STOCK: 'IN_STOCK', LOW: 'LOW', OUT: 'OUT', NEGATIVE: 'NEGATIVE' } as const;

registerEnumType(StockState, {
  name: 'StockState',
  description: 'LOW: available, and at or under the reorder level. OUT: nothing available. NEGATIVE: on hand below 0.',
});

@ArgsType()
export class StockLevelArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  warehouseId?: string | null;

  @Field(() => StockState, { nullable: true })
  state?: keyof typeof StockState | null;

  @Field(() => StockLevelFilter, { nullable: true })
  filter?: FilterValue | null;

  @Field(() => StockLevelSort, { defaultValue: StockLevelSort.PRODUCT_ASC })
  orderBy!: keyof typeof StockLevelSort;
}

export const StockMovementSort = sortOf(StockMovement, ['createdAt']);

export const StockMovementFilter = filterOf(StockMovement, [
  'productId',
  'warehouse',
  'type',
  'quantity',
  'reason',
  'referenceType',
  'referenceId',
  'actor',
  'origin',
  'createdAt',
]);

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

  @Field(() => DecimalText, {
    nullable: true,
    description:
      'What one piece of those that are added cost, in the base currency; left out: the average. It needs catalog:cost.',
  })
  unitCost?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'The stock that the company began with: against the opening balances. It needs catalog:cost.',
  })
  opening?: boolean | null;
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
