import { Field, ID, InputType } from 'type-graphql';
import { CreditLineInput } from '../documents/line-input.entity.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { CreditNote } from './credit-note.entity.js';
import { CURRENCY } from './invoice.inputs.js';

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
