import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { forbidden, notFound } from '../kernel/errors.js';
import { can } from '../kernel/viewer.js';
import type { Context } from '../platform/graphql/context.js';
import { EntityChange } from '../platform/graphql/entity-change.js';
import { connectionOf, type Page } from '../platform/read/connection.js';
import { filtered } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { whoOf } from '../platform/read/who.js';
import { MetadataEntryInput } from '../platform/graphql/metadata.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { currentPhase } from '../platform/settings.js';
import { unitPriceSql } from './price.queries.js';
import { Product } from './product.entity.js';
import { patchOf } from './product-patch.js';
import {
  CreateProductInput,
  ProductFilter,
  ProductListArgs,
  ProductSort,
  UpdateProductInput,
} from './product.inputs.js';
import { findProductIdByCode, productRead, searchCondition, sortByPrice, type ProductRow } from './product.queries.js';
import { archiveOwnProduct, createProduct, setProductMetadata, updateProduct } from './product.service.js';
import { msg } from '../kernel/message.js';

const ProductConnection = connectionOf(Product, 'Product');

// A row of a query is no managed entity, though the class is one.
const product = { type: Product as never, name: 'Product' };
const createResult = defineResult<ProductRow>('CreateProductResult', product, createProduct.fails);
const updateResult = defineResult<ProductRow>('UpdateProductResult', product, updateProduct.fails);
const archiveResult = defineResult<ProductRow>('ArchiveProductResult', product, archiveOwnProduct.fails);
const setMetadataResult = defineResult<ProductRow>('SetProductMetadataResult', product, setProductMetadata.fails);

@Resolver(() => Product)
export class ProductResolver {
  @Query(() => ProductConnection, { description: 'Products that the viewer may see.' })
  products(
    @Ctx() context: Context,
    @Args(() => ProductListArgs) args: ProductListArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<ProductRow>> {
    const { filter, search, priceList = null, orderBy: order } = args;
    if (priceList !== null && !can(context.viewer, 'prices:all')) {
      throw forbidden(msg`You need the permission prices:all.`);
    }
    return readPage(context, productRead, {
      args,
      info,
      sort:
        order === 'PRICE_ASC' || order === 'PRICE_DESC'
          ? sortByPrice(context.viewer, priceList, order)
          : sortNamed(ProductSort, order),
      where: [
        filtered(ProductFilter, filter, {
          price: (product) => unitPriceSql(whoOf(context.viewer), product.id, priceList),
        }),
        search == null ? null : searchCondition(search),
      ],
    });
  }

  @Query(() => Product, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  product(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ProductRow | null> {
    return readOne(context, productRead, id, selectionOf(info));
  }

  @Query(() => Product, {
    nullable: true,
    description: 'By its barcode, else by its SKU, both as they are written. Null when the viewer may see none.',
  })
  async productByCode(
    @Ctx() context: Context,
    @Arg('code', () => String) code: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ProductRow | null> {
    const id = await findProductIdByCode(context, code);
    return id === null ? null : readOne(context, productRead, id, selectionOf(info));
  }

  @Mutation(() => updateResult.type, {
    description: 'Only fields that the ERP owns in the present phase; equal values are no change.',
  })
  updateProduct(
    @Ctx() context: Context,
    @Arg('input', () => UpdateProductInput) input: UpdateProductInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return updateResult.run(context, async () => {
      const { id, version, ...fields } = input;
      const patch = patchOf(fields);
      await context.transact(async (tx) => updateProduct(tx, { id, version, patch }, await currentPhase(tx.sql)));
      return this.answer(context, input.id, info);
    });
  }

  @Mutation(() => createResult.type, {
    description: 'A product of our own; it is visible to consumers once Zoho knows it.',
  })
  createProduct(
    @Ctx() context: Context,
    @Arg('input', () => CreateProductInput) input: CreateProductInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return createResult.run(context, async () => {
      const { name, categoryId = null, ...fields } = input;
      const patch = { ...patchOf(fields), name };
      const { id } = await context.transact((tx) => createProduct(tx, patch, categoryId));
      return this.answer(context, id, info);
    });
  }

  @Mutation(() => archiveResult.type, {
    description: 'Archived, never deleted: documents point at it. Again is a no-op.',
  })
  archiveProduct(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return archiveResult.run(context, async () => {
      await context.transact(async (tx) => archiveOwnProduct(tx, { id, version }, await currentPhase(tx.sql)));
      return this.answer(context, id, info);
    });
  }

  @Mutation(() => setMetadataResult.type, { description: 'Sets or takes away the given keys; others stay.' })
  setProductMetadata(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('entries', () => [MetadataEntryInput]) entries: MetadataEntryInput[],
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return setMetadataResult.run(context, async () => {
      await context.transact((tx) => setProductMetadata(tx, id, entries));
      return this.answer(context, id, info);
    });
  }

  private async answer(context: Context, id: string, info: GraphQLResolveInfo): Promise<ProductRow> {
    const product = await readOne(context, productRead, id, selectionOf(info));
    if (!product) throw notFound('Product', id);
    return product;
  }
}

@Resolver(() => EntityChange)
export class ProductChangeResolver {
  @FieldResolver(() => Product, { nullable: true, description: 'The product as it is now, if the change is of one.' })
  product(
    @Root() change: EntityChange,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ProductRow | null> {
    return change.entityType === 'product'
      ? readOne(context, productRead, change.entityId, selectionOf(info))
      : Promise.resolve(null);
  }
}
