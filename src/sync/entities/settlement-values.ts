import type { ReportedSettlement } from '../../billing/reported-settlement.service.js';
import type { ReportedAccount } from '../../cash/reported-box.service.js';
import { isBusinessDate } from '../../kernel/clock.js';
import { Decimal, decimalText, parseNumber } from '../../kernel/money.js';
import type { PaymentMethod } from '../../organisation/payment-method.entity.js';
import type { ReportedRefund } from '../../receivables/reported-refund.service.js';
import type { DocumentReader } from './document-values.js';
import { nonEmpty, rowsOf, type ZohoRecord } from './zoho-values.js';

// What Zoho says of money: where it lies, what it settles, and what of it was given back.

const MAX_TEXT = 200;

const METHODS: Readonly<Record<string, PaymentMethod>> = {
  cash: 'CASH',
  check: 'CHECK',
  creditcard: 'CARD',
};

/** The modes that organisations add by themselves are transfers of some kind. */
export const methodOf = (mode: unknown): PaymentMethod =>
  METHODS[typeof mode === 'string' ? mode.toLowerCase().replace(/[\s_-]/g, '') : ''] ?? 'BANK_TRANSFER';

/** The account of money that a payment or refund names. */
export function accountOf(row: ZohoRecord): ReportedAccount | null {
  const externalRef = nonEmpty(row['account_id'] ?? row['from_account_id']);
  if (externalRef === undefined) return null;
  const name = nonEmpty(row['account_name'] ?? row['from_account_name']) ?? externalRef;
  return { externalRef, name: name.slice(0, MAX_TEXT), isBank: row['account_type'] === 'bank' };
}

const positive = (value: unknown): Decimal => {
  const parsed = parseNumber(value);
  return parsed.kind === 'number' && parsed.value.greaterThan(0) ? parsed.value : new Decimal(0);
};

/** What money or credit settles, once for each invoice, with the discounts and taxes that settle it too. */
export function settlementsOf(
  rows: unknown,
  day: string,
  reader: DocumentReader,
): { settlements: ReportedSettlement[]; allowed: string } {
  const byInvoice = new Map<string, { amount: Decimal; day: string }>();
  let allowed = new Decimal(0);
  for (const row of rowsOf(rows)) {
    const invoiceRef = nonEmpty(row['invoice_id']);
    const applied = positive(row['amount_applied'] ?? row['amount'] ?? row['credited_amount']);
    const beside = positive(row['tax_amount_withheld']).plus(positive(row['discount_amount']));
    const amount = applied.plus(beside);
    if (invoiceRef === undefined || amount.isZero()) {
      reader.odd('invoices', row);
      continue;
    }
    allowed = allowed.plus(beside);
    const said = nonEmpty(row['apply_date'] ?? row['credited_date'] ?? row['date_applied']);
    const applyDay = said !== undefined && isBusinessDate(said) && said > day ? said : day;
    const known = byInvoice.get(invoiceRef);
    byInvoice.set(invoiceRef, { amount: amount.plus(known?.amount ?? 0), day: applyDay });
  }
  const settlements = [...byInvoice].map(([invoiceRef, one]) => ({
    invoiceRef,
    amount: decimalText(one.amount),
    day: one.day,
  }));
  return { settlements, allowed: decimalText(allowed) };
}

/** What was given back in money. */
export function refundsOf(rows: unknown, id: string, day: string, reader: DocumentReader): ReportedRefund[] {
  return rowsOf(rows).flatMap((row) => {
    const externalRef = nonEmpty(row[id] ?? row['refund_id']);
    const amount = positive(row['amount'] ?? row['amount_fcy']);
    if (externalRef === undefined || amount.isZero()) {
      reader.odd(id, row);
      return [];
    }
    const said = nonEmpty(row['date']);
    return [
      {
        externalRef,
        day: said !== undefined && isBusinessDate(said) ? said : day,
        amount: decimalText(amount),
        method: methodOf(row['refund_mode'] ?? row['payment_mode']),
        reference: nonEmpty(row['reference_number'])?.slice(0, MAX_TEXT) ?? null,
        account: accountOf(row),
      },
    ];
  });
}
