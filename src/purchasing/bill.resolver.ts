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
import { Product } from '../catalog/product.entity.js';
import { readAnswer, transactDocument, type DocumentMade } from '../documents/document-context.service.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { Money } from '../platform/graphql/scalars.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { EntityRead, RowOf } from '../platform/read/definition.js';
import type { ColumnKey } from '../platform/read/entity-columns.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import {
  defineResult,
  FieldOwnedElsewhereError,
  IdempotencyMismatchError,
  InvalidInputError,
  NotFoundError,
  OverpaymentError,
  PeriodClosedError,
  StaleVersionError,
  WrongCurrencyError,
} from '../platform/graphql/user-error.js';
import type { Keyed } from '../platform/idempotency.js';
import { Bill, BillAllocation, BillLine, PaymentMade } from './bill.entity.js';
import { createBill, receiveBill, voidBill } from './bill.service.js';
import { applyPaymentMade, recordPaymentMade, voidPaymentMade } from './payment-made.service.js';
import {
  BillAllocationGivenInput,
  BillFilter,
  BillSort,
  BillStatus,
  CreateBillInput,
  PaymentMadeFilter,
  PaymentMadeSort,
  ReceivedLineInput,
  RecordPaymentMadeInput,
} from './purchasing.inputs.js';
import { billRead, paymentMadeRead, type BillRow, type PaymentMadeRow } from './purchasing.queries.js';
import { Vendor } from '../vendors/vendor.entity.js';

@ObjectType({ description: 'The bill as it is now, and whether the key had been used before.' })
export class BillRecorded {
  @Field(() => Bill)
  bill!: BillRow;

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
  replayed!: boolean;
}

@ObjectType({ description: 'The payment as it is now, and whether the key had been used before.' })
export class PaymentMadeRecorded {
  @Field(() => PaymentMade)
  paymentMade!: PaymentMadeRow;

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
  replayed!: boolean;
}

const BillConnection = connectionOf(Bill, 'Bill');
const PaymentMadeConnection = connectionOf(PaymentMade, 'PaymentMade');
const FAILURES = [
  NotFoundError,
  InvalidInputError,
  FieldOwnedElsewhereError,
  PeriodClosedError,
  IdempotencyMismatchError,
];
const billRecorded = { type: BillRecorded, name: 'BillRecorded' };
const paidRecorded = { type: PaymentMadeRecorded, name: 'PaymentMadeRecorded' };
const createResult = defineResult<BillRecorded>('CreateBillResult', billRecorded, FAILURES);
const stepResult = defineResult<BillRecorded>('ReceiveBillResult', billRecorded, [...FAILURES, StaleVersionError]);
const voidBillResult = defineResult<BillRecorded>('VoidBillResult', billRecorded, [...FAILURES, StaleVersionError]);
const paidResult = defineResult<PaymentMadeRecorded>('RecordPaymentMadeResult', paidRecorded, [
  ...FAILURES,
  OverpaymentError,
  WrongCurrencyError,
]);
const applyPaymentMadeResult = defineResult<PaymentMadeRecorded>('ApplyPaymentMadeResult', paidRecorded, [
  ...FAILURES,
  OverpaymentError,
  WrongCurrencyError,
]);
const voidPaidResult = defineResult<PaymentMadeRecorded>('VoidPaymentMadeResult', paidRecorded, [
  ...FAILURES,
  StaleVersionError,
]);

/** Reads a document again with what is asked of it below `field` of the answer. */
const reader =
  <E extends object, A extends ColumnKey<E>>(
    context: Context,
    read: EntityRead<E, A>,
    info: GraphQLResolveInfo,
    field: string,
  ) =>
  (id: string): Promise<RowOf<EntityRead<E, A>> | null> =>
    readOne(context, read, id, childSelection(selectionOf(info), field));

const billAnswer = async (
  context: Context,
  info: GraphQLResolveInfo,
  done: Promise<Keyed<DocumentMade>>,
): Promise<BillRecorded> => {
  const { row, replayed } = await readAnswer(await done, 'Bill', reader(context, billRead, info, 'bill'));
  return { bill: row, replayed };
};

const paidAnswer = async (
  context: Context,
  info: GraphQLResolveInfo,
  done: Promise<Keyed<DocumentMade>>,
): Promise<PaymentMadeRecorded> => {
  const read = reader(context, paymentMadeRead, info, 'paymentMade');
  const { row, replayed } = await readAnswer(await done, 'Payment made', read);
  return { paymentMade: row, replayed };
};

@Resolver(() => Bill)
export class BillResolver {
  @Query(() => BillConnection)
  bills(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => BillFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => BillSort, { defaultValue: BillSort.CREATED_DESC }) orderBy: keyof typeof BillSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<BillRow>> {
    const sort = sortNamed<Bill>(BillSort, orderBy);
    return readPage(context, billRead, { args, info, sort, where: [filtered(BillFilter, filter)] });
  }

  @Query(() => Bill, { nullable: true })
  bill(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BillRow | null> {
    return readOne(context, billRead, id, selectionOf(info));
  }

  @Mutation(() => createResult.type, {
    description: 'In the currency of the vendor; `receive` takes the goods in at once.',
  })
  createBill(
    @Ctx() context: Context,
    @Arg('input', () => CreateBillInput) input: CreateBillInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return createResult.run(context, () =>
      billAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) =>
          createBill(tx, documentContext, { ...input, idempotencyKey }),
        ),
      ),
    );
  }

  @Mutation(() => stepResult.type, { description: 'Takes goods in, with their cost: all that is left, or by line.' })
  receiveBill(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Arg('lines', () => [ReceivedLineInput], { nullable: true }) lines: ReceivedLineInput[] | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { id, version, lines, idempotencyKey };
    return stepResult.run(context, () =>
      billAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => receiveBill(tx, documentContext, input)),
      ),
    );
  }

  @Mutation(() => voidBillResult.type, { description: 'What paid it is free again; goods that came in forbid it.' })
  voidBill(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('reason', () => String) reason: string,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { id, version, reason, idempotencyKey };
    return voidBillResult.run(context, () =>
      billAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => voidBill(tx, documentContext, input)),
      ),
    );
  }

  @FieldResolver(() => BillStatus)
  status(@Root() bill: { status: string }): string {
    return bill.status;
  }

  @FieldResolver(() => Vendor)
  vendor(@Root() bill: { vendor: Vendor }): Vendor {
    return bill.vendor;
  }

  @FieldResolver(() => Warehouse)
  warehouse(@Root() bill: { warehouse: Warehouse }): Warehouse {
    return bill.warehouse;
  }

  @FieldResolver(() => [BillLine])
  lines(@Root() bill: { lines?: BillLine[] }): BillLine[] {
    return bill.lines ?? [];
  }

  @FieldResolver(() => [BillAllocation])
  allocations(@Root() bill: { allocations?: BillAllocation[] }): BillAllocation[] {
    return bill.allocations ?? [];
  }
}

@Resolver(() => BillLine)
export class BillLineResolver {
  @FieldResolver(() => Product, { nullable: true })
  product(@Root() line: { product?: Product | null }): Product | null {
    return line.product ?? null;
  }
}

@Resolver(() => PaymentMade)
export class PaymentMadeResolver {
  @Query(() => PaymentMadeConnection)
  paymentsMade(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => PaymentMadeFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => PaymentMadeSort, { defaultValue: PaymentMadeSort.CREATED_DESC })
    orderBy: keyof typeof PaymentMadeSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<PaymentMadeRow>> {
    const sort = sortNamed<PaymentMade>(PaymentMadeSort, orderBy);
    return readPage(context, paymentMadeRead, { args, info, sort, where: [filtered(PaymentMadeFilter, filter)] });
  }

  @Query(() => PaymentMade, { nullable: true })
  paymentMade(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PaymentMadeRow | null> {
    return readOne(context, paymentMadeRead, id, selectionOf(info));
  }

  @Mutation(() => paidResult.type, { description: 'For several bills, or in advance.' })
  recordPaymentMade(
    @Ctx() context: Context,
    @Arg('input', () => RecordPaymentMadeInput) input: RecordPaymentMadeInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return paidResult.run(context, () =>
      paidAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) =>
          recordPaymentMade(tx, documentContext, { ...input, idempotencyKey }),
        ),
      ),
    );
  }

  @Mutation(() => applyPaymentMadeResult.type, { description: 'Pays bills with what is left of a payment.' })
  applyPaymentMade(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('allocations', () => [BillAllocationGivenInput]) allocations: BillAllocationGivenInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return applyPaymentMadeResult.run(context, () =>
      paidAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) =>
          applyPaymentMade(tx, documentContext, { id, allocations, idempotencyKey }),
        ),
      ),
    );
  }

  @Mutation(() => voidPaidResult.type, { description: 'What it paid is open again.' })
  voidPaymentMade(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('reason', () => String) reason: string,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { id, version, reason, idempotencyKey };
    return voidPaidResult.run(context, () =>
      paidAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => voidPaymentMade(tx, documentContext, input)),
      ),
    );
  }

  @FieldResolver(() => Vendor)
  vendor(@Root() payment: { vendor: Vendor }): Vendor {
    return payment.vendor;
  }

  @FieldResolver(() => [BillAllocation])
  allocations(@Root() payment: { allocations?: BillAllocation[] }): BillAllocation[] {
    return payment.allocations ?? [];
  }
}

@Resolver(() => BillAllocation)
export class BillAllocationResolver {
  @FieldResolver(() => ID)
  billId(@Root() row: { billId: string }): string {
    return row.billId;
  }

  @FieldResolver(() => String)
  billNumber(@Root() row: { billNumber: string }): string {
    return row.billNumber;
  }

  @FieldResolver(() => ID)
  paymentId(@Root() row: { paymentId: string }): string {
    return row.paymentId;
  }
}

@Resolver(() => Vendor)
export class VendorBalanceResolver {
  @FieldResolver(() => Money, { description: 'What the company owes: open bills less payments in advance.' })
  balance(@Root() vendor: { balance: Money }): Money {
    return vendor.balance;
  }
}
