import { Field, ID, InputType } from 'type-graphql';
import { CreditLineInput } from '../documents/line-input.entity.js';
import { type CurrencyCode, CurrencyCodeFilter } from '../organisation/currency-code.entity.js';
import {
  DateFilter,
  DecimalFilter,
  type EnumFilter,
  type FilterColumns,
  IdFilter,
  StringFilter,
} from '../platform/graphql/filters.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';

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
