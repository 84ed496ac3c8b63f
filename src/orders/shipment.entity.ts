import type { Ref } from '@mikro-orm/core';
import { Entity, Index } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import * as column from '../documents/columns.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { Order, OrderLine } from './order.entity.js';

/** Goods that left together, of an order or with a free invoice. It never changes; a void brings the goods back. */
@ObjectType({ description: 'Goods that left a warehouse for a customer.' })
@Entity({ tableName: 'shipments' })
@Index({ name: 'shipments_created_keyset', properties: ['createdAt', 'id'] })
@Index({ name: 'shipments_customer', properties: ['customer', 'createdAt', 'id'] })
@Index({ name: 'shipments_order', properties: ['orderId'] })
@Index({ name: 'shipments_invoice', properties: ['invoiceId'] })
export class Shipment {
  @column.Id() id!: string;
  @column.DocumentNumber('shipments') number!: string;

  @Field(() => Customer, { nullable: true, description: 'As far as the viewer may see customers.' })
  @column.Party(() => Customer)
  customer!: Ref<Customer>;

  @column.HiddenReference(() => Order, 'order_id', { nullable: true }) orderId?: string | null;

  /** The free invoice that the goods left with; billing makes the reference. */
  @column.HiddenId({ nullable: true }) invoiceId?: string | null;

  @Field(() => Warehouse)
  @column.Party(() => Warehouse)
  warehouse!: Ref<Warehouse>;

  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;
  @column.BusinessDay() shippedOn!: string;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.BusinessDay({ nullable: true, description: 'The day on which the goods came back, when it is void.' })
  voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Text({ description: 'Who shipped: user:<id>, key:<id> or zoho-sync.' }) createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => Order, { nullable: true, description: 'Null for the goods of a free invoice.' })
  order?: Order | null;

  @Field(() => [ShipmentLine])
  lines?: ShipmentLine[];
}

@column.LineTable('shipment_lines', { owner: 'shipment', description: 'What left of one line.' })
@Index({ name: 'shipment_lines_order_line', properties: ['orderLineId'] })
export class ShipmentLine {
  @column.Id() id!: string;
  @column.Owner(() => Shipment) shipment!: Ref<Shipment>;
  @column.Position() position!: number;
  @column.ShownReference(() => OrderLine, 'order_line_id', { nullable: true }) orderLineId?: string | null;
  @column.HiddenReference(() => Product, 'product_id', { nullable: true }) productId?: string | null;
  @column.Text() description!: string;
  @column.Quantity() quantity!: string;

  @Field(() => Product, { nullable: true, description: 'As far as the viewer may see products.' })
  product?: Product | null;
}
