import { Args, ArgsType, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { MoneyField } from '../platform/graphql/scalars.js';
import { PeriodArgs, readWholeReport, reportFilters } from '../platform/read/report.js';
import { cashPositionReport, type CashRow } from './cash-position.queries.js';

@ArgsType()
export class CashPositionArgs extends PeriodArgs {
  @Field(() => String, { nullable: true, description: 'Only IQD, USD or RMB.' })
  currency?: string | null;

  @Field(() => [Int], { nullable: true, description: 'Codes of accounts of cash; all by default.' })
  accounts?: number[] | null;

  @Field(() => ID, { nullable: true, description: 'Only this box.' })
  partyId?: string | null;
}

@ObjectType({ description: 'Money of one currency in an account of cash, or in one of its boxes.' })
export class CashPositionRow implements CashRow {
  @Field(() => Int, { description: 'The code of the account.' })
  account!: number;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => ID, { nullable: true, description: 'The box; null for money that names none.' })
  partyId!: string | null;

  @MoneyField({ description: 'At the beginning of the first day.' })
  opening!: string;

  @MoneyField()
  paidIn!: string;

  @MoneyField()
  paidOut!: string;

  @MoneyField({ description: 'At the end of the last day.' })
  closing!: string;

  currency!: string;
}

@Resolver()
export class CashPositionResolver {
  @Query(() => [CashPositionRow], {
    description: 'Opening, in, out and closing of each account of cash and its boxes.',
  })
  cashPosition(@Ctx() context: Context, @Args(() => CashPositionArgs) args: CashPositionArgs): Promise<CashRow[]> {
    return readWholeReport<CashRow>(context, cashPositionReport, reportFilters({ ...args }, context.today));
  }
}
