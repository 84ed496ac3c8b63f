import { Field, ID, InputType } from 'type-graphql';
import { CreditLineInput } from '../documents/line-input.entity.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { CreditNote } from './credit-note.entity.js';
import { CURRENCY_ENUM } from '../organisation/currency-code.entity.js';

export const CreditNoteSort = sortOf(CreditNote, ['createdAt', 'issuedOn']);

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
  { enums: { currency: CURRENCY_ENUM } },
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
