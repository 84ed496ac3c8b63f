import type { Customer } from '../customers/customer.entity.js';
import type { DocumentContext } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { CreditNote, CreditNoteLine } from './credit-note.entity.js';
import { InvoiceLine } from './invoice.entity.js';
import { assertNotOpening, CREDIT_EVENTS } from './posted-events.js';
import { settledCurrencies } from './settlement.queries.js';
import { lockSource, releaseAllocations } from './settlement.service.js';
import { emitCreditNoteChanged } from './credit-note.service.js';

/** What a void note credited of its invoice can be credited again. */
async function releaseCredited(tx: Tx, note: CreditNote): Promise<void> {
  for (const line of await tx.em.find(CreditNoteLine, { creditNote: note.id })) {
    if (!line.invoiceLineId) continue;
    const billed = await tx.em.findOneOrFail(InvoiceLine, line.invoiceLineId, { refresh: true });
    billed.credited = new Decimal(billed.credited).minus(line.quantity).toFixed(3);
  }
}

/** Voids a credit note whose goods did not come back. Refused when it was refunded. */
export const voidCreditNote = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    voidDocument<CreditNote, Customer>(tx, documentContext, input, {
      operation: 'voidCreditNote',
      kind: 'creditNote',
      noun: 'credit note',
      lock: (id) => lockSource<CreditNote>(tx, documentContext, CreditNote, { id, others: settledCurrencies }),
      assertVoidable(note) {
        assertNotOpening(note);
        if (!new Decimal(note.forgone).isZero())
          throw badInput('id', msg`Its goods were taken off the order. Make a new order instead.`);
        if (note.restocked) throw badInput('id', msg`Its goods are back in stock. Issue a new invoice instead.`);
        if (!new Decimal(note.refunded).isZero()) throw badInput('id', msg`Part of it has been refunded.`);
      },
      async undo(note, customer, day) {
        await releaseAllocations(tx, { creditNoteId: note.id }, { customer, day });
        await releaseCredited(tx, note);
      },
      clear(note) {
        note.unapplied = '0';
      },
      async post(note, customer, enteredOn) {
        const { id: documentId, number, currency, total } = note;
        const party = { customerId: customer.id, currency };
        const kind = `${CREDIT_EVENTS[note.kind]}_VOID` as const;
        await postEntry(tx, { kind, documentId, number, enteredOn, ...party }, total);
        emitCreditNoteChanged(tx, note, customer, 'voided');
      },
    }),
);
