import type { Ref } from '@mikro-orm/core';
import { Check, Index, Property } from '@mikro-orm/decorators/legacy';
import { Field, registerEnumType } from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { Product } from '../catalog/product.entity.js';
import * as column from '../documents/columns.entity.js';
import { QUANTITY } from '../platform/db/columns.js';

export const CREDIT_NOTE_KINDS = ['CREDIT_NOTE', 'WRITE_OFF', 'OPENING'] as const;
export type CreditNoteKind = (typeof CREDIT_NOTE_KINDS)[number];
const CreditNoteKindEnum = Object.fromEntries(CREDIT_NOTE_KINDS.map((kind) => [kind, kind])) as {
  [K in CreditNoteKind]: K;
};
registerEnumType(CreditNoteKindEnum, {
  name: 'CreditNoteKind',
  description: 'A return or an allowance; a bad debt; what was owed to the customer when the books began.',
});

/** What the company owes back: for goods that came back, or as an allowance. Applied to invoices or refunded. */
@column.DocumentTable('credit_notes', { party: 'customer', description: 'What a customer is credited.' })
@Index({
  name: 'credit_notes_voided',
  expression: `create index "credit_notes_voided" on "credit_notes" ("voided_at") where (voided_at is not null)`,
})
@Index({ name: 'credit_notes_invoice', properties: ['invoiceId'] })
@Check({ name: 'credit_notes_kind_check', expression: `kind in ('CREDIT_NOTE', 'WRITE_OFF', 'OPENING')` })
@Check({
  name: 'credit_notes_sum_check',
  expression: `total >= 0::numeric and applied >= 0::numeric and refunded >= 0::numeric and unapplied >= 0::numeric and unapplied = case when voided_at is null then total - applied - refunded else 0::numeric end`,
})
export class CreditNote {
  @column.Id() id!: string;
  @column.DocumentNumber('credit_notes') number!: string;

  @Field(() => CreditNoteKindEnum)
  @Property({ type: 'text', default: 'CREDIT_NOTE' })
  kind!: CreditNoteKind;

  @column.ZohoId('credit_notes', 'credit note') externalRef?: string | null;

  @Field(() => Customer, { nullable: true, description: 'As far as the viewer may see customers.' })
  @column.Party(() => Customer)
  customer!: Ref<Customer>;

  @column.HiddenReference(() => Invoice, 'invoice_id', { nullable: true }) invoiceId?: string | null;
  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;
  @column.BusinessDay() issuedOn!: string;
  @column.Text() currency!: string;
  @column.Rate() exchangeRate!: string;
  @column.Text() reason!: string;

  @Field(() => Boolean, { description: 'The goods went back to the warehouse.' })
  @Property({ type: 'boolean', default: false })
  restocked!: boolean;

  /** How many pieces had not left and were taken off their order. */
  @Property({ ...QUANTITY, default: '0' })
  forgone!: string;

  @column.Amount() total!: string;
  @column.Running('What settles invoices.') applied!: string;
  @column.Running('What was given back in money.') refunded!: string;
  @column.Amount('What waits to be applied or refunded.') unapplied!: string;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.VoidDay() voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => Invoice, { nullable: true })
  invoice?: Invoice | null;

  @Field(() => [CreditNoteLine])
  lines?: CreditNoteLine[];
}

@column.LineTable('credit_note_lines', {
  owner: 'creditNote',
  index: 'note',
  description: 'One line of a credit note.',
})
@Index({ name: 'credit_note_lines_invoice_line', properties: ['invoiceLineId'] })
@Check({ name: 'credit_note_lines_quantity_check', expression: 'quantity > 0::numeric' })
export class CreditNoteLine {
  @column.Id() id!: string;
  @column.Owner(() => CreditNote) creditNote!: Ref<CreditNote>;
  @column.Position() position!: number;
  @column.ShownReference(() => InvoiceLine, 'invoice_line_id', { nullable: true }) invoiceLineId?: string | null;
  @column.HiddenReference(() => Product, 'product_id', { nullable: true }) productId?: string | null;
  @column.Text() description!: string;
  @column.Quantity() quantity!: string;
  @column.Percent() taxPercent!: string;
  @column.Amount() lineTotal!: string;
  @column.Running() discountShare!: string;
  @column.Running() taxAmount!: string;

  @Field(() => Boolean, {
    description: 'The goods came back damaged: they lie in a warehouse of which nothing is sold.',
  })
  @Property({ type: 'boolean', default: false })
  damaged!: boolean;

  @Field(() => Product, { nullable: true, description: 'As far as the viewer may see products.' })
  product?: Product | null;
}
