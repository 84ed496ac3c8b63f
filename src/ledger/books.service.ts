import { isBusinessDate } from '../kernel/clock.js';
import { assertCurrency } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { type Currency, Decimal, roundMoney } from '../kernel/money.js';
import { findExchangeRate, lockBooks } from '../organisation/organisation.queries.js';
import { assertOpenDay } from '../organisation/organisation.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { findBaseCurrency, hasEntries, saveBaseCurrency } from './books.queries.js';
import { msg } from '../kernel/message.js';

/** The day of a document: given or today, never later, never in closed books, which are locked. Throws BAD_INPUT, PERIOD_CLOSED. */
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
