import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Query, registerEnumType, Resolver, Root } from 'type-graphql';
import { addDays } from '../kernel/clock.js';
import { badInput } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { assertFieldRight } from '../platform/graphql/field-rights.js';
import { BusinessDate } from '../platform/graphql/scalars.js';
import { MAX_ROWS, MAX_SKIP } from '../platform/read/report.js';
import { toCsv } from './csv.js';
import { AS_OF, DEFINITIONS, readReport, type ReportName, REPORTS } from './report.queries.js';
import { msg } from '../kernel/message.js';

export const ReportNameEnum = Object.fromEntries(REPORTS.map((name) => [name, name])) as { [N in ReportName]: N };

registerEnumType(ReportNameEnum, {
  name: 'ReportName',
  description: 'Currencies stand in rows of their own and are never added together.',
});

@ObjectType({ description: 'A table of text: amounts are decimal text, days YYYY-MM-DD.' })
export class Report {
  @Field(() => ReportNameEnum)
  name!: ReportName;

  @Field(() => BusinessDate, { description: 'The first day; ageing and valuation are as of the last one.' })
  from!: string;

  @Field(() => BusinessDate)
  to!: string;

  @Field(() => [String])
  columns!: readonly string[];

  @Field(() => [[String]], { nullable: 'items', description: 'A cell a column; null where there is nothing.' })
  rows!: (string | null)[][];

  @Field(() => Boolean, { description: 'Whether there are rows behind these; read on with `skip`.' })
  hasMore!: boolean;
}

const MAX_DAYS = 800;

const DEFAULT_DAYS = 30;

@Resolver(() => Report)
export class ReportResolver {
  @Query(() => Report, {
    description: `As far as the viewer sees the documents; at most ${MAX_DAYS} days, ${DEFAULT_DAYS} up to today when nothing is said.`,
  })
  async report(
    @Ctx() context: Context,
    @Arg('name', () => ReportNameEnum) name: ReportName,
    @Arg('from', () => BusinessDate, { nullable: true }) given: string | null,
    @Arg('to', () => BusinessDate, { nullable: true }) until: string | null,
    @Arg('first', () => Int, { defaultValue: MAX_ROWS, description: `Rows of this answer, 1 to ${MAX_ROWS}.` })
    first: number,
    @Arg('skip', () => Int, { defaultValue: 0, description: `Rows before them, at most ${MAX_SKIP}.` }) skip: number,
  ): Promise<Report> {
    const { viewer, today } = context;
    if (name === 'STOCK_VALUATION') assertFieldRight(viewer, { field: 'Product.cost', permission: 'catalog:cost' });
    const to = until ?? today;
    const from = AS_OF.has(name) ? to : (given ?? addDays(to, -DEFAULT_DAYS));
    if ((given ?? from) > to) throw badInput('from', msg`The first day is after the last one.`);
    if (addDays(from, MAX_DAYS) < to) throw badInput('from', msg`At most ${MAX_DAYS} days.`);
    const { rows, hasMore } = await readReport(context, name, { from, to, first, skip });
    return { name, from, to, columns: DEFINITIONS[name].columns, rows, hasMore };
  }

  @FieldResolver(() => String, {
    description: 'The same as CSV: RFC 4180, UTF-8 with its mark, formulas made harmless.',
  })
  csv(@Root() report: Report): string {
    return toCsv(report.columns, report.rows);
  }
}
