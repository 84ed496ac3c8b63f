import { LockMode, ref } from '@mikro-orm/core';
import { creditInvoice } from '../billing/credit-note.service.js';
import { invoiceOrder } from '../billing/invoice.service.js';
import { ensureWalkInCustomer } from '../customers/viewer-customer.service.js';
import { type DocumentContext, type DocumentMade, recordDocument } from '../documents/document-context.service.js';
import { assertKeeper, findWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertAmount, assertCurrency } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { can } from '../kernel/viewer.js';
import { confirmDraft, deliverOrder, shipLines } from '../orders/order-state.service.js';
import { draftOrder, type OrderLineInput } from '../orders/order.service.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { type Keyed, withIdempotencyKey } from '../platform/idempotency.js';
import { receivePayment, refundSource } from '../receivables/payment.service.js';
import { TillCount, TillSession } from './till.entity.js';
import { tillChanged } from './till.events.js';
import { readExpected } from './till.queries.js';
import { msg } from '../kernel/message.js';

export interface CountedCash {
  currency: string;
  amount: string;
}

function assertCounts(counts: readonly CountedCash[]): void {
  counts.forEach(({ currency, amount }, index) => {
    assertCurrency(currency, `counts.${index}.currency`);
    assertAmount(amount, currency, `counts.${index}.amount`);
  });
  if (new Set(counts.map(({ currency }) => currency)).size < counts.length) {
    throw badInput('counts', msg`The same currency is counted twice.`);
  }
}

/** Opens one's own till with the counted cash. Throws BAD_INPUT, NOT_FOUND (warehouse), ALREADY_RUNNING. */
export function openTill(
  tx: Tx,
  documentContext: DocumentContext,
  given: { warehouseId?: string | null | undefined; counts: readonly CountedCash[]; idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return recordDocument(tx, documentContext, { operation: 'openTill', kind: 'order', input: given }, async (input) => {
    const { viewer } = documentContext;
    if (viewer.kind !== 'user') throw new AppError('FORBIDDEN', msg`Only a person can open a till.`);
    assertCounts(input.counts);
    const open = await tx.em.findOne(TillSession, { userId: viewer.userId, closedAt: null });
    if (open) {
      throw new AppError('ALREADY_RUNNING', msg`You already have an open till.`, { details: { runningId: open.id } });
    }
    const warehouse = await findWarehouse(tx, input.warehouseId);
    const named = { noun: 'Warehouse' as const, id: warehouse.id, field: 'warehouseId' };
    assertKeeper(documentContext, warehouse.id, named);
    const session = tx.em.create(TillSession, {
      id: newId(),
      userId: viewer.userId,
      warehouse: ref(warehouse),
      openedAt: now(),
      version: 1,
    });
    // Every currency that may be taken has its count; what nobody counted is none.
    for (const currency of ['IQD', 'USD']) {
      const opening = input.counts.find((count) => count.currency === currency)?.amount ?? '0';
      tx.em.create(TillCount, { id: newId(), session: ref(session), currency, opening });
    }
    tx.emit(tillChanged(session.id, { change: 'opened', userId: session.userId }));
    return session;
  });
}

/** One's own open till, locked: its sales follow one another. Throws NOT_FOUND, BAD_INPUT (closed). */
async function lockTill(tx: Tx, documentContext: DocumentContext, id: string, field: string): Promise<TillSession> {
  const { viewer } = documentContext;
  const found = isId(id)
    ? await tx.em.findOne(TillSession, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
    : null;
  const own = viewer.kind === 'user' && found?.userId === viewer.userId;
  if (!found || (!own && !can(viewer, 'till:all'))) throw notFound('Till session', id, field);
  if (found.closedAt) throw badInput(field, msg`This till is closed.`);
  return found;
}

export interface TillPayment {
  method: PaymentMethod;
  amount: string;
}

export interface TillSale {
  sessionId: string;
  /** Left out: whoever walked in, by the consumer list. */
  customerId?: string | null | undefined;
  lines: readonly OrderLineInput[];
  discountPercent?: string | null | undefined;
  /** They sum to the total; change is given from what was handed over, not booked. */
  payments: readonly TillPayment[];
}

/**
 * Sells over the counter: order, reservation, goods, invoice and payments in one Tx, or nothing of it. Throws NOT_FOUND,
 * BAD_INPUT (payments that do not sum to the total), INSUFFICIENT_STOCK, APPROVAL_NEEDED, PERIOD_CLOSED,
 * FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function sellAtTill(
  tx: Tx,
  documentContext: DocumentContext,
  given: TillSale & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  const command = { operation: 'sellAtTill', kind: 'order', input: given } as const;
  return recordDocument(tx, documentContext, command, async (input) => {
    const session = await lockTill(tx, documentContext, input.sessionId, 'sessionId');
    const customerId = input.customerId ?? (await ensureWalkInCustomer(tx)).id;
    const draft = await draftOrder(tx, documentContext, {
      customerId,
      warehouseId: session.warehouse.id,
      lines: input.lines,
      discountPercent: input.discountPercent,
      paymentMethod: 'CASH',
    });
    await tx.em.flush();
    const { id } = draft;
    const confirmed = await confirmDraft(tx, documentContext, { id, version: draft.version });
    await tx.em.flush();
    const shipped = await shipLines(tx, documentContext, { id, version: confirmed.version });
    await tx.em.flush();
    await deliverOrder(tx, documentContext, { id, version: shipped.version });
    await tx.em.flush();
    const invoice = await invoiceOrder(tx, documentContext, { orderId: id });
    await tx.em.flush();
    const paid = input.payments.reduce((sum, payment) => {
      assertAmount(payment.amount, invoice.currency as Currency, 'payments');
      return sum.plus(payment.amount);
    }, new Decimal(0));
    if (!paid.equals(invoice.total)) {
      throw badInput(
        'payments',
        msg`The payments add up to ${decimalText(paid)}, but the sale total is ${decimalText(invoice.total)}.`,
      );
    }
    for (const { method, amount } of input.payments) {
      if (new Decimal(amount).isZero()) throw badInput('payments', msg`Each payment must be above 0.`);
      const currency = invoice.currency as Currency;
      const allocations = [{ invoiceId: invoice.id, amount }];
      await receivePayment(tx, documentContext, { customerId, amount, currency, method, allocations }, session.id);
      await tx.em.flush();
    }
    return invoice;
  });
}

export interface TillReturn {
  sessionId: string;
  invoiceId: string;
  lines: readonly { invoiceLineId: string; quantity: string }[];
  reason: string;
  method: PaymentMethod;
}

/**
 * Takes goods back over the counter: credit note, stock and refund in one Tx. What is still open on the invoice is
 * settled first; the rest is given back. Throws what issueCreditNote and recordRefund throw.
 */
export function returnAtTill(
  tx: Tx,
  documentContext: DocumentContext,
  given: TillReturn & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  const command = { operation: 'returnAtTill', kind: 'creditNote', input: given } as const;
  return recordDocument(tx, documentContext, command, async (input) => {
    const session = await lockTill(tx, documentContext, input.sessionId, 'sessionId');
    const { invoiceId, lines, reason, method } = input;
    const note = await creditInvoice(tx, documentContext, { invoiceId, lines, reason, restock: true });
    await tx.em.flush();
    if (new Decimal(note.unapplied).greaterThan(0)) {
      await refundSource(
        tx,
        documentContext,
        { creditNoteId: note.id, amount: decimalText(note.unapplied), method },
        session.id,
      );
    }
    return note;
  });
}

/**
 * Closes a till with the counted cash; what it should hold is kept beside it, so a difference stays visible. Throws
 * NOT_FOUND, STALE_VERSION, BAD_INPUT (a currency with cash that nobody counted), IDEMPOTENCY_MISMATCH.
 */
export function closeTill(
  tx: Tx,
  documentContext: DocumentContext,
  {
    idempotencyKey: key,
    ...input
  }: { id: string; version: number; counts: readonly CountedCash[]; idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'closeTill', key, input }, async () => {
    assertCounts(input.counts);
    const session = await lockTill(tx, documentContext, input.id, 'id');
    if (session.version !== input.version) throw staleVersion(session.version);
    const expected = await readExpected(tx.sql, session.id);
    for (const count of await tx.em.find(TillCount, { session: session.id })) {
      count.expected = expected.get(count.currency) ?? '0';
      const counted = input.counts.find((one) => one.currency === count.currency)?.amount;
      if (counted === undefined && !new Decimal(count.expected).isZero()) {
        throw badInput('counts', msg`Count the ${count.currency} cash too.`);
      }
      count.counted = counted ?? '0';
    }
    session.closedAt = now();
    tx.emit(tillChanged(session.id, { change: 'closed', userId: session.userId }));
    return { id: session.id };
  });
}
