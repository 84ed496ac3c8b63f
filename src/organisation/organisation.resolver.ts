import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { now } from '../kernel/clock.js';
import { notFound } from '../kernel/errors.js';
import { CURRENCY_DECIMALS } from '../kernel/money.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, readPage, type Page } from '../platform/graphql/connections.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import {
  AlreadyExistsError,
  defineResult,
  InvalidInputError,
  NotFoundError,
  PeriodClosedError,
  StaleVersionError,
} from '../platform/graphql/user-error.js';
import { Branch } from './branch.entity.js';
import { Currency, ExchangeRate, Tax } from './currency.entity.js';
import { branchList, exchangeRateList, taxList, warehouseById, warehouseList } from './organisation.queries.js';
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

const createResult = defineResult<Warehouse>('CreateWarehouseResult', { type: Warehouse, name: 'Warehouse' }, [
  InvalidInputError,
  NotFoundError,
  AlreadyExistsError,
]);
const updateResult = defineResult<Warehouse>('UpdateWarehouseResult', { type: Warehouse, name: 'Warehouse' }, [
  InvalidInputError,
  NotFoundError,
  StaleVersionError,
]);
const rateResult = defineResult<ExchangeRate>(
  'RecordExchangeRateResult',
  { type: ExchangeRate, name: 'ExchangeRate' },
  [InvalidInputError, PeriodClosedError],
);

const assignResult = defineResult('AssignWarehousesResult', { type: WarehousesAssigned, name: 'WarehousesAssigned' }, [
  NotFoundError,
]);

async function answer(context: Context, id: string): Promise<Warehouse> {
  const warehouse = await context.load(warehouseById, id);
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
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Branch>> {
    return readPage(context, branchList, { args, order: 'CODE_ASC', info });
  }

  @Query(() => WarehouseConnection)
  warehouses(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Warehouse>> {
    return readPage(context, warehouseList, { args, order: 'CODE_ASC', info });
  }

  @Query(() => TaxConnection)
  taxes(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Tax>> {
    return readPage(context, taxList, { args, order: 'CODE_ASC', info });
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
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<ExchangeRate>> {
    return readPage(context, exchangeRateList, { args, order: 'DATE_DESC', info });
  }

  @Mutation(() => createResult.type)
  createWarehouse(
    @Ctx() context: Context,
    @Arg('input', () => CreateWarehouseInput) input: CreateWarehouseInput,
  ): Promise<object> {
    return createResult.run(context, async () => {
      const { id } = await context.transact((tx) => createWarehouse(tx, input));
      return answer(context, id);
    });
  }

  @Mutation(() => updateResult.type)
  updateWarehouse(
    @Ctx() context: Context,
    @Arg('input', () => UpdateWarehouseInput) input: UpdateWarehouseInput,
  ): Promise<object> {
    return updateResult.run(context, async () => {
      await context.transact((tx) => updateWarehouse(tx, input));
      return answer(context, input.id);
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
