import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { assertCurrency, assertPositiveAmount, assertText, knownCurrency } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { msg } from '../kernel/message.js';
import { type Currency, Decimal, roundMoney } from '../kernel/money.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { postLines } from '../ledger/journal.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { getUsableBox } from './cash-box.service.js';
import { makeTransfer, numberOf, userOf } from './cash-transfer.service.js';

export interface NewExchange {
  fromBoxId: string;
  /** Left out: the same box. */
  toBoxId?: string | null | undefined;
  currency: string;
  amount: string;
  toCurrency: string;
  /** What is got; left out: by the rate. */
  toAmount?: string | null | undefined;
  notes?: string | null | undefined;
}

/** Exchanges cash of one currency for another, at what was got for it or at the rate of the day. */
export const exchangeCash = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, input: NewExchange & { idempotencyKey: string }) => {
    const command = { operation: 'exchangeCash', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const { viewer } = documentContext;
      const { currency, amount, toCurrency, notes } = given;
      const [day, from, to] = await checkAll(
        () => assertDay(tx, documentContext, null, 'fromBoxId'),
        () => getUsableBox(tx, viewer, given.fromBoxId, 'fromBoxId'),
        () => getUsableBox(tx, viewer, given.toBoxId ?? given.fromBoxId, 'toBoxId'),
        () => assertCurrency(currency),
        () => assertPositiveAmount(amount, knownCurrency(currency), 'amount'),
        () => {
          assertCurrency(toCurrency, 'toCurrency');
          if (currency === toCurrency) throw badInput('toCurrency', msg`From and to are the same currency.`);
        },
        () => given.toAmount != null && assertPositiveAmount(given.toAmount, knownCurrency(toCurrency), 'toAmount'),
        () => assertText(notes, 'notes'),
      );
      const byRate = async (): Promise<string> => {
        const dinars = new Decimal(amount).times(await rateOn(tx, currency, day));
        return roundMoney(dinars.dividedBy(await rateOn(tx, toCurrency, day)), toCurrency as Currency);
      };
      const toAmount = given.toAmount ?? (await byRate());
      if (new Decimal(toAmount).isZero()) throw badInput('amount', msg`It is worth nothing in ${toCurrency}.`);
      const lines = [{ currency, amount, missing: '0', toCurrency, toAmount }];
      const number = await numberOf(tx, from);
      const exchanged = { number, kind: 'EXCHANGE', status: 'RECEIVED', from, to, notes, lines } as const;
      const transfer = await makeTransfer(tx, documentContext, exchanged);
      const by = userOf(viewer);
      Object.assign(transfer, { sentOn: day, receivedOn: day, sentBy: by, receivedBy: by });
      await tx.em.flush();
      await postLines(tx, {
        day,
        event: 'CASH_EXCHANGED',
        documentType: 'cashTransfer',
        documentId: transfer.id,
        reason: notes,
        lines: [
          {
            account: from.account,
            partyId: from.id,
            currency,
            amount: new Decimal(amount).negated(),
            branchId: from.branchId,
          },
          { account: to.account, partyId: to.id, currency: toCurrency, amount: toAmount, branchId: to.branchId },
        ],
      });
      return transfer;
    });
  },
);
