import { Arg, Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { assertCurrency } from '../kernel/document-values.js';
import { Decimal } from '../kernel/money.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, Money } from '../platform/graphql/scalars.js';
import { Account } from './account.entity.js';
import { findBaseCurrency } from './books.queries.js';
import { listBalances } from './trial-balance.queries.js';

@ObjectType({ description: 'What an account stands at; positive is debit.' })
export class TrialBalanceRow {
  @Field(() => Account)
  account!: Account;

  @Field(() => Money, { description: 'The balance of an account in debit; 0 of one in credit.' })
  debit!: Money;

  @Field(() => Money, { description: 'The balance of an account in credit, without a sign; 0 of one in debit.' })
  credit!: Money;

  @Field(() => Money, { description: 'Debit less credit.' })
  balance!: Money;
}

@ObjectType({
  description: 'The accounts at the end of a day. Debit and credit are equal, in each currency and in base.',
})
export class TrialBalance {
  @Field(() => BusinessDate)
  on!: string;

  @Field(() => String, { description: 'The currency of the amounts.' })
  currency!: string;

  @Field(() => [TrialBalanceRow], { description: 'The accounts that ever moved, by code.' })
  rows!: TrialBalanceRow[];

  @Field(() => Money)
  debit!: Money;

  @Field(() => Money)
  credit!: Money;
}

const positive = (amount: Decimal): Decimal => (amount.isPositive() ? amount : new Decimal(0));
const sum = (amounts: readonly Money[]): string =>
  amounts.reduce((total, { amount }) => total.plus(amount), new Decimal(0)).toFixed();

@Resolver()
export class TrialBalanceResolver {
  @Query(() => TrialBalance, { description: 'At the end of a day, exact to the last commit.' })
  async trialBalance(
    @Ctx() context: Context,
    @Arg('on', () => BusinessDate, { nullable: true, description: 'Today when nothing is said.' })
    day: string | null | undefined,
    @Arg('currency', () => String, {
      nullable: true,
      description: 'Only what is in IQD, USD or RMB; otherwise everything, in the base currency.',
    })
    given: string | null | undefined,
  ): Promise<TrialBalance> {
    if (given != null) assertCurrency(given);
    const on = day ?? context.today;
    const currency = given ?? (await findBaseCurrency((text, values) => context.read(text, values)));
    const rows = (await listBalances(context, on, given ?? null)).map(({ balance, ...account }): TrialBalanceRow => {
      const amount = new Decimal(balance);
      const money = (value: Decimal): Money => ({ amount: value.toFixed(), currency });
      return {
        account,
        debit: money(positive(amount)),
        credit: money(positive(amount.negated())),
        balance: money(amount),
      };
    });
    const debit = { amount: sum(rows.map((row) => row.debit)), currency };
    const credit = { amount: sum(rows.map((row) => row.credit)), currency };
    return { on, currency, rows, debit, credit };
  }
}
