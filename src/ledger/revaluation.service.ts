import { addDays } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Decimal, roundMoney } from '../kernel/money.js';
import type { Tx } from '../platform/db/transact.js';
import { findBaseCurrency } from './books.queries.js';
import { rateOn } from './books.service.js';
import { type EntryLine, postLines, reverseLines } from './journal.service.js';
import { ACCOUNTS } from './posting-table.js';
import { type ForeignBalance, listForeignBalances, listRevalued } from './revaluation.queries.js';

const DEBTS = [ACCOUNTS.receivables, ACCOUNTS.payables];
const BOXES = [ACCOUNTS.tills, ACCOUNTS.salespersonBoxes, ACCOUNTS.safes, ACCOUNTS.banks, ACCOUNTS.channels];

/** Answers what an amount of a currency is worth on a day in the currency of the books. */
async function valuation(tx: Tx, day: string, currencies: ReadonlySet<string>) {
  const base = await findBaseCurrency(tx.sql);
  const ofBase = currencies.size === 0 ? '1' : await rateOn(tx, base, day);
  const rates = new Map<string, Decimal>();
  for (const currency of currencies)
    rates.set(currency, new Decimal(await rateOn(tx, currency, day)).dividedBy(ofBase));
  return (currency: string, amount: Decimal.Value): Decimal =>
    new Decimal(roundMoney(new Decimal(amount).times(rates.get(currency) ?? 1), base));
}

/** By how much each currency of some balances is worth more than it is carried at. */
function gains(
  balances: readonly ForeignBalance[],
  valueOf: (currency: string, amount: string) => Decimal,
): Map<string, Decimal> {
  const sums = new Map<string, { amount: Decimal; base: Decimal }>();
  for (const { currency, amount, base } of balances) {
    const known = sums.get(currency) ?? { amount: new Decimal(0), base: new Decimal(0) };
    sums.set(currency, { amount: known.amount.plus(amount), base: known.base.plus(base) });
  }
  return new Map([...sums].map(([code, { amount, base }]) => [code, valueOf(code, amount.toFixed()).minus(base)]));
}

/**
 * Values what stands in other currencies than that of the books at the rates of a day. Debts by an unrealised difference,
 * an entry a currency, which is taken back on the next day: open items keep what they carry until they are settled. Cash
 * by a difference that stays, on each box. Again for the same day posts only what has changed since; answers the ids of
 * the entries. The caller holds the lock of the books, and the next day is open. Throws BAD_INPUT when a rate is not known.
 */
export async function revalue(tx: Tx, day: string): Promise<string[]> {
  const debts = await listForeignBalances(tx.sql, { accounts: DEBTS, byParty: false, day });
  const boxes = await listForeignBalances(tx.sql, { accounts: BOXES, byParty: true, day });
  const revalued = await listRevalued(tx.sql, day);
  const valueOf = await valuation(tx, day, new Set([...debts, ...boxes].map(({ currency }) => currency)));
  const gained = gains(debts, valueOf);
  const written: string[] = [];
  for (const currency of new Set([...gained.keys(), ...revalued.keys()])) {
    const gain = (gained.get(currency) ?? new Decimal(0)).minus(revalued.get(currency) ?? 0);
    if (gain.isZero()) continue;
    const documentId = newId();
    const lines: EntryLine[] = [
      { account: ACCOUNTS.revaluation, currency, amount: 0, base: gain },
      { account: ACCOUNTS.unrealisedDifference, currency, amount: 0, base: gain.negated() },
    ];
    written.push(await postLines(tx, { day, event: 'REVALUATION', documentType: 'revaluation', documentId, lines }));
    const reversal = { documentId, reverses: 'REVALUATION', event: 'REVALUATION_REVERSAL', day: addDays(day, 1) };
    await reverseLines(tx, reversal);
  }
  const lines = boxes.flatMap(({ account, partyId, currency, amount, base }): EntryLine[] => {
    const gain = valueOf(currency, amount).minus(base);
    return gain.isZero() ? [] : [{ account, partyId, currency, amount: 0, base: gain }];
  });
  if (lines.length === 0) return written;
  // What the boxes gain or lose is left over in base: an exchange difference.
  const entry = { day, event: 'CASH_REVALUATION', documentType: 'revaluation', documentId: newId(), lines };
  return [...written, await postLines(tx, entry)];
}
