import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import type { CreditNoteKind } from './credit-note.entity.js';
import type { InvoiceKind } from './invoice.entity.js';

/** What each kind of invoice posts when it is issued, and with `_VOID` behind it when it is void. */
export const INVOICE_EVENTS = {
  INVOICE: 'INVOICE',
  DEBIT_NOTE: 'DEBIT_NOTE',
  OPENING: 'OPENING_DEBT',
} as const satisfies Record<InvoiceKind, string>;

export const CREDIT_EVENTS = {
  CREDIT_NOTE: 'CREDIT_NOTE',
  WRITE_OFF: 'WRITE_OFF',
  OPENING: 'OPENING_CREDIT',
} as const satisfies Record<CreditNoteKind, string>;

/** What was owed when the books began is voided with everything else of its batch. Throws BAD_INPUT. */
export function assertNotOpening({ kind }: { kind: InvoiceKind | CreditNoteKind }): void {
  if (kind === 'OPENING') throw badInput('id', msg`This is an opening balance. Void the batch of openings instead.`);
}
