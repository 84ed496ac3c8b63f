import type { Opt, Ref } from '@mikro-orm/core';
import { Check, Index, Property } from '@mikro-orm/decorators/legacy';
import { Field, registerEnumType } from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { Order, OrderLine } from '../orders/order.entity.js';
import { Product } from '../catalog/product.entity.js';
import { Shipment } from '../orders/shipment.entity.js';
import { referenceFrom } from '../platform/db/columns.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import * as column from '../documents/columns.entity.js';
import * as reported from '../documents/reported.entity.js';

export const InvoiceStatus = { ...column.SETTLED_STATUS, DRAFT: 'DRAFT' } as const;

export const INVOICE_KINDS = ['INVOICE', 'DEBIT_NOTE', 'OPENING'] as const;
export type InvoiceKind = (typeof INVOICE_KINDS)[number];
const InvoiceKindEnum = Object.fromEntries(INVOICE_KINDS.map((kind) => [kind, kind])) as { [K in InvoiceKind]: K };
registerEnumType(InvoiceKindEnum, {
  name: 'InvoiceKind',
  description: 'Goods and services; what is owed beside them; what was owed when the books began.',
});

registerEnumType(InvoiceStatus, {
  name: 'InvoiceStatus',
  description: 'Computed; OVERDUE as of today. DRAFT: at Zoho, where nothing is owed for it yet.',
});

/**
 * What is owed for what. It never changes after it is issued, but for what is paid and credited; `balance` is kept beside
 * them and the database checks the sum. Overdue is computed from the day, never stored.
 */
@reported.ReportedTable('invoices')
@column.DocumentTable('invoices', { party: 'customer', description: 'What a customer owes for goods or services.' })
@Index({
  name: 'invoices_voided',
  expression: `create index "invoices_voided" on "invoices" ("voided_at") where (voided_at is not null)`,
})
@Index({ name: 'invoices_order', properties: ['orderId'] })
@Index({ name: 'invoices_day', properties: ['issuedOn', 'id'] })
@Index({
  name: 'invoices_open',
  expression: `create index "invoices_open" on "invoices" ("customer_id", "due_on", "id") where (balance > 0::numeric)`,
})
@Index({
  name: 'invoices_open_on',
  expression: `create index "invoices_open_on" on "invoices" ("customer_id", "currency", (coalesce("settled_on", 'infinity'::date)), "issued_on")`,
})
@Index({
  name: 'invoices_without_total',
  expression: `create index "invoices_without_total" on "invoices" ("issued_on") where (total = 0::numeric)`,
})
@Check({ name: 'invoices_kind_check', expression: `kind in ('INVOICE', 'DEBIT_NOTE', 'OPENING')` })
@Check({
  name: 'invoices_balance_check',
  expression: `balance >= 0::numeric and paid >= 0::numeric and credited >= 0::numeric and written_off >= 0::numeric and balance = case when voided_at is null and not draft then total - paid - credited - written_off else 0::numeric end`,
})
export class Invoice {
  @column.Id() id!: string;
  @column.DocumentNumber('invoices') number!: string;

  @Field(() => InvoiceKindEnum)
  @Property({ type: 'text', default: 'INVOICE' })
  kind!: InvoiceKind;

  @column.ZohoId('invoices', 'invoice') externalRef?: string | null;
  @reported.Source() source!: Opt<reported.DocumentSource>;
  @reported.ReportedNumber() reportedNumber?: string | null;
  @reported.Status() reportedStatus?: reported.ReportedStatus | null;
  @reported.Draft() draft!: Opt<boolean>;
  @reported.Agrees() agrees?: boolean | null;
  @reported.Facts() reportedFacts?: reported.ReportedFacts | null;
  @reported.Computed() computedAmounts?: reported.ReportedAmounts | null;
  @reported.Posted() posted!: Opt<reported.StandingPosting[]>;
  @reported.Postings() postings!: Opt<number>;

  @Field(() => Customer, { nullable: true, description: 'As far as the viewer may see customers.' })
  @column.Party(() => Customer)
  customer!: Ref<Customer>;

  @column.HiddenReference(() => Order, 'order_id', { nullable: true }) orderId?: string | null;
  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;
  @column.HiddenReference(() => Warehouse, 'warehouse_id') warehouseId!: string;
  @column.BusinessDay() issuedOn!: string;
  @column.BusinessDay() dueOn!: string;
  @column.Text() currency!: string;
  @column.Rate('IQD for one unit of the currency on the day of issue.') exchangeRate!: string;
  @column.Amount() subtotal!: string;
  @column.Amount() discountTotal!: string;
  @column.Amount() taxTotal!: string;
  @column.Amount() shipping!: string;
  @column.Amount() adjustment!: string;
  @column.Running('What the total was rounded up by at Zoho; negative: down.') rounding!: Opt<string>;
  @column.Amount() total!: string;
  @column.Running('At Zoho, as a bad debt.') writtenOff!: Opt<string>;
  @column.Running('By payments.') paid!: string;
  @column.Running('By credit notes.') credited!: string;
  @column.Amount('Total less paid, credited and written off; 0 when void or a draft.') balance!: string;
  @column.SettledDay() settledOn?: string | null;
  @column.OptionalText() notes?: string | null;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.VoidDay() voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => InvoiceStatus)
  status?: keyof typeof InvoiceStatus;

  @Field(() => Order, { nullable: true, description: 'Null for a free invoice.' })
  order?: Order | null;

  @Field(() => [InvoiceLine])
  lines?: InvoiceLine[];

  @Field(() => reported.ReportedDocument, { nullable: true, description: 'Null for what was made here.' })
  reported?: reported.ReportedDocument | null;

  @Field(() => reported.ComputedDocument, { nullable: true, description: 'Null for what was made here.' })
  computed?: reported.ComputedDocument | null;
}

@column.LineTable('invoice_lines', { owner: 'invoice', description: 'One line of an invoice.' })
@Index({ name: 'invoice_lines_order_line', properties: ['orderLineId'] })
@Index({ name: 'invoice_lines_product', properties: ['productId', 'id'] })
@Index({
  name: 'invoice_lines_external_ref',
  expression: `create index "invoice_lines_external_ref" on "invoice_lines" ("external_ref") where (external_ref is not null)`,
})
@Check({ name: 'invoice_lines_quantity_check', expression: 'quantity > 0::numeric' })
@Check({ name: 'invoice_lines_credited_check', expression: 'credited >= 0::numeric and credited <= quantity' })
export class InvoiceLine {
  @column.Id() id!: string;
  @column.Owner(() => Invoice) invoice!: Ref<Invoice>;
  @column.Position() position!: number;
  @column.ShownReference(() => OrderLine, 'order_line_id', { nullable: true }) orderLineId?: string | null;
  @column.HiddenReference(() => Product, 'product_id', { nullable: true }) productId?: string | null;
  /** Its id at the source, and that of its product, which may not be known here. */
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;
  @Property({ type: 'text', nullable: true })
  productRef?: string | null;
  @column.Text() description!: string;
  @column.Quantity() quantity!: string;
  @column.Amount() unitPrice!: string;
  @column.Percent() discountPercent!: string;
  @column.Percent() taxPercent!: string;
  @column.Amount() lineTotal!: string;
  @column.Running('Its share of the discount of the document.') discountShare!: string;
  @column.Running() taxAmount!: string;

  /** Whether this very line moved stock: lines of orders do not, their order did. */
  @Property({ type: 'boolean', default: false })
  movedStock!: boolean;

  @column.Done('What stands on credit notes that are not void.') credited!: string;

  @Field(() => Product, { nullable: true, description: 'As far as the viewer may see products.' })
  product?: Product | null;
}

referenceFrom(Shipment, 'invoiceId', 'invoice_id', () => Invoice);
