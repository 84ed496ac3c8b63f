import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, Money } from '../platform/graphql/scalars.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { reportFilters } from '../platform/read/report.js';
import { asks, selectionOf } from '../platform/read/selection.js';
import { countLedgerLines, type LedgerRow, listLedgerLines } from './general-ledger.queries.js';
import { lineKeyOf, pageOfLines, sizeOf } from './line-page.js';

@ObjectType({ description: 'A line of the journal. Positive is debit.' })
export class LedgerLine {
  @Field(() => ID)
  id!: string;

  @Field(() => BusinessDate)
  day!: string;

  @Field(() => String, { nullable: true, description: 'Of its entry; null for the moments until it has one.' })
  number!: string | null;

  @Field(() => String, { description: 'What happened, such as INVOICE or PAYMENT_VOID.' })
  event!: string;

  @Field(() => String, { nullable: true })
  documentType!: string | null;

  @Field(() => ID, { nullable: true })
  documentId!: string | null;

  @Field(() => String, { nullable: true })
  reason!: string | null;

  @Field(() => Int, { description: 'The code of the account.' })
  account!: number;

  @Field(() => String)
  accountName!: string;

  @Field(() => String)
  accountNameAr!: string;

  @Field(() => ID, { nullable: true, description: 'The customer, vendor, user or box that the line names.' })
  partyId!: string | null;

  @Field(() => ID, { nullable: true })
  branchId!: string | null;

  @Field(() => ID, { nullable: true, description: 'Of the day on which it was posted.' })
  salespersonId!: string | null;

  @Field(() => ID, { nullable: true })
  productId!: string | null;

  @Field(() => Money)
  amount!: Money;

  @Field(() => Money, { description: 'The amount in the base currency, at the rate of the day.' })
  base!: Money;

  @Field(() => String)
  actor!: string;
}

const MAX_ACCOUNTS = 100;

@ArgsType()
export class GeneralLedgerArgs extends PageArgs {
  @Field(() => [Int], { nullable: true, description: `Codes of accounts, at most ${MAX_ACCOUNTS}; all by default.` })
  accounts?: number[] | null;

  @Field(() => BusinessDate, { nullable: true, description: 'The first day of the month of the last one by default.' })
  from?: string | null;

  @Field(() => BusinessDate, { nullable: true, description: 'Today when nothing is said.' })
  to?: string | null;

  @Field(() => String, { nullable: true, description: 'Only what was posted in IQD, USD or RMB.' })
  currency?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only the lines of this customer, vendor, user or box.' })
  partyId?: string | null;

  @Field(() => ID, { nullable: true })
  branchId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of the day on which it was posted.' })
  salespersonId?: string | null;

  @Field(() => ID, { nullable: true })
  productId?: string | null;
}

const LedgerConnection = connectionOf(LedgerLine, 'GeneralLedger');

const ORDER = 'LEDGER';

function lineOf(row: LedgerRow): LedgerLine {
  const { entryId, line, number, amount, currency, base, baseCurrency, ...rest } = row;
  return {
    ...rest,
    id: `${entryId}:${line}`,
    number: number === null ? null : String(number),
    amount: { amount, currency },
    base: { amount: base, currency: baseCurrency },
  };
}

@Resolver()
export class GeneralLedgerResolver {
  @Query(() => LedgerConnection, { description: 'The lines of the journal across accounts, the oldest first.' })
  async generalLedger(
    @Ctx() context: Context,
    @Args(() => GeneralLedgerArgs) args: GeneralLedgerArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<LedgerLine>> {
    const { first: _first, last: _last, after, before, ...given } = args;
    if ((given.accounts?.length ?? 0) > MAX_ACCOUNTS) {
      throw badInput('accounts', msg`At most ${MAX_ACCOUNTS} accounts.`, { maximum: MAX_ACCOUNTS });
    }
    const filters = reportFilters(given, context.today);
    const size = sizeOf(args);
    const backward = args.last != null;
    const wantsCount = asks(selectionOf(info), 'totalCount');
    const keys = { after: lineKeyOf(ORDER, after, 'after'), before: lineKeyOf(ORDER, before, 'before') };
    const [rows, totalCount] = await Promise.all([
      listLedgerLines(context, { filters, ...keys, limit: size + 1, backward }),
      wantsCount ? countLedgerLines(context, filters) : null,
    ]);
    return pageOfLines({ order: ORDER, rows, size, backward, ...keys, totalCount, nodeOf: lineOf });
  }
}
