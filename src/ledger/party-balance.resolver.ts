import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, Money } from '../platform/graphql/scalars.js';
import { readWholeReport, reportFilters } from '../platform/read/report.js';
import { partyBalancesReport, type PartyBalanceRow } from './party-balance.queries.js';

@ObjectType({ description: 'Where a party stands in an account, in one currency. Positive is debit.' })
export class PartyBalance {
  @Field(() => Int, { description: 'The code of the account; accountStatement has its lines.' })
  account!: number;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => Money)
  balance!: Money;

  @Field(() => Money, { description: 'In the base currency, as it was posted.' })
  base!: Money;
}

@Resolver()
export class PartyBalanceResolver {
  @Query(() => [PartyBalance], {
    description: 'The balances of a customer, vendor, user or box by account and currency, at the end of a day.',
  })
  async partyBalances(
    @Ctx() context: Context,
    @Arg('partyId', () => ID) partyId: string,
    @Arg('on', () => BusinessDate, { nullable: true, description: 'Today when nothing is said.' })
    on: string | null | undefined,
  ): Promise<PartyBalance[]> {
    const filters = reportFilters({ to: on, partyId }, context.today);
    const rows = await readWholeReport<PartyBalanceRow>(context, partyBalancesReport, filters);
    return rows.map(({ balance, currency, base, baseCurrency, ...rest }) => ({
      ...rest,
      balance: { amount: balance, currency },
      base: { amount: base, currency: baseCurrency },
    }));
  }
}
