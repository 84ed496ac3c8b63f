import { ref } from '@mikro-orm/core';
import { CreditNote } from '../billing/credit-note.entity.js';
import { emitCreditNoteChanged } from '../billing/credit-note.service.js';
import { Payment } from '../billing/payment.entity.js';
import {
  type AllocationInput,
  applySource,
  type ApplySourceInput,
  carriedShare,
  currenciesOf,
  lockInvoices,
  lockSource,
  releaseAllocations,
  requested,
  settleInvoices,
  settleOldest,
} from '../billing/settlement.service.js';
import type { CashBox } from '../cash/cash-box.entity.js';
import { chooseBox } from '../cash/cash-box.service.js';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { assertOurs, failuresOf } from '../documents/document.service.js';
import { currencyOf } from '../documents/lines.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { lockNamedCustomer } from '../documents/party.service.js';
import { assertAllocations, assertHandedOver } from '../documents/settlement.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { primaryBranchId } from '../documents/warehouse.service.js';
import { settledCurrencies } from '../billing/settlement.queries.js';
import { now } from '../kernel/clock.js';
import { knownCurrency } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { Decimal, decimalText } from '../kernel/money.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import type { CashMove } from '../ledger/journal.service.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { paymentChanged } from './payment.events.js';
import { Refund } from './refund.entity.js';
import { msg } from '../kernel/message.js';

export interface NewPayment {
  customerId: string;
  amount: string;
  currency: string;
  method: PaymentMethod;
  /** Left out: the own box of a salesperson, or the default one of the branch. */
  boxId?: string | null | undefined;
  receivedOn?: string | null | undefined;
  reference?: string | null | undefined;
  notes?: string | null | undefined;
  allocations?: readonly AllocationInput[] | null | undefined;
  /** Settle the oldest open invoices with what the allocations leave. */
  oldestFirst?: boolean | null | undefined;
}

/** The shift at whose counter money changes hands; a shift that knows no drawer is older than drawers. */
export interface AtTill {
  sessionId: string;
  drawer: CashBox | null;
  /** What came into the drawer, when it is not the amount of the payment. */
  cash?: readonly CashMove[] | undefined;
  rounding?: string | undefined;
}

export function emitPaymentChanged(tx: Tx, payment: Payment, customer: Customer, change: string): void {
  const salespersonId = customer.salesperson?.id ?? null;
  tx.emit(paymentChanged(payment.id, { change, number: payment.number, customerId: customer.id, salespersonId }));
}

/** Checks what was received and locks the customer's balance and the invoices that it settles. */
async function checkPayment(tx: Tx, documentContext: DocumentContext, input: NewPayment) {
  const given = knownCurrency(input.currency);
  const allocations = input.allocations ?? [];
  const known: { customer: Customer | null; receivedOn: string | null } = { customer: null, receivedOn: null };
  const [currency, customer, , receivedOn, allotted] = await checkAll(
    () => currencyOf(input.currency),
    async () => {
      const others = await currenciesOf(tx, allocations);
      const named = { customerId: input.customerId, currency: given, others };
      return (known.customer = await lockNamedCustomer(tx, documentContext, named));
    },
    () => assertHandedOver({ ...input, currency: given }),
    async () => (known.receivedOn = await assertDay(tx, documentContext, input.receivedOn, 'receivedOn')),
    async () => {
      if (known.customer && given) {
        const day = known.receivedOn ?? documentContext.today;
        const source = { currency: given, unapplied: input.amount, day };
        return lockInvoices(tx, documentContext, { customer: known.customer, source }, allocations);
      }
      assertAllocations(requested(allocations), given);
      return [];
    },
  );
  return { currency, customer, receivedOn, allotted };
}

/** Takes money in, inside a Tx that holds an idempotency key; the balance is locked here. */
export async function receivePayment(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewPayment,
  till: AtTill | null = null,
): Promise<Payment> {
  assertOurs(documentContext, 'payment');
  const { currency, customer, receivedOn, allotted } = await checkPayment(tx, documentContext, input);
  const branchId = await primaryBranchId(tx);
  const box = await chooseBox(tx, documentContext, { ...input, branchId, drawer: till?.drawer });
  const tillSessionId = till?.sessionId ?? null;
  const exchangeRate = await rateOn(tx, currency, receivedOn);
  const payment = tx.em.create(Payment, {
    id: newId(),
    number: await nextDocumentNumber(tx, 'PAY', branchId),
    customer: ref(customer),
    branchId,
    tillSessionId,
    receivedOn,
    method: input.method,
    currency,
    exchangeRate,
    amount: input.amount,
    applied: '0',
    refunded: '0',
    unapplied: input.amount,
    reference: input.reference ?? null,
    notes: input.notes ?? null,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  const entry = { kind: 'PAYMENT', documentId: payment.id, number: payment.number, enteredOn: receivedOn } as const;
  const owed = {
    ...entry,
    customerId: customer.id,
    currency,
    document: {
      branchId,
      exchangeRate,
      method: input.method,
      tillSessionId,
      box,
      cash: till?.cash,
      rounding: till?.rounding,
    },
  };
  await postEntry(tx, owed, new Decimal(input.amount).negated());
  await settleInvoices(tx, payment, customer, allotted);
  await tx.em.flush();
  if (input.oldestFirst === true) {
    await settleOldest(tx, documentContext, { source: payment, customer, day: receivedOn });
  }
  emitPaymentChanged(tx, payment, customer, 'received');
  return payment;
}

/** Records money received, whole or in part against invoices; what is left stays unapplied. */
export const recordPayment = defineCommand(
  [...failuresOf.making, ...failuresOf.settling],
  (tx: Tx, documentContext: DocumentContext, input: NewPayment & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'recordPayment', kind: 'payment', input }, (given) =>
      receivePayment(tx, documentContext, given),
    ),
);

/** Settles invoices with what is left of a payment. */
export const applyPayment = defineCommand(
  failuresOf.settling,
  (tx: Tx, documentContext: DocumentContext, input: ApplySourceInput) =>
    recordDocument(tx, documentContext, { operation: 'applyPayment', kind: 'payment', input }, async (given) => {
      const { source, customer } = await applySource<Payment>(tx, documentContext, Payment, given);
      emitPaymentChanged(tx, source, customer, 'applied');
      return source;
    }),
);

/** Voids a payment: the invoices it settled are open again. Refused when part of it was refunded. */
export const voidPayment = defineCommand(
  [...failuresOf.voiding, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    voidDocument<Payment, Customer>(tx, documentContext, input, {
      operation: 'voidPayment',
      kind: 'payment',
      noun: 'payment',
      lock: (id) => lockSource<Payment>(tx, documentContext, Payment, { id, others: settledCurrencies }),
      assertVoidable(payment) {
        if (!new Decimal(payment.refunded).isZero()) throw badInput('id', msg`Part of this payment has been refunded.`);
      },
      undo: (payment, customer, day) => releaseAllocations(tx, { paymentId: payment.id }, { customer, day }),
      clear(payment) {
        payment.unapplied = '0';
      },
      async post(payment, customer, enteredOn) {
        const { id: documentId, number, currency, amount } = payment;
        const party = { customerId: customer.id, currency };
        await postEntry(tx, { kind: 'PAYMENT_VOID', documentId, number, enteredOn, ...party }, amount);
        emitPaymentChanged(tx, payment, customer, 'voided');
      },
    }),
);

export interface NewRefund {
  paymentId?: string | null | undefined;
  creditNoteId?: string | null | undefined;
  amount: string;
  method: PaymentMethod;
  /** Left out: as for a payment. */
  boxId?: string | null | undefined;
  reference?: string | null | undefined;
}

/** Gives money back: what is left of a payment or of a credit note. */
export const recordRefund = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, input: NewRefund & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'recordRefund', kind: 'payment', input }, (given) =>
      refundSource(tx, documentContext, given),
    ),
);

/** Gives money back inside a Tx that holds an idempotency key. */
export async function refundSource(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewRefund,
  till: AtTill | null = null,
): Promise<Refund> {
  assertOurs(documentContext, 'payment');
  const { paymentId = null, creditNoteId = null, amount } = input;
  const known: { source: Payment | CreditNote | null } = { source: null };
  const [{ document: source, party: customer }] = await checkAll(
    async () => {
      const id = paymentId ?? creditNoteId;
      if (id === null || (paymentId !== null && creditNoteId !== null))
        throw badInput('paymentId', msg`Name a payment or a credit note, one of them.`);
      const field = paymentId === null ? 'creditNoteId' : 'paymentId';
      const type = paymentId === null ? CreditNote : Payment;
      const locked = await lockSource(tx, documentContext, type, { id, field });
      known.source = locked.document;
      return locked;
    },
    () => {
      assertHandedOver({ ...input, currency: knownCurrency(known.source?.currency) });
      if (known.source && new Decimal(amount).greaterThan(known.source.unapplied))
        throw badInput('amount', msg`Only ${decimalText(known.source.unapplied)} of ${known.source.number} remain.`);
    },
  );
  const refundedOn = await assertDay(tx, documentContext, null, 'amount');
  const { branchId } = source;
  const box = await chooseBox(tx, documentContext, { ...input, branchId, drawer: till?.drawer });
  const tillSessionId = till?.sessionId ?? null;
  const partyBase = await carriedShare(tx, source, new Decimal(amount));
  source.refunded = new Decimal(source.refunded).plus(amount).toFixed();
  source.unapplied = new Decimal(source.unapplied).minus(amount).toFixed();
  const refund = tx.em.create(Refund, {
    id: newId(),
    number: await nextDocumentNumber(tx, 'RF', branchId),
    customer: ref(customer),
    paymentId,
    creditNoteId,
    tillSessionId,
    method: input.method,
    currency: source.currency,
    amount,
    refundedOn,
    reference: input.reference ?? null,
    baseAmount: partyBase.toFixed(),
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  await tx.em.flush();
  const entry = { kind: 'REFUND', documentId: refund.id, number: refund.number, enteredOn: refundedOn } as const;
  const document = { branchId, method: input.method, tillSessionId, box, partyBase };
  await postEntry(tx, { ...entry, customerId: customer.id, currency: source.currency, document }, amount);
  if (source instanceof Payment) emitPaymentChanged(tx, source, customer, 'refunded');
  else emitCreditNoteChanged(tx, source, customer, 'refunded');
  return refund;
}
