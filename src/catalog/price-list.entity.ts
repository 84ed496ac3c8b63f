import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { byId } from '../platform/db/columns.js';
import { ChangeOriginEnum } from '../platform/graphql/change-origin.js';
import { BusinessDate, DateTime, DecimalText } from '../platform/graphql/scalars.js';
import { Product } from './product.entity.js';

@ObjectType({ description: 'Prices for a kind of customer, in one currency.' })
@Entity({ tableName: 'price_lists' })
@Check({ name: 'price_lists_base_percent_check', expression: 'base_percent + 100::numeric > 0::numeric' })
export class PriceList {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, {
    description:
      'wholesale_a, wholesale_b, retailer, technical_iqd, technical_usd, consumer_iqd or custom_...; kept when the list is renamed.',
  })
  @Unique({ name: 'price_lists_code_unique' })
  @Property({ type: 'text' })
  code!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  nameAr?: string | null;

  @Field(() => String, { description: 'IQD, USD or RMB; every price of the list is in it.' })
  @Property({ type: 'text' })
  currency!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The id of the price book at Zoho; the code is bound to it once.',
  })
  @Unique({ name: 'price_lists_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @Field(() => Boolean)
  @Property({ type: 'boolean', default: true })
  active!: boolean;

  @Field(() => DecimalText, {
    nullable: true,
    description:
      'Its prices are the base prices, by so many percent higher (below 0: lower), and follow them. Null: it has prices of its own.',
  })
  @Property({ type: 'string', columnType: 'numeric(9,3)', nullable: true })
  basePercent?: string | null;

  /** How a price by percentage is rounded: see percentage-price.service. */
  @Property({ type: 'text', nullable: true })
  baseRounding?: string | null;

  @Field(() => BusinessDate, { nullable: true, description: 'Its first day; null: always.' })
  @Property({ type: 'string', columnType: 'date', nullable: true })
  effectiveFrom?: string | null;

  @Field(() => BusinessDate, { nullable: true, description: 'Its last day; null: no end.' })
  @Property({ type: 'string', columnType: 'date', nullable: true })
  effectiveTo?: string | null;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  archivedAt?: Date | null;

  @Field(() => Int, { description: 'Products that have a price on it.' })
  productCount?: number;
}

/** What a product costs on a list from a quantity and a day on. */
@Entity({ tableName: 'prices' })
@Unique({ name: 'prices_tier_unique', properties: ['priceList', 'product', 'minQuantity', 'effectiveFrom'] })
@Index({ name: 'prices_product', properties: ['product', 'priceList'] })
@Check({ name: 'prices_amount_check', expression: 'amount >= 0::numeric' })
@Check({
  name: 'prices_discount_check',
  expression: 'discount_percent >= 0::numeric and discount_percent <= 100::numeric',
})
@Check({ name: 'prices_quantity_check', expression: 'min_quantity > 0::numeric' })
export class Price {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => PriceList, ref: true, deleteRule: 'restrict', updateRule: 'no action' })
  priceList!: Ref<PriceList>;

  @ManyToOne({ entity: () => Product, ref: true, deleteRule: 'restrict', updateRule: 'no action' })
  product!: Ref<Product>;

  @Property({ type: 'string', columnType: 'numeric(18,3)', default: '1' })
  minQuantity!: string;

  @Property({ type: 'string', columnType: 'date', default: '2000-01-01' })
  effectiveFrom!: string;

  @Property({ type: 'string', columnType: 'date', nullable: true })
  effectiveTo?: string | null;

  @Property({ type: 'string', columnType: 'numeric(18,6)' })
  amount!: string;

  @Property({ type: 'string', columnType: 'numeric(6,3)', default: '0' })
  discountPercent!: string;

  @Property({ type: 'datetime', columnType: 'timestamptz' })
  updatedAt!: Date;
}

/** Append-only. */
@ObjectType({ description: 'A price that was set, changed or taken away.' })
@Entity({ tableName: 'price_changes' })
@Index({ name: 'price_changes_product', properties: ['productId', 'at', 'id'] })
@Index({ name: 'price_changes_keyset', properties: ['at', 'id'] })
export class PriceChange {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => ID)
  @ManyToOne({ entity: () => Product, ...byId('product_id') })
  productId!: string;

  @Field(() => ID)
  @ManyToOne({ entity: () => PriceList, ...byId('price_list_id') })
  priceListId!: string;

  @Field(() => DecimalText)
  @Property({ type: 'string', columnType: 'numeric(18,3)' })
  minQuantity!: string;

  @Property({ type: 'string', columnType: 'numeric(18,6)', nullable: true })
  amountBefore?: string | null;

  @Property({ type: 'string', columnType: 'numeric(18,6)', nullable: true })
  amountAfter?: string | null;

  @Field(() => DecimalText, { nullable: true })
  @Property({ type: 'string', columnType: 'numeric(6,3)', nullable: true })
  discountBefore?: string | null;

  @Field(() => DecimalText, { nullable: true })
  @Property({ type: 'string', columnType: 'numeric(6,3)', nullable: true })
  discountAfter?: string | null;

  @Property({ type: 'text' })
  currency!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  actor!: string;

  @Field(() => ChangeOriginEnum)
  @Property({ type: 'text' })
  origin!: string;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  at!: Date;

  @Field(() => PriceList)
  priceList?: PriceList;

  @Field(() => Product, { nullable: true })
  product?: Product | null;
}
