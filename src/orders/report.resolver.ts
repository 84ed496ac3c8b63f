import { Arg, Ctx, Field, FieldResolver, ObjectType, Query, registerEnumType, Resolver, Root } from 'type-graphql';
import { addDays } from '../kernel/clock.js';
import { badInput, forbidden } from '../kernel/errors.js';
import { can } from '../kernel/viewer.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate } from '../platform/graphql/scalars.js';
import { toCsv } from './csv.js';
import { DEFINITIONS, MAX_ROWS, readReport, REPORTS, type ReportName } from './report.queries.js';

export const ReportNameEnum = Object.fromEntries(REPORTS.map((name) => [name, name])) as { [N in ReportName]: N };
registerEnumType(ReportNameEnum, {
  name: 'ReportName',
  description: 'Currencies stand in rows of their own and are never added together.',
});

@ObjectType({ description: 'A table of text: amounts are decimal text, days YYYY-MM-DD.' })
export class Report {
  @Field(() => ReportNameEnum)
  name!: ReportName;

  @Field(() => BusinessDate, { description: 'The first day; ageing and valuation are as of today.' })
  from!: string;

  @Field(() => BusinessDate)
  to!: string;

  @Field(() => [String])
  columns!: readonly string[];

  @Field(() => [[String]], { nullable: 'items', description: 'A cell a column; null where there is nothing.' })
  rows!: (string | null)[][];
}

const MAX_DAYS = 800;
const DEFAULT_DAYS = 30;

@Resolver(() => Report)
export class ReportResolver {
  @Query(() => Report, {
    description: `As far as the viewer sees the documents; at most ${MAX_ROWS} rows and ${MAX_DAYS} days, ${DEFAULT_DAYS} up to today when nothing is said.`,
  })
  async report(
    @Ctx() context: Context,
    @Arg('name', () => ReportNameEnum) name: ReportName,
    @Arg('from', () => BusinessDate, { nullable: true }) given: string | null,
    @Arg('to', () => BusinessDate, { nullable: true }) until: string | null,
  ): Promise<Report> {
    const { viewer, today } = context;
    if (name === 'STOCK_VALUATION' && !can(viewer, 'catalog:cost')) {
      throw forbidden('You need the permission catalog:cost.');
    }
    const to = until ?? today;
    const from = given ?? addDays(to, -DEFAULT_DAYS);
    if (from > to) throw badInput('from', 'The first day is after the last one.');
    if (addDays(from, MAX_DAYS) < to) throw badInput('from', `At most ${MAX_DAYS} days.`);
    const rows = await readReport(context, name, { viewer, from, to, today });
    if (rows.length > MAX_ROWS) throw badInput('from', `More than ${MAX_ROWS} rows; ask for fewer days.`);
    return { name, from, to, columns: DEFINITIONS[name].columns, rows };
  }

  @FieldResolver(() => String, {
    description: 'The same as CSV: RFC 4180, UTF-8 with its mark, formulas made harmless.',
  })
  csv(@Root() report: Report): string {
    return toCsv(report.columns, report.rows);
  }
}
