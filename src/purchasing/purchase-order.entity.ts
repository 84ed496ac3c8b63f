import type { Ref } from '@mikro-orm/core';
import { Check, Property } from '@mikro-orm/decorators/legacy';
import { Field, registerEnumType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import * as column from '../documents/columns.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { Vendor } from '../vendors/vendor.entity.js';
import { PURCHASE_ORDER_STATES, type PurchaseOrderState } from './purchase-order-states.js';

export const PurchaseOrderStatus = Object.fromEntries(PURCHASE_ORDER_STATES.map((state) => [state, state])) as {
  [S in PurchaseOrderState]: S;
};

registerEnumType(PurchaseOrderStatus, { name: 'PurchaseOrderStatus' });

/** What the company orders. It posts nothing; its goods come in by receipts, and bills name the receipts. */
@column.DocumentTable('purchase_orders', { party: 'vendor', description: 'What the company orders from a vendor.' })
@Check({
  name: 'purchase_orders_status_check',
  expression: `status in ('DRAFT', 'SENT', 'PARTLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED')`,
})
export class PurchaseOrder {
  @column.Id() id!: string;
  @column.DocumentNumber('purchase_orders') number!: string;

  @Field(() => Vendor)
  @column.Party(() => Vendor)
  vendor!: Ref<Vendor>;

  @Field(() => Warehouse)
  @column.Party(() => Warehouse)
  warehouse!: Ref<Warehouse>;

  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;
  @column.BusinessDay() orderedOn!: string;
  @column.BusinessDay({ nullable: true, description: 'When the vendor promised the goods.' }) expectedOn?:
    string | null;

  @Field(() => PurchaseOrderStatus)
  @Property({ type: 'text' })
  status!: PurchaseOrderState;

  @column.Text() currency!: string;
  @column.Rate() exchangeRate!: string;
  @column.Amount() subtotal!: string;
  @column.Amount() taxTotal!: string;
  @column.Amount() total!: string;
  @column.OptionalText() notes?: string | null;
  @column.OptionalText() cancelReason?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => [PurchaseOrderLine])
  lines?: PurchaseOrderLine[];
}

@column.LineTable('purchase_order_lines', { owner: 'order', description: 'One line of a purchase order.' })
@Check({
  name: 'purchase_order_lines_quantity_check',
  expression: 'quantity > 0::numeric and received >= 0::numeric and received <= quantity',
})
export class PurchaseOrderLine {
  @column.Id() id!: string;
  @column.Owner(() => PurchaseOrder) order!: Ref<PurchaseOrder>;
  @column.Position() position!: number;
  @column.HiddenReference(() => Product, 'product_id', { nullable: true }) productId?: string | null;
  @column.Text() description!: string;
  @column.Quantity() quantity!: string;
  @column.Amount() unitCost!: string;
  @column.Percent() taxPercent!: string;
  @column.Amount() lineTotal!: string;
  @column.Running() taxAmount!: string;

  @Property({ type: 'boolean', default: true })
  stocked!: boolean;

  @column.Done('What came into the warehouse.') received!: string;

  @Field(() => Product, { nullable: true })
  product?: Product | null;
}
