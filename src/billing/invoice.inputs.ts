import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { LineQuantityInput } from '../documents/line-input.entity.js';
import { type CurrencyCode, CurrencyCodeFilter } from '../organisation/currency-code.entity.js';
import {
  BooleanFilter,
  DateFilter,
  DecimalFilter,
  enumFilter,
  type EnumFilter,
  type FilterColumns,
  IdFilter,
  StringFilter,
} from '../platform/graphql/filters.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';

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
