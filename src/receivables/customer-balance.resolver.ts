import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  Info,
  Mutation,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import { transactDocument } from '../documents/document-context.service.js';
import { documentScope } from '../documents/document.queries.js';
import { badInput, notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { isCurrency } from '../kernel/money.js';
import { closeResult } from '../ledger/books.resolver.js';
import { closeBooks } from '../ledger/books.service.js';
import { type Page, readPage } from '../platform/graphql/connections.js';
import type { Context } from '../platform/graphql/context.js';
import { Params } from '../platform/graphql/filters.js';
import { BusinessDate, MoneyField } from '../platform/graphql/scalars.js';
import { statementEntryList } from './statement.queries.js';
import { EntryConnection, StatementEntry, StatementEntryArgs } from './statement.resolver.js';

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
