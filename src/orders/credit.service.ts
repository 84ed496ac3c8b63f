import type { Customer } from '../customers/customer.entity.js';
import type { DocumentContext } from '../documents/document-context.service.js';
import { AppError } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { Decimal, decimalText } from '../kernel/money.js';
import { can } from '../kernel/viewer.js';
import type { Tx } from '../platform/db/transact.js';
import { readCreditState } from './credit.queries.js';

/** Whether a customer buys on account: everything that is not paid on the spot then counts against the limit. */
export const hasCredit = (customer: Customer): boolean => new Decimal(customer.creditLimit).greaterThan(0);

/** Overriding takes the right to it. Throws FORBIDDEN. */
export function assertMayOverrideCredit({ viewer }: DocumentContext): void {
  if (!can(viewer, 'credit:override')) throw new AppError('FORBIDDEN', msg`You need the permission credit:override.`);
}

/**
 * What is owed, what is ordered and not billed, and this document together must fit the limit, and nothing may be overdue.
 * Who has no limit pays on delivery, so a document that asks for no credit only needs that nothing is overdue. The balance
 * is locked, so two concurrent documents cannot both use the last of the credit. Throws CREDIT_REFUSED.
 */
export async function assertCredit(
  tx: Tx,
  { today }: DocumentContext,
  customer: Customer,
  document: { currency: string; total: string; asksForCredit: boolean; field: string },
): Promise<void> {
  const { overdue, left, needed } = await readCreditState(tx.sql, customer, document, today);
  const counts = document.asksForCredit || hasCredit(customer);
  const reason = new Decimal(overdue).greaterThan(0)
    ? 'OVERDUE'
    : counts && new Decimal(needed).greaterThan(0) && new Decimal(left).lessThan(needed)
      ? 'LIMIT'
      : null;
  if (reason === null) return;
  // What the schema shows as left is never below 0.
  const creditLeft = decimalText(Decimal.max(left, 0));
  const sentence =
    reason === 'OVERDUE'
      ? msg`${decimalText(overdue)} ${document.currency} are overdue.`
      : msg`The remaining credit is ${creditLeft} ${customer.currency}; this comes to ${decimalText(needed)}.`;
  throw new AppError('CREDIT_REFUSED', sentence, {
    field: document.field,
    details: { reason, creditLeft, overdue: decimalText(overdue) },
  });
}
