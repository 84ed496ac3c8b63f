import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { LineQuantityInput, ReasonedStepArgs, ReleaseArgs, StepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { Money } from '../platform/graphql/scalars.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { EntityRead } from '../platform/read/definition.js';
import type { ColumnKey } from '../platform/read/entity-columns.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { Bill, PaymentMade } from './bill.entity.js';
import { releaseBillAllocation } from './bill-allocation-release.service.js';
import { correctBill } from './bill-correction.service.js';
import { createBill, receiveBill, voidBill } from './bill.service.js';
import { applyPaymentMade, recordPaymentMade, voidPaymentMade } from './payment-made.service.js';
import {
  BillAllocationGivenInput,
  BillFilter,
  BillLineCostInput,
  BillSort,
  CreateBillInput,
  PaymentMadeFilter,
  PaymentMadeSort,
  RecordPaymentMadeInput,
} from './purchasing.inputs.js';
import { billRead, paymentMadeRead, type BillRow, type PaymentMadeRow } from './purchasing.queries.js';
import { Vendor } from '../vendors/vendor.entity.js';

const BillConnection = connectionOf(Bill, 'Bill');
const PaymentMadeConnection = connectionOf(PaymentMade, 'PaymentMade');
/** The document below a field of a mutation's answer: who may call the mutation sees every bill and payment. */
const below =
  <E extends object, A extends ColumnKey<E>>(read: EntityRead<E, A>, field: string) =>
  (context: Context, id: string, info: GraphQLResolveInfo): Promise<object | null> =>
    readOne(context, read, id, childSelection(selectionOf(info), field));

const recordedBill = defineRecorded<Bill>({
  field: 'bill',
  noun: 'Bill',
  type: Bill,
  read: below(billRead, 'bill'),
});

const recordedPayment = defineRecorded<PaymentMade>({
  field: 'paymentMade',
  noun: 'Payment',
  type: PaymentMade,
  read: below(paymentMadeRead, 'paymentMade'),
});

const createResult = recordedBill.result('CreateBill', createBill.fails);
const stepResult = recordedBill.result('ReceiveBill', receiveBill.fails);
const correctBillResult = recordedBill.result('CorrectBill', correctBill.fails);
const releaseResult = recordedBill.result('ReleaseBillAllocation', releaseBillAllocation.fails);
const voidBillResult = recordedBill.result('VoidBill', voidBill.fails);
const paidResult = recordedPayment.result('RecordPaymentMade', recordPaymentMade.fails);
const applyPaymentMadeResult = recordedPayment.result('ApplyPaymentMade', applyPaymentMade.fails);
const voidPaidResult = recordedPayment.result('VoidPaymentMade', voidPaymentMade.fails);

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

  @Mutation(() => correctBillResult.type, {
    description:
      'Corrects unit costs, received or not: goods that are still here take the difference, what is sold is a cost of today.',
  })
  correctBill(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) step: ReasonedStepArgs,
    @Arg('lines', () => [BillLineCostInput]) lines: BillLineCostInput[],
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { ...step, lines: lines.map((line) => ({ ...line })) };
    return recordedBill.run(correctBillResult, { context, info }, (tx, documentContext) =>
      correctBill(tx, documentContext, input),
    );
  }

  @Mutation(() => releaseResult.type, {
    description:
      'Takes one allocation of a payment or credit back, by a counter-entry of today: its bill is open again, and what it took is unapplied again.',
  })
  releaseBillAllocation(
    @Ctx() context: Context,
    @Args(() => ReleaseArgs) input: ReleaseArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedBill.run(releaseResult, { context, info }, (tx, documentContext) =>
      releaseBillAllocation(tx, documentContext, input),
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
}

@Resolver(() => Vendor)
export class VendorBalanceResolver {
  @FieldResolver(() => Money, { description: 'What the company owes: open bills less payments and credits that wait.' })
  balance(@Root() vendor: { balance: Money }): Money {
    return vendor.balance;
  }
}
