import { ref } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { assertOurs, failuresOf } from '../documents/document.service.js';
import { currencyOf, dueDay } from '../documents/lines.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { assertActive, lockNamedCustomer } from '../documents/party.service.js';
import { assertAllocations } from '../documents/settlement.service.js';
import { findWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertPositiveAmount, assertReason, knownCurrency } from '../kernel/document-values.js';
import { AppError, badInput } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { CreditNote, type CreditNoteKind, CreditNoteLine } from './credit-note.entity.js';
import { emitCreditNoteChanged } from './credit-note.service.js';
import { Invoice, type InvoiceKind, InvoiceLine } from './invoice.entity.js';
import { emitInvoiceChanged, lockInvoice } from './invoice.service.js';
import { CREDIT_EVENTS, INVOICE_EVENTS } from './posted-events.js';
import {
  type AllocationInput,
  currenciesOf,
  lockInvoices,
  requested,
  settle,
  settleInvoices,
} from './settlement.service.js';

interface Adjustment {
  customerId: string;
  amount: string;
  currency: string;
  reason: string;
  issuedOn?: string | null | undefined;
}

/** A document of one amount, without goods. */
export interface OneAmount {
  customer: Customer;
  branchId: string;
  currency: string;
  amount: string;
  /** Of the customer's paper, where it differs from ours. */
  reason: string;
  issuedOn: string;
}

/** Writes a credit note of one amount and posts it by its kind. The caller has locked the balance. */
export async function issueCredit(
  tx: Tx,
  kind: CreditNoteKind,
  of: OneAmount,
  invoiceId: string | null,
): Promise<CreditNote> {
  const { customer, branchId, currency, amount, reason, issuedOn } = of;
  const note = tx.em.create(CreditNote, {
    id: newId(),
    kind,
    number: await nextDocumentNumber(tx, kind === 'WRITE_OFF' ? 'WO' : 'CN', branchId),
    customer: ref(customer),
    invoiceId,
    branchId,
    issuedOn,
    currency,
    exchangeRate: await rateOn(tx, currency, issuedOn),
    reason,
    restocked: false,
    forgone: '0',
    total: amount,
    applied: '0',
    refunded: '0',
    unapplied: amount,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  const none = {
    discountShare: '0',
    taxAmount: '0',
    taxPercent: '0',
    invoiceLineId: null,
    productId: null,
    damaged: false,
  };
  const line = { creditNote: ref(note), position: 0, description: reason, quantity: '1', lineTotal: amount };
  tx.em.create(CreditNoteLine, { id: newId(), ...line, ...none });
  await tx.em.flush();
  const entry = { kind: CREDIT_EVENTS[kind], documentId: note.id, number: note.number, enteredOn: issuedOn } as const;
  const document = { branchId, exchangeRate: note.exchangeRate };
  await postEntry(tx, { ...entry, customerId: customer.id, currency, document }, new Decimal(amount).negated());
  emitCreditNoteChanged(tx, note, customer, 'issued');
  return note;
}

/** Writes an invoice of one amount and posts it by its kind. The caller has locked the balance. */
export async function issueDebit(tx: Tx, kind: InvoiceKind, of: OneAmount & { dueOn: string }): Promise<Invoice> {
  const { customer, branchId, currency, amount, reason, issuedOn, dueOn } = of;
  const { id: warehouseId } = await findWarehouse(tx, null);
  const none = { discountTotal: '0', taxTotal: '0', shipping: '0', adjustment: '0', paid: '0', credited: '0' };
  const invoice = tx.em.create(Invoice, {
    id: newId(),
    kind,
    number: await nextDocumentNumber(tx, kind === 'DEBIT_NOTE' ? 'DN' : 'INV', branchId),
    customer: ref(customer),
    orderId: null,
    branchId,
    warehouseId,
    issuedOn,
    dueOn,
    currency,
    exchangeRate: await rateOn(tx, currency, issuedOn),
    ...none,
    subtotal: amount,
    total: amount,
    balance: amount,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  const line = {
    invoice: ref(invoice),
    position: 0,
    description: reason,
    quantity: '1',
    unitPrice: amount,
    lineTotal: amount,
  };
  const nothing = { discountPercent: '0', taxPercent: '0', discountShare: '0', taxAmount: '0', credited: '0' };
  tx.em.create(InvoiceLine, {
    id: newId(),
    orderLineId: null,
    productId: null,
    movedStock: false,
    ...line,
    ...nothing,
  });
  await tx.em.flush();
  const entry = {
    kind: INVOICE_EVENTS[kind],
    documentId: invoice.id,
    number: invoice.number,
    enteredOn: issuedOn,
  } as const;
  const document = { branchId, exchangeRate: invoice.exchangeRate };
  await postEntry(tx, { ...entry, customerId: customer.id, currency, document }, amount);
  emitInvoiceChanged(tx, invoice, customer, 'issued');
  return invoice;
}

/** Checks what an adjustment says and locks its customer and the balances. */
async function checkAdjustment(
  tx: Tx,
  documentContext: DocumentContext,
  input: Adjustment,
  allocations: readonly AllocationInput[],
) {
  const given = knownCurrency(input.currency);
  const [currency, customer, issuedOn] = await checkAll(
    () => currencyOf(input.currency),
    async () => {
      const others = await currenciesOf(tx, allocations);
      return lockNamedCustomer(tx, documentContext, { customerId: input.customerId, currency: given, others });
    },
    () => assertDay(tx, documentContext, input.issuedOn, 'issuedOn'),
    () => assertPositiveAmount(input.amount, given, 'amount'),
    () => assertReason(input.reason),
    () => assertAllocations(requested(allocations), given),
  );
  const branchId = (await findWarehouse(tx, null)).branch.id;
  return { currency, customer, issuedOn, branchId, amount: input.amount, reason: input.reason };
}

/** Credits a customer without an invoice: an allowance, which settles what is named or waits on account. */
export const createCreditNote = defineCommand(
  [...failuresOf.making, ...failuresOf.settling],
  (
    tx: Tx,
    documentContext: DocumentContext,
    input: Adjustment & { allocations?: readonly AllocationInput[] | null | undefined; idempotencyKey: string },
  ) => {
    const command = { operation: 'createCreditNote', kind: 'creditNote', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const allocations = given.allocations ?? [];
      const checked = await checkAdjustment(tx, documentContext, given, allocations);
      const { currency, customer, issuedOn: day } = checked;
      const source = { currency, unapplied: given.amount, day };
      const allotted = await lockInvoices(tx, documentContext, { customer, source }, allocations);
      const note = await issueCredit(tx, 'CREDIT_NOTE', checked, null);
      await settleInvoices(tx, note, customer, allotted);
      return note;
    });
  },
);

/** Debits a customer beside goods and services: other income, open until it is paid. */
export const createDebitNote = defineCommand(
  failuresOf.making,
  (
    tx: Tx,
    documentContext: DocumentContext,
    input: Adjustment & { dueOn?: string | null | undefined; idempotencyKey: string },
  ) => {
    const command = { operation: 'createDebitNote', kind: 'invoice', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const checked = await checkAdjustment(tx, documentContext, given, []);
      assertActive(checked.customer);
      const dueOn = dueDay(given.dueOn, checked.issuedOn, checked.customer.paymentTermsDays);
      return issueDebit(tx, 'DEBIT_NOTE', { ...checked, dueOn });
    });
  },
);

/** What may be written off of one invoice with debts:waive, in dinars; more with debts:waive-any. */
const WAIVE_BOUND = 500_000;

/** What is written off: given or all that is open, within what the viewer may. Throws OVERPAYMENT, BAD_INPUT. */
async function waivedAmount(
  tx: Tx,
  viewer: Viewer,
  invoice: Invoice,
  { given, day }: { given: string | null | undefined; day: string },
): Promise<string> {
  const open = decimalText(invoice.balance);
  const amount = given ?? open;
  assertPositiveAmount(amount, invoice.currency as Currency, 'amount');
  if (new Decimal(amount).greaterThan(open)) {
    const message = msg`Only ${open} is still open on ${invoice.number}.`;
    throw new AppError('OVERPAYMENT', message, { field: 'amount', details: { open } });
  }
  const inDinars = new Decimal(amount).times(await rateOn(tx, invoice.currency, day));
  if (inDinars.greaterThan(WAIVE_BOUND) && !can(viewer, 'debts:waive-any')) {
    throw badInput('amount', msg`You may write off ${WAIVE_BOUND} IQD of an invoice at most.`);
  }
  return amount;
}

/** Writes off what a customer will not pay of an invoice, today: a bad debt. Void it when the customer pays after all. */
export const writeOff = defineCommand(
  [...failuresOf.making, 'OVERPAYMENT'],
  (
    tx: Tx,
    documentContext: DocumentContext,
    input: { invoiceId: string; amount?: string | null | undefined; reason: string; idempotencyKey: string },
  ) =>
    recordDocument(tx, documentContext, { operation: 'writeOff', kind: 'creditNote', input }, async (given) => {
      assertOurs(documentContext, 'creditNote');
      const [{ invoice, customer }, day] = await checkAll(
        () => lockInvoice(tx, documentContext, { id: given.invoiceId, field: 'invoiceId' }),
        () => assertDay(tx, documentContext, null, 'invoiceId'),
        () => assertReason(given.reason),
      );
      if (invoice.voidedAt) throw badInput('invoiceId', msg`${invoice.number} is void.`);
      const amount = await waivedAmount(tx, documentContext.viewer, invoice, { given: given.amount, day });
      const { branchId, currency } = invoice;
      const { reason } = given;
      const note = await issueCredit(
        tx,
        'WRITE_OFF',
        { customer, branchId, currency, amount, reason, issuedOn: day },
        null,
      );
      await settle(tx, documentContext, { source: note, customer, day }, [{ invoiceId: invoice.id, amount }]);
      return note;
    }),
);
