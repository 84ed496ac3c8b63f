import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { badInput, notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import type { Context } from '../platform/graphql/context.js';
import { EntityChange } from '../platform/graphql/entity-change.js';
import { compileFilter, Params } from '../platform/graphql/filters.js';
import { connectionOf, PageArgs, readPage, type Page } from '../platform/graphql/page.js';
import { Money } from '../platform/graphql/scalars.js';
import { selectionOf } from '../platform/graphql/selection.js';
import {
  defineResult,
  FieldOwnedElsewhereError,
  InvalidInputError,
  NotFoundError,
  StaleVersionError,
} from '../platform/graphql/user-error.js';
import { currentPhase } from '../platform/settings.js';
import { Category } from './category.entity.js';
import { Product } from './product.entity.js';
import { ProductFilter, ProductOrder, UpdateProductInput } from './product.inputs.js';
import {
  categoryList,
  findProduct,
  productById,
  productCountByCategory,
  productList,
  productScope,
  searchCondition,
  type ProductRow,
} from './product.queries.js';
import { updateProduct, type ProductPatch } from './product.service.js';

const ProductConnection = connectionOf(Product, 'Product');
const CategoryConnection = connectionOf(Category, 'Category');

const updateProductResult = defineResult<ProductRow>(
  'UpdateProductResult',
  { type: Product as never, name: 'Product' },
  [NotFoundError, InvalidInputError, StaleVersionError, FieldOwnedElsewhereError],
);

const usd = (amount: string | null | undefined): Money | null => (amount == null ? null : { amount, currency: 'USD' });

function patchOf(input: UpdateProductInput): ProductPatch {
  const { id: _id, version: _version, basePrice, name, active, ...rest } = input;
  if (name === null) throw badInput('name', 'A product has a name.');
  if (active === null) throw badInput('active', 'Say true or false.');
  return { ...rest, name, active, basePriceUsd: basePrice };
}

@Resolver(() => Product)
export class ProductResolver {
  @Query(() => ProductConnection, { description: 'Products that the viewer may see.' })
  products(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ProductFilter, { nullable: true }) filter: ProductFilter | null,
    @Arg('search', () => String, {
      nullable: true,
      description: 'Words in name, Arabic name, SKU, barcode or brand; Arabic spellings of one word find each other.',
    })
    search: string | null,
    @Arg('orderBy', () => ProductOrder, { defaultValue: ProductOrder.NAME_ASC }) order: keyof typeof ProductOrder,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<ProductRow>> {
    const params = new Params();
    const where = [productScope(context.viewer), compileFilter(filter, ProductFilter.columns, params)];
    if (search != null) {
      if (search.length > 200) throw badInput('search', 'At most 200 characters.');
      where.push(searchCondition(search, params));
    }
    return readPage(context, productList, { args, order, where, params, selection: selectionOf(info) });
  }

  @Query(() => Product, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  product(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ProductRow | null> {
    return isId(id) ? findProduct(context, context.viewer, id, selectionOf(info)) : Promise.resolve(null);
  }

  @Mutation(() => updateProductResult.type, {
    description: 'Only fields that the ERP owns in the present phase; equal values are no change.',
  })
  updateProduct(
    @Ctx() context: Context,
    @Arg('input', () => UpdateProductInput) input: UpdateProductInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return updateProductResult.run(context, async () => {
      const patch = patchOf(input);
      await context.transact(async (tx) =>
        updateProduct(tx, { id: input.id, version: input.version, patch }, await currentPhase(tx.sql)),
      );
      const product = await findProduct(context, context.viewer, input.id, selectionOf(info));
      if (!product) throw notFound('Product', input.id);
      return product;
    });
  }

  @FieldResolver(() => Money, { nullable: true, description: 'The base price, always in USD; not what a client pays.' })
  basePrice(@Root() product: Product): Money | null {
    return usd(product.basePriceUsd);
  }

  @FieldResolver(() => Money, {
    nullable: true,
    description: 'What the company pays; hidden from clients and salespersons.',
  })
  cost(@Root() product: Product): Money | null {
    return usd(product.costUsd);
  }
}

@Resolver(() => Category)
export class CategoryResolver {
  @Query(() => CategoryConnection)
  categories(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Category>> {
    return readPage(context, categoryList, {
      args,
      order: 'NAME_ASC',
      where: [],
      params: new Params(),
      selection: selectionOf(info),
    });
  }

  @FieldResolver(() => Int, { description: 'Products that the viewer may see.' })
  async productCount(@Root() category: Category, @Ctx() context: Context): Promise<number> {
    return (await context.load(productCountByCategory, category.id)) ?? 0;
  }
}

@Resolver(() => EntityChange)
export class ProductChangeResolver {
  @FieldResolver(() => Product, { nullable: true, description: 'The product as it is now, if the change is of one.' })
  product(@Root() change: EntityChange, @Ctx() context: Context): Promise<ProductRow | null> {
    return change.entityType === 'product' ? context.load(productById, change.entityId) : Promise.resolve(null);
  }
}
