import { ArgsType, Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import {
  BooleanFilter,
  DateTimeFilter,
  DecimalFilter,
  IdFilter,
  StringFilter,
  type FilterColumns,
} from '../platform/graphql/filters.js';
import { PageArgs } from '../platform/graphql/connections.js';
import { DecimalText } from '../platform/graphql/scalars.js';

export const ProductSort = {
  NAME_ASC: 'NAME_ASC',
  NAME_DESC: 'NAME_DESC',
  PRICE_ASC: 'PRICE_ASC',
  PRICE_DESC: 'PRICE_DESC',
  UPDATED_DESC: 'UPDATED_DESC',
  NEWEST: 'NEWEST',
  FEATURED: 'FEATURED',
  POPULAR: 'POPULAR',
} as const;
registerEnumType(ProductSort, {
  name: 'ProductSort',
  description:
    'PRICE orders by the list of the viewer, or by the `priceList` of the query; for staff without one by the base price. POPULAR: lines sold in 90 days.',
});

@InputType({ description: 'All given conditions must hold.' })
export class ProductFilter {
  static readonly columns: FilterColumns = {
    sku: { sql: 'p.sku', type: 'text' },
    name: { sql: 'p.search_text', type: 'text', normalised: true },
    brand: { sql: 'p.brand', type: 'text' },
    barcode: { sql: 'p.barcode', type: 'text' },
    externalRef: { sql: 'p.external_ref', type: 'text' },
    category: { sql: '(select c.name from categories c where c.id = p.category_id)', type: 'text' },
    active: { sql: 'p.active', type: 'boolean' },
    basePrice: { sql: 'p.base_price_usd', type: 'numeric' },
    featured: { sql: 'p.featured', type: 'boolean' },
    isLow: {
      sql: `coalesce((select coalesce(sum(s.on_hand - s.reserved), 0) from stock_levels s where s.product_id = p.id) <= p.reorder_level, false)`,
      type: 'boolean',
    },
    onHand: { sql: '(select sum(s.on_hand) from stock_levels s where s.product_id = p.id)', type: 'numeric' },
    available: {
      sql: '(select sum(s.on_hand - s.reserved) from stock_levels s where s.product_id = p.id)',
      type: 'numeric',
    },
    tag: { sql: 'p.tags', type: 'text', array: true },
    categoryId: { sql: 'p.category_id', type: 'uuid' },
    updatedAt: { sql: 'p.updated_at', type: 'timestamptz' },
    archivedAt: { sql: 'p.archived_at', type: 'timestamptz' },
  };

  @Field(() => [ProductFilter], { nullable: true })
  AND?: ProductFilter[] | null;

  @Field(() => [ProductFilter], { nullable: true })
  OR?: ProductFilter[] | null;

  @Field(() => ProductFilter, { nullable: true })
  NOT?: ProductFilter | null;

  @Field(() => StringFilter, { nullable: true })
  sku?: StringFilter | null;

  @Field(() => StringFilter, {
    nullable: true,
    description: 'Normalised like `search`, over name, Arabic name, SKU, barcode and brand.',
  })
  name?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  brand?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  barcode?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  externalRef?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'The name of the category.' })
  category?: StringFilter | null;

  @Field(() => BooleanFilter, { nullable: true })
  active?: BooleanFilter | null;

  @Field(() => DecimalFilter, { nullable: true, description: 'In USD.' })
  basePrice?: DecimalFilter | null;

  @Field(() => DecimalFilter, {
    nullable: true,
    description:
      'The price by the list of the viewer, or by the `priceList` of the query; in the currency of that list.',
  })
  price?: DecimalFilter | null;

  @Field(() => BooleanFilter, { nullable: true })
  featured?: BooleanFilter | null;

  @Field(() => BooleanFilter, { nullable: true, description: 'Available is at or under the reorder level.' })
  isLow?: BooleanFilter | null;

  @Field(() => DecimalFilter, { nullable: true })
  onHand?: DecimalFilter | null;

  @Field(() => DecimalFilter, { nullable: true, description: 'On hand less reserved, over all warehouses.' })
  available?: DecimalFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Whether it has such a tag.' })
  tag?: StringFilter | null;

  @Field(() => IdFilter, { nullable: true })
  categoryId?: IdFilter | null;

  @Field(() => DateTimeFilter, { nullable: true })
  updatedAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true })
  archivedAt?: DateTimeFilter | null;
}

@ArgsType()
export class ProductListArgs extends PageArgs {
  @Field(() => ProductFilter, { nullable: true })
  filter?: ProductFilter | null;

  @Field(() => String, {
    nullable: true,
    description: 'Words in name, Arabic name, SKU, barcode or brand; Arabic spellings of one word find each other.',
  })
  search?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'For staff: the code of the list that the filter `price` and the orders by price compare. Ask the field `price` for the list whose price it should show.',
  })
  priceList?: string | null;

  @Field(() => ProductSort, { defaultValue: ProductSort.NAME_ASC })
  orderBy!: keyof typeof ProductSort;
}

@InputType()
abstract class ProductFields {
  @Field(() => String, { nullable: true })
  nameAr?: string | null;

  @Field(() => String, { nullable: true })
  sku?: string | null;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => String, { nullable: true })
  brand?: string | null;

  @Field(() => String, { nullable: true })
  unit?: string | null;

  @Field(() => String, { nullable: true })
  barcode?: string | null;

  @Field(() => DecimalText, { nullable: true, description: 'In USD.' })
  basePrice?: string | null;

  @Field(() => DecimalText, { nullable: true })
  reorderLevel?: string | null;

  @Field(() => [String], { nullable: true, description: 'At most 20, of at most 50 characters.' })
  tags?: string[];

  @Field(() => Boolean, { nullable: true, description: 'Shown first in shops.' })
  featured?: boolean;
}

@InputType({ description: 'A field that is left out stays; null empties it.' })
export class UpdateProductInput extends ProductFields {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The version that was read.' })
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => Boolean, { nullable: true })
  active?: boolean;
}

@InputType({ description: 'A product by its SKU. A field that is left out stays; null empties it.' })
export class UpsertProductInput extends ProductFields {
  @Field(() => String, { description: 'The product is found by it, or made with it.' })
  override sku!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Boolean, { nullable: true })
  active?: boolean;
}

@InputType({ description: 'A product of our own.' })
export class CreateProductInput extends ProductFields {
  @Field(() => String)
  name!: string;

  @Field(() => ID, { nullable: true })
  categoryId?: string | null;
}
