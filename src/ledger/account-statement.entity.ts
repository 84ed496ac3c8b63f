import type { GraphQLResolveInfo } from 'graphql';
import { Field, ID, ObjectType } from 'type-graphql';
import { isBusinessDate } from '../kernel/clock.js';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import type { Context } from '../platform/graphql/context.js';
import { decodeCursor, encodeCursor } from '../platform/graphql/cursor.js';
import { BusinessDate, DateTime, Money } from '../platform/graphql/scalars.js';
import { connectionOf, DEFAULT_PAGE, MAX_PAGE, type PageArgs, type Page } from '../platform/read/connection.js';
import { asks, selectionOf } from '../platform/read/selection.js';
import {
  countStatementLines,
  type LineKey,
  listStatementLines,
  type StatementOf,
  type StatementRow,
} from './account-statement.queries.js';

@ObjectType({ description: 'A line of the statement of an account. Positive is debit.' })
export class AccountStatementLine {
  @Field(() => ID)
  id!: string;

  @Field(() => BusinessDate)
  day!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Of its entry, without gaps; null for the moments until it has one.',
  })
  number!: string | null;

  @Field(() => String, { description: 'What happened, such as INVOICE or PAYMENT_VOID.' })
  event!: string;

  @Field(() => String, { nullable: true })
  documentType!: string | null;

  @Field(() => ID, { nullable: true })
  documentId!: string | null;

  @Field(() => String, { nullable: true })
  reason!: string | null;

  @Field(() => ID, { nullable: true, description: 'The customer, vendor, user or box that the line names.' })
  partyId!: string | null;

  @Field(() => ID, { nullable: true })
  branchId!: string | null;

  @Field(() => ID, { nullable: true, description: 'Who looked after the customer on the day.' })
  salespersonId!: string | null;

  @Field(() => Money)
  amount!: Money;

  @Field(() => Money, { description: 'The amount in the base currency, at the rate of the day.' })
  base!: Money;

  @Field(() => Money, { description: 'The balance after this line.' })
  balance!: Money;

  @Field(() => Money)
  baseBalance!: Money;

  @Field(() => String)
  actor!: string;

  @Field(() => DateTime)
  createdAt!: Date;
}

export const StatementConnection = connectionOf(AccountStatementLine, 'AccountStatement');

const ORDER = 'ACCOUNT';

const cursorOf = ({ day, entryId, line }: LineKey): string => encodeCursor([ORDER, day, `${entryId}:${line}`]);

function keyOf(cursor: string | null | undefined, field: 'after' | 'before'): LineKey | null {
  if (cursor == null) return null;
  const [order, day, place] = decodeCursor(cursor) ?? [];
  const match = /^(\d{1,15}):(\d{1,6})$/.exec(place ?? '');
  if (order !== ORDER || day === undefined || !isBusinessDate(day) || !match) {
    throw badInput(field, msg`${field} is no cursor of this list. Take it from pageInfo or an edge of the same order.`);
  }
  return { day, entryId: Number(match[1]), line: Number(match[2]) };
}

function sizeOf({ first, last }: PageArgs): number {
  if (first != null && last != null) throw badInput('last', msg`Give first or last, not both.`);
  const field = last == null ? 'first' : 'last';
  const size = last ?? first ?? DEFAULT_PAGE;
  if (size < 0) throw badInput(field, msg`${field} is negative.`);
  if (size > MAX_PAGE) throw badInput(field, msg`${field} is at most ${MAX_PAGE}.`, { maximum: MAX_PAGE });
  return size;
}

function lineOf(row: StatementRow, currency: string): AccountStatementLine {
  const { entryId, line, number, amount, base, balance, baseBalance, baseCurrency, ...rest } = row;
  return {
    ...rest,
    id: `${entryId}:${line}`,
    number: number === null ? null : String(number),
    amount: { amount, currency },
    base: { amount: base, currency: baseCurrency },
    balance: { amount: balance, currency },
    baseBalance: { amount: baseBalance, currency: baseCurrency },
  };
}

/** A page of the statement of an account, or of a party in it. */
export async function readStatement(
  context: Context,
  info: GraphQLResolveInfo,
  of: StatementOf,
  args: PageArgs,
): Promise<Page<AccountStatementLine>> {
  const size = sizeOf(args);
  const backward = args.last != null;
  const [after, before] = [keyOf(args.after, 'after'), keyOf(args.before, 'before')];
  const wantsCount = asks(selectionOf(info), 'totalCount');
  const [rows, totalCount] = await Promise.all([
    listStatementLines(context, { ...of, after, before, limit: size + 1, backward }),
    wantsCount ? countStatementLines(context, of) : null,
  ]);
  const more = rows.length > size;
  // The row beyond the page is the furthest one: the first of the rows when they are read from the end.
  const shown = more ? (backward ? rows.slice(1) : rows.slice(0, -1)) : rows;
  const [head, tail] = [shown[0], shown.at(-1)];
  const nodes = shown.map((row) => lineOf(row, of.currency));
  return {
    nodes,
    edges: nodes.map((node, index) => ({ node, cursor: cursorOf(shown[index] as StatementRow) })),
    pageInfo: {
      hasNextPage: backward ? before !== null : more,
      hasPreviousPage: backward ? more : after !== null,
      startCursor: head ? cursorOf(head) : null,
      endCursor: tail ? cursorOf(tail) : null,
    },
    totalCount,
  };
}
