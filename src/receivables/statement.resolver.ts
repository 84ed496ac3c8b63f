import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { documentScope } from '../documents/document.queries.js';
import { assertCurrency } from '../kernel/document-values.js';
import { notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { ENTRY_KINDS, type EntryKind } from '../ledger/customer-ledger.queries.js';
import { connectionOf, PageArgs, readPage, type Page } from '../platform/graphql/connections.js';
import type { Context } from '../platform/graphql/context.js';
import { Params } from '../platform/graphql/filters.js';
import { BusinessDate, DateTime, MoneyField } from '../platform/graphql/scalars.js';
import { statementEntryList } from './statement.queries.js';

export const StatementEntryKindEnum = Object.fromEntries(ENTRY_KINDS.map((kind) => [kind, kind])) as {
  [K in EntryKind]: K;
};

registerEnumType(StatementEntryKindEnum, { name: 'StatementEntryKind' });

@ObjectType({ description: 'One line of a customer statement; never changed.' })
export class StatementEntry {
  @Field(() => ID)
  id!: string;

  @Field(() => StatementEntryKindEnum)
  kind!: EntryKind;

  @Field(() => ID)
  documentId!: string;

  @Field(() => String)
  number!: string;

  @Field(() => BusinessDate)
  enteredOn!: string;

  @MoneyField({ description: 'Positive: the customer owes more.' })
  amount!: string;

  @MoneyField({ description: 'The balance after this line.' })
  balanceAfter!: string;

  @Field(() => DateTime)
  createdAt!: Date;

  currency!: string;
}

@ArgsType()
export class StatementEntryArgs extends PageArgs {
  @Field(() => ID)
  customerId!: string;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => BusinessDate, { nullable: true })
  from?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  to?: string | null;
}

const EntryConnection = connectionOf(StatementEntry, 'StatementEntry');

@Resolver()
export class StatementResolver {
  @Query(() => EntryConnection, { description: 'The statement of a customer in one currency, the oldest line first.' })
  statementEntries(
    @Ctx() context: Context,
    @Args(() => StatementEntryArgs) args: StatementEntryArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<StatementEntry>> {
    const { customerId, currency, from, to } = args;
    if (!isId(customerId)) throw notFound('Customer', customerId, 'customerId');
    assertCurrency(currency);
    const params = new Params();
    const where = [
      documentScope({ viewer: context.viewer, params }, 'e.customer_id'),
      `e.customer_id = ${params.add(customerId)}::uuid`,
      `e.currency = ${params.add(currency)}`,
    ];
    if (from != null) where.push(`e.entered_on >= ${params.add(from)}::date`);
    if (to != null) where.push(`e.entered_on <= ${params.add(to)}::date`);
    return readPage(context, statementEntryList, { args, order: 'ENTERED', where, params, info });
  }
}
