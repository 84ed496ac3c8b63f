import { ref } from '@mikro-orm/core';
import { BOX_ACCOUNTS, type CashBox } from '../cash/cash-box.entity.js';
import { findDefaultBox } from '../cash/cash-box.queries.js';
import { getUsableBox } from '../cash/cash-box.service.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { now } from '../kernel/clock.js';
import { assertCurrency, assertPositiveAmount, assertReason, knownCurrency } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { assertDay } from '../ledger/books.service.js';
import { ACCOUNTS, postLines } from '../ledger/journal.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { drawerOf, lockTill } from './drawer.service.js';
import { type MoveKind, TillMove, type TillSession } from './till.entity.js';
import { findAccountKind } from './till.queries.js';

export interface NewTillMove {
  sessionId: string;
  kind: MoveKind;
  currency: string;
  amount: string;
  reason: string;
  /** Of a pay-out: an expense. Of a pay-in: capital or other income. Left out: a box. */
  account?: number | null | undefined;
  /** With cash:all; left out: the safe of the branch. */
  otherBoxId?: string | null | undefined;
}

interface Counterpart {
  account: number;
  boxId: string | null;
}

const PAYS_IN: ReadonlySet<number> = new Set([ACCOUNTS.capital, ACCOUNTS.otherIncome]);

/** Where the money comes from or goes to. Throws BAD_INPUT, NOT_FOUND. */
async function counterpartOf(
  tx: Tx,
  { viewer }: DocumentContext,
  { kind, account, otherBoxId }: NewTillMove,
  drawer: CashBox,
): Promise<Counterpart> {
  if (account != null) {
    if (otherBoxId != null) throw badInput('otherBoxId', msg`Name an account or a box, one of them.`);
    const found = await findAccountKind(tx.sql, account);
    const fits = kind === 'PAY_IN' ? PAYS_IN.has(account) : found?.kind === 'EXPENSE' && account >= 6000;
    if (!found || !fits || found.party !== null)
      throw badInput('account', msg`The account ${account} cannot be named here.`);
    return { account, boxId: null };
  }
  if (otherBoxId != null) {
    const box = await getUsableBox(tx, viewer, otherBoxId, 'otherBoxId');
    if (box.id === drawer.id) throw badInput('otherBoxId', msg`From and to are the same box.`);
    return { account: box.account, boxId: box.id };
  }
  const safe = await findDefaultBox(tx.sql, BOX_ACCOUNTS.SAFE, drawer.branchId);
  if (safe === null) throw badInput('otherBoxId', msg`There is no safe. Name a box.`);
  return { account: BOX_ACCOUNTS.SAFE, boxId: safe };
}

/** Moves cash into the drawer or out of it, without a sale and with a reason. Answers the shift. */
export const moveTillCash = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, given: NewTillMove & { idempotencyKey: string }) => {
    const command = { operation: 'moveTillCash', kind: 'payment', input: given } as const;
    return recordDocument(tx, documentContext, command, async (input) => {
      const { kind, currency, amount, reason } = input;
      const known: { drawer: CashBox | null } = { drawer: null };
      const [day, session, , , , counterpart] = await checkAll(
        () => assertDay(tx, documentContext, null, 'sessionId'),
        async (): Promise<TillSession> => {
          const found = await lockTill(tx, documentContext, input.sessionId, 'sessionId');
          known.drawer = await drawerOf(tx, found);
          if (known.drawer === null) throw badInput('sessionId', msg`This shift has no drawer. Close it and open one.`);
          return found;
        },
        () => assertCurrency(currency),
        () => assertPositiveAmount(amount, knownCurrency(currency), 'amount'),
        () => assertReason(reason),
        () => known.drawer && counterpartOf(tx, documentContext, input, known.drawer),
      );
      const [box, other] = [known.drawer as CashBox, counterpart as Counterpart];
      const { branchId } = box;
      const move = tx.em.create(TillMove, {
        id: newId(),
        session: ref(session),
        kind,
        currency,
        amount,
        account: other.account,
        otherBoxId: other.boxId,
        reason: reason.trim(),
        createdBy: tx.actor,
        createdAt: now(),
      });
      await tx.em.flush();
      const into = new Decimal(amount).times(kind === 'PAY_IN' ? 1 : -1);
      await postLines(tx, {
        day,
        event: kind === 'PAY_IN' ? 'TILL_PAY_IN' : 'TILL_PAY_OUT',
        documentType: 'tillMove',
        documentId: move.id,
        reason: move.reason,
        lines: [
          { account: box.account, partyId: box.id, currency, amount: into, branchId },
          { account: other.account, partyId: other.boxId, currency, amount: into.negated(), branchId },
        ],
      });
      return session;
    });
  },
);
