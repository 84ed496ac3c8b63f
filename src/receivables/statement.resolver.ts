import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Query, Resolver } from 'type-graphql';
import { assertCurrency } from '../kernel/document-values.js';
import { notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate } from '../platform/graphql/scalars.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { readPage } from '../platform/read/page.js';
import { StatementEntry } from './statement-entry.js';
import { BY_ENTRY, enteredFrom, enteredUntil, ofCustomer, statementEntryRead } from './statement.queries.js';

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
  ): Promise<Page<RowOf<typeof statementEntryRead>>> {
    const { customerId, currency, from, to } = args;
    if (!isId(customerId)) throw notFound('Customer', customerId, 'customerId');
    assertCurrency(currency);
    return readPage(context, statementEntryRead, {
      args,
      info,
      sort: BY_ENTRY,
      where: [
        ofCustomer(customerId, currency),
        from == null ? null : enteredFrom(from),
        to == null ? null : enteredUntil(to),
      ],
    });
  }
}
