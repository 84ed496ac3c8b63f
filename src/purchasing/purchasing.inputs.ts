import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { type CurrencyCode, CurrencyCodeFilter } from '../organisation/currency-code.entity.js';
import { type PaymentMethod, PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import {
  BooleanFilter,
  DateFilter,
  DecimalFilter,
  type EnumFilter,
  type FilterColumns,
  IdFilter,
  StringFilter,
} from '../platform/graphql/filters.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';

export const BillSort = { CREATED_DESC: 'CREATED_DESC', DUE_ASC: 'DUE_ASC' } as const;

registerEnumType(BillSort, { name: 'BillSort' });

@InputType({ description: 'All given conditions must hold.' })
export class BillFilter {
  static readonly columns: FilterColumns = {
    number: { sql: 'b.number', type: 'text' },
    vendorNumber: { sql: 'b.vendor_number', type: 'text' },
    vendorId: { sql: 'b.vendor_id', type: 'uuid' },
    currency: { sql: 'b.currency', type: 'text' },
    total: { sql: 'b.total', type: 'numeric' },
    balance: { sql: 'b.balance', type: 'numeric' },
    billedOn: { sql: 'b.billed_on', type: 'date' },
    dueOn: { sql: 'b.due_on', type: 'date' },
    isVoid: { sql: '(b.voided_at is not null)', type: 'boolean' },
  };

  @Field(() => StringFilter, { nullable: true })
  number?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  vendorNumber?: StringFilter | null;

  @Field(() => IdFilter, { nullable: true })
  vendorId?: IdFilter | null;

  @Field(() => CurrencyCodeFilter, { nullable: true })
  currency?: EnumFilter<CurrencyCode> | null;

  @Field(() => DecimalFilter, { nullable: true })
  total?: DecimalFilter | null;

  @Field(() => DecimalFilter, { nullable: true, description: 'Above 0: open.' })
  balance?: DecimalFilter | null;

  @Field(() => DateFilter, { nullable: true })
  billedOn?: DateFilter | null;

  @Field(() => DateFilter, { nullable: true })
  dueOn?: DateFilter | null;

  @Field(() => BooleanFilter, { nullable: true })
  isVoid?: BooleanFilter | null;
}

@InputType('BillLineInput')
export class BillLineGivenInput {
  @Field(() => ID, { nullable: true })
  productId?: string | null;

  @Field(() => String, { nullable: true, description: 'Of a service; of a product its name when left out.' })
  description?: string | null;

  @Field(() => DecimalText)
  quantity!: string;

  @Field(() => DecimalText, { description: 'In the currency of the vendor.' })
  unitCost!: string;

  @Field(() => DecimalText, { nullable: true })
  taxPercent?: string | null;
}

@InputType()
export class CreateBillInput {
  @Field(() => ID)
  vendorId!: string;

  @Field(() => String, { nullable: true, description: 'The number on the paper of the vendor.' })
  vendorNumber?: string | null;

  @Field(() => ID, { nullable: true, description: 'Where the goods come in; left out: the primary one.' })
  warehouseId?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  billedOn?: string | null;

  @Field(() => BusinessDate, { nullable: true, description: 'By the terms of the vendor when left out.' })
  dueOn?: string | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;

  @Field(() => [BillLineGivenInput], { description: '1 to 200.' })
  lines!: BillLineGivenInput[];

  @Field(() => Boolean, { nullable: true, description: 'The goods are here: receive all of them with the bill.' })
  receive?: boolean | null;
}

@InputType('BillAllocationInput')
export class BillAllocationGivenInput {
  @Field(() => ID)
  billId!: string;

  @Field(() => DecimalText, { description: 'At most what is open.' })
  amount!: string;
}

@InputType()
export class RecordPaymentMadeInput {
  @Field(() => ID)
  vendorId!: string;

  @Field(() => DecimalText, { description: 'In the currency of the vendor.' })
  amount!: string;

  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => BusinessDate, { nullable: true })
  paidOn?: string | null;

  @Field(() => String, { nullable: true })
  reference?: string | null;

  @Field(() => [BillAllocationGivenInput], { nullable: true })
  allocations?: BillAllocationGivenInput[] | null;
}
