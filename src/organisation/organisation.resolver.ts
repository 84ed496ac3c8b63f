import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { now } from '../kernel/clock.js';
import { notFound } from '../kernel/errors.js';
import { CURRENCY_DECIMALS } from '../kernel/money.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { Branch } from './branch.entity.js';
import { Currency, ExchangeRate, Tax } from './currency.entity.js';
import {
  BranchFilter,
  BranchSort,
  ExchangeRateFilter,
  ExchangeRateSort,
  TaxFilter,
  TaxSort,
  WarehouseFilter,
  WarehouseSort,
} from './organisation.inputs.js';
import { branchRead, exchangeRateRead, taxRead, warehouseRead } from './organisation.queries.js';
import { assignWarehouses, createWarehouse, recordExchangeRate, updateWarehouse } from './organisation.service.js';
import { Warehouse } from './warehouse.entity.js';

@InputType()
export class CreateWarehouseInput {
  @Field(() => String, { description: '1 to 20 capitals, digits or dashes.' })
  code!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => ID)
  branchId!: string;

  @Field(() => Boolean, { nullable: true, description: 'For goods that came back damaged; nothing of it is sold.' })
  damaged?: boolean | null;
}

@InputType({ description: 'A field that is left out stays.' })
export class UpdateWarehouseInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { nullable: true })
  nameAr?: string;

  @Field(() => Boolean, { nullable: true })
  active?: boolean;
}

@ObjectType({ description: 'The warehouses that a person keeps from now on.' })
export class WarehousesAssigned {
  @Field(() => ID)
  userId!: string;

  @Field(() => [ID])
  warehouseIds!: string[];
}

const BranchConnection = connectionOf(Branch, 'Branch');
const WarehouseConnection = connectionOf(Warehouse, 'Warehouse');
const TaxConnection = connectionOf(Tax, 'Tax');
const ExchangeRateConnection = connectionOf(ExchangeRate, 'ExchangeRate');

const warehouse = { type: Warehouse, name: 'Warehouse' };
const rate = { type: ExchangeRate, name: 'ExchangeRate' };
const assigned = { type: WarehousesAssigned, name: 'WarehousesAssigned' };
const createResult = defineResult<WarehouseRow>('CreateWarehouseResult', warehouse, createWarehouse.fails);
const updateResult = defineResult<WarehouseRow>('UpdateWarehouseResult', warehouse, updateWarehouse.fails);
const rateResult = defineResult<ExchangeRate>('RecordExchangeRateResult', rate, recordExchangeRate.fails);
const assignResult = defineResult('AssignWarehousesResult', assigned, assignWarehouses.fails);

type WarehouseRow = RowOf<typeof warehouseRead>;

async function answer(context: Context, id: string, info: GraphQLResolveInfo): Promise<WarehouseRow> {
  const warehouse = await readOne(context, warehouseRead, id, selectionOf(info));
  if (!warehouse) throw notFound('Warehouse', id);
  return warehouse;
}

const NAMES: Record<string, [string, string]> = {
  IQD: ['Iraqi dinar', 'دينار عراقي'],
  USD: ['US dollar', 'دولار أمريكي'],
  RMB: ['Chinese yuan', 'يوان صيني'],
};

@Resolver()
export class OrganisationResolver {
  @Query(() => BranchConnection)
  branches(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => BranchFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => BranchSort, { defaultValue: BranchSort.CODE_ASC }) orderBy: keyof typeof BranchSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof branchRead>>> {
    const sort = sortNamed<Branch>(BranchSort, orderBy);
    return readPage(context, branchRead, { args, info, sort, where: [filtered(BranchFilter, filter)] });
  }

  @Query(() => Branch, { nullable: true })
  branch(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RowOf<typeof branchRead> | null> {
    return readOne(context, branchRead, id, selectionOf(info));
  }

  @Query(() => WarehouseConnection)
  warehouses(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => WarehouseFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => WarehouseSort, { defaultValue: WarehouseSort.CODE_ASC }) orderBy: keyof typeof WarehouseSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<WarehouseRow>> {
    const sort = sortNamed<Warehouse>(WarehouseSort, orderBy);
    return readPage(context, warehouseRead, { args, info, sort, where: [filtered(WarehouseFilter, filter)] });
  }

  @Query(() => Warehouse, { nullable: true })
  warehouse(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<WarehouseRow | null> {
    return readOne(context, warehouseRead, id, selectionOf(info));
  }

  @Query(() => TaxConnection)
  taxes(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => TaxFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => TaxSort, { defaultValue: TaxSort.CODE_ASC }) orderBy: keyof typeof TaxSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof taxRead>>> {
    const sort = sortNamed<Tax>(TaxSort, orderBy);
    return readPage(context, taxRead, { args, info, sort, where: [filtered(TaxFilter, filter)] });
  }

  @Query(() => Tax, { nullable: true })
  tax(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RowOf<typeof taxRead> | null> {
    return readOne(context, taxRead, id, selectionOf(info));
  }

  @Query(() => [Currency], { description: 'The three currencies of the company and their decimals.' })
  currencies(): Currency[] {
    return Object.entries(CURRENCY_DECIMALS).map(([code, decimals]) => {
      const [name = code, nameAr = code] = NAMES[code] ?? [];
      return { code, name, nameAr, decimals };
    });
  }

  @Query(() => ExchangeRateConnection, { description: 'Newest day first.' })
  exchangeRates(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ExchangeRateFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => ExchangeRateSort, { defaultValue: ExchangeRateSort.DATE_DESC })
    orderBy: keyof typeof ExchangeRateSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof exchangeRateRead>>> {
    const sort = sortNamed<ExchangeRate>(ExchangeRateSort, orderBy);
    return readPage(context, exchangeRateRead, { args, info, sort, where: [filtered(ExchangeRateFilter, filter)] });
  }

  @Mutation(() => createResult.type)
  createWarehouse(
    @Ctx() context: Context,
    @Arg('input', () => CreateWarehouseInput) input: CreateWarehouseInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return createResult.run(context, async () => {
      const { id } = await context.transact((tx) => createWarehouse(tx, input));
      return answer(context, id, info);
    });
  }

  @Mutation(() => updateResult.type)
  updateWarehouse(
    @Ctx() context: Context,
    @Arg('input', () => UpdateWarehouseInput) input: UpdateWarehouseInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return updateResult.run(context, async () => {
      await context.transact((tx) => updateWarehouse(tx, input));
      return answer(context, input.id, info);
    });
  }

  @Mutation(() => rateResult.type, { description: 'The same day again replaces the rate; documents keep theirs.' })
  recordExchangeRate(
    @Ctx() context: Context,
    @Arg('currency', () => String) currency: string,
    @Arg('rate', () => DecimalText, { description: 'IQD for one unit.' }) rate: string,
    @Arg('effectiveOn', () => BusinessDate, { nullable: true, description: 'Today if nothing is said.' })
    effectiveOn: string | null,
  ): Promise<object> {
    return rateResult.run(context, async () => {
      const day = effectiveOn ?? context.today;
      const id = await context.transact((tx) => recordExchangeRate(tx, { currency, rate, effectiveOn: day }));
      return { id, currency, rate, effectiveOn: day, createdAt: now() };
    });
  }

  @Mutation(() => assignResult.type, {
    description: 'Replaces the warehouses that an inventory manager sees and moves.',
  })
  assignWarehouses(
    @Ctx() context: Context,
    @Arg('userId', () => ID) userId: string,
    @Arg('warehouseIds', () => [ID]) warehouseIds: string[],
  ): Promise<object> {
    return assignResult.run(context, async () => {
      await context.transact((tx) => assignWarehouses(tx, userId, warehouseIds));
      return { userId, warehouseIds };
    });
  }
}
