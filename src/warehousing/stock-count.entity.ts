import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import * as column from '../documents/columns.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { QUANTITY } from '../platform/db/columns.js';
import { DecimalText } from '../platform/graphql/scalars.js';

export const StockCountStatus = { OPEN: 'OPEN', POSTED: 'POSTED', CANCELLED: 'CANCELLED' } as const;

registerEnumType(StockCountStatus, { name: 'StockCountStatus' });

/** A count of a warehouse. What moves while people count stays: the difference to what was frozen is posted. */
@ObjectType({ description: 'A count of what a warehouse holds.' })
@Entity({ tableName: 'stock_counts' })
@Index({ name: 'stock_counts_created_keyset', properties: ['createdAt', 'id'] })
@Index({
  name: 'stock_counts_one_open',
  expression: `create unique index "stock_counts_one_open" on "stock_counts" ("warehouse_id") where (status = 'OPEN'::text)`,
})
@Check({ name: 'stock_counts_status_check', expression: `status in ('OPEN', 'POSTED', 'CANCELLED')` })
export class StockCount {
  @column.Id() id!: string;
  @column.DocumentNumber('stock_counts') number!: string;

  @Field(() => StockCountStatus)
  @Property({ type: 'text' })
  status!: keyof typeof StockCountStatus;

  @Field(() => Warehouse)
  @column.Party(() => Warehouse)
  warehouse!: Ref<Warehouse>;

  @column.Text() reason!: string;
  @column.BusinessDay({ nullable: true }) postedOn?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => [StockCountLine])
  lines?: StockCountLine[];
}

@ObjectType({ description: 'One product of a count.' })
@Entity({ tableName: 'stock_count_lines' })
@Index({
  name: 'stock_count_lines_product',
  expression: `create unique index "stock_count_lines_product" on "stock_count_lines" ("count_id", "product_id")`,
})
@Check({ name: 'stock_count_lines_counted_check', expression: 'counted >= 0::numeric' })
export class StockCountLine {
  @column.Id() id!: string;
  @column.Owner(() => StockCount) count!: Ref<StockCount>;
  @column.HiddenReference(() => Product, 'product_id') productId!: string;

  @Field(() => DecimalText, { description: 'What was on hand when the count began.' })
  @Property({ ...QUANTITY })
  expected!: string;

  @Field(() => DecimalText, { nullable: true, description: 'Null: not counted yet; nothing is posted for it.' })
  @Property({ ...QUANTITY, nullable: true })
  counted?: string | null;

  @Field(() => DecimalText, { nullable: true, description: 'Counted less expected.' })
  difference?: string | null;

  @Field(() => Product, { nullable: true })
  product?: Product | null;
}
