import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { Account } from './account.entity.js';
import { createAccount, updateAccount } from './account.service.js';
import { BalanceAssertion } from './balance-assertion.entity.js';
import { balanceAssertionRead, type BalanceAssertionRow } from './balance-assertion.queries.js';
import { assertBalance, removeBalanceAssertion } from './balance-assertion.service.js';
import {
  AssertBalanceInput,
  BalanceAssertionFilter,
  BalanceAssertionSort,
  CreateAccountInput,
  UpdateAccountInput,
} from './ledger.inputs.js';
import { listAccounts } from './trial-balance.queries.js';

@ObjectType()
export class BalanceAssertionRemoved {
  @Field(() => ID)
  id!: string;
}

const BalanceAssertionConnection = connectionOf(BalanceAssertion, 'BalanceAssertion');
const account = { type: Account, name: 'Account' };
const createResult = defineResult<Account>('CreateAccountResult', account, createAccount.fails);
const updateResult = defineResult<Account>('UpdateAccountResult', account, updateAccount.fails);
const assertResult = defineResult<BalanceAssertionRow>(
  'AssertBalanceResult',
  { type: BalanceAssertion, name: 'BalanceAssertion' },
  assertBalance.fails,
);
const removeResult = defineResult(
  'RemoveBalanceAssertionResult',
  { type: BalanceAssertionRemoved, name: 'BalanceAssertionRemoved' },
  removeBalanceAssertion.fails,
);

@Resolver()
export class ChartResolver {
  @Query(() => [Account], { description: 'The chart of accounts, by code.' })
  accounts(@Ctx() context: Context): Promise<Account[]> {
    return listAccounts(context);
  }

  @Mutation(() => createResult.type)
  createAccount(
    @Ctx() context: Context,
    @Arg('input', () => CreateAccountInput) input: CreateAccountInput,
  ): Promise<object> {
    return createResult.run(context, () => context.transact((tx) => createAccount(tx, input)));
  }

  @Mutation(() => updateResult.type, { description: 'Code and kind stay.' })
  updateAccount(
    @Ctx() context: Context,
    @Arg('input', () => UpdateAccountInput) input: UpdateAccountInput,
  ): Promise<object> {
    return updateResult.run(context, () => context.transact((tx) => updateAccount(tx, input)));
  }

  @Query(() => BalanceAssertionConnection, {
    description: 'What was counted or read on paper, and what the journal says of it.',
  })
  balanceAssertions(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => BalanceAssertionFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => BalanceAssertionSort, { defaultValue: BalanceAssertionSort.ON_DESC })
    orderBy: keyof typeof BalanceAssertionSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<BalanceAssertionRow>> {
    return readPage(context, balanceAssertionRead, {
      args,
      info,
      sort: sortNamed<BalanceAssertion>(BalanceAssertionSort, orderBy),
      where: [filtered(BalanceAssertionFilter, filter)],
    });
  }

  @Mutation(() => assertResult.type, {
    description:
      'States what an account stood at on the end of a day; closing refuses the day while the journal says something else.',
  })
  assertBalance(
    @Ctx() context: Context,
    @Arg('input', () => AssertBalanceInput) input: AssertBalanceInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return assertResult.run(context, async () => {
      const { answer } = await context.transact((tx) => assertBalance(tx, context, { ...input, idempotencyKey }));
      const found = await readOne(context, balanceAssertionRead, answer.id, selectionOf(info));
      if (!found) throw notFound('Balance assertion', answer.id);
      return found;
    });
  }

  @Mutation(() => removeResult.type)
  removeBalanceAssertion(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<object> {
    return removeResult.run(context, async () => {
      await context.transact((tx) => removeBalanceAssertion(tx, id));
      return { id };
    });
  }
}
