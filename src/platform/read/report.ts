import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { addDays } from '../../kernel/clock.js';
import { assertCurrency } from '../../kernel/document-values.js';
import { badInput } from '../../kernel/errors.js';
import { assertAll } from '../../kernel/faults.js';
import { isId } from '../../kernel/ids.js';
import { msg } from '../../kernel/message.js';
import type { Scope } from '../../kernel/scopes.js';
import type { Language } from '../../kernel/viewer.js';
import { BusinessDate } from '../graphql/scalars.js';
import { type Ask, Params, type StatementReader } from './sql.js';

/** What a report is asked for: its days, both included, the currency of its amounts (null: base), and its filters. */
export interface ReportFilters {
  from: string;
  to: string;
  currency: string | null;
  branchId: string | null;
  salespersonId: string | null;
  /** The customer, vendor, user or box. */
  partyId: string | null;
  productId: string | null;
  categoryId: string | null;
  warehouseId: string | null;
  accounts: readonly number[] | null;
  /** By what the rows are grouped, where a report says. */
  by: string | null;
  translateTo: string | null;
}

export type FilterName = keyof ReportFilters;

/** Where a day begins is a matter of the organisation's zone. */
interface Zoned {
  /** An IANA name. */
  readonly timeZone: string;
}

export interface ReportAsk extends Ask, ReportFilters, Zoned {}

export interface ReportReader extends StatementReader, Zoned {}

/** A column of a file: the field of the typed row, what stands over it, and who may see it. */
export interface ReportColumn {
  name: string;
  heads: Readonly<Record<Language, string>>;
  permission?: Scope;
}

/** A report as one statement, which the root field pages and a file reads to its end. */
export interface ReportDefinition {
  /** The root field of Query; its permission is that of the file. */
  root: string;
  permission: Scope;
  /** What it honours; anything else is refused. A report as of a day takes `to` alone. */
  filters: readonly FilterName[];
  /** Those without which there is nothing to read. */
  required?: readonly FilterName[];
  columns: readonly ReportColumn[];
  /** What `by` may be; the first one when nothing is said. */
  groups?: readonly string[];
  /** The first day when nothing is said; otherwise that of the month of the last one. */
  earliest?: string;
  /** Without a limit, in a total order. */
  sql(ask: ReportAsk, params: Params): string;
}

/** `column('net', 'Net', 'الصافي')`. */
export const column = (name: string, en: string, ar: string, permission?: Scope): ReportColumn => ({
  name,
  heads: { en, ar },
  ...(permission ? { permission } : {}),
});

/** The heads that mean the same in every report. */
export const HEADS = {
  currency: column('currency', 'Currency', 'العملة'),
  day: column('day', 'Date', 'التاريخ'),
  number: column('number', 'Number', 'الرقم'),
  code: column('code', 'Code', 'الرمز'),
  name: column('name', 'Name', 'الاسم'),
  nameAr: column('nameAr', 'Name in Arabic', 'الاسم بالعربية'),
  account: column('account', 'Account', 'الحساب'),
} as const;

const MONTH_START = 8;

/** The days and filters of a report: today, and this month up to it, when nothing is said. Throws BAD_INPUT. */
export function reportFilters(
  given: Partial<Record<FilterName, unknown>>,
  today: string,
  { maxDays }: { maxDays?: number } = {},
): ReportFilters {
  const text = (name: FilterName): string | null => (given[name] as string | null | undefined) ?? null;
  const to = text('to') ?? today;
  const from = text('from') ?? `${to.slice(0, MONTH_START)}01`;
  const ids = ['branchId', 'salespersonId', 'partyId', 'productId', 'categoryId', 'warehouseId'] as const;
  assertAll(
    () => {
      if (from > to) throw badInput('from', msg`The first day is after the last one.`);
      if (maxDays !== undefined && addDays(from, maxDays) < to) throw badInput('from', msg`At most ${maxDays} days.`);
    },
    ...(['currency', 'translateTo'] as const).map((name) => () => {
      if (text(name) !== null) assertCurrency(text(name), name);
    }),
    () => {
      if (text('currency') !== null && text('translateTo') !== null) {
        throw badInput('translateTo', msg`Give currency or translateTo, not both.`);
      }
    },
    ...ids.map((name) => () => {
      const id = text(name);
      if (id !== null && !isId(id)) throw badInput(name, msg`Not a valid id.`);
    }),
  );
  return {
    from,
    to,
    currency: text('currency'),
    branchId: text('branchId'),
    salespersonId: text('salespersonId'),
    partyId: text('partyId'),
    productId: text('productId'),
    categoryId: text('categoryId'),
    warehouseId: text('warehouseId'),
    accounts: (given.accounts as readonly number[] | null | undefined) ?? null,
    by: text('by'),
    translateTo: text('translateTo'),
  };
}

/** ` and column = value` for a filter that is set. */
export const only = (column: string, id: string | null, params: Params): string =>
  id === null ? '' : ` and ${column} = ${params.add(id)}::uuid`;

export const within = (column: string, { from, to }: { from: string; to: string }, params: Params): string =>
  `${column} between ${params.add(from)}::date and ${params.add(to)}::date`;

export const dayBefore = (day: string): string => addDays(day, -1);

export interface ReportRows<Row> {
  rows: Row[];
  hasMore: boolean;
}

export const MAX_ROWS = 2000;
export const MAX_SKIP = 1_000_000;

@ArgsType()
export class RowsArgs {
  @Field(() => Int, { defaultValue: 100, description: `Rows of this answer, 1 to ${MAX_ROWS}.` })
  first!: number;

  @Field(() => Int, { defaultValue: 0, description: `Rows before them, at most ${MAX_SKIP}.` })
  skip!: number;
}

const FIRST_DAY = { nullable: true, description: 'The first day of the month of the last one by default.' };
const LAST_DAY = { nullable: true, description: 'Today when nothing is said.' };

@ArgsType()
export class PeriodArgs {
  @Field(() => BusinessDate, FIRST_DAY)
  from?: string | null;

  @Field(() => BusinessDate, LAST_DAY)
  to?: string | null;
}

@ArgsType()
export class PeriodRowsArgs extends RowsArgs {
  @Field(() => BusinessDate, FIRST_DAY)
  from?: string | null;

  @Field(() => BusinessDate, LAST_DAY)
  to?: string | null;
}

@ArgsType()
export class DayRowsArgs extends RowsArgs {
  @Field(() => BusinessDate, { nullable: true, description: 'At the end of this day; today when nothing is said.' })
  on?: string | null;
}

export interface ReportPage<Row> extends ReportRows<Row> {
  from: string;
  to: string;
}

/** Makes the type of a report with rows of a type. */
export function reportOf<Row extends object>(
  row: ClassType<Row>,
  name: string,
  description: string,
): ClassType<ReportPage<Row>> {
  @ObjectType(name, { description })
  class Report implements ReportPage<Row> {
    @Field(() => BusinessDate)
    from!: string;

    @Field(() => BusinessDate, { description: 'The last day; the day of a report as of one.' })
    to!: string;

    @Field(() => [row])
    rows!: Row[];

    @Field(() => Boolean, { description: 'Whether there are rows behind these; read on with `skip`.' })
    hasMore!: boolean;
  }
  return Report;
}

/** A part of a report as the viewer may see it. Throws BAD_INPUT. */
export async function readReportRows<Row>(
  reader: ReportReader,
  definition: Pick<ReportDefinition, 'sql'>,
  ask: ReportFilters,
  { first, skip }: { first: number; skip: number },
): Promise<ReportRows<Row>> {
  if (first < 1 || first > MAX_ROWS) throw badInput('first', msg`Give 1 to ${MAX_ROWS} rows.`, { maximum: MAX_ROWS });
  if (skip < 0 || skip > MAX_SKIP) throw badInput('skip', msg`Give 0 to ${MAX_SKIP} rows.`, { maximum: MAX_SKIP });
  const { text, values } = reportStatement(definition, askOf(reader, ask));
  const place = (offset: number): string => `$${values.length + offset}::int`;
  const rows = await reader.read<Row>(`${text} limit ${place(1)} offset ${place(2)}`, [...values, first + 1, skip]);
  return { rows: rows.slice(0, first), hasMore: rows.length > first };
}

/** A page of a report with its days. */
export async function readReport<Row>(
  reader: ReportReader,
  definition: Pick<ReportDefinition, 'sql'>,
  ask: ReportFilters,
  page: { first: number; skip: number },
): Promise<ReportPage<Row>> {
  return { from: ask.from, to: ask.to, ...(await readReportRows<Row>(reader, definition, ask, page)) };
}

export async function readWholeReport<Row>(
  reader: ReportReader,
  definition: Pick<ReportDefinition, 'sql'>,
  ask: ReportFilters,
): Promise<Row[]> {
  const { text, values } = reportStatement(definition, askOf(reader, ask));
  return reader.read<Row>(text, values);
}

const askOf = ({ viewer, today, timeZone }: ReportReader, filters: ReportFilters): ReportAsk => ({
  ...filters,
  viewer,
  today,
  timeZone,
});

export function reportStatement(
  definition: Pick<ReportDefinition, 'sql'>,
  ask: ReportAsk,
): { text: string; values: readonly unknown[] } {
  const params = new Params();
  return { text: definition.sql(ask, params), values: params.values };
}
