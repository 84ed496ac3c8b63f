import { now } from '../kernel/clock.js';
import { assertCurrency, assertText, MAX_MONEY } from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { type Keyed, withIdempotencyKey } from '../platform/idempotency.js';
import { getAccount } from './account.service.js';
import { BalanceAssertion } from './balance-assertion.entity.js';
import { assertDay } from './books.service.js';

export interface NewBalanceAssertion {
  account: number;
  partyId?: string | null | undefined;
  currency: string;
  on: string;
  balance: string;
  notes?: string | null | undefined;
  idempotencyKey: string;
}

/** States what an account stood at on the end of a day. It is kept when the journal says something else, and then no day from there on can be closed. */
export const assertBalance = defineCommand(
  ['BAD_INPUT', 'PERIOD_CLOSED', 'IDEMPOTENCY_MISMATCH'],
  (
    tx: Tx,
    context: { today: string },
    { idempotencyKey: key, ...input }: NewBalanceAssertion,
  ): Promise<Keyed<{ id: string }>> =>
    withIdempotencyKey(tx, { operation: 'assertBalance', key, input }, async () => {
      const { account, partyId = null, currency, balance, notes = null } = input;
      await lockBooks(tx.sql, 'posting');
      const [on] = await checkAll(
        () => assertDay(tx, context, input.on, 'on'),
        () => getAccount(tx, account, 'account'),
        () =>
          assertAll(
            () => assertCurrency(currency),
            () => assertText(notes, 'notes'),
            () => {
              if (partyId !== null && !isId(partyId)) throw badInput('partyId', msg`Not a valid id.`);
            },
            () => {
              if (new Decimal(balance).abs().greaterThan(MAX_MONEY)) {
                throw badInput('balance', msg`The amount is above ${MAX_MONEY}.`);
              }
            },
          ),
      );
      const id = newId();
      const createdBy = tx.actor;
      tx.em.create(BalanceAssertion, {
        id,
        account,
        partyId,
        currency,
        on,
        balance,
        notes,
        createdBy,
        createdAt: now(),
      });
      return { id };
    }),
);

/** Takes an assertion back that was stated wrongly; again is a no-op for who removed it. Throws NOT_FOUND. */
export const removeBalanceAssertion = defineCommand(['NOT_FOUND'], async (tx: Tx, id: string): Promise<void> => {
  const found = isId(id) ? await tx.em.findOne(BalanceAssertion, id) : null;
  if (!found) throw notFound('Balance assertion', id);
  tx.em.remove(found);
});
