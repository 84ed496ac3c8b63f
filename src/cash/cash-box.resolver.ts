import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { assertCurrency } from '../kernel/document-values.js';
import { notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { type AccountStatementLine, readStatement, StatementConnection } from '../ledger/account-statement.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, Money } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { CashBox } from './cash-box.entity.js';
import { CashBoxFilter, CashBoxSort, CreateCashBoxInput, UpdateCashBoxInput } from './cash-box.inputs.js';
import { cashBoxRead, type CashBoxRow, findBoxAccount, listBalancesOn } from './cash-box.queries.js';
import { createCashBox, updateCashBox } from './cash-box.service.js';

@ObjectType({ description: 'What a box held in a currency on the end of a day.' })
export class CashBalanceOn {
  @Field(() => ID)
  boxId!: string;

  @Field(() => BusinessDate)
  on!: string;

  @Field(() => Money)
  balance!: Money;
}

@ArgsType()
export class CashBookArgs extends PageArgs {
  @Field(() => ID)
  boxId!: string;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => BusinessDate, { nullable: true })
  from?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  to?: string | null;
}

const CashBoxConnection = connectionOf(CashBox, 'CashBox');
const cashBox = { type: CashBox, name: 'CashBox' };
const createResult = defineResult<CashBoxRow>('CreateCashBoxResult', cashBox, createCashBox.fails);
const updateResult = defineResult<CashBoxRow>('UpdateCashBoxResult', cashBox, updateCashBox.fails);

async function answer(context: Context, id: string, info: GraphQLResolveInfo): Promise<CashBoxRow> {
  const found = await readOne(context, cashBoxRead, id, selectionOf(info));
  if (!found) throw notFound('Cash box', id);
  return found;
}

@Resolver(() => CashBox)
export class CashBoxResolver {
  @Query(() => CashBoxConnection, { description: 'The boxes that one keeps; with cash:all those of everybody.' })
  cashBoxes(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => CashBoxFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => CashBoxSort, { defaultValue: CashBoxSort.NAME_ASC }) orderBy: keyof typeof CashBoxSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<CashBoxRow>> {
    const sort = sortNamed<CashBox>(CashBoxSort, orderBy);
    return readPage(context, cashBoxRead, { args, info, sort, where: [filtered(CashBoxFilter, filter)] });
  }

  @Query(() => CashBox, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  cashBox(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CashBoxRow | null> {
    return readOne(context, cashBoxRead, id, selectionOf(info));
  }

  @Query(() => [CashBalanceOn], { description: 'What the boxes that one sees held on the end of a day.' })
  async cashBalances(
    @Ctx() context: Context,
    @Arg('on', () => BusinessDate, { nullable: true, description: 'Today when nothing is said.' })
    day: string | null | undefined,
  ): Promise<CashBalanceOn[]> {
    const on = day ?? context.today;
    const rows = await listBalancesOn(context, on);
    return rows.map(({ boxId, currency, balance }) => ({ boxId, on, balance: { amount: balance, currency } }));
  }

  @Query(() => StatementConnection, {
    description: 'The cash book: the lines of a box in one currency, the oldest first, with what it held after each.',
  })
  async cashBook(
    @Ctx() context: Context,
    @Args(() => CashBookArgs) args: CashBookArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<AccountStatementLine>> {
    const { boxId, currency, from = null, to = null } = args;
    assertCurrency(currency);
    const account = isId(boxId) ? await findBoxAccount(context, boxId) : null;
    if (account === null) throw notFound('Cash box', boxId, 'boxId');
    return readStatement(context, info, { account, partyId: boxId, currency, from, to }, args);
  }

  @Mutation(() => createResult.type)
  createCashBox(
    @Ctx() context: Context,
    @Arg('input', () => CreateCashBoxInput) input: CreateCashBoxInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return createResult.run(context, async () => {
      const { id } = await context.transact((tx) => createCashBox(tx, input));
      return answer(context, id, info);
    });
  }

  @Mutation(() => updateResult.type)
  updateCashBox(
    @Ctx() context: Context,
    @Arg('input', () => UpdateCashBoxInput) input: UpdateCashBoxInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return updateResult.run(context, async () => {
      await context.transact((tx) => updateCashBox(tx, input));
      return answer(context, input.id, info);
    });
  }
}
