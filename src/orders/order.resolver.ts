import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import { withoutKey } from '../documents/document-context.service.js';
import { documentSearch, readDocument } from '../documents/document.queries.js';
import { LineQuantityInput, ReasonedStepArgs, StepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { EntityChange } from '../platform/graphql/entity-change.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import { amendOrder } from './order-amend.service.js';
import { cancelOrder, closeOrder, confirmOrder, deliverOrder, shipOrder } from './order-state.service.js';
import { type OrderState, orderTransitions } from './order-states.js';
import { Order, OrderStatus } from './order.entity.js';
import { AmendOrderInput, CreateOrderInput, OrderFilter, UpdateOrderInput } from './order.inputs.js';
import { orderRead, OrderSort, type OrderRow } from './order.queries.js';
import { approveOrder, createOrder, rejectOrder, updateOrder } from './order.service.js';

const OrderConnection = connectionOf(Order, 'Order');

const recorded = defineRecorded<Order>({
  field: 'order',
  noun: 'Order',
  type: Order,
  read: (context, id, info) => readDocument(context, orderRead, id, info, 'order'),
});

const createResult = recorded.result('CreateOrder', createOrder.fails);
const changeResult = recorded.result('UpdateOrder', updateOrder.fails);
const deliverOrderResult = recorded.result('DeliverOrder', deliverOrder.fails);
const approveOrderResult = recorded.result('ApproveOrder', approveOrder.fails);
const rejectOrderResult = recorded.result('RejectOrder', rejectOrder.fails);
const shipResult = recorded.result('ShipOrder', shipOrder.fails);
const amendOrderResult = recorded.result('AmendOrder', amendOrder.fails);
const closeOrderResult = recorded.result('CloseOrder', closeOrder.fails);
const cancelOrderResult = recorded.result('CancelOrder', cancelOrder.fails);
const confirmResult = recorded.result('ConfirmOrder', confirmOrder.fails);

@Resolver(() => Order)
export class OrderResolver {
  @Query(() => OrderConnection, { description: 'Orders that the viewer may see.' })
  orders(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => OrderFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('search', () => String, { nullable: true, description: 'In the number, or words of the customer.' })
    search: string | null,
    @Arg('orderBy', () => OrderSort, { defaultValue: OrderSort.CREATED_DESC }) orderBy: keyof typeof OrderSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<OrderRow>> {
    return readPage(context, orderRead, {
      args,
      info,
      sort: sortNamed<Order>(OrderSort, orderBy),
      where: [filtered(OrderFilter, filter), search == null ? null : documentSearch(search)],
    });
  }

  @Query(() => Order, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  order(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<OrderRow | null> {
    return readDocument(context, orderRead, id, info, null);
  }

  @Mutation(() => createResult.type, {
    description: 'A draft at the prices of the customer’s list. Clients and consumers order for themselves.',
  })
  createOrder(
    @Ctx() context: Context,
    @Arg('input', () => CreateOrderInput) input: CreateOrderInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(createResult, { context, info }, (tx, documentContext) =>
      createOrder(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => changeResult.type, { description: 'Sets the terms of a draft; lines are priced anew.' })
  updateOrder(
    @Ctx() context: Context,
    @Arg('input', () => UpdateOrderInput) input: UpdateOrderInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(changeResult, { context, info }, (tx, documentContext) =>
      withoutKey(input.id, updateOrder(tx, documentContext, input)),
    );
  }

  @Mutation(() => approveOrderResult.type, { description: 'Approves the discount of a draft. Again is a no-op.' })
  approveOrder(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(approveOrderResult, { context, info }, (tx, documentContext) =>
      withoutKey(id, approveOrder(tx, documentContext, { id, version })),
    );
  }

  @Mutation(() => rejectOrderResult.type, {
    description: 'Refuses to approve the discount of a draft, which then waits for other terms. Again is a no-op.',
  })
  rejectOrder(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('reason', () => String) reason: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(rejectOrderResult, { context, info }, (tx, documentContext) =>
      withoutKey(id, rejectOrder(tx, documentContext, { id, version, reason })),
    );
  }

  @Mutation(() => confirmResult.type, {
    description:
      'Reserves every line, all or none; with `allowBackorder` what is there, and the rest when goods come, the order that was confirmed first before others. Whatever payment it says, the credit limit and overdue invoices are checked.',
  })
  confirmOrder(
    @Ctx() context: Context,
    @Args(() => StepArgs) step: StepArgs,
    @Arg('overrideCredit', () => Boolean, { nullable: true, description: 'With credit:override.' })
    overrideCredit: boolean | null,
    @Arg('allowBackorder', () => Boolean, {
      nullable: true,
      description: 'What is not there waits for goods and is reserved when they come, instead of refusing the order.',
    })
    allowBackorder: boolean | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { ...step, overrideCredit, allowBackorder };
    return recorded.run(confirmResult, { context, info }, (tx, documentContext) =>
      confirmOrder(tx, documentContext, input),
    );
  }

  @Mutation(() => shipResult.type, {
    description:
      'All that is left and reserved, or the given quantities; what waits for goods does not leave. SHIPPED once every line has left.',
  })
  shipOrder(
    @Ctx() context: Context,
    @Args(() => StepArgs) step: StepArgs,
    @Arg('lines', () => [LineQuantityInput], { nullable: true }) lines: LineQuantityInput[] | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { ...step, lines };
    return recorded.run(shipResult, { context, info }, (tx, documentContext) => shipOrder(tx, documentContext, input));
  }

  @Mutation(() => deliverOrderResult.type, { description: 'Again is a no-op.' })
  deliverOrder(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(deliverOrderResult, { context, info }, (tx, documentContext) =>
      withoutKey(id, deliverOrder(tx, documentContext, { id, version })),
    );
  }

  @Mutation(() => cancelOrderResult.type, {
    description: 'Releases what is reserved and takes back what had left; invoices must be void.',
  })
  cancelOrder(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(cancelOrderResult, { context, info }, (tx, documentContext) =>
      cancelOrder(tx, documentContext, input),
    );
  }

  @Mutation(() => amendOrderResult.type, {
    description:
      'Changes a confirmed order of which nothing is billed: the difference is reserved or freed, and credit checked again.',
  })
  amendOrder(
    @Ctx() context: Context,
    @Arg('input', () => AmendOrderInput) input: AmendOrderInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(amendOrderResult, { context, info }, (tx, documentContext) =>
      amendOrder(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => closeOrderResult.type, {
    description:
      'Gives up what has not left and is not billed, and frees what is reserved for it. What is billed is credited first.',
  })
  closeOrder(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(closeOrderResult, { context, info }, (tx, documentContext) =>
      closeOrder(tx, documentContext, input),
    );
  }

  @FieldResolver(() => [OrderStatus], { description: 'What it can become next; empty at its end.' })
  nextStates(@Root() order: { status: OrderState }): readonly OrderState[] {
    return orderTransitions.next(order.status);
  }
}

@Resolver(() => Customer)
export class CustomerOrdersResolver {
  @FieldResolver(() => [Order], { description: 'The last ten orders.' })
  orders(@Root() customer: { orders?: Order[] }): Order[] {
    return customer.orders ?? [];
  }
}

@Resolver(() => EntityChange)
export class OrderChangeResolver {
  @FieldResolver(() => Order, { nullable: true, description: 'The order as it is now, if the change is of one.' })
  order(
    @Root() change: EntityChange,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<OrderRow | null> {
    return change.entityType === 'order'
      ? readDocument(context, orderRead, change.entityId, info, null)
      : Promise.resolve(null);
  }
}
