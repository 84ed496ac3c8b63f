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
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { badInput, notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { isCurrency } from '../kernel/money.js';
import { transactDocument, closeBooks } from '../organisation/books.service.js';
import { Customer } from '../customers/customer.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { Params } from '../platform/graphql/filters.js';
import { connectionOf, PageArgs, readPage, type Page } from '../platform/graphql/connections.js';
import { BusinessDate, DateTime, MoneyField } from '../platform/graphql/scalars.js';
import { defineResult, InvalidInputError } from '../platform/graphql/user-error.js';
import { statementEntryList, documentScope, ENTRY_KINDS, type EntryKind } from './account.queries.js';

export const StatementEntryKindEnum = Object.fromEntries(ENTRY_KINDS.map((kind) => [kind, kind])) as { [K in EntryKind]: K };
registerEnumType(StatementEntryKindEnum, { name: 'StatementEntryKind' });

export const Risk = { NONE: 'NONE', LOW: 'LOW', MEDIUM: 'MEDIUM', HIGH: 'HIGH' } as const;
registerEnumType(Risk, {
  name: 'CreditRisk',
  description: 'Overdue: HIGH. Above 80 % of the limit, or owing without one: MEDIUM. Above 50 %: LOW.',
});

@ObjectType({ description: 'What a customer owes in one currency. Currencies are never added together.' })
export class CustomerBalance {
  @Field(() => String)
  currency!: string;

  @MoneyField({ description: 'Invoices less payments and credit notes; negative: the company owes.' })
  balance!: string;

  @MoneyField({ description: 'What was due before today and is not settled.' })
  overdue!: string;

  @MoneyField({ description: 'Paid or credited, and not applied to an invoice yet.' })
  unapplied!: string;

  @MoneyField({ description: '0 in a currency other than the agreed one.' })
  creditLimit!: string;

  @MoneyField({
    description: 'The limit less the balance; orders that are confirmed and not billed count at confirmation.',
  })
  creditLeft!: string;

  @Field(() => Risk)
  risk!: string;
}

@ObjectType({ description: 'One line of a statement of account; never changed.' })
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

@ObjectType()
export class BooksClosed {
  @Field(() => BusinessDate, { description: 'No document can be dated on this day or before.' })
  closedUntil!: string;
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
const closeResult = defineResult('CloseBooksResult', { type: BooksClosed, name: 'BooksClosed' }, [InvalidInputError]);

@Resolver(() => Customer)
export class CustomerBalanceResolver {
  @Query(() => EntryConnection, { description: 'The statement of account, the oldest line first.' })
  statementEntries(
    @Ctx() context: Context,
    @Args(() => StatementEntryArgs) args: StatementEntryArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<StatementEntry>> {
    const { customerId, currency, from, to } = args;
    if (!isId(customerId)) throw notFound('Customer', customerId, 'customerId');
    if (!isCurrency(currency)) throw badInput('currency', 'The currency is IQD, USD or RMB.');
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

  @Mutation(() => closeResult.type, { description: 'For good: the day never moves back.' })
  closeBooks(@Ctx() context: Context, @Arg('until', () => BusinessDate) until: string): Promise<object> {
    return closeResult.run(context, async () => ({
      closedUntil: await transactDocument(context, (tx, documentContext) => closeBooks(tx, documentContext, until)),
    }));
  }

  @FieldResolver(() => [CustomerBalance], { description: 'One a currency in which there ever was a document.' })
  balances(@Root() customer: { balances?: CustomerBalance[] }): CustomerBalance[] {
    return customer.balances ?? [];
  }
}
