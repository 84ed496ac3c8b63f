import type { GraphQLResolveInfo } from 'graphql';
import { Field, ID, ObjectType } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, DateTime, Money } from '../platform/graphql/scalars.js';
import { connectionOf, type PageArgs, type Page } from '../platform/read/connection.js';
import { asks, selectionOf } from '../platform/read/selection.js';
import {
  countStatementLines,
  listStatementLines,
  type StatementOf,
  type StatementRow,
} from './account-statement.queries.js';
import { lineKeyOf, pageOfLines, sizeOf } from './line-page.js';

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
  const keys = { after: lineKeyOf(ORDER, args.after, 'after'), before: lineKeyOf(ORDER, args.before, 'before') };
  const wantsCount = asks(selectionOf(info), 'totalCount');
  const [rows, totalCount] = await Promise.all([
    listStatementLines(context, { ...of, ...keys, limit: size + 1, backward }),
    wantsCount ? countStatementLines(context, of) : null,
  ]);
  const nodeOf = (row: StatementRow): AccountStatementLine => lineOf(row, of.currency);
  return pageOfLines({ order: ORDER, rows, size, backward, ...keys, totalCount, nodeOf });
}
