import { Args, ArgsType, Ctx, Field, ID, Int, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { addDays } from '../kernel/clock.js';
import { Decimal } from '../kernel/money.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, Money } from '../platform/graphql/scalars.js';
import { dayBefore, PeriodArgs, readWholeReport, type ReportFilters, reportFilters } from '../platform/read/report.js';
import { profitAndLossReport, RESULT_SECTIONS, type ResultRow, type ResultSection } from './profit-and-loss.queries.js';
import { findBaseCurrency } from './books.queries.js';

const ResultSectionEnum = Object.fromEntries(RESULT_SECTIONS.map((name) => [name, name])) as {
  [S in ResultSection]: S;
};
registerEnumType(ResultSectionEnum, {
  name: 'ResultSection',
  description:
    'SALES: 41xx, with returns and discounts. COST_OF_GOODS: 5xxx. OTHER_INCOME: other income. EXPENSES: the rest.',
});

@ArgsType()
export class ProfitAndLossArgs extends PeriodArgs {
  @Field(() => String, { nullable: true, description: 'Only what was posted in IQD, USD or RMB.' })
  currency?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Everything, from the base currency at the rate of each day; instead of currency.',
  })
  translateTo?: string | null;

  @Field(() => ID, { nullable: true })
  branchId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of the day on which it was posted.' })
  salespersonId?: string | null;
}

@ObjectType({ description: 'The days of a column, both included.' })
export class ReportPeriod {
  @Field(() => BusinessDate)
  from!: string;

  @Field(() => BusinessDate)
  to!: string;
}

@ObjectType({ description: 'What adds to the profit; a cost is negative.' })
export class ResultFigures {
  @Field(() => Money)
  amount!: Money;

  @Field(() => Money, { description: 'In the period before.' })
  previous!: Money;

  @Field(() => [Money], { description: 'One for each of the report’s months.' })
  months!: Money[];
}

@ObjectType({ description: 'An account of income or expenses, and what it adds to the profit; a cost is negative.' })
export class ProfitAndLossRow extends ResultFigures {
  @Field(() => ResultSectionEnum)
  section!: ResultSection;

  @Field(() => Int, { description: 'The code of the account.' })
  code!: number;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;
}

@ObjectType({ description: 'Income and expenses of a period, exact to the last commit.' })
export class ProfitAndLoss {
  @Field(() => BusinessDate)
  from!: string;

  @Field(() => BusinessDate)
  to!: string;

  @Field(() => ReportPeriod, { description: 'As many whole months before, or as many days.' })
  previous!: ReportPeriod;

  @Field(() => String)
  currency!: string;

  @Field(() => [ReportPeriod], { description: 'The months of the period.' })
  months!: ReportPeriod[];

  @Field(() => [ProfitAndLossRow], { description: 'The accounts that moved, by section and code.' })
  rows!: ProfitAndLossRow[];

  @Field(() => ResultFigures, { description: 'Less returns and discounts.' })
  sales!: ResultFigures;

  @Field(() => ResultFigures)
  costOfGoods!: ResultFigures;

  @Field(() => ResultFigures, { description: 'Sales less the cost of goods.' })
  grossProfit!: ResultFigures;

  @Field(() => ResultFigures)
  otherIncome!: ResultFigures;

  @Field(() => ResultFigures)
  expenses!: ResultFigures;

  @Field(() => ResultFigures)
  netProfit!: ResultFigures;
}

const monthOf = (day: string): string => day.slice(0, 7);
const firstOf = (month: string): string => `${month}-01`;

function addMonths(month: string, count: number): string {
  const place = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + count;
  return `${String(Math.floor(place / 12)).padStart(4, '0')}-${String((place % 12) + 1).padStart(2, '0')}`;
}

const lastOf = (month: string): string => dayBefore(firstOf(addMonths(month, 1)));

/** The months that a period has days of, cut to it. */
function monthsOf({ from, to }: ReportPeriod): ReportPeriod[] {
  const months: ReportPeriod[] = [];
  for (let month = monthOf(from); month <= monthOf(to); month = addMonths(month, 1)) {
    months.push({
      from: month === monthOf(from) ? from : firstOf(month),
      to: month === monthOf(to) ? to : lastOf(month),
    });
  }
  return months;
}

/** As many whole months before a period of whole months; otherwise as many days. */
export function periodBefore({ from, to }: ReportPeriod): ReportPeriod {
  const end = dayBefore(from);
  if (from === firstOf(monthOf(from)) && to === lastOf(monthOf(to))) {
    return { from: firstOf(addMonths(monthOf(from), -monthsOf({ from, to }).length)), to: end };
  }
  let begin = from;
  for (let day = from; day <= to; day = addDays(day, 1)) begin = dayBefore(begin);
  return { from: begin, to: end };
}

const LAST_YEARS = 10;

@Resolver()
export class ProfitAndLossResolver {
  @Query(() => ProfitAndLoss, {
    description: 'By account, section and month, beside the period before. In the base currency when nothing is said.',
  })
  async profitAndLoss(
    @Ctx() context: Context,
    @Args(() => ProfitAndLossArgs) args: ProfitAndLossArgs,
  ): Promise<ProfitAndLoss> {
    const filters = reportFilters({ ...args }, context.today, { maxDays: 366 * LAST_YEARS });
    const { from, to } = filters;
    const previous = periodBefore(filters);
    const read = (period: ReportPeriod): Promise<ResultRow[]> =>
      readWholeReport<ResultRow>(context, profitAndLossReport, { ...filters, ...period } satisfies ReportFilters);
    const [now, before] = await Promise.all([read(filters), read(previous)]);
    const currency = filters.currency ?? filters.translateTo ?? (await findBaseCurrency(context.read));
    const months = monthsOf(filters);

    const figures = (belongs: (row: ResultRow) => boolean): ResultFigures => {
      const sum = (rows: readonly ResultRow[]): Money => ({
        amount: rows
          .filter(belongs)
          .reduce((total, { amount }) => total.plus(amount), new Decimal(0))
          .toFixed(),
        currency,
      });
      return {
        amount: sum(now),
        previous: sum(before),
        months: months.map((month) => sum(now.filter((row) => row.from === month.from))),
      };
    };
    const accounts = new Map([...now, ...before].map((row) => [row.code, row]));
    const inSections = (...sections: ResultSection[]): ResultFigures =>
      figures(({ section }) => sections.includes(section));
    return {
      from,
      to,
      previous,
      currency,
      months,
      rows: [...accounts.values()]
        .sort((a, b) => RESULT_SECTIONS.indexOf(a.section) - RESULT_SECTIONS.indexOf(b.section) || a.code - b.code)
        .map(({ section, code, name, nameAr }) => ({
          section,
          code,
          name,
          nameAr,
          ...figures((row) => row.code === code),
        })),
      sales: inSections('SALES'),
      costOfGoods: inSections('COST_OF_GOODS'),
      grossProfit: inSections('SALES', 'COST_OF_GOODS'),
      otherIncome: inSections('OTHER_INCOME'),
      expenses: inSections('EXPENSES'),
      netProfit: figures(() => true),
    };
  }
}
