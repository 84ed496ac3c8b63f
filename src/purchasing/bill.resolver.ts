import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Info,
  Mutation,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { LineQuantityInput, ReasonedStepArgs, StepArgs } from '../documents/line-input.entity.js';
import { defineRecorded, failuresOf } from '../documents/recorded.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { compileFilter, Params } from '../platform/graphql/filters.js';
import { connectionOf, PageArgs, readOne, readPage, type Page } from '../platform/graphql/connections.js';
import { Money } from '../platform/graphql/scalars.js';
import { selectionOf } from '../platform/graphql/selection.js';
import type { ListSpec } from '../platform/graphql/connections.js';
import { Bill, BillAllocation, BillLine, PaymentMade } from './bill.entity.js';
import { createBill, receiveBill, voidBill } from './bill.service.js';
import { applyPaymentMade, recordPaymentMade, voidPaymentMade } from './payment-made.service.js';
import {
  BillAllocationGivenInput,
  BillFilter,
  BillSort,
  CreateBillInput,
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

const BillConnection = connectionOf(Bill, 'Bill');
const PaymentMadeConnection = connectionOf(PaymentMade, 'PaymentMade');
/** The document below a field of a mutation's answer: who may call the mutation sees every bill and payment. */
const below =
  <Row extends object>(spec: ListSpec, field: string) =>
  (context: Context, id: string, info: GraphQLResolveInfo): Promise<Row | null> =>
    readOne<Row>(context, spec, id, { selection: selectionOf(info).fields.get(field) ?? { fields: new Map() } });

const recordedBill = defineRecorded<Bill>({
  field: 'bill',
  noun: 'Bill',
  type: Bill,
  read: below(billList, 'bill'),
});

const recordedPayment = defineRecorded<PaymentMade>({
  field: 'paymentMade',
  noun: 'Payment',
  type: PaymentMade,
  read: below(paymentMadeList, 'paymentMade'),
});

const { making, changing, settling } = failuresOf;
const createResult = recordedBill.result('CreateBill', making);
const stepResult = recordedBill.result('ReceiveBill', changing);
const voidBillResult = recordedBill.result('VoidBill', changing);
const paidResult = recordedPayment.result('RecordPaymentMade', settling);
const applyPaymentMadeResult = recordedPayment.result('ApplyPaymentMade', settling);
const voidPaidResult = recordedPayment.result('VoidPaymentMade', changing);

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
    return recordedBill.run(createResult, { context, info }, (tx, documentContext) =>
      createBill(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => stepResult.type, { description: 'Takes goods in, with their cost: all that is left, or by line.' })
  receiveBill(
    @Ctx() context: Context,
    @Args(() => StepArgs) step: StepArgs,
    @Arg('lines', () => [LineQuantityInput], { nullable: true }) lines: LineQuantityInput[] | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { ...step, lines };
    return recordedBill.run(stepResult, { context, info }, (tx, documentContext) =>
      receiveBill(tx, documentContext, input),
    );
  }

  @Mutation(() => voidBillResult.type, { description: 'What paid it is free again; goods that came in forbid it.' })
  voidBill(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedBill.run(voidBillResult, { context, info }, (tx, documentContext) =>
      voidBill(tx, documentContext, input),
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
    return recordedPayment.run(paidResult, { context, info }, (tx, documentContext) =>
      recordPaymentMade(tx, documentContext, { ...input, idempotencyKey }),
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
    return recordedPayment.run(applyPaymentMadeResult, { context, info }, (tx, documentContext) =>
      applyPaymentMade(tx, documentContext, { id, allocations, idempotencyKey }),
    );
  }

  @Mutation(() => voidPaidResult.type, { description: 'What it paid is open again.' })
  voidPaymentMade(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedPayment.run(voidPaidResult, { context, info }, (tx, documentContext) =>
      voidPaymentMade(tx, documentContext, input),
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
