import { Check, Entity, Index, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { Vendor } from '../vendors/vendor.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { Product } from '../catalog/product.entity.js';
import * as column from '../documents/columns.entity.js';

export const BillStatus = { ...column.SETTLED_STATUS };

registerEnumType(BillStatus, { name: 'BillStatus', description: 'Computed; OVERDUE as of today.' });

/** What the company owes for what it buys. Goods come in by line, with their cost. */
@column.DocumentTable('bills', { party: 'vendor', description: 'What the company owes a vendor.' })
@Index({
  name: 'bills_open_on',
  expression: `create index "bills_open_on" on "bills" ("vendor_id", "currency", (coalesce("settled_on", 'infinity'::date)), "billed_on")`,
})
@Check({
  name: 'bills_balance_check',
  expression: `balance >= 0::numeric and paid >= 0::numeric and credited >= 0::numeric and balance = case when voided_at is null then total - paid - credited else 0::numeric end`,
})
export class Bill {
  @column.Id() id!: string;
  @column.DocumentNumber('bills', 'Ours; gap-free within the branch.') number!: string;
  @column.OptionalText('The number on the paper of the vendor.') vendorNumber?: string | null;
  @column.ZohoId('bills', 'bill') externalRef?: string | null;

  @Field(() => Vendor)
  @column.Party(() => Vendor)
  vendor!: Ref<Vendor>;

  @Field(() => Warehouse)
  @column.Party(() => Warehouse)
  warehouse!: Ref<Warehouse>;

  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;
  @column.BusinessDay() billedOn!: string;
  @column.BusinessDay() dueOn!: string;
  @column.Text() currency!: string;
  @column.Rate('IQD for one unit of the currency on the day of the bill.') exchangeRate!: string;
  @column.Amount() subtotal!: string;
  @column.Amount() taxTotal!: string;
  @column.Amount() total!: string;
  @column.Running() paid!: string;
  @column.Running('What the vendor credited of it.') credited!: string;
  @column.Amount('Total less paid and credited; 0 when void.') balance!: string;
  @column.SettledDay() settledOn?: string | null;
  @column.OptionalText() notes?: string | null;
  @column.Moment({ nullable: true, description: 'When goods of it came in last.' }) receivedAt?: Date | null;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.VoidDay() voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => BillStatus)
  status?: keyof typeof BillStatus;

  @Field(() => [BillLine])
  lines?: BillLine[];

  @Field(() => [BillAllocation])
  allocations?: BillAllocation[];

  @Field(() => [BillCorrection], { description: 'What was corrected of its costs.' })
  corrections?: BillCorrection[];
}

@column.LineTable('bill_lines', { owner: 'bill', description: 'One line of a bill.' })
@Index({ name: 'bill_lines_product', properties: ['productId', 'id'] })
@Check({
  name: 'bill_lines_quantity_check',
  expression: 'quantity > 0::numeric and received >= 0::numeric and received <= quantity',
})
@Check({ name: 'bill_lines_returned_check', expression: 'returned >= 0::numeric and returned <= received' })
export class BillLine {
  @column.Id() id!: string;
  @column.Owner(() => Bill) bill!: Ref<Bill>;
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

  @Field(() => Boolean, { description: 'A service whose cost belongs to goods: freight, customs.' })
  @Property({ type: 'boolean', default: false })
  landed!: boolean;

  @column.Running('Its share of such costs on the same bill.') landedCost!: string;
  /** The receipt whose goods this line makes dearer. */
  @column.HiddenId({ nullable: true }) landedReceiptId?: string | null;
  /** The line of a receipt that this one bills. */
  @column.HiddenId({ nullable: true }) receiptLineId?: string | null;
  @column.Done('What came into the warehouse.') received!: string;
  @column.Done('What went back to the vendor.') returned!: string;

  @Field(() => Product, { nullable: true })
  product?: Product | null;
}

/** Append-only: that costs of a bill were corrected, and by how much its total moved. */
@ObjectType({ description: 'A correction of the costs of a bill.' })
@Entity({ tableName: 'bill_corrections' })
@Unique({ name: 'bill_corrections_bill', properties: ['bill', 'position'] })
export class BillCorrection {
  @column.Id() id!: string;
  @column.Party(() => Bill) bill!: Ref<Bill>;
  @column.Position() position!: number;
  @column.BusinessDay() correctedOn!: string;
  @column.Amount('By how much the total moved.') amount!: string;
  @column.Text() currency!: string;
  @column.Text() reason!: string;
  @column.Text() createdBy!: string;
  @column.Moment() createdAt!: Date;
}

/** Money paid to a vendor, for several bills or in advance. */
@column.DocumentTable('payments_made', { party: 'vendor', description: 'Money paid to a vendor.' })
@Check({
  name: 'payments_made_sum_check',
  expression: `amount > 0::numeric and applied >= 0::numeric and unapplied >= 0::numeric and unapplied = case when voided_at is null then amount - applied else 0::numeric end`,
})
export class PaymentMade {
  @column.Id() id!: string;
  @column.DocumentNumber('payments_made') number!: string;
  @column.ZohoId('payments_made', 'vendor payment') externalRef?: string | null;

  @Field(() => Vendor)
  @column.Party(() => Vendor)
  vendor!: Ref<Vendor>;

  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;
  @column.BusinessDay() paidOn!: string;
  @column.Method() method!: PaymentMethod;
  @column.Text() currency!: string;
  @column.Rate() exchangeRate!: string;
  @column.Amount() amount!: string;
  @column.Running('What pays bills.') applied!: string;
  @column.Amount('What waits to be applied.') unapplied!: string;
  @column.OptionalText() reference?: string | null;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.VoidDay() voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => [BillAllocation])
  allocations?: BillAllocation[];
}

/** Append-only: what a payment pays of a bill; taken back by a row of the opposite sign. */
@ObjectType({ description: 'What a payment pays of a bill; negative: taken back.' })
@Entity({ tableName: 'bill_allocations' })
@Index({ name: 'bill_allocations_bill', properties: ['bill', 'id'] })
@Index({ name: 'bill_allocations_payment', properties: ['payment', 'id'] })
@Index({
  name: 'bill_allocations_not_carried',
  expression: `create index "bill_allocations_not_carried" on "bill_allocations" ("id") where (base is null)`,
})
@Check({ name: 'bill_allocations_amount_check', expression: 'amount <> 0::numeric' })
export class BillAllocation {
  @column.Id() id!: string;
  @column.Party(() => Bill) bill!: Ref<Bill>;
  @column.Party(() => PaymentMade) payment!: Ref<PaymentMade>;
  @column.BusinessDay({ description: 'From this day on the bill is paid by it.' }) day!: string;
  @column.Text() currency!: string;
  @column.Amount('In the currency of the bill.') amount!: string;
  @column.Text({ description: 'The currency of the payment.' }) sourceCurrency!: string;
  @column.Rate('What it takes of the payment, in the currency of that one.') sourceAmount!: string;
  @column.SettlementRate() rate?: string | null;
  @column.Running('The part of the amount that was written off as a rest.') rounded!: string;
  @column.Excess() excess!: string;
  @column.OptionalText('Why a rest was written off, or why it was taken back.') reason?: string | null;
  @column.HiddenAmount({ nullable: true }) base?: string | null;
  @column.HiddenAmount({ nullable: true }) sourceBase?: string | null;

  /** The allocation that this one takes back. */
  @Unique({ name: 'bill_allocations_releases_id_unique' })
  @column.HiddenReference(() => BillAllocation, 'releases_id', { nullable: true })
  releasesId?: string | null;
  @column.Moment() createdAt!: Date;

  @Field(() => ID)
  billId?: string;

  @Field(() => String)
  billNumber?: string;

  @Field(() => ID)
  paymentId?: string;
}
