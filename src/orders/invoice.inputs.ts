import { PaymentMethodEnum, type PaymentMethod } from '../organisation/payment-method.entity.js';
import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { BooleanFilter, enumFilter } from '../platform/read/value-filters.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { CurrencyCodeEnum } from '../organisation/currency-code.entity.js';
import { Invoice } from './invoice.entity.js';
import { invoiceStatus, isVoidInvoice } from './invoice.queries.js';
import { CreditNote, Payment } from './payment.entity.js';
import { LineQuantityInput } from './order.inputs.js';

export const InvoiceStatus = {
  OPEN: 'OPEN',
  PARTIALLY_PAID: 'PARTIALLY_PAID',
  PAID: 'PAID',
  OVERDUE: 'OVERDUE',
  VOID: 'VOID',
} as const;
export type InvoiceState = keyof typeof InvoiceStatus;
registerEnumType(InvoiceStatus, { name: 'InvoiceStatus', description: 'Computed; OVERDUE as of today.' });

export const InvoiceSort = sortOf(Invoice, ['createdAt', 'issuedOn', 'dueOn']);
export const PaymentSort = sortOf(Payment, ['createdAt', 'receivedOn']);
export const CreditNoteSort = sortOf(CreditNote, ['createdAt', 'issuedOn']);

const CURRENCY = { currency: [CurrencyCodeEnum, 'CurrencyCode'] } as const;

export const InvoiceFilter = filterOf(
  Invoice,
  [
    'number',
    'externalRef',
    'customer',
    'orderId',
    'branchId',
    'warehouseId',
    'currency',
    'total',
    'balance',
    'issuedOn',
    'dueOn',
    'createdBy',
    'createdAt',
  ],
  {
    enums: CURRENCY,
    also: {
      status: {
        of: enumFilter(InvoiceStatus, 'InvoiceStatus'),
        type: 'text',
        sql: invoiceStatus,
        description: 'OVERDUE is as of today.',
      },
      isVoid: { of: BooleanFilter, type: 'boolean', sql: isVoidInvoice },
    },
  },
);

export const PaymentFilter = filterOf(
  Payment,
  [
    'number',
    'externalRef',
    'customer',
    'branchId',
    'currency',
    'method',
    'amount',
    'unapplied',
    'receivedOn',
    'reference',
    'voidedAt',
    'createdBy',
    'createdAt',
  ],
  { enums: CURRENCY },
);

export const CreditNoteFilter = filterOf(
  CreditNote,
  [
    'number',
    'externalRef',
    'customer',
    'invoiceId',
    'branchId',
    'currency',
    'total',
    'unapplied',
    'restocked',
    'issuedOn',
    'voidedAt',
    'createdBy',
    'createdAt',
  ],
  { enums: CURRENCY },
);

@InputType()
export class InvoiceLineInput {
  @Field(() => ID, { nullable: true, description: 'The goods leave the warehouse with the invoice.' })
  productId?: string | null;

  @Field(() => String, { nullable: true, description: 'Of a service; of a product its name when left out.' })
  description?: string | null;

  @Field(() => DecimalText)
  quantity!: string;

  @Field(() => DecimalText)
  unitPrice!: string;

  @Field(() => DecimalText, { nullable: true })
  discountPercent?: string | null;

  @Field(() => DecimalText, { nullable: true })
  taxPercent?: string | null;
}

@InputType({
  description: 'Either of an order (orderId, with lines or all of it), or free (customerId, currency, freeLines).',
})
export class CreateInvoiceInput {
  @Field(() => ID, { nullable: true })
  orderId?: string | null;

  @Field(() => [LineQuantityInput], { nullable: true, description: 'Of the order; left out: all that is not billed.' })
  lines?: LineQuantityInput[] | null;

  @Field(() => ID, { nullable: true })
  customerId?: string | null;

  @Field(() => String, { nullable: true, description: 'IQD, USD or RMB, of a free invoice.' })
  currency?: string | null;

  @Field(() => ID, { nullable: true, description: 'Where the goods of a free invoice leave.' })
  warehouseId?: string | null;

  @Field(() => [InvoiceLineInput], { nullable: true })
  freeLines?: InvoiceLineInput[] | null;

  @Field(() => BusinessDate, { nullable: true, description: 'Today when left out; never in closed books.' })
  issuedOn?: string | null;

  @Field(() => BusinessDate, { nullable: true, description: 'By the terms of the customer when left out.' })
  dueOn?: string | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;
}

@InputType()
export class AllocationGivenInput {
  @Field(() => ID)
  invoiceId!: string;

  @Field(() => DecimalText, { description: 'In the currency of the invoice, at most what is open.' })
  amount!: string;
}

@InputType()
export class RecordPaymentInput {
  @Field(() => ID)
  customerId!: string;

  @Field(() => DecimalText)
  amount!: string;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => BusinessDate, { nullable: true })
  receivedOn?: string | null;

  @Field(() => String, { nullable: true, description: 'Number of a transfer or check.' })
  reference?: string | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;

  @Field(() => [AllocationGivenInput], { nullable: true })
  allocations?: AllocationGivenInput[] | null;

  @Field(() => Boolean, { nullable: true, description: 'What the allocations leave pays the oldest open invoices.' })
  oldestFirst?: boolean | null;
}

@InputType()
export class CreditLineInput {
  @Field(() => ID)
  invoiceLineId!: string;

  @Field(() => DecimalText)
  quantity!: string;
}

@InputType({ description: 'By lines, or an allowance of an amount.' })
export class IssueCreditNoteInput {
  @Field(() => ID)
  invoiceId!: string;

  @Field(() => String)
  reason!: string;

  @Field(() => [CreditLineInput], { nullable: true })
  lines?: CreditLineInput[] | null;

  @Field(() => DecimalText, { nullable: true })
  amount?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'The goods of the lines come back into the warehouse.' })
  restock?: boolean | null;

  @Field(() => BusinessDate, { nullable: true })
  issuedOn?: string | null;
}

@InputType({ description: 'Of a payment or of a credit note, one of them.' })
export class RecordRefundInput {
  @Field(() => ID, { nullable: true })
  paymentId?: string | null;

  @Field(() => ID, { nullable: true })
  creditNoteId?: string | null;

  @Field(() => DecimalText)
  amount!: string;

  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => String, { nullable: true })
  reference?: string | null;
}
