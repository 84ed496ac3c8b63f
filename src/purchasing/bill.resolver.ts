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
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { readAnswer, transactDocument, type DocumentMade } from '../documents/document-context.service.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { compileFilter, Params } from '../platform/graphql/filters.js';
import { connectionOf, PageArgs, readOne, readPage, type Page } from '../platform/graphql/connections.js';
import { Money } from '../platform/graphql/scalars.js';
import { selectionOf } from '../platform/graphql/selection.js';
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
import type { ListSpec } from '../platform/graphql/connections.js';
import type { Keyed } from '../platform/idempotency.js';
import { Bill, BillAllocation, BillLine, PaymentMade } from './bill.entity.js';
import { createBill, receiveBill, voidBill } from './bill.service.js';
import { applyPaymentMade, recordPaymentMade, voidPaymentMade } from './payment-made.service.js';
import {
  BillAllocationGivenInput,
  BillFilter,
  BillSort,
  CreateBillInput,
  ReceivedLineInput,
  RecordPaymentMadeInput,
} from './purchasing.inputs.js';
import { billList, paymentMadeList } from './purchasing.queries.js';
import { Vendor } from '../vendors/vendor.entity.js';

export const BillStatus = {
  OPEN: 'OPEN',
  PARTIALLY_PAID: 'PARTIALLY_PAID',
  PAID: 'PAID',
  OVERDUE: 'OVERDUE',
  VOID: 'VOID',
} as const;
registerEnumType(BillStatus, { name: 'BillStatus', description: 'Computed; OVERDUE as of today.' });

@ObjectType({ description: 'The bill as it is now, and whether the key had been used before.' })
export class BillRecorded {
  @Field(() => Bill)
  bill!: Bill;

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
  replayed!: boolean;
}

@ObjectType({ description: 'The payment as it is now, and whether the key had been used before.' })
export class PaymentMadeRecorded {
  @Field(() => PaymentMade)
  paymentMade!: PaymentMade;

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

const read = <Row extends object>(context: Context, spec: ListSpec, info: GraphQLResolveInfo, field: string) => {
  const selection = selectionOf(info).fields.get(field) ?? { fields: new Map() };
  return (id: string): Promise<Row | null> => readOne<Row>(context, spec, id, { selection });
};

const billAnswer = async (
  context: Context,
  info: GraphQLResolveInfo,
  done: Promise<Keyed<DocumentMade>>,
): Promise<BillRecorded> => {
  const { row, replayed } = await readAnswer(await done, 'Bill', read<Bill>(context, billList, info, 'bill'));
  return { bill: row, replayed };
};

const paidAnswer = async (
  context: Context,
  info: GraphQLResolveInfo,
  done: Promise<Keyed<DocumentMade>>,
): Promise<PaymentMadeRecorded> => {
  const reader = read<PaymentMade>(context, paymentMadeList, info, 'paymentMade');
  const { row, replayed } = await readAnswer(await done, 'Payment made', reader);
  return { paymentMade: row, replayed };
};

@Resolver(() => Bill)
export class BillResolver {
  @Query(() => BillConnection)
  bills(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => BillFilter, { nullable: true }) filter: BillFilter | null,
    @Arg('orderBy', () => BillSort, { defaultValue: BillSort.CREATED_DESC }) order: keyof typeof BillSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Bill>> {
    const params = new Params();
    const where = [compileFilter(filter, BillFilter.columns, params)];
    return readPage(context, billList, { args, order, where, params, info });
  }

  @Query(() => Bill, { nullable: true })
  bill(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Bill | null> {
    return readOne<Bill>(context, billList, id, { selection: selectionOf(info) });
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
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<PaymentMade>> {
    return readPage(context, paymentMadeList, { args, order: 'CREATED_DESC', info });
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
