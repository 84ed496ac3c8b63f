import { Field, ID, InputType } from 'type-graphql';
import { LineQuantityInput } from '../documents/line-input.entity.js';
import { CURRENCY_ENUM } from '../organisation/currency-code.entity.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { BooleanFilter, enumFilter } from '../platform/read/value-filters.js';
import { Invoice, InvoiceStatus } from './invoice.entity.js';
import { invoiceStatus, isVoidInvoice } from './invoice.queries.js';

export const InvoiceFilter = filterOf(
  Invoice,
  [
    'number',
    'externalRef',
    'source',
    'reportedNumber',
    'reportedStatus',
    'agrees',
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
    enums: { currency: CURRENCY_ENUM },
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

  @Field(() => Boolean, {
    nullable: true,
    description: 'Of a free invoice, with credit:override: above what is left of the credit.',
  })
  overrideCredit?: boolean | null;

  @Field(() => BusinessDate, {
    nullable: true,
    description: 'By the terms of the customer when left out; a later day needs credit:override.',
  })
  dueOn?: string | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;
}
