import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { PageArgs } from '../platform/read/connection.js';
import { filterOf, type FilterValue } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { BooleanFilter, DecimalFilter, StringFilter, StringListFilter } from '../platform/read/value-filters.js';
import { DecimalText } from '../platform/graphql/scalars.js';
import { Category } from './category.entity.js';
import { Product } from './product.entity.js';
import { availableOf, categoryName, isLow, noPrice, onHandOf } from './product.queries.js';

const BY_PRICE = { key: noPrice, type: 'numeric', perRequest: true } as const;

export const ProductSort = sortOf(
  Product,
  ['name', 'updatedAt', 'createdAt'],
  {
    PRICE_ASC: { ...BY_PRICE, direction: 'asc' },
    PRICE_DESC: { ...BY_PRICE, direction: 'desc' },
    NEWEST: { key: (product) => product.createdAt, type: 'timestamptz', direction: 'desc' },
    FEATURED: { key: (product) => product.featured, type: 'boolean', direction: 'desc' },
    // How often a product was sold is nobody's business outside.
    POPULAR: { key: (product) => product.popularity, type: 'integer', direction: 'desc', hidden: true },
  },
  'PRICE orders by the list of the viewer, or by the `priceList` of the query; for staff without one by the base price. POPULAR: lines sold in 90 days.',
);

export const ProductFilter = filterOf(
  Product,
  [
    'sku',
    'name',
    'brand',
    'barcode',
    'externalRef',
    'active',
    'featured',
    'warrantyMonths',
    'reorderLevel',
    'category',
    'createdAt',
    'archivedAt',
  ],
  {
    normalised: { name: 'searchText' },
    descriptions: { name: '`contains` looks like `search`: in name, Arabic name, SKU, barcode and brand.' },
    also: {
      category: {
        of: StringFilter,
        type: 'text',
        sql: categoryName,
        description: 'The name of the category.',
      },
      basePrice: { of: DecimalFilter, type: 'numeric', sql: (product) => product.basePriceUsd, description: 'In USD.' },
      price: {
        of: DecimalFilter,
        type: 'numeric',
        sql: noPrice,
        description:
          'The price by the list of the viewer, or by the `priceList` of the query; in the currency of that list.',
      },
      isLow: {
        of: BooleanFilter,
        type: 'boolean',
        sql: isLow,
        description: 'Available is at or under the reorder level.',
      },
      onHand: { of: DecimalFilter, type: 'numeric', sql: onHandOf },
      available: {
        of: DecimalFilter,
        type: 'numeric',
        sql: availableOf,
        description: 'On hand less reserved, over all warehouses; 0 for what was never stocked.',
      },
      tag: {
        of: StringListFilter,
        type: 'text',
        array: true,
        sql: (product) => product.tags,
        description: 'Whether it has such a tag.',
      },
    },
  },
);

export const CategoryFilter = filterOf(Category, ['name', 'nameAr', 'parent', 'archivedAt']);
export const CategorySort = sortOf(Category, ['name']);

@ArgsType()
export class ProductListArgs extends PageArgs {
  @Field(() => ProductFilter, { nullable: true })
  filter?: FilterValue | null;

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

  @Field(() => Int, { nullable: true, description: 'Months of warranty. 0: none.' })
  warrantyMonths?: number | null;
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
