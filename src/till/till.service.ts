import { LockMode, ref } from '@mikro-orm/core';
import { creditInvoice } from '../billing/credit-note.service.js';
import type { Invoice } from '../billing/invoice.entity.js';
import { invoiceOrder } from '../billing/invoice.service.js';
import { ensureWalkInCustomer } from '../customers/viewer-customer.service.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { assertMethod } from '../documents/settlement.service.js';
import { assertKeeper, findWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertAmount, assertCurrency, assertPositiveAmount, knownCurrency } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { can } from '../kernel/viewer.js';
import { confirmDraft, deliverOrder, shipLines } from '../orders/order-state.service.js';
import { draftOrder, type OrderLineInput, type PricedTerms, priceOrder } from '../orders/order.service.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { withIdempotencyKey } from '../platform/idempotency.js';
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
  assertAll(
    () => {
      if (new Set(counts.map(({ currency }) => currency)).size < counts.length)
        throw badInput('counts', msg`The same currency is counted twice.`);
    },
    ...counts.flatMap(({ currency, amount }, index) => [
      () => assertCurrency(currency, `counts.${index}.currency`),
      () => assertAmount(amount, knownCurrency(currency), `counts.${index}.amount`),
    ]),
  );
}

/** Opens one's own till with the counted cash. */
export const openTill = defineCommand(
  [...failuresOf.keyed, 'FIELD_OWNED_ELSEWHERE', 'ALREADY_RUNNING'],
  (
    tx: Tx,
    documentContext: DocumentContext,
    given: { warehouseId?: string | null | undefined; counts: readonly CountedCash[]; idempotencyKey: string },
  ) => {
    const command = { operation: 'openTill', kind: 'order', input: given } as const;
    return recordDocument(tx, documentContext, command, async (input) => {
      const { viewer } = documentContext;
      if (viewer.kind !== 'user') throw new AppError('FORBIDDEN', msg`Only a person can open a till.`);
      const open = await tx.em.findOne(TillSession, { userId: viewer.userId, closedAt: null });
      if (open) {
        throw new AppError('ALREADY_RUNNING', msg`You already have an open till.`, { details: { runningId: open.id } });
      }
      const [warehouse] = await checkAll(
        async () => {
          const found = await findWarehouse(tx, input.warehouseId);
          assertKeeper(documentContext, found.id, { noun: 'Warehouse', id: found.id, field: 'warehouseId' });
          return found;
        },
        () => assertCounts(input.counts),
      );
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
  },
);

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

/** Each payment of a sale is above 0 and in money. While the currency of the sale is not known, it is null. */
function assertPayments(payments: readonly TillPayment[], currency: Currency | null): void {
  assertAll(
    ...payments.flatMap(({ method, amount }, index) => [
      () => assertMethod(method, `payments.${index}.method`),
      () => assertPositiveAmount(amount, currency, `payments.${index}.amount`),
    ]),
  );
}

/** Together the payments are what the sale comes to. */
function assertPaid(payments: readonly TillPayment[], { total }: Invoice): void {
  const paid = payments.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
  if (paid.equals(total)) return;
  throw badInput(
    'payments',
    msg`The payments add up to ${decimalText(paid)}, but the sale total is ${decimalText(total)}.`,
  );
}

/** Sells over the counter: order, reservation, goods, invoice and payments in one Tx, or nothing of it. */
export const sellAtTill = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_STOCK', 'APPROVAL_NEEDED'],
  (tx: Tx, documentContext: DocumentContext, input: TillSale & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'sellAtTill', kind: 'order', input }, (given) =>
      sell(tx, documentContext, given),
    ),
);

async function sell(tx: Tx, documentContext: DocumentContext, input: TillSale): Promise<Invoice> {
  const { lines, discountPercent, payments } = input;
  const known: { session: TillSession | null; sale: PricedTerms | null } = { session: null, sale: null };
  const [session, sale] = await checkAll(
    async () => (known.session = await lockTill(tx, documentContext, input.sessionId, 'sessionId')),
    async () => {
      const customerId = input.customerId ?? (await ensureWalkInCustomer(tx)).id;
      const terms = {
        warehouseId: known.session?.warehouse.id,
        lines,
        discountPercent,
        paymentMethod: 'CASH',
      } as const;
      return (known.sale = await priceOrder(tx, documentContext, { customerId, ...terms }));
    },
    () => assertPayments(payments, known.sale?.currency ?? null),
  );
  const draft = await draftOrder(tx, documentContext, sale);
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
  assertPaid(payments, invoice);
  const { currency, customer } = sale;
  for (const { method, amount } of payments) {
    const allocations = [{ invoiceId: invoice.id, amount }];
    const payment = { customerId: customer.id, amount, currency, method, allocations };
    await receivePayment(tx, documentContext, payment, { sessionId: session.id, drawer: null });
    await tx.em.flush();
  }
  return invoice;
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
 * settled first; the rest is given back.
 */
export const returnAtTill = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, given: TillReturn & { idempotencyKey: string }) => {
    const command = { operation: 'returnAtTill', kind: 'creditNote', input: given } as const;
    return recordDocument(tx, documentContext, command, async ({ sessionId, method, invoiceId, lines, reason }) => {
      // The credit note is made among the checks; when another one fails, it goes back with the Tx.
      const [session, , note] = await checkAll(
        () => lockTill(tx, documentContext, sessionId, 'sessionId'),
        () => assertMethod(method),
        () => creditInvoice(tx, documentContext, { invoiceId, lines, reason, restock: true }),
      );
      await tx.em.flush();
      if (new Decimal(note.unapplied).greaterThan(0)) {
        const refund = { creditNoteId: note.id, amount: decimalText(note.unapplied), method };
        await refundSource(tx, documentContext, refund, { sessionId: session.id, drawer: null });
      }
      return note;
    });
  },
);

interface TillClosing {
  id: string;
  version: number;
  counts: readonly CountedCash[];
  idempotencyKey: string;
}

/**
 * Closes a till with the counted cash; what it should hold is kept beside it, so a difference stays visible. Every
 * currency that should be there must be counted.
 */
export const closeTill = defineCommand(
  [...failuresOf.keyed, 'STALE_VERSION'],
  (tx: Tx, documentContext: DocumentContext, { idempotencyKey: key, ...input }: TillClosing) =>
    withIdempotencyKey(tx, { operation: 'closeTill', key, input }, async () => {
      const [session] = await checkAll(
        () => lockTill(tx, documentContext, input.id, 'id'),
        () => assertCounts(input.counts),
      );
      if (session.version !== input.version) throw staleVersion(session.version);
      const expected = await readExpected(tx.sql, session.id);
      mapAll(await tx.em.find(TillCount, { session: session.id }), (count) => {
        count.expected = expected.get(count.currency) ?? '0';
        const counted = input.counts.find((one) => one.currency === count.currency)?.amount;
        if (counted === undefined && !new Decimal(count.expected).isZero())
          throw badInput('counts', msg`Count the ${count.currency} cash too.`);
        count.counted = counted ?? '0';
      });
      session.closedAt = now();
      tx.emit(tillChanged(session.id, { change: 'closed', userId: session.userId }));
      return { id: session.id };
    }),
);
