import { ref } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import type { DocumentContext, DocumentMade } from '../documents/document-context.service.js';
import { assertOurs } from '../documents/document.service.js';
import { now } from '../kernel/clock.js';
import { assertAmount, assertQuantity, assertReason } from '../kernel/document-values.js';
import { badInput, notFound, staleVersion } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { type LineAmounts, partOf } from '../kernel/totals.js';
import { assertDay } from '../ledger/books.service.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { nextDocumentNumber } from '../organisation/organisation.service.js';
import type { Tx } from '../platform/db/transact.js';
import { type Keyed, withIdempotencyKey } from '../platform/idempotency.js';
import { lockLevels } from '../stock/stock.queries.js';
import { emitStockChanges, postMovements } from '../stock/stock.service.js';
import { creditNoteChanged } from './billing.events.js';
import { CreditNote, CreditNoteLine } from './credit-note.entity.js';
import { listReturnable } from './credit-note.queries.js';
import { type Invoice, InvoiceLine } from './invoice.entity.js';
import { takenOfInvoice } from './invoice.queries.js';
import { lockInvoice, type VoidInput } from './invoice.service.js';
import {
  type ApplySourceInput,
  lockSource,
  releaseAllocations,
  settle,
  settleRequested,
} from './settlement.service.js';

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

type Credited = LineAmounts & {
  line: InvoiceLine | null;
  description: string;
  quantity: string;
  taxPercent: string;
};

/** Lines are credited by the rule by which order lines are invoiced: the parts sum to the line. */
async function creditLines(tx: Tx, invoice: Invoice, given: NonNullable<NewCreditNote['lines']>): Promise<Credited[]> {
  if (given.length === 0) throw badInput('lines', 'Name at least one line.');
  if (new Set(given.map((one) => one.invoiceLineId)).size < given.length)
    throw badInput('lines', 'The same line appears twice.');
  const lines = await tx.em.find(InvoiceLine, { invoice: invoice.id }, { refresh: true });
  const taken = await takenOfInvoice(tx.sql, invoice.id);
  return given.map(({ invoiceLineId, quantity }, index) => {
    const line = lines.find((one) => one.id === invoiceLineId);
    if (!line) throw notFound('Line', invoiceLineId, `lines.${index}.invoiceLineId`);
    assertQuantity(quantity, `lines.${index}.quantity`);
    const left = new Decimal(line.quantity).minus(line.credited);
    if (left.lessThan(quantity)) {
      throw badInput(`lines.${index}.quantity`, `Only ${decimalText(left)} remain on this line.`);
    }
    const before = taken.get(line.id) ?? { lineTotal: '0', discountShare: '0', taxAmount: '0' };
    const part = partOf(line, { ...before, quantity: line.credited }, quantity, invoice.currency as Currency);
    line.credited = new Decimal(line.credited).plus(quantity).toFixed(3);
    return { line, description: line.description, quantity, taxPercent: line.taxPercent, ...part };
  });
}

/** Returns goods to the warehouse they left. Throws BAD_INPUT for goods that never left or have come back already. */
async function restock(tx: Tx, invoice: Invoice, note: CreditNote, credited: readonly Credited[]): Promise<void> {
  const goods = credited.filter(({ line }) => line?.productId);
  if (goods.length === 0) throw badInput('restock', 'These lines contain no goods to return.');
  const returnable = await listReturnable(tx.sql, invoice.id);
  for (const { line, quantity, description } of goods) {
    const left = new Decimal(returnable.get((line as InvoiceLine).id) ?? 0);
    if (left.lessThan(quantity)) {
      throw badInput('restock', `Only ${decimalText(left)} of ${description} can be returned.`);
    }
  }
  const movements = goods.map(({ line, quantity }) => ({
    type: 'RETURN' as const,
    productId: (line as InvoiceLine).productId as string,
    warehouseId: invoice.warehouseId,
    quantity,
    referenceType: 'creditNote',
    referenceId: note.id,
    reason: note.number,
  }));
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
  { idempotencyKey: key, ...input }: NewCreditNote & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'issueCreditNote', key, input }, async () => {
    const { id } = await creditInvoice(tx, documentContext, input);
    return { id };
  });
}

/** Credits inside a Tx that holds an idempotency key. */
export async function creditInvoice(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewCreditNote,
): Promise<CreditNote> {
  assertOurs(documentContext, 'creditNote');
  assertReason(input.reason);
  if ((input.lines == null) === (input.amount == null)) throw badInput('lines', 'Give either lines or an amount.');
  if (input.restock === true && input.lines == null) throw badInput('restock', 'Name the lines whose goods come back.');
  const { invoice, customer } = await lockInvoice(tx, documentContext, input.invoiceId, 'invoiceId');
  if (invoice.voidedAt) throw badInput('invoiceId', `${invoice.number} is void.`);
  const currency = invoice.currency as Currency;
  const issuedOn = await assertDay(tx, documentContext, input.issuedOn, 'issuedOn');
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
  if (!total.greaterThan(0)) throw badInput(input.lines ? 'lines' : 'amount', 'The credited amount must be above 0.');
  const noted = (await tx.em.find(CreditNote, { invoiceId: invoice.id, voidedAt: null })).reduce(
    (sum, note) => sum.plus(note.total),
    new Decimal(0),
  );
  const left = new Decimal(invoice.total).minus(noted);
  if (total.greaterThan(left)) {
    throw badInput(input.lines ? 'lines' : 'amount', `Only ${decimalText(left)} of ${invoice.number} can be credited.`);
  }
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
  if (input.restock === true) await restock(tx, invoice, note, credited);
  await tx.em.flush();
  const entry = { kind: 'CREDIT_NOTE', documentId: note.id, number: note.number, enteredOn: issuedOn } as const;
  await postEntry(tx, { ...entry, customerId: customer.id, currency }, total.negated());
  const open = Decimal.min(total, invoice.balance);
  if (open.greaterThan(0)) await settle(tx, note, customer, [{ invoiceId: invoice.id, amount: open.toFixed() }]);
  emitCreditNoteChanged(tx, note, customer, 'issued');
  return note;
}

/**
 * Voids a credit note by a counter-entry of today. A note whose goods came back cannot be voided. Throws NOT_FOUND,
 * STALE_VERSION, BAD_INPUT, PERIOD_CLOSED, FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function voidCreditNote(
  tx: Tx,
  documentContext: DocumentContext,
  { idempotencyKey: key, ...input }: VoidInput,
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'voidCreditNote', key, input }, async () => {
    assertOurs(documentContext, 'creditNote');
    assertReason(input.reason);
    const { source: note, customer } = await lockSource<CreditNote>(tx, documentContext, CreditNote, input.id);
    if (note.version !== input.version) throw staleVersion(note.version);
    if (note.voidedAt) throw badInput('id', 'This credit note is already void.');
    if (note.restocked) throw badInput('id', 'Its goods are back in stock. Issue a new invoice instead.');
    if (!new Decimal(note.refunded).isZero()) throw badInput('id', 'Part of it has been refunded.');
    const enteredOn = await assertDay(tx, documentContext, null, 'id');
    await releaseAllocations(tx, { creditNoteId: note.id });
    for (const line of await tx.em.find(CreditNoteLine, { creditNote: note.id })) {
      if (!line.invoiceLineId) continue;
      const billed = await tx.em.findOneOrFail(InvoiceLine, line.invoiceLineId, { refresh: true });
      billed.credited = new Decimal(billed.credited).minus(line.quantity).toFixed(3);
    }
    note.voidedAt = now();
    note.voidReason = input.reason;
    note.unapplied = '0';
    await tx.em.flush();
    const entry = { kind: 'CREDIT_NOTE_VOID', documentId: note.id, number: note.number, enteredOn } as const;
    await postEntry(tx, { ...entry, customerId: customer.id, currency: note.currency }, note.total);
    emitCreditNoteChanged(tx, note, customer, 'voided');
    return { id: note.id };
  });
}

/** Settles invoices with what is left of a credit note. Throws what issueCreditNote throws, OVERPAYMENT, WRONG_CURRENCY. */
export function applyCreditNote(
  tx: Tx,
  documentContext: DocumentContext,
  { idempotencyKey: key, ...input }: ApplySourceInput,
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'applyCreditNote', key, input }, async () => {
    assertOurs(documentContext, 'creditNote');
    const { source, customer } = await lockSource<CreditNote>(tx, documentContext, CreditNote, input.id);
    await settleRequested(tx, source, customer, input.allocations);
    emitCreditNoteChanged(tx, source, customer, 'applied');
    return { id: source.id };
  });
}
