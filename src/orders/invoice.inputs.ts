import { PaymentMethodEnum, type PaymentMethod } from '../organisation/payment-method.entity.js';
import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import {
  BooleanFilter,
  DateFilter,
  DecimalFilter,
  enumFilter,
  IdFilter,
  StringFilter,
  type EnumFilter,
  type FilterColumns,
} from '../platform/graphql/filters.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { CurrencyCodeFilter, type CurrencyCode } from '../organisation/currency-code.entity.js';
import { PaymentMethodFilter } from '../organisation/payment-method.entity.js';
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
const InvoiceStatusFilter = enumFilter<InvoiceState>(InvoiceStatus, 'InvoiceStatus');

export const InvoiceSort = {
  CREATED_DESC: 'CREATED_DESC',
  CREATED_ASC: 'CREATED_ASC',
  ISSUED_DESC: 'ISSUED_DESC',
  DUE_ASC: 'DUE_ASC',
} as const;
registerEnumType(InvoiceSort, { name: 'InvoiceSort' });

export const PaymentSort = { CREATED_DESC: 'CREATED_DESC', RECEIVED_DESC: 'RECEIVED_DESC' } as const;
registerEnumType(PaymentSort, { name: 'PaymentSort' });

@InputType({ description: 'All given conditions must hold.' })
export class InvoiceFilter {
  static readonly columns: FilterColumns = {
    number: { sql: 'i.number', type: 'text' },
    externalRef: { sql: 'i.external_ref', type: 'text' },
    customerId: { sql: 'i.customer_id', type: 'uuid' },
    orderId: { sql: 'i.order_id', type: 'uuid' },
    currency: { sql: 'i.currency', type: 'text' },
    total: { sql: 'i.total', type: 'numeric' },
    balance: { sql: 'i.balance', type: 'numeric' },
    issuedOn: { sql: 'i.issued_on', type: 'date' },
    dueOn: { sql: 'i.due_on', type: 'date' },
    isVoid: { sql: '(i.voided_at is not null)', type: 'boolean' },
  };

  @Field(() => [InvoiceFilter], { nullable: true })
  AND?: InvoiceFilter[] | null;

  @Field(() => [InvoiceFilter], { nullable: true })
  OR?: InvoiceFilter[] | null;

  @Field(() => InvoiceFilter, { nullable: true })
  NOT?: InvoiceFilter | null;

  @Field(() => StringFilter, { nullable: true })
  number?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  externalRef?: StringFilter | null;

  @Field(() => InvoiceStatusFilter, { nullable: true, description: 'OVERDUE is as of today.' })
  status?: EnumFilter<InvoiceState> | null;

  @Field(() => IdFilter, { nullable: true })
  customerId?: IdFilter | null;

  @Field(() => IdFilter, { nullable: true })
  orderId?: IdFilter | null;

  @Field(() => CurrencyCodeFilter, { nullable: true })
  currency?: EnumFilter<CurrencyCode> | null;

  @Field(() => DecimalFilter, { nullable: true })
  total?: DecimalFilter | null;

  @Field(() => DecimalFilter, { nullable: true })
  balance?: DecimalFilter | null;

  @Field(() => DateFilter, { nullable: true })
  issuedOn?: DateFilter | null;

  @Field(() => DateFilter, { nullable: true })
  dueOn?: DateFilter | null;

  @Field(() => BooleanFilter, { nullable: true })
  isVoid?: BooleanFilter | null;
}

@InputType({ description: 'All given conditions must hold.' })
export class PaymentFilter {
  static readonly columns: FilterColumns = {
    number: { sql: 'y.number', type: 'text' },
    customerId: { sql: 'y.customer_id', type: 'uuid' },
    currency: { sql: 'y.currency', type: 'text' },
    method: { sql: 'y.method', type: 'text' },
    amount: { sql: 'y.amount', type: 'numeric' },
    unapplied: { sql: 'y.unapplied', type: 'numeric' },
    receivedOn: { sql: 'y.received_on', type: 'date' },
  };

  @Field(() => StringFilter, { nullable: true })
  number?: StringFilter | null;

  @Field(() => IdFilter, { nullable: true })
  customerId?: IdFilter | null;

  @Field(() => CurrencyCodeFilter, { nullable: true })
  currency?: EnumFilter<CurrencyCode> | null;

  @Field(() => PaymentMethodFilter, { nullable: true })
  method?: EnumFilter<PaymentMethod> | null;

  @Field(() => DecimalFilter, { nullable: true })
  amount?: DecimalFilter | null;

  @Field(() => DecimalFilter, { nullable: true })
  unapplied?: DecimalFilter | null;

  @Field(() => DateFilter, { nullable: true })
  receivedOn?: DateFilter | null;
}

@InputType({ description: 'All given conditions must hold.' })
export class CreditNoteFilter {
  static readonly columns: FilterColumns = {
    number: { sql: 'n.number', type: 'text' },
    customerId: { sql: 'n.customer_id', type: 'uuid' },
    invoiceId: { sql: 'n.invoice_id', type: 'uuid' },
    currency: { sql: 'n.currency', type: 'text' },
    total: { sql: 'n.total', type: 'numeric' },
    unapplied: { sql: 'n.unapplied', type: 'numeric' },
    issuedOn: { sql: 'n.issued_on', type: 'date' },
  };

  @Field(() => StringFilter, { nullable: true })
  number?: StringFilter | null;

  @Field(() => IdFilter, { nullable: true })
  customerId?: IdFilter | null;

  @Field(() => IdFilter, { nullable: true })
  invoiceId?: IdFilter | null;

  @Field(() => CurrencyCodeFilter, { nullable: true })
  currency?: EnumFilter<CurrencyCode> | null;

  @Field(() => DecimalFilter, { nullable: true })
  total?: DecimalFilter | null;

  @Field(() => DecimalFilter, { nullable: true })
  unapplied?: DecimalFilter | null;

  @Field(() => DateFilter, { nullable: true })
  issuedOn?: DateFilter | null;
}

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
