import { ref } from '@mikro-orm/core';
import { Payment } from '../billing/payment.entity.js';
import { releaseReported, type ReportedSettlement, settleBySource } from '../billing/reported-settlement.service.js';
import { ensureReportedBox, type ReportedAccount } from '../cash/reported-box.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { lockKnownReport, lockReported } from '../documents/party.service.js';
import {
  assignReport,
  assignVoid,
  openDay,
  REPORTED_COLUMNS,
  type ReportContext,
  type ReportedHead,
  reportedPlace,
  reportedRates,
  type ReportedRates,
  restate,
  type WantedPosting,
} from '../documents/reported-document.service.js';
import { isSourceOwned, reportedEntries } from '../documents/reported-posting.service.js';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { emitPaymentChanged } from './payment.service.js';
import { giveRefunds, type ReportedRefund, takeBackRefunds } from './reported-refund.service.js';

/** What a source says of a payment. */
export interface PaymentSnapshot extends ReportedHead {
  amount: string;
  /** Discounts and withheld taxes that settle invoices with it, and are no money. */
  allowed: string;
  bankCharges: string;
  method: PaymentMethod;
  account: ReportedAccount | null;
  settlements: readonly ReportedSettlement[];
  refunds: readonly ReportedRefund[];
}

interface Upserted {
  id: string;
  changed: boolean;
}

/**
 * Brings a payment to what its source reports; idempotent. The money is in the books at once, whether or not the invoices
 * that it settles are here; these are settled as they come.
 */
export async function upsertReportedPayment(
  tx: Tx,
  snapshot: PaymentSnapshot,
  { today, phase }: ReportContext,
): Promise<Upserted> {
  await lockBooks(tx.sql, 'posting');
  const { document: found, customer, before } = await lockReported<Payment>(tx, Payment, snapshot);
  if (found && !isSourceOwned('payment', phase)) {
    assignReport(found, snapshot, null);
    emitPaymentChanged(tx, found, customer, 'reported');
    return { id: found.id, changed: true };
  }
  const place = await reportedPlace(tx, snapshot.facts.location);
  const rates = await reportedRates(tx, snapshot);
  const box = await ensureReportedBox(tx, snapshot.account, place.branch.id);
  const payment = found ?? (await createReported(tx, snapshot, place.branch.id));
  const isGone = snapshot.voided || snapshot.draft;
  const isOther = found !== null && differs(payment, snapshot, customer.id);
  // What is given back lies where the payment lay, unless another account is named.
  const said = isGone ? [] : snapshot.refunds.map((one) => ({ ...one, account: one.account ?? snapshot.account }));
  if (isOther) await releaseReported(tx, { paymentId: payment.id }, { customer: before, today });
  if (found) await takeBackRefunds(tx, { source: payment, before, customer, today }, { said, all: isOther });
  assignReport(payment, snapshot, null);
  payment.customer = ref(customer);
  payment.branchId = place.branch.id;
  assignFigures(payment, snapshot, rates);
  const voided = snapshot.voided ? { on: await openDay(tx, snapshot.day, today), reason: 'Void at Zoho' } : null;
  assignVoid(payment, voided);
  assignUnapplied(payment);
  await tx.em.flush();
  const wanted = isGone ? [] : [postingOf(payment, snapshot, rates, box)];
  await restate(tx, payment, wanted, reportedEntries(tx, { document: payment, before, customer, today }));
  await giveRefunds(tx, { source: payment, before, customer, today }, said, rates.rates);
  await settleBySource(tx, { paymentId: payment.id }, isGone ? [] : snapshot.settlements, { customer, today });
  emitPaymentChanged(tx, payment, customer, !found ? 'received' : snapshot.voided ? 'voided' : 'updated');
  return { id: payment.id, changed: true };
}

async function createReported(tx: Tx, { externalRef }: PaymentSnapshot, branchId: string): Promise<Payment> {
  return tx.em.create(Payment, {
    ...REPORTED_COLUMNS,
    id: newId(),
    externalRef,
    number: await nextDocumentNumber(tx, 'PAY', branchId),
    applied: '0',
    refunded: '0',
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  } as never);
}

/** Whether the money is another than it was: what it settles is taken back then, and settled anew. */
function differs(payment: Payment, snapshot: PaymentSnapshot, customerId: string): boolean {
  return (
    payment.customer.id !== customerId ||
    payment.currency !== snapshot.currency ||
    !new Decimal(payment.amount).equals(snapshot.amount) ||
    !new Decimal(payment.allowed).equals(snapshot.allowed) ||
    payment.reportedFacts?.exchangeRate !== snapshot.facts.exchangeRate ||
    snapshot.voided !== Boolean(payment.voidedAt) ||
    snapshot.draft !== payment.draft
  );
}

function assignFigures(payment: Payment, snapshot: PaymentSnapshot, { exchangeRate }: ReportedRates): void {
  const { day, currency, draft, notes, amount, allowed, bankCharges, method, facts } = snapshot;
  const figures = { draft, notes, amount, allowed, bankCharges, method, currency, exchangeRate };
  Object.assign(payment, { ...figures, receivedOn: day, reference: facts.reference });
}

function assignUnapplied(payment: Payment): void {
  const { amount, allowed, applied, refunded } = payment;
  const left = new Decimal(amount).plus(allowed).minus(applied).minus(refunded);
  payment.unapplied = payment.voidedAt || payment.draft ? '0' : left.toFixed();
}

function postingOf(
  payment: Payment,
  { day, currency, amount, allowed, bankCharges, method, account }: PaymentSnapshot,
  { exchangeRate, rates }: ReportedRates,
  box: Awaited<ReturnType<typeof ensureReportedBox>>,
): WantedPosting {
  const { branchId } = payment;
  const said = { discount: allowed, fees: bankCharges, rates };
  return {
    event: 'PAYMENT',
    day,
    currency,
    amount: new Decimal(amount).plus(allowed).negated(),
    key: { customer: payment.customer.id, branchId, account: account?.externalRef ?? null, method, ...said },
    document: { ...said, branchId, exchangeRate, box },
  };
}

/** The source no longer has the payment: void, never deleted. Again is a no-op. */
export async function voidGonePayment(
  tx: Tx,
  externalRef: string,
  { today, phase }: ReportContext,
): Promise<Upserted | null> {
  await lockBooks(tx.sql, 'posting');
  const locked = await lockKnownReport<Payment>(tx, Payment, externalRef);
  if (!locked) return null;
  const { document: payment, customer } = locked;
  const isKnown = payment.voidedAt && payment.reportedNumber === null;
  if (isKnown || !isSourceOwned('payment', phase)) return { id: payment.id, changed: false };
  const refunding = { source: payment, before: customer, customer, today };
  await releaseReported(tx, { paymentId: payment.id }, { customer, today });
  await takeBackRefunds(tx, refunding, { said: [], all: true });
  assignVoid(payment, { on: await openDay(tx, payment.receivedOn, today), reason: 'Deleted at Zoho' });
  payment.reportedNumber = null;
  assignUnapplied(payment);
  await restate(tx, payment, [], reportedEntries(tx, { document: payment, before: customer, customer, today }));
  await settleBySource(tx, { paymentId: payment.id }, [], { customer, today });
  emitPaymentChanged(tx, payment, customer, 'voided');
  return { id: payment.id, changed: true };
}
