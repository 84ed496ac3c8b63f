import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import * as column from '../documents/columns.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { Vendor } from '../vendors/vendor.entity.js';
import { Bill, BillLine } from './bill.entity.js';

/** What a vendor owes the company back: for goods that went back, or as an allowance. It settles bills. */
@column.DocumentTable('vendor_credits', { party: 'vendor', description: 'What a vendor credits the company.' })
@Check({
  name: 'vendor_credits_sum_check',
  expression: `total > 0::numeric and applied >= 0::numeric and unapplied >= 0::numeric and unapplied = case when voided_at is null then total - applied else 0::numeric end`,
})
export class VendorCredit {
  @column.Id() id!: string;
  @column.DocumentNumber('vendor_credits') number!: string;
  @column.OptionalText('The number on the paper of the vendor.') vendorNumber?: string | null;

  @Field(() => Vendor)
  @column.Party(() => Vendor)
  vendor!: Ref<Vendor>;

  @column.ShownReference(() => Bill, 'bill_id', { nullable: true, description: 'The bill that it credits.' })
  billId?: string | null;

  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;
  @column.BusinessDay() issuedOn!: string;
  @column.Text() currency!: string;
  @column.Rate() exchangeRate!: string;
  @column.Text() reason!: string;

  @Field(() => Boolean, { description: 'The goods went back to the vendor.' })
  @Property({ type: 'boolean', default: false })
  returned!: boolean;

  @column.Running() taxTotal!: string;
  @column.Amount() total!: string;
  @column.Running('What settles bills.') applied!: string;
  @column.Amount('What waits to be applied.') unapplied!: string;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.VoidDay() voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => [VendorCreditLine])
  lines?: VendorCreditLine[];

  @Field(() => [VendorCreditAllocation])
  allocations?: VendorCreditAllocation[];
}

@column.LineTable('vendor_credit_lines', { owner: 'credit', description: 'One line of what a vendor credits.' })
export class VendorCreditLine {
  @column.Id() id!: string;
  @column.Owner(() => VendorCredit) credit!: Ref<VendorCredit>;
  @column.Position() position!: number;
  @column.ShownReference(() => BillLine, 'bill_line_id', { nullable: true }) billLineId?: string | null;
  @column.HiddenReference(() => Product, 'product_id', { nullable: true }) productId?: string | null;
  @column.Text() description!: string;
  @column.Quantity() quantity!: string;
  @column.Amount() lineTotal!: string;
  @column.Running() taxAmount!: string;

  @Field(() => Product, { nullable: true })
  product?: Product | null;
}

/** Append-only: what a credit settles of a bill; taken back by a row of the opposite sign. */
@ObjectType({ description: 'What a credit settles of a bill; negative: taken back.' })
@Entity({ tableName: 'vendor_credit_allocations' })
@Index({ name: 'vendor_credit_allocations_bill', properties: ['bill', 'id'] })
@Index({ name: 'vendor_credit_allocations_credit', properties: ['credit', 'id'] })
@Index({
  name: 'vendor_credit_allocations_not_carried',
  expression: `create index "vendor_credit_allocations_not_carried" on "vendor_credit_allocations" ("id") where (base is null)`,
})
@Check({ name: 'vendor_credit_allocations_amount_check', expression: 'amount <> 0::numeric' })
export class VendorCreditAllocation {
  @column.Id() id!: string;
  @column.Party(() => Bill) bill!: Ref<Bill>;
  @column.Party(() => VendorCredit) credit!: Ref<VendorCredit>;
  @column.BusinessDay({ description: 'From this day on the bill is settled by it.' }) day!: string;
  @column.Text() currency!: string;
  @column.Amount('In the currency of the bill.') amount!: string;
  @column.Text({ description: 'The currency of the credit.' }) sourceCurrency!: string;
  @column.Rate('What it takes of the credit, in the currency of that one.') sourceAmount!: string;
  @column.SettlementRate() rate?: string | null;
  @column.Running('The part of the amount that was written off as a rest.') rounded!: string;
  @column.Excess() excess!: string;
  @column.OptionalText('Why a rest was written off, or why it was taken back.') reason?: string | null;
  @column.HiddenAmount({ nullable: true }) base?: string | null;
  @column.HiddenAmount({ nullable: true }) sourceBase?: string | null;

  /** The allocation that this one takes back. */
  @Unique({ name: 'vendor_credit_allocations_releases_id_unique' })
  @column.HiddenReference(() => VendorCreditAllocation, 'releases_id', { nullable: true })
  releasesId?: string | null;
  @column.Moment() createdAt!: Date;

  @Field(() => ID)
  billId?: string;

  @Field(() => String)
  billNumber?: string;
}
