import { isBusinessDate } from '../kernel/clock.js';
import { assertCurrency, assertReason } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
import { type Currency, Decimal, roundMoney } from '../kernel/money.js';
import { closedUntil, findExchangeRate, lockBooks } from '../organisation/organisation.queries.js';
import { assertOpenDay } from '../organisation/organisation.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { listFailedAssertions } from './balance-assertion.queries.js';
import { findBaseCurrency, hasEntries, saveBaseCurrency, saveClosedUntil } from './books.queries.js';
import { numberEntries } from './journal.queries.js';
import { msg } from '../kernel/message.js';

/** The day of a document: given or today, never later, never in closed books. Throws BAD_INPUT, PERIOD_CLOSED. */
export async function assertDay(
  tx: Tx,
  { today }: { today: string },
  given: string | null | undefined,
  field: string,
): Promise<string> {
  const day = given ?? today;
  if (!isBusinessDate(day)) throw badInput(field, msg`Not a valid date.`);
  if (day > today) throw badInput(field, msg`The date is in the future.`);
  await assertOpenDay(tx, day, field);
  return day;
}

const NUMBERED_AT_ONCE = 1000;

function auditClosing(tx: Tx, before: string | null, after: string | null, reason: string | null): void {
  const changes: Record<string, [unknown, unknown]> = { value: [before, after] };
  if (reason !== null) changes['reason'] = [null, reason];
  tx.audit({ entityType: 'Setting', entityId: 'books_closed_until', action: 'update', changes });
}

/**
 * Closes the books up to a day: no entry is written on it or before. Stated balances that the journal does not agree with
 * forbid it. Again with the same day is a no-op.
 */
export const closeBooks = defineCommand(
  ['BAD_INPUT'],
  async (tx: Tx, { today }: { today: string }, until: string): Promise<string> => {
    await lockBooks(tx.sql, 'closing');
    const before = await closedUntil(tx.sql);
    if (until >= today) throw badInput('until', msg`Only days that are over can be closed.`);
    if (before !== null && until < before) throw badInput('until', msg`The books are closed up to ${before} already.`);
    if (until === before) return until;
    mapAll(await listFailedAssertions(tx.sql, until), ({ account, actual, currency, on, balance }) => {
      throw badInput('until', msg`Account ${account} stood at ${actual} ${currency} on ${on}, not at ${balance}.`);
    });
    // Numbers and day balances of what is closed are settled with it, not moments later.
    while ((await numberEntries(tx.sql, NUMBERED_AT_ONCE)) === NUMBERED_AT_ONCE);
    await saveClosedUntil(tx.sql, until);
    auditClosing(tx, before, until, null);
    return until;
  },
);

/** Opens closed books again, behind a day or (null) all of them, for a reason that the audit log keeps. */
export const reopenBooks = defineCommand(
  ['BAD_INPUT'],
  async (tx: Tx, { until, reason }: { until: string | null; reason: string }): Promise<string | null> => {
    await lockBooks(tx.sql, 'closing');
    const before = await closedUntil(tx.sql);
    assertAll(
      () => assertReason(reason),
      () => {
        if (before === null || (until !== null && until > before)) {
          throw badInput('until', msg`The books are not closed up to that day.`);
        }
      },
    );
    if (until === before) return until;
    await saveClosedUntil(tx.sql, until);
    auditClosing(tx, before, until, reason);
    return until;
  },
);

/** Sets the currency in which the books are kept, before anything is posted. */
export const setBaseCurrency = defineCommand(['BAD_INPUT'], async (tx: Tx, currency: string): Promise<string> => {
  assertCurrency(currency);
  await lockBooks(tx.sql, 'closing');
  const before = await findBaseCurrency(tx.sql);
  if (before === currency) return currency;
  if (await hasEntries(tx.sql)) {
    throw badInput('currency', msg`The base currency is fixed by the first posting.`);
  }
  await saveBaseCurrency(tx.sql, currency);
  const changes: Record<string, [unknown, unknown]> = { value: [before, currency] };
  tx.audit({ entityType: 'Setting', entityId: 'base_currency', action: 'update', changes });
  return currency;
});

/** IQD for one unit on a day. Throws BAD_INPUT when nobody recorded a rate yet. */
export async function rateOn(tx: Tx, currency: string, day: string): Promise<string> {
  const rate = await findExchangeRate(tx.sql, currency, day);
  if (rate === null)
    throw badInput('currency', msg`There is no exchange rate of ${currency} on ${day}. Record one first.`);
  return rate;
}

/** What amounts of a document are worth in the base currency, by its rate and the base currency's rate of the day. */
export async function valuerOf(
  tx: Tx,
  { currency, exchangeRate, day }: { currency: string; exchangeRate: string; day: string },
): Promise<{ base: Currency; valueOf: (amount: Decimal.Value) => Decimal }> {
  const base = await findBaseCurrency(tx.sql);
  const rate = currency === base ? '1' : exchangeRate;
  const baseRate = currency === base ? '1' : await rateOn(tx, base, day);
  const valueOf = (amount: Decimal.Value): Decimal =>
    new Decimal(roundMoney(new Decimal(amount).times(rate).dividedBy(baseRate), base));
  return { base, valueOf };
}
