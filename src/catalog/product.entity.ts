import { Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { ALWAYS_ERP, ZOHO_UNTIL_FULL, type FieldOwners } from '../kernel/ownership.js';
import { MetadataEntry } from '../platform/graphql/metadata.js';
import { DateTime, DecimalText, Money } from '../platform/graphql/scalars.js';
import { Category } from './category.entity.js';
import { ProductImage } from './product-image.entity.js';
import { ProductPrice } from './product-price.js';

/** The catalogue stays Zoho's until the last phase. MERGE: Zoho fills the field only where it is still empty. */
export const productOwners = {
  name: ZOHO_UNTIL_FULL,
  nameAr: { parallel: 'MERGE', gradual: 'MERGE', full: 'ERP' },
  sku: ZOHO_UNTIL_FULL,
  description: ZOHO_UNTIL_FULL,
  brand: ZOHO_UNTIL_FULL,
  unit: ZOHO_UNTIL_FULL,
  barcode: ZOHO_UNTIL_FULL,
  basePriceUsd: ZOHO_UNTIL_FULL,
  costUsd: ZOHO_UNTIL_FULL,
  reorderLevel: { parallel: 'MERGE', gradual: 'MERGE', full: 'ERP' },
  active: ZOHO_UNTIL_FULL,
  trackable: ZOHO_UNTIL_FULL,
  category: ZOHO_UNTIL_FULL,
  tags: ALWAYS_ERP,
  featured: ALWAYS_ERP,
  warrantyMonths: ALWAYS_ERP,
} as const satisfies FieldOwners;

/**
 * What we sell. Columns without `@Field` are never seen outside. Stock lives in rows of its own (stock/stock.entity.ts),
 * because a stock pull must not bump the version that an editor holds.
 */
@ObjectType({ description: 'What the company sells.' })
@Entity({ tableName: 'products' })
@Index({
  name: 'products_search_trgm',
  expression: 'create index "products_search_trgm" on "products" using gin ("search_text" gin_trgm_ops)',
})
@Index({
  name: 'products_name_keyset',
  expression: 'create index "products_name_keyset" on "products" (("name" collate "C"), "id")',
})
@Index({ name: 'products_updated_keyset', properties: ['updatedAt', 'id'] })
@Index({ name: 'products_created_keyset', properties: ['createdAt', 'id'] })
@Index({ name: 'products_featured_keyset', properties: ['featured', 'id'] })
@Index({ name: 'products_popularity_keyset', properties: ['popularity', 'id'] })
@Index({
  name: 'products_price_keyset',
  expression: 'create index "products_price_keyset" on "products" (coalesce("base_price_usd", -1), "id")',
})
export class Product {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The id of the record at its outside source (Zoho), if it has one.',
  })
  @Unique({ name: 'products_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @Field(() => String, { nullable: true, description: 'Null for more than half of the catalogue; case is kept.' })
  @Index({ name: 'products_sku' })
  @Property({ type: 'text', nullable: true })
  sku?: string | null;

  @Field(() => String, { description: 'The name at the source; it may itself be Arabic.' })
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  nameAr?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  description?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  brand?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  unit?: string | null;

  @Field(() => String, { nullable: true })
  @Index({ name: 'products_barcode' })
  @Property({ type: 'text', nullable: true })
  barcode?: string | null;

  /** USD always: showing it as IQD was the predecessor's worst data fault. Exposed as Money by a field resolver. */
  @Property({ type: 'string', columnType: 'numeric(18,6)', nullable: true })
  basePriceUsd?: string | null;

  @Property({ type: 'string', columnType: 'numeric(18,6)', nullable: true })
  costUsd?: string | null;

  @Field(() => DecimalText, { nullable: true, description: 'Stock at or under it counts as low.' })
  @Property({ type: 'string', columnType: 'numeric(18,3)', nullable: true })
  reorderLevel?: string | null;

  @Field(() => Boolean, { description: 'False: not for sale.' })
  @Property({ type: 'boolean', default: true })
  active!: boolean;

  @Field(() => Boolean, { description: 'Shown first in shops.' })
  @Property({ type: 'boolean', default: false })
  featured!: boolean;

  /**
   * Lines of confirmed orders in 90 days; written by the orders module in one statement, so it does not change the
   * version.
   */
  @Property({ type: 'integer', default: 0 })
  popularity!: number;

  @Field(() => Boolean, { description: 'False for combinations and services, which hold no stock of their own.' })
  @Property({ type: 'boolean', default: true })
  trackable!: boolean;

  @Field(() => Int, { nullable: true, description: 'Months of warranty. 0: none; null: nobody has said.' })
  @Property({ type: 'integer', nullable: true })
  warrantyMonths?: number | null;

  /** In a row of a query it is the nested object of the statement; only a managed entity holds a reference. */
  @Field(() => Category, { nullable: true })
  @ManyToOne({ entity: () => Category, ref: true, nullable: true, deleteRule: 'restrict', updateRule: 'no action' })
  category?: Ref<Category> | null;

  @Field(() => [String], { description: 'Words of our own, for grouping.' })
  @Property({ type: 'array', columnType: 'text[]', default: [] })
  tags!: string[];

  /** Normalised name, Arabic name, SKU, barcode and brand (kernel/normalise.ts). */
  @Property({ type: 'text', default: '' })
  searchText!: string;

  @Field(() => Int, { description: 'Send it with an update; a newer one answers StaleVersionError.' })
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  updatedAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Set when the record was archived here or deleted at the source.',
  })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  archivedAt?: Date | null;

  @Field(() => Int, { description: 'How many decimals a quantity may have, by its unit; 0: whole ones only.' })
  quantityDecimals?: number;

  @Field(() => [ProductImage])
  images?: ProductImage[];

  @Field(() => [ProductPrice], { description: 'In all lists, with their tiers.' })
  prices?: ProductPrice[];

  @Field(() => [MetadataEntry])
  metadata?: MetadataEntry[];

  @Field(() => Money, { nullable: true, description: 'The base price, always in USD; not what a client pays.' })
  basePrice?: Money | null;

  @Field(() => Money, {
    nullable: true,
    description: 'What the company pays; hidden from clients and salespersons.',
  })
  cost?: Money | null;
}
