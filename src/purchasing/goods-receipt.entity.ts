import type { Ref } from '@mikro-orm/core';
import { Check, Index, Property } from '@mikro-orm/decorators/legacy';
import { Field } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import * as column from '../documents/columns.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { AMOUNT, referenceFrom } from '../platform/db/columns.js';
import { DecimalText } from '../platform/graphql/scalars.js';
import { Vendor } from '../vendors/vendor.entity.js';
import { Bill, BillLine } from './bill.entity.js';
import { PurchaseOrder, PurchaseOrderLine } from './purchase-order.entity.js';

/** Goods that came in, of a bill or of a purchase order, with what they cost. */
@column.DocumentTable('goods_receipts', { party: 'vendor', description: 'Goods that came in from a vendor.' })
@Index({
  name: 'goods_receipts_bill',
  expression: `create index "goods_receipts_bill" on "goods_receipts" ("bill_id") where (bill_id is not null)`,
})
@Index({
  name: 'goods_receipts_order',
  expression: `create index "goods_receipts_order" on "goods_receipts" ("order_id") where (order_id is not null)`,
})
export class GoodsReceipt {
  @column.Id() id!: string;
  @column.DocumentNumber('goods_receipts') number!: string;

  @Field(() => Vendor)
  @column.Party(() => Vendor)
  vendor!: Ref<Vendor>;

  @Field(() => Warehouse)
  @column.Party(() => Warehouse)
  warehouse!: Ref<Warehouse>;

  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;
  @column.ShownReference(() => Bill, 'bill_id', { nullable: true, description: 'The bill whose goods these are.' })
  billId?: string | null;
  @column.ShownReference(() => PurchaseOrder, 'order_id', {
    nullable: true,
    description: 'The order whose goods these are.',
  })
  orderId?: string | null;
  @column.BusinessDay() receivedOn!: string;
  @column.Text() currency!: string;
  @column.Rate() exchangeRate!: string;
  @column.OptionalText() notes?: string | null;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.VoidDay() voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => [GoodsReceiptLine])
  lines?: GoodsReceiptLine[];
}

@column.LineTable('goods_receipt_lines', { owner: 'receipt', description: 'One line of goods that came in.' })
@Check({
  name: 'goods_receipt_lines_quantity_check',
  expression: 'quantity > 0::numeric and billed >= 0::numeric and billed <= quantity',
})
export class GoodsReceiptLine {
  @column.Id() id!: string;
  @column.Owner(() => GoodsReceipt) receipt!: Ref<GoodsReceipt>;
  @column.Position() position!: number;
  @column.HiddenReference(() => Product, 'product_id') productId!: string;
  @column.HiddenReference(() => BillLine, 'bill_line_id', { nullable: true }) billLineId?: string | null;
  @column.HiddenReference(() => PurchaseOrderLine, 'order_line_id', { nullable: true }) orderLineId?: string | null;
  @column.Text() description!: string;
  @column.Quantity() quantity!: string;
  @column.Amount('What the goods cost, in the currency of the vendor.') amount!: string;

  @Field(() => DecimalText, { description: 'What the goods cost, in the base currency.' })
  @Property({ ...AMOUNT })
  value!: string;

  @column.Done('What stands on bills.') billed!: string;

  @Field(() => Product, { nullable: true })
  product?: Product | null;
}

referenceFrom(BillLine, 'landedReceiptId', 'landed_receipt_id', () => GoodsReceipt);
referenceFrom(BillLine, 'receiptLineId', 'receipt_line_id', () => GoodsReceiptLine);
