import { Check, Entity, Index, Property } from '@mikro-orm/decorators/legacy';
import * as column from '../documents/columns.entity.js';
import { AMOUNT, DAY } from '../platform/db/columns.js';
import { CreditNote } from './credit-note.entity.js';
import { Payment } from './payment.entity.js';

/**
 * What a source says that a payment or credit note settles, by the id of the invoice there: the invoice may come later
 * than the money. Replaced with each report; allocations follow it as soon as both documents are here.
 */
@Entity({ tableName: 'reported_allocations' })
@Index({ name: 'reported_allocations_invoice', properties: ['invoiceRef'] })
@Index({ name: 'reported_allocations_payment', properties: ['paymentId'] })
@Index({ name: 'reported_allocations_credit_note', properties: ['creditNoteId'] })
@Check({
  name: 'reported_allocations_source_check',
  expression: 'amount > 0::numeric and (payment_id is null) <> (credit_note_id is null)',
})
export class ReportedAllocation {
  @column.Id() id!: string;
  @column.HiddenReference(() => Payment, 'payment_id', { nullable: true }) paymentId?: string | null;
  @column.HiddenReference(() => CreditNote, 'credit_note_id', { nullable: true }) creditNoteId?: string | null;

  @Property({ type: 'text' })
  invoiceRef!: string;

  @Property({ ...AMOUNT })
  amount!: string;

  @Property({ ...DAY })
  day!: string;
}
