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
import { answered, book, type DocumentMade } from '../organisation/books.service.js';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
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
import { readDocument } from './booking.js';
import { issueCreditNote, voidCreditNote } from './credit-note.service.js';
import {
  AllocationGivenInput,
  CreditNoteFilter,
  CreditNoteSort,
  IssueCreditNoteInput,
  PaymentFilter,
  PaymentSort,
  RecordPaymentInput,
  RecordRefundInput,
} from './invoice.inputs.js';
import { Invoice } from './invoice.entity.js';
import { Allocation, CreditNote, CreditNoteLine, Payment, Refund } from './payment.entity.js';
import { creditNoteRead, paymentRead, type CreditNoteRow, type PaymentRow } from './payment.queries.js';
import { applySource, recordPayment, recordRefund, voidPayment } from './payment.service.js';

@ObjectType({ description: 'The payment as it is now, and whether the key had been used before.' })
export class PaymentBooked {
  @Field(() => Payment)
  payment!: PaymentRow;

  @Field(() => Boolean, { description: 'True for a repetition, which books nothing.' })
  replayed!: boolean;
}

@ObjectType({ description: 'The credit note as it is now, and whether the key had been used before.' })
export class CreditNoteBooked {
  @Field(() => CreditNote)
  creditNote!: CreditNoteRow;

  @Field(() => Boolean, { description: 'True for a repetition, which books nothing.' })
  replayed!: boolean;
}

@ObjectType({ description: 'Money given back, and whether the key had been used before.' })
export class RefundBooked {
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
const paymentBooked = { type: PaymentBooked, name: 'PaymentBooked' };
const noteBooked = { type: CreditNoteBooked, name: 'CreditNoteBooked' };
const paymentResult = defineResult<PaymentBooked>('RecordPaymentResult', paymentBooked, SETTLING);
const voidPaymentResult = defineResult<PaymentBooked>('VoidPaymentResult', paymentBooked, [
  ...FAILURES,
  StaleVersionError,
]);
const noteResult = defineResult<CreditNoteBooked>('IssueCreditNoteResult', noteBooked, [
  ...SETTLING,
  InsufficientStockError,
]);
const voidNoteResult = defineResult<CreditNoteBooked>('VoidCreditNoteResult', noteBooked, [
  ...FAILURES,
  StaleVersionError,
]);
const refundResult = defineResult<RefundBooked>(
  'RecordRefundResult',
  { type: RefundBooked, name: 'RefundBooked' },
  FAILURES,
);

type Done = Promise<Keyed<DocumentMade>>;

const paymentAnswer = async (context: Context, info: GraphQLResolveInfo, done: Done): Promise<PaymentBooked> => {
  const read = (id: string): Promise<PaymentRow | null> => readDocument(context, paymentRead, id, info, 'payment');
  const { row, replayed } = await answered(await done, 'Payment', read);
  return { payment: row, replayed };
};

const noteAnswer = async (context: Context, info: GraphQLResolveInfo, done: Done): Promise<CreditNoteBooked> => {
  const read = (id: string): Promise<CreditNoteRow | null> =>
    readDocument(context, creditNoteRead, id, info, 'creditNote');
  const { row, replayed } = await answered(await done, 'Credit note', read);
  return { creditNote: row, replayed };
};

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
    return paymentResult.run(context, async () => {
      const { currency } = input;
      if (!isCurrency(currency)) throw badInput('currency', 'The currency is IQD, USD or RMB.');
      const given = { ...input, currency: currency, idempotencyKey };
      return paymentAnswer(
        context,
        info,
        book(context, (tx, booking) => recordPayment(tx, booking, given)),
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
        book(context, (tx, booking) => applySource(tx, booking, Payment, input)),
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
        book(context, (tx, booking) => voidPayment(tx, booking, input)),
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
      const { answer, replayed } = await book(context, (tx, booking) =>
        recordRefund(tx, booking, { ...input, idempotencyKey }),
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
    @Arg('filter', () => CreditNoteFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => CreditNoteSort, { defaultValue: CreditNoteSort.CREATED_DESC })
    orderBy: keyof typeof CreditNoteSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<CreditNoteRow>> {
    const sort = sortNamed<CreditNote>(CreditNoteSort, orderBy);
    return readPage(context, creditNoteRead, { args, info, sort, where: [filtered(CreditNoteFilter, filter)] });
  }

  @Query(() => CreditNote, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  creditNote(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CreditNoteRow | null> {
    return readDocument(context, creditNoteRead, id, info, null);
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
        book(context, (tx, booking) => issueCreditNote(tx, booking, { ...input, idempotencyKey })),
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
        book(context, (tx, booking) => applySource(tx, booking, CreditNote, input)),
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
        book(context, (tx, booking) => voidCreditNote(tx, booking, input)),
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
