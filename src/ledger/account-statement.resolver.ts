import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { assertCurrency } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, DateTime, Money } from '../platform/graphql/scalars.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { asks, selectionOf } from '../platform/read/selection.js';
import { countStatementLines, listStatementLines, type StatementRow } from './account-statement.queries.js';
import { lineKeyOf, pageOfLines, sizeOf } from './line-page.js';
import { hasAccount } from './trial-balance.queries.js';

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

@ArgsType()
export class AccountStatementArgs extends PageArgs {
  @Field(() => Int, { description: 'The code of the account.' })
  account!: number;

  @Field(() => ID, { nullable: true, description: 'Only the lines of this customer, vendor, user or box.' })
  partyId?: string | null;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => BusinessDate, { nullable: true })
  from?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  to?: string | null;
}

const StatementConnection = connectionOf(AccountStatementLine, 'AccountStatement');

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

@Resolver()
export class AccountStatementResolver {
  @Query(() => StatementConnection, {
    description: 'The lines of an account in one currency, or of one party in it, the oldest first.',
  })
  async accountStatement(
    @Ctx() context: Context,
    @Args(() => AccountStatementArgs) args: AccountStatementArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<AccountStatementLine>> {
    const { account, partyId = null, currency, from = null, to = null } = args;
    assertCurrency(currency);
    if (partyId !== null && !isId(partyId)) throw badInput('partyId', msg`Not a valid id.`);
    const of = { account, partyId, currency, from, to };
    const size = sizeOf(args);
    const backward = args.last != null;
    const keys = { after: lineKeyOf(ORDER, args.after, 'after'), before: lineKeyOf(ORDER, args.before, 'before') };
    const wantsCount = asks(selectionOf(info), 'totalCount');
    const [rows, totalCount] = await Promise.all([
      listStatementLines(context, { ...of, ...keys, limit: size + 1, backward }),
      wantsCount ? countStatementLines(context, of) : null,
    ]);
    if (rows.length === 0 && !(await hasAccount(context, account))) {
      throw badInput('account', msg`There is no account ${account}.`);
    }
    const nodeOf = (row: StatementRow): AccountStatementLine => lineOf(row, currency);
    return pageOfLines({ order: ORDER, rows, size, backward, ...keys, totalCount, nodeOf });
  }
}
