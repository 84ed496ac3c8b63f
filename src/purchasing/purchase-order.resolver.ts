import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import { LineQuantityInput, ReasonedStepArgs, StepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { PurchaseOrder } from './purchase-order.entity.js';
import {
  cancelPurchaseOrder,
  closePurchaseOrder,
  createPurchaseOrder,
  receivePurchaseOrder,
  sendPurchaseOrder,
} from './purchase-order.service.js';
import { CreatePurchaseOrderInput, PurchaseOrderFilter, PurchaseOrderSort } from './purchasing.inputs.js';
import { purchaseOrderRead, type PurchaseOrderRow } from './purchasing.queries.js';

const PurchaseOrderConnection = connectionOf(PurchaseOrder, 'PurchaseOrder');

const recorded = defineRecorded<PurchaseOrder>({
  field: 'purchaseOrder',
  noun: 'Purchase order',
  type: PurchaseOrder,
  read: (context, id, info) =>
    readOne(context, purchaseOrderRead, id, childSelection(selectionOf(info), 'purchaseOrder')),
});

const created = recorded.result('CreatePurchaseOrder', createPurchaseOrder.fails);
const sent = recorded.result('SendPurchaseOrder', sendPurchaseOrder.fails);
const received = recorded.result('ReceivePurchaseOrder', receivePurchaseOrder.fails);
const closed = recorded.result('ClosePurchaseOrder', closePurchaseOrder.fails);
const cancelled = recorded.result('CancelPurchaseOrder', cancelPurchaseOrder.fails);

@Resolver(() => PurchaseOrder)
export class PurchaseOrderResolver {
  @Query(() => PurchaseOrderConnection)
  purchaseOrders(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => PurchaseOrderFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => PurchaseOrderSort, { defaultValue: PurchaseOrderSort.CREATED_DESC })
    orderBy: keyof typeof PurchaseOrderSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<PurchaseOrderRow>> {
    const sort = sortNamed<PurchaseOrder>(PurchaseOrderSort, orderBy);
    return readPage(context, purchaseOrderRead, { args, info, sort, where: [filtered(PurchaseOrderFilter, filter)] });
  }

  @Query(() => PurchaseOrder, { nullable: true })
  purchaseOrder(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PurchaseOrderRow | null> {
    return readOne(context, purchaseOrderRead, id, selectionOf(info));
  }

  @Mutation(() => created.type, { description: 'Drafts an order in the currency of the vendor.' })
  createPurchaseOrder(
    @Ctx() context: Context,
    @Arg('input', () => CreatePurchaseOrderInput) input: CreatePurchaseOrderInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(created, { context, info }, (tx, documentContext) =>
      createPurchaseOrder(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => sent.type, { description: 'The vendor has it.' })
  sendPurchaseOrder(
    @Ctx() context: Context,
    @Args(() => StepArgs) step: StepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(sent, { context, info }, (tx, documentContext) =>
      sendPurchaseOrder(tx, documentContext, { ...step }),
    );
  }

  @Mutation(() => received.type, {
    description: 'Takes goods in before their bill, with a receipt: all that is left, or by line.',
  })
  receivePurchaseOrder(
    @Ctx() context: Context,
    @Args(() => StepArgs) step: StepArgs,
    @Arg('lines', () => [LineQuantityInput], { nullable: true }) lines: LineQuantityInput[] | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(received, { context, info }, (tx, documentContext) =>
      receivePurchaseOrder(tx, documentContext, { ...step, lines }),
    );
  }

  @Mutation(() => closed.type, { description: 'Gives up what is missing.' })
  closePurchaseOrder(
    @Ctx() context: Context,
    @Args(() => StepArgs) step: StepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(closed, { context, info }, (tx, documentContext) =>
      closePurchaseOrder(tx, documentContext, { ...step }),
    );
  }

  @Mutation(() => cancelled.type, { description: 'Of an order of which nothing came.' })
  cancelPurchaseOrder(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) step: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(cancelled, { context, info }, (tx, documentContext) =>
      cancelPurchaseOrder(tx, documentContext, { ...step }),
    );
  }
}
