import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { assertText } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { assertDay } from '../ledger/books.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { BOX_ACCOUNTS, type CashBox } from './cash-box.entity.js';
import { findDefaultBox, lockBoxBalances } from './cash-box.queries.js';
import { getUsableBox } from './cash-box.service.js';
import { CashTransferLine } from './cash-transfer.entity.js';
import {
  assertAmounts,
  type CashAmount,
  getTarget,
  makeTransfer,
  numberOf,
  postSent,
  userOf,
} from './cash-transfer.service.js';

export interface NewHandOver {
  fromBoxId: string;
  /** Left out: the safe of the branch. */
  toBoxId?: string | null | undefined;
  claims: readonly CashAmount[];
  /** What is not claimed stays in the box; otherwise it is missing. */
  keepsRest?: boolean | null | undefined;
  notes?: string | null | undefined;
}

/**
 * Hands over what a box holds: what is claimed, by currency, is held against what it should hold, and the difference is
 * missing. Whoever keeps the other box receives it.
 */
export const handOverCash = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, input: NewHandOver & { idempotencyKey: string }) => {
    const command = { operation: 'handOverCash', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const { claims, notes } = given;
      const known: { from: CashBox | null } = { from: null };
      const [day, from, to] = await checkAll(
        () => assertDay(tx, documentContext, null, 'fromBoxId'),
        async () => {
          const box = await getUsableBox(tx, documentContext.viewer, given.fromBoxId, 'fromBoxId');
          if (box.keeperId == null)
            throw badInput('fromBoxId', msg`${box.name} has no keeper; transfer its cash instead.`);
          return (known.from = box);
        },
        async () => {
          const { from: box } = known;
          const safe = box && (await findDefaultBox(tx.sql, BOX_ACCOUNTS.SAFE, box.branchId));
          const id = given.toBoxId ?? safe;
          return id === null && box === null ? null : getTarget(tx, id ?? '', box);
        },
        () => assertAmounts(claims, 'claims', true),
        () => assertText(notes, 'notes'),
      );
      const claimed = new Map(claims.map(({ currency, amount }) => [currency, new Decimal(amount)]));
      const number = await numberOf(tx, from);
      const held = given.keepsRest === true ? new Map<string, string>() : await lockBoxBalances(tx.sql, from.id);
      const lines = [...new Set([...claimed.keys(), ...held.keys()])].map((currency) => {
        const claim = claimed.get(currency) ?? new Decimal(0);
        const amount = Decimal.max(claim, held.get(currency) ?? 0);
        return { currency, amount: amount.toFixed(), missing: amount.minus(claim).toFixed() };
      });
      const some = lines.filter(({ amount }) => new Decimal(amount).greaterThan(0));
      if (some.length === 0) throw badInput('claims', msg`There is nothing to hand over.`);
      const handed = {
        number,
        kind: 'HAND_OVER',
        status: 'SENT',
        from,
        to: to as CashBox,
        notes,
        lines: some,
      } as const;
      const transfer = await makeTransfer(tx, documentContext, handed);
      Object.assign(transfer, { sentOn: day, sentBy: userOf(documentContext.viewer) });
      const written = await tx.em.find(CashTransferLine, { transfer: transfer.id }, { orderBy: { position: 'asc' } });
      await postSent(tx, { transfer, from, to: to as CashBox, lines: written }, day);
      return transfer;
    });
  },
);
