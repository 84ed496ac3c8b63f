import { isBusinessDate } from '../kernel/clock.js';
import { badInput } from '../kernel/errors.js';
import { type Currency, Decimal, roundMoney } from '../kernel/money.js';
import { closedUntil, findExchangeRate, lockBooks } from '../organisation/organisation.queries.js';
import { assertOpenDay } from '../organisation/organisation.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { readBaseCurrency, saveClosedUntil } from './books.queries.js';
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

/** Closes the books up to a day, for good: it never moves back. */
export const closeBooks = defineCommand(
  ['BAD_INPUT'],
  async (tx: Tx, { today }: { today: string }, until: string): Promise<string> => {
    await lockBooks(tx.sql, 'closing');
    const before = await closedUntil(tx.sql);
    if (until >= today) throw badInput('until', msg`Only days that are over can be closed.`);
    if (before !== null && until < before) throw badInput('until', msg`The books are closed up to ${before} already.`);
    if (until === before) return until;
    await saveClosedUntil(tx.sql, until);
    const changes = { value: [before, until] as [unknown, unknown] };
    tx.audit({ entityType: 'Setting', entityId: 'books_closed_until', action: 'update', changes });
    return until;
  },
);

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
  const base = await readBaseCurrency(tx.sql);
  const rate = currency === base ? '1' : exchangeRate;
  const baseRate = currency === base ? '1' : await rateOn(tx, base, day);
  const valueOf = (amount: Decimal.Value): Decimal =>
    new Decimal(roundMoney(new Decimal(amount).times(rate).dividedBy(baseRate), base));
  return { base, valueOf };
}
