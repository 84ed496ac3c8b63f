import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { documentSearch, readDocument } from '../documents/document.queries.js';
import { ReasonedStepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import { voidShipment } from './order-state.service.js';
import { Order } from './order.entity.js';
import { ShipmentFilter } from './order.inputs.js';
import { Shipment } from './shipment.entity.js';
import { shipmentRead, type ShipmentRow, ShipmentSort } from './shipment.queries.js';

const ShipmentConnection = connectionOf(Shipment, 'Shipment');

const recorded = defineRecorded<Shipment>({
  field: 'shipment',
  noun: 'Shipment',
  type: Shipment,
  read: (context, id, info) => readDocument(context, shipmentRead, id, info, 'shipment'),
});

const voidResult = recorded.result('VoidShipment', voidShipment.fails);

@Resolver(() => Shipment)
export class ShipmentResolver {
  @Query(() => ShipmentConnection, { description: 'Shipments that the viewer may see.' })
  shipments(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ShipmentFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('search', () => String, { nullable: true, description: 'In the number, or words of the customer.' })
    search: string | null,
    @Arg('orderBy', () => ShipmentSort, { defaultValue: ShipmentSort.CREATED_DESC }) orderBy: keyof typeof ShipmentSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<ShipmentRow>> {
    const sort = sortNamed<Shipment>(ShipmentSort, orderBy);
    const where = [filtered(ShipmentFilter, filter), search == null ? null : documentSearch(search)];
    return readPage(context, shipmentRead, { args, info, sort, where });
  }

  @Query(() => Shipment, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  shipment(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ShipmentRow | null> {
    return readDocument(context, shipmentRead, id, info, null);
  }

  @Mutation(() => voidResult.type, {
    description: 'The goods come back and are reserved for their order again, which can ship anew.',
  })
  voidShipment(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(voidResult, { context, info }, (tx, documentContext) =>
      voidShipment(tx, documentContext, input),
    );
  }
}

@Resolver(() => Order)
export class OrderShipmentsResolver {
  @FieldResolver(() => [Shipment], { description: 'Void ones too.' })
  shipments(@Root() order: { shipments?: Shipment[] }): Shipment[] {
    return order.shipments ?? [];
  }
}
