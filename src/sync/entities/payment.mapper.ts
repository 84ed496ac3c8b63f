import type { PaymentSnapshot } from '../../receivables/reported-payment.service.js';
import { DocumentReader, parseDocument } from './document-values.js';
import type { Mapped, Parsed } from './entity-sync.js';
import { accountOf, methodOf, refundsOf, settlementsOf } from './settlement-values.js';

/** A Zoho payment as it came; every field may be missing or odd. */
export type ZohoPayment = Record<string, unknown> & { payment_id: string };

/** A row of the list has no allocations. */
const MAPPED_KEYS = ['payment_number', 'customer_id', 'date', 'currency_code', 'amount', 'invoices'];

/** The detail has no `last_modified_time`; a row of the list has. */
const parse = (record: Record<string, unknown>): Parsed<ZohoPayment> =>
  parseDocument(record, {
    id: 'payment_id',
    noun: 'payment',
    keys: MAPPED_KEYS,
    time: record['last_modified_time'] === undefined ? 'updated_time' : 'last_modified_time',
  });

function toSnapshot(payment: ZohoPayment): Mapped<PaymentSnapshot> {
  const amount = payment['amount'];
  // A payment has one amount, and only a list or a later edition of the detail says how it stands.
  const reader = new DocumentReader({
    status: 'paid',
    ...payment,
    ...(typeof payment['payment_status'] === 'string' && payment['payment_status'] !== ''
      ? { status: payment['payment_status'] }
      : {}),
    sub_total: amount,
    total: amount,
    notes: payment['description'],
  });
  const head = reader.head({
    id: 'payment_id',
    number: 'payment_number',
    party: 'customer_id',
    balance: 'unused_amount',
  });
  const { settlements, allowed } = settlementsOf(payment['invoices'], head.day, reader);
  const snapshot: PaymentSnapshot = {
    ...head,
    amount: reader.neededAmount('amount'),
    allowed,
    bankCharges: reader.amount('bank_charges'),
    method: methodOf(payment['payment_mode']),
    account: accountOf(payment),
    settlements,
    refunds: refundsOf(payment['payment_refunds'], 'payment_refund_id', head.day, reader),
  };
  return { snapshot, warnings: reader.warnings, parents: [{ entity: 'customers', remoteId: head.partyRef }] };
}

export const paymentMapper = { parse, toSnapshot };
