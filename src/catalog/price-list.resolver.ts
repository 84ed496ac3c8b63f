import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, InputType, Int, Mutation, Query, Resolver } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { currentPhase } from '../platform/settings.js';
import { PriceList } from './price-list.entity.js';
import { priceListRead } from './price-list.queries.js';
import { archivePriceList, createPriceList, updatePriceList } from './price-list.service.js';
import { PriceListFilter, PriceListSort } from './price.inputs.js';

@InputType()
export class CreatePriceListInput {
  @Field(() => String, { description: '1 to 40 small letters, digits or underscores; it never changes.' })
  code!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  nameAr?: string | null;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => BusinessDate, { nullable: true })
  effectiveFrom?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  effectiveTo?: string | null;
}

@InputType({ description: 'A field that is left out stays; null empties it.' })
export class UpdatePriceListInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { nullable: true })
  nameAr?: string | null;

  @Field(() => Boolean, { nullable: true })
  active?: boolean;

  @Field(() => BusinessDate, { nullable: true })
  effectiveFrom?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  effectiveTo?: string | null;
}

const PriceListConnection = connectionOf(PriceList, 'PriceList');
const priceList = { type: PriceList, name: 'PriceList' };
const createResult = defineResult<PriceListRow>('CreatePriceListResult', priceList, createPriceList.fails);
const updateResult = defineResult<PriceListRow>('UpdatePriceListResult', priceList, updatePriceList.fails);
const archiveResult = defineResult<PriceListRow>('ArchivePriceListResult', priceList, archivePriceList.fails);

type PriceListRow = RowOf<typeof priceListRead>;

async function answer(context: Context, id: string, info: GraphQLResolveInfo): Promise<PriceListRow> {
  const found = await readOne(context, priceListRead, id, selectionOf(info));
  if (!found) throw notFound('Price list', id);
  return found;
}

@Resolver(() => PriceList)
export class PriceListResolver {
  @Query(() => PriceListConnection, { description: 'All lists for staff; for a client the one it buys by.' })
  priceLists(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => PriceListFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => PriceListSort, { defaultValue: PriceListSort.CODE_ASC })
    orderBy: keyof typeof PriceListSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<PriceListRow>> {
    const sort = sortNamed<PriceList>(PriceListSort, orderBy);
    return readPage(context, priceListRead, { args, info, sort, where: [filtered(PriceListFilter, filter)] });
  }

  @Query(() => PriceList, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  priceList(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PriceListRow | null> {
    return readOne(context, priceListRead, id, selectionOf(info));
  }

  @Mutation(() => createResult.type)
  createPriceList(
    @Ctx() context: Context,
    @Arg('input', () => CreatePriceListInput) input: CreatePriceListInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return createResult.run(context, async () => {
      const { id } = await context.transact((tx) => createPriceList(tx, input));
      return answer(context, id, info);
    });
  }

  @Mutation(() => updateResult.type)
  updatePriceList(
    @Ctx() context: Context,
    @Arg('input', () => UpdatePriceListInput) input: UpdatePriceListInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return updateResult.run(context, async () => {
      const { id, version, ...patch } = input;
      await context.transact(async (tx) => updatePriceList(tx, { id, version, patch }, await currentPhase(tx.sql)));
      return answer(context, id, info);
    });
  }

  @Mutation(() => archiveResult.type, {
    description: 'Archived lists price nothing any more. Again is a no-op.',
  })
  archivePriceList(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return archiveResult.run(context, async () => {
      await context.transact((tx) => archivePriceList(tx, { id, version }));
      return answer(context, id, info);
    });
  }
}
