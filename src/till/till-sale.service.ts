import { type CreditedInput, creditInvoice } from '../billing/credit-note.service.js';
import type { Invoice } from '../billing/invoice.entity.js';
import { invoiceOrder } from '../billing/invoice.service.js';
import type { Payment } from '../billing/payment.entity.js';
import { ensureWalkInCustomer } from '../customers/viewer-customer.service.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { assertMethod } from '../documents/settlement.service.js';
import { assertCurrency, assertPositiveAmount, knownCurrency } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { confirmDraft, deliverOrder, shipLines } from '../orders/order-state.service.js';
import { draftOrder, type OrderLineInput, type PricedTerms, priceOrder } from '../orders/order.service.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { type NewPayment, receivePayment, refundSource } from '../receivables/payment.service.js';
import { drawerOf, lockTill, ratesOf } from './drawer.service.js';
import { takeParkedSale } from './parked-sale.service.js';
import { assertTender, currenciesOf, type Settled, settleTender, type Tender, valueIn } from './tender.js';
import { type TillSession, TillTender } from './till.entity.js';

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
  /** In the currency of the sale. With neither cash nor an account they sum to the total. */
  payments: readonly TillPayment[];
  /** What is handed over for the rest, in any currency. */
  cash?: Tender | null | undefined;
  /** What is not paid stays open; the customer's credit is checked. */
  onAccount?: boolean | null | undefined;
  /** The parked sale that ends with this one. */
  parkedSaleId?: string | null | undefined;
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

/** What the payments leave of a sale: nothing, unless cash pays it or it goes on account. Throws BAD_INPUT. */
function restOf({ payments, cash, onAccount }: TillSale, { total }: Invoice): Decimal {
  const paid = payments.reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
  const rest = new Decimal(total).minus(paid);
  const open = cash ? rest.isPositive() && !rest.isZero() : onAccount === true ? !rest.isNegative() : rest.isZero();
  if (open) return rest;
  throw badInput(
    'payments',
    msg`The payments add up to ${decimalText(paid)}, but the sale total is ${decimalText(total)}.`,
  );
}

interface CashPayment {
  payment: Omit<NewPayment, 'method' | 'amount'>;
  /** What the whole of it pays; left out: what the payment says. */
  invoiceId?: string;
  due: string;
  tender: Tender;
  /** Less than what is due is taken as it is; otherwise it is refused. */
  part: boolean;
}

/** Takes what a customer hands over for what is due, in any currencies, and keeps what was handed over and given back. */
async function takeCash(
  tx: Tx,
  documentContext: DocumentContext,
  session: TillSession,
  { payment, invoiceId, due, tender, part }: CashPayment,
): Promise<Payment> {
  const currency = payment.currency as Currency;
  const rates = await ratesOf(tx, new Set([...currenciesOf(tender), currency]), documentContext.today);
  const worth = valueIn(tender.tendered, currency, rates);
  const amount = part && new Decimal(worth).lessThan(due) ? worth : due;
  const settled: Settled = settleTender(amount, currency, tender, rates);
  const drawer = await drawerOf(tx, session);
  const { kept: cash, rounding } = settled;
  const till = { sessionId: session.id, drawer, cash, rounding };
  const allocations = invoiceId === undefined ? payment.allocations : [{ invoiceId, amount }];
  const taken = await receivePayment(tx, documentContext, { ...payment, allocations, amount, method: 'CASH' }, till);
  const amountIn = (list: Tender['tendered'], code: string) => list.find((one) => one.currency === code)?.amount ?? '0';
  const currencies = new Set([...tender.tendered, ...settled.change].map((one) => one.currency));
  for (const code of currencies) {
    tx.em.create(TillTender, {
      id: newId(),
      paymentId: taken.id,
      currency: code,
      tendered: amountIn(tender.tendered, code),
      change: amountIn(settled.change, code),
    });
  }
  await tx.em.flush();
  return taken;
}

/** Sells over the counter: order, reservation, goods, invoice and payments in one Tx, or nothing of it. */
export const sellAtTill = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_STOCK', 'APPROVAL_NEEDED', 'CREDIT_REFUSED', 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, input: TillSale & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'sellAtTill', kind: 'order', input }, (given) =>
      sell(tx, documentContext, given),
    ),
);

async function sell(tx: Tx, documentContext: DocumentContext, input: TillSale): Promise<Invoice> {
  const { lines, discountPercent, payments, cash } = input;
  const onAccount = input.onAccount === true;
  const known: { session: TillSession | null; sale: PricedTerms | null } = { session: null, sale: null };
  const [session, sale] = await checkAll(
    async () => (known.session = await lockTill(tx, documentContext, input.sessionId, 'sessionId')),
    async () => {
      const customerId = input.customerId ?? (await ensureWalkInCustomer(tx)).id;
      const terms = {
        warehouseId: known.session?.warehouse.id,
        lines,
        discountPercent,
        paymentMethod: onAccount ? 'CREDIT' : 'CASH',
      } as const;
      return (known.sale = await priceOrder(tx, documentContext, { customerId, ...terms }));
    },
    () => assertPayments(payments, known.sale?.currency ?? null),
    () => cash && assertTender(cash),
    () => {
      if (onAccount && input.customerId == null) throw badInput('customerId', msg`Name the customer who pays later.`);
    },
    () => input.parkedSaleId != null && takeParkedSale(tx, input.parkedSaleId, 'parkedSaleId'),
  );
  const draft = await draftOrder(tx, documentContext, sale);
  await tx.em.flush();
  const { id } = draft;
  const confirmed = await confirmDraft(tx, documentContext, { id, version: draft.version, paidOnTheSpot: !onAccount });
  await tx.em.flush();
  const shipped = await shipLines(tx, documentContext, { id, version: confirmed.version });
  await tx.em.flush();
  await deliverOrder(tx, documentContext, { id, version: shipped.version });
  await tx.em.flush();
  const invoice = await invoiceOrder(tx, documentContext, { orderId: id });
  await tx.em.flush();
  const rest = restOf(input, invoice);
  const { currency, customer } = sale;
  const till = { sessionId: session.id, drawer: await drawerOf(tx, session) };
  for (const { method, amount } of payments) {
    const allocations = [{ invoiceId: invoice.id, amount }];
    const payment = { customerId: customer.id, amount, currency, method, allocations };
    await receivePayment(tx, documentContext, payment, till);
    await tx.em.flush();
  }
  if (cash) {
    const payment = { customerId: customer.id, currency };
    const rests = { payment, invoiceId: invoice.id, due: rest.toFixed(), tender: cash, part: onAccount };
    await takeCash(tx, documentContext, session, rests);
  }
  return invoice;
}

export interface TillReturn {
  sessionId: string;
  invoiceId: string;
  lines: readonly CreditedInput[];
  reason: string;
  method: PaymentMethod;
}

/**
 * Takes goods back over the counter, into the warehouse of the till: credit note, stock and refund in one Tx. What is
 * still open on the invoice is settled first; the rest is given back.
 */
export const returnAtTill = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, given: TillReturn & { idempotencyKey: string }) => {
    const command = { operation: 'returnAtTill', kind: 'creditNote', input: given } as const;
    return recordDocument(tx, documentContext, command, async ({ sessionId, method, invoiceId, lines, reason }) => {
      const known: { session: TillSession | null } = { session: null };
      // The credit note is made among the checks; when another one fails, it goes back with the Tx.
      const [session, , note] = await checkAll(
        async () => (known.session = await lockTill(tx, documentContext, sessionId, 'sessionId')),
        () => assertMethod(method),
        () => {
          const warehouseId = known.session?.warehouse.id;
          return creditInvoice(tx, documentContext, { invoiceId, lines, reason, restock: true, warehouseId });
        },
      );
      await tx.em.flush();
      if (new Decimal(note.unapplied).greaterThan(0)) {
        const refund = { creditNoteId: note.id, amount: decimalText(note.unapplied), method };
        const till = { sessionId: session.id, drawer: await drawerOf(tx, session) };
        await refundSource(tx, documentContext, refund, till);
      }
      return note;
    });
  },
);

export interface TillCollection {
  sessionId: string;
  customerId: string;
  /** What is taken off what the customer owes. */
  amount: string;
  currency: string;
  method: PaymentMethod;
  /** For cash: what is handed over, in any currency; left out: the amount itself. */
  cash?: Tender | null | undefined;
  allocations?: readonly { invoiceId: string; amount: string }[] | null | undefined;
  oldestFirst?: boolean | null | undefined;
  notes?: string | null | undefined;
}

/** Takes money at the till for what a customer owes. */
export const collectAtTill = defineCommand(
  [...failuresOf.making, ...failuresOf.settling, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, given: TillCollection & { idempotencyKey: string }) => {
    const command = { operation: 'collectAtTill', kind: 'payment', input: given } as const;
    return recordDocument(tx, documentContext, command, async ({ sessionId, cash, ...input }) => {
      const [session] = await checkAll(
        () => lockTill(tx, documentContext, sessionId, 'sessionId'),
        () => assertMethod(input.method),
        () => assertCurrency(input.currency),
        () => assertPositiveAmount(input.amount, knownCurrency(input.currency), 'amount'),
        () => cash && assertTender(cash),
        () => {
          if (cash && input.method !== 'CASH') throw badInput('cash', msg`Only cash is handed over in notes.`);
        },
      );
      if (cash) {
        const { amount: due, ...payment } = input;
        return takeCash(tx, documentContext, session, { payment, due, tender: cash, part: false });
      }
      const till = { sessionId: session.id, drawer: await drawerOf(tx, session) };
      return receivePayment(tx, documentContext, input, till);
    });
  },
);
