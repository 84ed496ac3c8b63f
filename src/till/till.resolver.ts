import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, InputType, Int, Mutation, Query, Resolver } from 'type-graphql';
import { recordedCreditNote, recordedInvoice } from '../billing/recorded.entity.js';
import { CreditLineInput, OrderLineGivenInput } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import { TillSessionFilter, TillSessionSort } from './till.inputs.js';
import { type PaymentMethod, PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { DecimalText } from '../platform/graphql/scalars.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { TillSession } from './till.entity.js';
import { tillSessionRead, type TillSessionRow } from './till.queries.js';
import { closeTill, openTill, returnAtTill, sellAtTill } from './till.service.js';

@InputType()
export class CountedCashInput {
  @Field(() => String, { description: 'IQD or USD.' })
  currency!: string;

  @Field(() => DecimalText)
  amount!: string;
}

@InputType()
export class TillPaymentInput {
  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => DecimalText, { description: 'In the currency of the sale.' })
  amount!: string;
}

@InputType()
export class SellAtTillInput {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => ID, { nullable: true, description: 'Left out: whoever walked in, by the consumer list.' })
  customerId?: string | null;

  @Field(() => [OrderLineGivenInput])
  lines!: OrderLineGivenInput[];

  @Field(() => DecimalText, { nullable: true })
  discountPercent?: string | null;

  @Field(() => [TillPaymentInput], { description: 'One or several that sum to the total.' })
  payments!: TillPaymentInput[];
}

@InputType()
export class ReturnAtTillInput {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => ID)
  invoiceId!: string;

  @Field(() => [CreditLineInput])
  lines!: CreditLineInput[];

  @Field(() => String)
  reason!: string;

  @Field(() => PaymentMethodEnum, { description: 'How the money is given back.' })
  method!: PaymentMethod;
}

const SessionConnection = connectionOf(TillSession, 'TillSession');

const readSession = (
  context: Context,
  id: string,
  info: GraphQLResolveInfo,
  field: string | null,
): Promise<TillSessionRow | null> => {
  const requested = selectionOf(info);
  return readOne(context, tillSessionRead, id, field === null ? requested : childSelection(requested, field));
};

const recordedSession = defineRecorded<TillSession>({
  field: 'session',
  noun: 'Till session',
  type: TillSession,
  read: (context, id, info) => readSession(context, id, info, 'session'),
});

const openResult = recordedSession.result('OpenTill', openTill.fails);
const closeResult = recordedSession.result('CloseTill', closeTill.fails);
const sellResult = recordedInvoice.result('SellAtTill', sellAtTill.fails);
const returnResult = recordedCreditNote.result('ReturnAtTill', returnAtTill.fails);

@Resolver(() => TillSession)
export class TillResolver {
  @Query(() => SessionConnection, { description: 'One’s own shifts, newest first; with till:all those of everybody.' })
  tillSessions(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => TillSessionFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => TillSessionSort, { defaultValue: TillSessionSort.OPENED_DESC })
    orderBy: keyof typeof TillSessionSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<TillSessionRow>> {
    const sort = sortNamed<TillSession>(TillSessionSort, orderBy);
    return readPage(context, tillSessionRead, { args, info, sort, where: [filtered(TillSessionFilter, filter)] });
  }

  @Query(() => TillSession, { nullable: true })
  tillSession(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TillSessionRow | null> {
    return readSession(context, id, info, null);
  }

  @Mutation(() => openResult.type, { description: 'One open till a person.' })
  openTill(
    @Ctx() context: Context,
    @Arg('counts', () => [CountedCashInput]) counts: CountedCashInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Arg('warehouseId', () => ID, { nullable: true }) warehouseId: string | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedSession.run(openResult, { context, info }, (tx, documentContext) =>
      openTill(tx, documentContext, { counts, warehouseId, idempotencyKey }),
    );
  }

  @Mutation(() => closeResult.type, { description: 'What it should hold is kept beside what was counted.' })
  closeTill(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('counts', () => [CountedCashInput]) counts: CountedCashInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedSession.run(closeResult, { context, info }, (tx, documentContext) =>
      closeTill(tx, documentContext, { id, version, counts, idempotencyKey }),
    );
  }

  @Mutation(() => sellResult.type, {
    description: 'Order, goods, invoice and payments in one transaction, or nothing of it.',
  })
  sellAtTill(
    @Ctx() context: Context,
    @Arg('input', () => SellAtTillInput) input: SellAtTillInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedInvoice.run(sellResult, { context, info }, (tx, documentContext) =>
      sellAtTill(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => returnResult.type, { description: 'Credit note, stock and refund in one transaction.' })
  returnAtTill(
    @Ctx() context: Context,
    @Arg('input', () => ReturnAtTillInput) input: ReturnAtTillInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedCreditNote.run(returnResult, { context, info }, (tx, documentContext) =>
      returnAtTill(tx, documentContext, { ...input, idempotencyKey }),
    );
  }
}
