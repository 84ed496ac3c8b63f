import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
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
import { CreditNote } from '../billing/credit-note.entity.js';
import { Payment } from '../billing/payment.entity.js';
import { Allocation } from '../billing/settlement.entity.js';
import { transactDocument } from '../documents/document-context.service.js';
import { readDocument } from '../documents/document.queries.js';
import { ApplyArgs, ReasonedStepArgs } from '../documents/line-input.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import { PaymentFilter, PaymentSort, RecordPaymentInput, RecordRefundInput } from './payment.inputs.js';
import { paymentRead, type PaymentRow } from './payment.queries.js';
import { applyPayment, recordPayment, recordRefund, voidPayment } from './payment.service.js';
import { recordedPayment } from './recorded.entity.js';
import { Refund } from './refund.entity.js';

@ObjectType({ description: 'Money given back, and whether the key had been used before.' })
export class RefundRecorded {
  @Field(() => ID)
  refundId!: string;

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
  replayed!: boolean;
}

const PaymentConnection = connectionOf(Payment, 'Payment');

const paymentResult = recordedPayment.result('RecordPayment', recordPayment.fails);
const applyPaymentResult = recordedPayment.result('ApplyPayment', applyPayment.fails);
const voidPaymentResult = recordedPayment.result('VoidPayment', voidPayment.fails);
const refundResult = defineResult<RefundRecorded>(
  'RecordRefundResult',
  { type: RefundRecorded, name: 'RefundRecorded' },
  recordRefund.fails,
);

@Resolver(() => Payment)
export class PaymentResolver {
  @Query(() => PaymentConnection, { description: 'Payments that the viewer may see.' })
  payments(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => PaymentFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => PaymentSort, { defaultValue: PaymentSort.CREATED_DESC }) orderBy: keyof typeof PaymentSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<PaymentRow>> {
    const sort = sortNamed<Payment>(PaymentSort, orderBy);
    return readPage(context, paymentRead, { args, info, sort, where: [filtered(PaymentFilter, filter)] });
  }

  @Query(() => Payment, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  payment(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PaymentRow | null> {
    return readDocument(context, paymentRead, id, info, null);
  }

  @Mutation(() => paymentResult.type, {
    description: 'Money received, for several invoices or none; what is left stays with the payment, unapplied.',
  })
  recordPayment(
    @Ctx() context: Context,
    @Arg('input', () => RecordPaymentInput) input: RecordPaymentInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedPayment.run(paymentResult, { context, info }, (tx, documentContext) =>
      recordPayment(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => applyPaymentResult.type, { description: 'Settles invoices with what is left of a payment.' })
  applyPayment(
    @Ctx() context: Context,
    @Args(() => ApplyArgs) input: ApplyArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedPayment.run(applyPaymentResult, { context, info }, (tx, documentContext) =>
      applyPayment(tx, documentContext, input),
    );
  }

  @Mutation(() => voidPaymentResult.type, { description: 'By a counter-entry of today: what it paid is open again.' })
  voidPayment(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedPayment.run(voidPaymentResult, { context, info }, (tx, documentContext) =>
      voidPayment(tx, documentContext, input),
    );
  }

  @Mutation(() => refundResult.type, { description: 'Gives back what is left of a payment or of a credit note.' })
  recordRefund(
    @Ctx() context: Context,
    @Arg('input', () => RecordRefundInput) input: RecordRefundInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
  ): Promise<object> {
    return refundResult.run(context, async () => {
      const { answer, replayed } = await transactDocument(context, (tx, documentContext) =>
        recordRefund(tx, documentContext, { ...input, idempotencyKey }),
      );
      return { refundId: answer.id, replayed };
    });
  }

  @FieldResolver(() => [Allocation])
  allocations(@Root() payment: { allocations?: Allocation[] }): Allocation[] {
    return payment.allocations ?? [];
  }

  @FieldResolver(() => [Refund])
  refunds(@Root() payment: { refunds?: Refund[] }): Refund[] {
    return payment.refunds ?? [];
  }
}

@Resolver(() => CreditNote)
export class CreditNoteRefundsResolver {
  @FieldResolver(() => [Refund])
  refunds(@Root() note: { refunds?: Refund[] }): Refund[] {
    return note.refunds ?? [];
  }
}
