import { LockMode } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import type { DocumentContext } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { OrderLine } from '../orders/order.entity.js';
import { voidShipmentsOf } from '../orders/shipment.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { CreditNote } from './credit-note.entity.js';
import { type Invoice, InvoiceLine } from './invoice.entity.js';
import { moveGoods } from './invoice-goods.service.js';
import { emitInvoiceChanged, lockInvoice } from './invoice.service.js';
import { assertNotOpening, INVOICE_EVENTS } from './posted-events.js';
import { settledCurrencies } from './settlement.queries.js';
import { releaseAllocations } from './settlement.service.js';

/** What a void invoice billed of its order can be billed again. */
async function releaseBilled(tx: Tx, lines: readonly InvoiceLine[]): Promise<void> {
  const ids = lines.flatMap((line) => line.orderLineId ?? []);
  const options = { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, refresh: true } as const;
  const orderLinesOf = new Map(
    (await tx.em.find(OrderLine, { id: { $in: ids } }, options)).map((one) => [one.id, one]),
  );
  for (const { orderLineId, quantity } of lines) {
    const orderLine = orderLineId ? orderLinesOf.get(orderLineId) : undefined;
    if (orderLine) orderLine.invoiced = new Decimal(orderLine.invoiced).minus(quantity).toFixed(3);
  }
}

/**
 * Voids an invoice: the payments that settled it are unapplied again, its order can be invoiced again, and goods that
 * left with it come back. Refused while it has
 * credit notes.
 */
export const voidInvoice = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    voidDocument<Invoice, Customer>(tx, documentContext, input, {
      operation: 'voidInvoice',
      kind: 'invoice',
      noun: 'invoice',
      async lock(id) {
        const { invoice: document, customer: party } = await lockInvoice(tx, documentContext, {
          id,
          others: settledCurrencies,
        });
        return { document, party };
      },
      async assertVoidable(invoice) {
        assertNotOpening(invoice);
        // A credit note must not remain when the invoice it credits is void.
        if ((await tx.em.count(CreditNote, { invoiceId: invoice.id, voidedAt: null })) > 0) {
          throw badInput('id', msg`This invoice has credit notes. Void them first.`);
        }
      },
      async undo(invoice, customer, day) {
        await releaseAllocations(tx, { invoiceId: invoice.id }, { customer, day });
        await releaseBilled(tx, await linesOf(tx, invoice));
      },
      clear(invoice) {
        invoice.balance = '0';
        invoice.settledOn = invoice.voidedOn ?? null;
      },
      async post(invoice, customer, enteredOn) {
        const { id: documentId, number, currency, total } = invoice;
        const entry = {
          kind: `${INVOICE_EVENTS[invoice.kind]}_VOID`,
          documentId,
          number,
          enteredOn,
          customerId: customer.id,
          currency,
        } as const;
        await postEntry(tx, entry, new Decimal(total).negated());
        await moveGoods(tx, invoice, await linesOf(tx, invoice), { type: 'RETURN', day: enteredOn });
        await voidShipmentsOf(tx, documentContext, { invoiceId: invoice.id }, input.reason);
        emitInvoiceChanged(tx, invoice, customer, 'voided');
      },
    }),
);

const linesOf = (tx: Tx, invoice: Invoice): Promise<InvoiceLine[]> =>
  tx.em.find(InvoiceLine, { invoice: invoice.id }, { orderBy: { position: 'asc' }, refresh: true });
