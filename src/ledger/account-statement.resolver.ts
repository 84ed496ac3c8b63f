import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Int, Query, Resolver } from 'type-graphql';
import { assertCurrency } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate } from '../platform/graphql/scalars.js';
import { PageArgs, type Page } from '../platform/read/connection.js';
import { type AccountStatementLine, readStatement, StatementConnection } from './account-statement.entity.js';
import { hasAccount } from './trial-balance.queries.js';

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
    const page = await readStatement(context, info, { account, partyId, currency, from, to }, args);
    if (page.nodes.length === 0 && !(await hasAccount(context, account))) {
      throw badInput('account', msg`There is no account ${account}.`);
    }
    return page;
  }
}
