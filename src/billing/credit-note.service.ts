import { ref } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, type DocumentMade, recordDocument } from '../documents/document-context.service.js';
import { assertOurs } from '../documents/document.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { resolveQuantities } from '../documents/quantities.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { now } from '../kernel/clock.js';
import { assertAmount, assertReason } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { type LineAmounts, partOf } from '../kernel/totals.js';
import { assertDay } from '../ledger/books.service.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import type { Tx } from '../platform/db/transact.js';
import type { Keyed } from '../platform/idempotency.js';
import { lockLevels } from '../stock/stock.queries.js';
import { emitStockChanges, postMovements } from '../stock/stock.service.js';
import { creditNoteChanged } from './billing.events.js';
import { CreditNote, CreditNoteLine } from './credit-note.entity.js';
import { listReturnable } from './credit-note.queries.js';
import { type Invoice, InvoiceLine } from './invoice.entity.js';
import { takenOfInvoice } from './invoice.queries.js';
import { lockInvoice } from './invoice.service.js';
import { type ApplySourceInput, lockSource, releaseAllocations, settle, settleNamed } from './settlement.service.js';
import { msg } from '../kernel/message.js';

export function emitCreditNoteChanged(tx: Tx, note: CreditNote, customer: Customer, change: string): void {
  const salespersonId = customer.salesperson?.id ?? null;
  tx.emit(creditNoteChanged(note.id, { change, number: note.number, customerId: customer.id, salespersonId }));
}

export interface NewCreditNote {
  invoiceId: string;
  reason: string;
  /** Goods or services that are credited by line ... */
  lines?: readonly { invoiceLineId: string; quantity: string }[] | null | undefined;
  /** ... or an allowance of this amount. */
  amount?: string | null | undefined;
  /** The goods of the lines come back into the warehouse of the invoice. */
  restock?: boolean | null | undefined;
  issuedOn?: string | null | undefined;
}

interface Returned {
  line: InvoiceLine;
  quantity: string;
  productId: string;
  warehouseId: string;
}

type Credited = LineAmounts & {
  line: InvoiceLine | null;
  description: string;
  quantity: string;
  taxPercent: string;
};

/** Lines are credited by the rule by which order lines are invoiced: the parts sum to the line. */
async function creditLines(tx: Tx, invoice: Invoice, given: NonNullable<NewCreditNote['lines']>): Promise<Credited[]> {
  if (given.length === 0) throw badInput('lines', msg`Name at least one line.`);
  const lines = await tx.em.find(InvoiceLine, { invoice: invoice.id }, { refresh: true });
  const requested = given.map(({ invoiceLineId: lineId, quantity }) => ({ lineId, quantity }));
  const left = (line: InvoiceLine): Decimal => new Decimal(line.quantity).minus(line.credited);
  const quantities = resolveQuantities(lines, requested, left, 'invoiceLineId');
  const taken = await takenOfInvoice(tx.sql, invoice.id);
  return [...quantities].map(([line, amount]) => {
    const before = taken.get(line.id) ?? { lineTotal: '0', discountShare: '0', taxAmount: '0' };
    const quantity = amount.toFixed();
    const part = partOf(line, { ...before, quantity: line.credited }, quantity, invoice.currency as Currency);
    line.credited = new Decimal(line.credited).plus(quantity).toFixed(3);
    return { line, description: line.description, quantity, taxPercent: line.taxPercent, ...part };
  });
}

/** Goods that come back, in the order of their lines. Throws BAD_INPUT for such that never left or came back already. */
async function goodsOf(tx: Tx, invoice: Invoice, credited: readonly Credited[]): Promise<Returned[]> {
  const goods = credited.flatMap(({ line, quantity }) =>
    line?.productId ? [{ line, quantity, productId: line.productId, warehouseId: invoice.warehouseId }] : [],
  );
  if (goods.length === 0) throw badInput('restock', msg`These lines contain no goods to return.`);
  const returnable = await listReturnable(tx.sql, invoice.id);
  for (const { line, quantity } of goods) {
    const left = new Decimal(returnable.get(line.id) ?? 0);
    if (left.lessThan(quantity)) {
      throw badInput('restock', msg`Only ${decimalText(left)} of ${line.description} can be returned.`);
    }
  }
  // Before the number of the note: whoever holds a number's lock never waits for another lock.
  await lockLevels(tx.sql, goods);
  return goods;
}

/** Returns goods to the warehouse they left. */
async function restock(tx: Tx, note: CreditNote, goods: readonly Returned[]): Promise<void> {
  const reference = { referenceType: 'creditNote', referenceId: note.id, reason: note.number };
  const movements = goods.map(({ line: _line, ...good }) => ({ type: 'RETURN' as const, ...good, ...reference }));
  await postMovements(tx, await lockLevels(tx.sql, movements), movements);
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

/**
 * Credits an invoice by line or by an amount, never more than it came to, and settles with it what is open there; the
 * rest waits to be applied elsewhere or refunded. Throws NOT_FOUND, BAD_INPUT, PERIOD_CLOSED, FIELD_OWNED_ELSEWHERE,
 * IDEMPOTENCY_MISMATCH.
 */
export function issueCreditNote(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewCreditNote & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return recordDocument(tx, documentContext, { operation: 'issueCreditNote', kind: 'creditNote', input }, (given) =>
    creditInvoice(tx, documentContext, given),
  );
}

/** Credits inside a Tx that holds an idempotency key. */
export async function creditInvoice(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewCreditNote,
): Promise<CreditNote> {
  assertOurs(documentContext, 'creditNote');
  assertReason(input.reason);
  if ((input.lines == null) === (input.amount == null)) throw badInput('lines', msg`Give either lines or an amount.`);
  if (input.restock === true && input.lines == null)
    throw badInput('restock', msg`Name the lines whose goods come back.`);
  const named = { id: input.invoiceId, field: 'invoiceId' };
  const { invoice, customer } = await lockInvoice(tx, documentContext, named);
  if (invoice.voidedAt) throw badInput('invoiceId', msg`${invoice.number} is void.`);
  const currency = invoice.currency as Currency;
  const issuedOn = await assertDay(tx, documentContext, input.issuedOn, 'issuedOn');
  if (issuedOn < invoice.issuedOn) {
    throw badInput('issuedOn', msg`${invoice.number} is of ${invoice.issuedOn}; it cannot be credited before.`);
  }
  let credited: Credited[];
  if (input.lines != null) credited = await creditLines(tx, invoice, input.lines);
  else {
    const amount = input.amount as string;
    assertAmount(amount, currency, 'amount');
    const none = { discountShare: '0', taxAmount: '0', taxPercent: '0' };
    credited = [{ line: null, description: input.reason, quantity: '1', lineTotal: amount, ...none }];
  }
  const total = credited.reduce(
    (sum, line) => sum.plus(line.lineTotal).minus(line.discountShare).plus(line.taxAmount),
    new Decimal(0),
  );
  if (!total.greaterThan(0))
    throw badInput(input.lines ? 'lines' : 'amount', msg`The credited amount must be above 0.`);
  const noted = (await tx.em.find(CreditNote, { invoiceId: invoice.id, voidedAt: null })).reduce(
    (sum, note) => sum.plus(note.total),
    new Decimal(0),
  );
  const left = new Decimal(invoice.total).minus(noted);
  if (total.greaterThan(left)) {
    throw badInput(
      input.lines ? 'lines' : 'amount',
      msg`Only ${decimalText(left)} of ${invoice.number} can be credited.`,
    );
  }
  const goods = input.restock === true ? await goodsOf(tx, invoice, credited) : [];
  const note = tx.em.create(CreditNote, {
    id: newId(),
    number: await nextDocumentNumber(tx, 'CN', invoice.branchId),
    customer: ref(customer),
    invoiceId: invoice.id,
    branchId: invoice.branchId,
    issuedOn,
    currency,
    exchangeRate: invoice.exchangeRate,
    reason: input.reason,
    restocked: input.restock === true,
    total: total.toFixed(),
    applied: '0',
    refunded: '0',
    unapplied: total.toFixed(),
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  credited.forEach(({ line, ...amounts }, position) => {
    tx.em.create(CreditNoteLine, {
      id: newId(),
      creditNote: ref(note),
      position,
      invoiceLineId: line?.id ?? null,
      productId: line?.productId ?? null,
      ...amounts,
    });
  });
  if (goods.length > 0) await restock(tx, note, goods);
  await tx.em.flush();
  const entry = { kind: 'CREDIT_NOTE', documentId: note.id, number: note.number, enteredOn: issuedOn } as const;
  const tax = credited.reduce((sum, line) => sum.plus(line.taxAmount), new Decimal(0));
  const document = { branchId: note.branchId, exchangeRate: note.exchangeRate, tax };
  await postEntry(tx, { ...entry, customerId: customer.id, currency, document }, total.negated());
  const open = Decimal.min(total, invoice.balance);
  if (open.greaterThan(0)) await settle(tx, note, customer, [{ invoiceId: invoice.id, amount: open.toFixed() }]);
  emitCreditNoteChanged(tx, note, customer, 'issued');
  return note;
}

/** What a void note credited of its invoice can be credited again. */
async function releaseCredited(tx: Tx, note: CreditNote): Promise<void> {
  for (const line of await tx.em.find(CreditNoteLine, { creditNote: note.id })) {
    if (!line.invoiceLineId) continue;
    const billed = await tx.em.findOneOrFail(InvoiceLine, line.invoiceLineId, { refresh: true });
    billed.credited = new Decimal(billed.credited).minus(line.quantity).toFixed(3);
  }
}

/** Voids a credit note whose goods did not come back. Throws what voidDocument throws; BAD_INPUT when it was refunded. */
export function voidCreditNote(
  tx: Tx,
  documentContext: DocumentContext,
  input: VoidInput,
): Promise<Keyed<DocumentMade>> {
  return voidDocument<CreditNote, Customer>(tx, documentContext, input, {
    operation: 'voidCreditNote',
    kind: 'creditNote',
    noun: 'credit note',
    lock: (id) => lockSource<CreditNote>(tx, documentContext, CreditNote, id),
    assertVoidable(note) {
      if (note.restocked) throw badInput('id', msg`Its goods are back in stock. Issue a new invoice instead.`);
      if (!new Decimal(note.refunded).isZero()) throw badInput('id', msg`Part of it has been refunded.`);
    },
    async undo(note) {
      await releaseAllocations(tx, { creditNoteId: note.id });
      await releaseCredited(tx, note);
    },
    clear(note) {
      note.unapplied = '0';
    },
    async post(note, customer, enteredOn) {
      const { id: documentId, number, currency, total } = note;
      const party = { customerId: customer.id, currency };
      await postEntry(tx, { kind: 'CREDIT_NOTE_VOID', documentId, number, enteredOn, ...party }, total);
      emitCreditNoteChanged(tx, note, customer, 'voided');
    },
  });
}

/** Settles invoices with what is left of a credit note. Throws what issueCreditNote throws, OVERPAYMENT, WRONG_CURRENCY. */
export function applyCreditNote(
  tx: Tx,
  documentContext: DocumentContext,
  input: ApplySourceInput,
): Promise<Keyed<DocumentMade>> {
  return recordDocument(
    tx,
    documentContext,
    { operation: 'applyCreditNote', kind: 'creditNote', input },
    async (given) => {
      const { document: source, party: customer } = await lockSource<CreditNote>(
        tx,
        documentContext,
        CreditNote,
        given.id,
      );
      await settleNamed(tx, source, customer, given.allocations);
      emitCreditNoteChanged(tx, source, customer, 'applied');
      return source;
    },
  );
}
