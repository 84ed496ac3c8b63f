import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { badInput, notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { isCurrency } from '../kernel/money.js';
import { book, closeBooks } from '../organisation/books.service.js';
import { Customer } from '../customers/customer.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { readPage } from '../platform/read/page.js';
import { BusinessDate } from '../platform/graphql/scalars.js';
import { defineResult, InvalidInputError } from '../platform/graphql/user-error.js';
import { AccountEntry, CustomerAccount } from './account-entry.js';
import { accountEntryRead, BY_ENTRY, enteredFrom, enteredUntil, ofAccount } from './account.queries.js';

@ObjectType()
export class BooksClosed {
  @Field(() => BusinessDate, { description: 'No document can be dated on this day or before.' })
  closedUntil!: string;
}

@ArgsType()
export class AccountEntryArgs extends PageArgs {
  @Field(() => ID)
  customerId!: string;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => BusinessDate, { nullable: true })
  from?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  to?: string | null;
}

const EntryConnection = connectionOf(AccountEntry, 'AccountEntry');
const closeResult = defineResult('CloseBooksResult', { type: BooksClosed, name: 'BooksClosed' }, [InvalidInputError]);

@Resolver(() => Customer)
export class CustomerAccountResolver {
  @Query(() => EntryConnection, { description: 'The statement of account, the oldest line first.' })
  accountEntries(
    @Ctx() context: Context,
    @Args(() => AccountEntryArgs) args: AccountEntryArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof accountEntryRead>>> {
    const { customerId, currency, from, to } = args;
    if (!isId(customerId)) throw notFound('Customer', customerId, 'customerId');
    if (!isCurrency(currency)) throw badInput('currency', 'The currency is IQD, USD or RMB.');
    return readPage(context, accountEntryRead, {
      args,
      info,
      sort: BY_ENTRY,
      where: [
        ofAccount(customerId, currency),
        from == null ? null : enteredFrom(from),
        to == null ? null : enteredUntil(to),
      ],
    });
  }

  @Mutation(() => closeResult.type, { description: 'For good: the day never moves back.' })
  closeBooks(@Ctx() context: Context, @Arg('until', () => BusinessDate) until: string): Promise<object> {
    return closeResult.run(context, async () => ({
      closedUntil: await book(context, (tx, booking) => closeBooks(tx, booking, until)),
    }));
  }

  @FieldResolver(() => [CustomerAccount], { description: 'One a currency in which there ever was a document.' })
  accounts(@Root() customer: { accounts?: CustomerAccount[] }): CustomerAccount[] {
    return customer.accounts ?? [];
  }
}
