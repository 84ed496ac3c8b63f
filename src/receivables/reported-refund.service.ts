import { ref } from '@mikro-orm/core';
import { Payment } from '../billing/payment.entity.js';
import { carriedShare, type Source } from '../billing/settlement.service.js';
import { ensureReportedBox, type ReportedAccount } from '../cash/reported-box.service.js';
import type { Customer } from '../customers/customer.entity.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { openDay, type ReportedRates, restate } from '../documents/reported-document.service.js';
import { reportedEntries } from '../documents/reported-posting.service.js';
import { plus } from '../documents/settlement.service.js';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { Refund } from './refund.entity.js';

/** What a source says was given back of a payment or credit note. */
export interface ReportedRefund {
  externalRef: string;
  day: string;
  amount: string;
  method: PaymentMethod;
  reference: string | null;
  account: ReportedAccount | null;
}

/** Whose refunds they are, and when. */
export interface Refunding {
  source: Source;
  before: Customer;
  customer: Customer;
  today: string;
}

const ofSource = (source: Source): { paymentId: string } | { creditNoteId: string } =>
  source instanceof Payment ? { paymentId: source.id } : { creditNoteId: source.id };

const isSame = (refund: Refund, said: ReportedRefund): boolean =>
  refund.externalRef === said.externalRef &&
  refund.refundedOn === said.day &&
  new Decimal(refund.amount).equals(said.amount);

/** Voids the refunds that their source no longer says so; with `all`, because what they are of was changed. */
export async function takeBackRefunds(
  tx: Tx,
  { source, before, customer, today }: Refunding,
  { said, all }: { said: readonly ReportedRefund[]; all: boolean },
): Promise<void> {
  const here = await tx.em.find(Refund, { ...ofSource(source), voidedAt: null, externalRef: { $ne: null } });
  for (const refund of here) {
    if (!all && said.some((one) => isSame(refund, one))) continue;
    const voidedOn = await openDay(tx, refund.refundedOn, today);
    await restate(tx, refund, [], reportedEntries(tx, { document: refund, before, customer, today }));
    Object.assign(refund, { externalRef: null, voidedAt: now(), voidedOn, voidReason: 'Changed at Zoho' });
    source.refunded = plus(source.refunded, new Decimal(refund.amount).negated());
    source.unapplied = plus(source.unapplied, new Decimal(refund.amount));
    await tx.em.flush();
  }
}

/** Gives back what the source says was given back and does not stand here. */
export async function giveRefunds(
  tx: Tx,
  { source, customer, today }: Refunding,
  said: readonly ReportedRefund[],
  rates: ReportedRates['rates'],
): Promise<void> {
  const here = await tx.em.find(Refund, { ...ofSource(source), voidedAt: null, externalRef: { $ne: null } });
  const known = new Set(here.map(({ externalRef }) => externalRef));
  const { branchId, currency } = source;
  for (const { externalRef, day, amount, method, reference, account } of said) {
    if (known.has(externalRef)) continue;
    const box = await ensureReportedBox(tx, account, branchId);
    const partyBase = await carriedShare(tx, source, new Decimal(amount));
    source.refunded = plus(source.refunded, new Decimal(amount));
    source.unapplied = plus(source.unapplied, new Decimal(amount).negated());
    const refund = tx.em.create(Refund, {
      id: newId(),
      externalRef,
      number: await nextDocumentNumber(tx, 'RF', branchId),
      customer: ref(customer),
      ...ofSource(source),
      method,
      currency,
      amount,
      refundedOn: day,
      reference,
      baseAmount: partyBase.toFixed(),
      posted: [],
      postings: 0,
      createdBy: tx.actor,
      version: 1,
      createdAt: now(),
    });
    await tx.em.flush();
    const posting = { event: 'REFUND', day, currency, amount, key: customer.id } as const;
    const document = { branchId, box, partyBase, rates };
    const entries = reportedEntries(tx, { document: refund, before: customer, customer, today });
    await restate(tx, refund, [{ ...posting, document }], entries);
  }
  await tx.em.flush();
}
