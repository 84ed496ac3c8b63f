import { Arg, Ctx, Field, Int, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { Decimal } from '../kernel/money.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, Money, MoneyField } from '../platform/graphql/scalars.js';
import { readWholeReport, reportFilters } from '../platform/read/report.js';
import {
  balanceSheetReport,
  SHEET_LINES,
  SHEET_SECTIONS,
  type SheetLine,
  type SheetRow,
  type SheetSection,
} from './balance-sheet.queries.js';
import { findBaseCurrency } from './books.queries.js';

const SheetSectionEnum = Object.fromEntries(SHEET_SECTIONS.map((name) => [name, name])) as { [S in SheetSection]: S };
registerEnumType(SheetSectionEnum, { name: 'BalanceSheetSection' });

const SheetLineEnum = Object.fromEntries(SHEET_LINES.map((name) => [name, name])) as { [L in SheetLine]: L };
registerEnumType(SheetLineEnum, {
  name: 'BalanceSheetLine',
  description: 'What is computed and stands on no account. TRANSLATION: what rates of different days leave over.',
});

@ObjectType({ description: 'An account, or a line that is computed. Positive increases its side.' })
export class BalanceSheetRow implements SheetRow {
  @Field(() => SheetSectionEnum)
  section!: SheetSection;

  @Field(() => Int, { nullable: true, description: 'Null for a line that is no account.' })
  code!: number | null;

  @Field(() => SheetLineEnum, { nullable: true })
  line!: SheetLine | null;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @MoneyField()
  amount!: string;

  currency!: string;
}

@ObjectType({ description: 'What the company has and owes at the end of a day. Assets equal liabilities and equity.' })
export class BalanceSheet {
  @Field(() => BusinessDate)
  on!: string;

  @Field(() => String)
  currency!: string;

  @Field(() => [BalanceSheetRow])
  rows!: SheetRow[];

  @Field(() => Money)
  assets!: Money;

  @Field(() => Money)
  liabilities!: Money;

  @Field(() => Money, { description: 'With the results of this year and of earlier ones.' })
  equity!: Money;
}

@Resolver()
export class BalanceSheetResolver {
  @Query(() => BalanceSheet, {
    description: 'At the end of any day, exact to the last commit; in the base currency when nothing is said.',
  })
  async balanceSheet(
    @Ctx() context: Context,
    @Arg('on', () => BusinessDate, { nullable: true, description: 'Today when nothing is said.' })
    on: string | null | undefined,
    @Arg('translateTo', () => String, {
      nullable: true,
      description: 'Assets and liabilities at the rate of the day, everything else at the rates of its days.',
    })
    translateTo: string | null | undefined,
  ): Promise<BalanceSheet> {
    const filters = reportFilters({ to: on, translateTo }, context.today);
    const rows = await readWholeReport<SheetRow>(context, balanceSheetReport, filters);
    const currency = filters.translateTo ?? (await findBaseCurrency(context.read));
    const sum = (section: SheetSection): Money => ({
      amount: rows
        .filter((row) => row.section === section)
        .reduce((total, { amount }) => total.plus(amount), new Decimal(0))
        .toFixed(),
      currency,
    });
    return {
      on: filters.to,
      currency,
      rows,
      assets: sum('ASSETS'),
      liabilities: sum('LIABILITIES'),
      equity: sum('EQUITY'),
    };
  }
}
