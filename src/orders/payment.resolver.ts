import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { badInput } from '../kernel/errors.js';
import { isCurrency } from '../kernel/money.js';
import { readAnswer, transactDocument, type DocumentMade } from '../organisation/books.service.js';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { compileFilter, Params } from '../platform/graphql/filters.js';
import { connectionOf, PageArgs, readPage, type Page } from '../platform/graphql/connections.js';
import {
  defineResult,
  FieldOwnedElsewhereError,
  IdempotencyMismatchError,
  InsufficientStockError,
  InvalidInputError,
  NotFoundError,
  OverpaymentError,
  PeriodClosedError,
  StaleVersionError,
  WrongCurrencyError,
} from '../platform/graphql/user-error.js';
import type { Keyed } from '../platform/idempotency.js';
import { documentScope } from './account.queries.js';
import { readDocument } from './booking.js';
import { issueCreditNote, voidCreditNote } from './credit-note.service.js';
import {
  AllocationGivenInput,
  CreditNoteFilter,
  IssueCreditNoteInput,
  PaymentFilter,
  PaymentSort,
  RecordPaymentInput,
  RecordRefundInput,
} from './invoice.inputs.js';
import { Invoice } from './invoice.entity.js';
import { Allocation, CreditNote, CreditNoteLine, Payment, Refund } from './payment.entity.js';
import { creditNoteList, paymentList } from './payment.queries.js';
import { applySource, recordPayment, recordRefund, voidPayment } from './payment.service.js';

@ObjectType({ description: 'The payment as it is now, and whether the key had been used before.' })
export class PaymentRecorded {
  @Field(() => Payment)
  payment!: Payment;

  @Field(() => Boolean, { description: 'True for a repetition, which books nothing.' })
  replayed!: boolean;
}

@ObjectType({ description: 'The credit note as it is now, and whether the key had been used before.' })
export class CreditNoteRecorded {
  @Field(() => CreditNote)
  creditNote!: CreditNote;

  @Field(() => Boolean, { description: 'True for a repetition, which books nothing.' })
  replayed!: boolean;
}

@ObjectType({ description: 'Money given back, and whether the key had been used before.' })
export class RefundRecorded {
  @Field(() => ID)
  refundId!: string;

  @Field(() => Boolean, { description: 'True for a repetition, which books nothing.' })
  replayed!: boolean;
}

const PaymentConnection = connectionOf(Payment, 'Payment');
const CreditNoteConnection = connectionOf(CreditNote, 'CreditNote');
const FAILURES = [
  NotFoundError,
  InvalidInputError,
  FieldOwnedElsewhereError,
  PeriodClosedError,
  IdempotencyMismatchError,
];
const SETTLING = [...FAILURES, OverpaymentError, WrongCurrencyError];
const paymentRecorded = { type: PaymentRecorded, name: 'PaymentRecorded' };
const noteRecorded = { type: CreditNoteRecorded, name: 'CreditNoteRecorded' };
const paymentResult = defineResult<PaymentRecorded>('RecordPaymentResult', paymentRecorded, SETTLING);
const voidPaymentResult = defineResult<PaymentRecorded>('VoidPaymentResult', paymentRecorded, [
  ...FAILURES,
  StaleVersionError,
]);
const noteResult = defineResult<CreditNoteRecorded>('IssueCreditNoteResult', noteRecorded, [
  ...SETTLING,
  InsufficientStockError,
]);
const voidNoteResult = defineResult<CreditNoteRecorded>('VoidCreditNoteResult', noteRecorded, [
  ...FAILURES,
  StaleVersionError,
]);
const refundResult = defineResult<RefundRecorded>(
  'RecordRefundResult',
  { type: RefundRecorded, name: 'RefundRecorded' },
  FAILURES,
);

type Done = Promise<Keyed<DocumentMade>>;

const paymentAnswer = async (context: Context, info: GraphQLResolveInfo, done: Done): Promise<PaymentRecorded> => {
  const read = (id: string): Promise<Payment | null> =>
    readDocument<Payment>(context, paymentList, id, info, 'payment');
  const { row, replayed } = await readAnswer(await done, 'Payment', read);
  return { payment: row, replayed };
};

const noteAnswer = async (context: Context, info: GraphQLResolveInfo, done: Done): Promise<CreditNoteRecorded> => {
  const read = (id: string): Promise<CreditNote | null> =>
    readDocument<CreditNote>(context, creditNoteList, id, info, 'creditNote');
  const { row, replayed } = await readAnswer(await done, 'Credit note', read);
  return { creditNote: row, replayed };
};

@Resolver(() => Payment)
export class PaymentResolver {
  @Query(() => PaymentConnection, { description: 'Payments that the viewer may see.' })
  payments(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => PaymentFilter, { nullable: true }) filter: PaymentFilter | null,
    @Arg('orderBy', () => PaymentSort, { defaultValue: PaymentSort.CREATED_DESC }) order: keyof typeof PaymentSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Payment>> {
    const params = new Params();
    const where = [
      documentScope({ viewer: context.viewer, params }, 'y.customer_id'),
      compileFilter(filter, PaymentFilter.columns, params),
    ];
    return readPage(context, paymentList, { args, order, where, params, info });
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
    return paymentResult.run(context, async () => {
      const { currency } = input;
      if (!isCurrency(currency)) throw badInput('currency', 'The currency is IQD, USD or RMB.');
      const given = { ...input, currency: currency, idempotencyKey };
      return paymentAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => recordPayment(tx, documentContext, given)),
      );
    });
  }

  @Mutation(() => paymentResult.type, { description: 'Settles invoices with what is left of a payment.' })
  applyPayment(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('allocations', () => [AllocationGivenInput]) allocations: AllocationGivenInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { id, allocations, idempotencyKey };
    return paymentResult.run(context, () =>
      paymentAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => applySource(tx, documentContext, Payment, input)),
      ),
    );
  }

  @Mutation(() => voidPaymentResult.type, { description: 'By a counter-entry of today: what it paid is open again.' })
  voidPayment(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('reason', () => String) reason: string,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { id, version, reason, idempotencyKey };
    return voidPaymentResult.run(context, () =>
      paymentAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => voidPayment(tx, documentContext, input)),
      ),
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

  @FieldResolver(() => Customer, { nullable: true, description: 'As far as the viewer may see customers.' })
  customer(@Root() payment: { customer?: Customer | null }): Customer | null {
    return payment.customer ?? null;
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
export class CreditNoteResolver {
  @Query(() => CreditNoteConnection, { description: 'Credit notes that the viewer may see.' })
  creditNotes(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => CreditNoteFilter, { nullable: true }) filter: CreditNoteFilter | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<CreditNote>> {
    const params = new Params();
    const where = [
      documentScope({ viewer: context.viewer, params }, 'n.customer_id'),
      compileFilter(filter, CreditNoteFilter.columns, params),
    ];
    return readPage(context, creditNoteList, { args, order: 'CREATED_DESC', where, params, info });
  }

  @Mutation(() => noteResult.type, {
    description: 'Credits an invoice by line or by an amount, and settles with it what is open there.',
  })
  issueCreditNote(
    @Ctx() context: Context,
    @Arg('input', () => IssueCreditNoteInput) input: IssueCreditNoteInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return noteResult.run(context, () =>
      noteAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => issueCreditNote(tx, documentContext, { ...input, idempotencyKey })),
      ),
    );
  }

  @Mutation(() => noteResult.type, { description: 'Settles invoices with what is left of a credit note.' })
  applyCreditNote(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('allocations', () => [AllocationGivenInput]) allocations: AllocationGivenInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { id, allocations, idempotencyKey };
    return noteResult.run(context, () =>
      noteAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => applySource(tx, documentContext, CreditNote, input)),
      ),
    );
  }

  @Mutation(() => voidNoteResult.type, { description: 'By a counter-entry of today; goods that came back stay.' })
  voidCreditNote(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('reason', () => String) reason: string,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { id, version, reason, idempotencyKey };
    return voidNoteResult.run(context, () =>
      noteAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => voidCreditNote(tx, documentContext, input)),
      ),
    );
  }

  @FieldResolver(() => Customer, { nullable: true, description: 'As far as the viewer may see customers.' })
  customer(@Root() note: { customer?: Customer | null }): Customer | null {
    return note.customer ?? null;
  }

  @FieldResolver(() => Invoice, { nullable: true })
  invoice(@Root() note: { invoice?: Invoice | null }): Invoice | null {
    return note.invoice ?? null;
  }

  @FieldResolver(() => [CreditNoteLine])
  lines(@Root() note: { lines?: CreditNoteLine[] }): CreditNoteLine[] {
    return note.lines ?? [];
  }

  @FieldResolver(() => [Allocation])
  allocations(@Root() note: { allocations?: Allocation[] }): Allocation[] {
    return note.allocations ?? [];
  }

  @FieldResolver(() => [Refund])
  refunds(@Root() note: { refunds?: Refund[] }): Refund[] {
    return note.refunds ?? [];
  }
}

@Resolver(() => CreditNoteLine)
export class CreditNoteLineResolver {
  @FieldResolver(() => Product, { nullable: true, description: 'As far as the viewer may see products.' })
  product(@Root() line: { product?: Product | null }): Product | null {
    return line.product ?? null;
  }
}
