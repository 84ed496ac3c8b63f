import { LockMode, ref } from '@mikro-orm/core';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { now } from '../kernel/clock.js';
import {
  assertAmount,
  assertCurrency,
  assertPositiveAmount,
  assertReason,
  assertText,
  knownCurrency,
} from '../kernel/document-values.js';
import { AppError, badInput, forbidden, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { assertDay } from '../ledger/books.service.js';
import { ACCOUNTS, type EntryLine, postLines, reverseLines } from '../ledger/journal.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { CashBox } from './cash-box.entity.js';
import { CashTransfer, CashTransferLine, type TransferState, transferTransitions } from './cash-transfer.entity.js';
import { readTransitBase } from './cash-transfer.queries.js';

export interface CashAmount {
  currency: string;
  amount: string;
}

export const userOf = (viewer: Viewer): string | null => (viewer.kind === 'user' ? viewer.userId : null);

export function assertAmounts(amounts: readonly CashAmount[], field: string, zero = false): void {
  assertAll(
    () => {
      if (amounts.length === 0 && !zero) throw badInput(field, msg`Name at least one amount.`);
    },
    () => {
      if (new Set(amounts.map(({ currency }) => currency)).size < amounts.length)
        throw badInput(field, msg`The same currency is counted twice.`);
    },
    ...amounts.flatMap(({ currency, amount }, index) => [
      () => assertCurrency(currency, `${field}.${index}.currency`),
      () => (zero ? assertAmount : assertPositiveAmount)(amount, knownCurrency(currency), `${field}.${index}.amount`),
    ]),
  );
}

/** The box that takes the money; anybody may send to any open one. Throws NOT_FOUND, BAD_INPUT. */
export async function getTarget(tx: Tx, id: string, from: CashBox | null): Promise<CashBox> {
  const found = isId(id) ? await tx.em.findOne(CashBox, id) : null;
  if (!found) throw notFound('Cash box', id, 'toBoxId');
  if (!found.active) throw badInput('toBoxId', msg`${found.name} is closed.`);
  if (found.id === from?.id) throw badInput('toBoxId', msg`From and to are the same box.`);
  return found;
}

interface NewTransfer {
  /** Taken before what boxes hold is locked. */
  number: string;
  kind: CashTransfer['kind'];
  status: TransferState;
  from: CashBox;
  to: CashBox;
  notes?: string | null | undefined;
  lines: readonly Pick<CashTransferLine, 'currency' | 'amount' | 'missing' | 'toCurrency' | 'toAmount'>[];
}

export const numberOf = (tx: Tx, { branchId }: CashBox): Promise<string> => nextDocumentNumber(tx, 'CT', branchId);

export async function makeTransfer(tx: Tx, { viewer }: DocumentContext, given: NewTransfer): Promise<CashTransfer> {
  const { number, kind, status, from, to, notes = null, lines } = given;
  const transfer = tx.em.create(CashTransfer, {
    id: newId(),
    number,
    kind,
    status,
    branchId: from.branchId,
    fromBox: ref(from),
    toBox: ref(to),
    notes,
    requestedBy: userOf(viewer),
    version: 1,
    createdAt: now(),
  });
  lines.forEach((line, position) => {
    tx.em.create(CashTransferLine, { id: newId(), transfer: ref(transfer), position, fee: '0', ...line });
  });
  await tx.em.flush();
  return transfer;
}

export interface NewCashTransfer {
  fromBoxId: string;
  toBoxId: string;
  amounts: readonly CashAmount[];
  notes?: string | null | undefined;
}

/** Asks for cash of a box to go to another one. Whoever keeps either may ask. */
export const requestCashTransfer = defineCommand(
  failuresOf.making,
  (tx: Tx, documentContext: DocumentContext, input: NewCashTransfer & { idempotencyKey: string }) => {
    const command = { operation: 'requestCashTransfer', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async ({ fromBoxId, toBoxId, amounts, notes }) => {
      const { viewer } = documentContext;
      const [from, to] = await checkAll(
        async () => {
          const found = isId(fromBoxId) ? await tx.em.findOne(CashBox, { id: fromBoxId, active: true }) : null;
          const target = isId(toBoxId) ? await tx.em.findOne(CashBox, toBoxId) : null;
          const keeps = [found, target].some((box) => box?.keeperId != null && box.keeperId === userOf(viewer));
          if (!found || (!keeps && !can(viewer, 'cash:all'))) throw notFound('Cash box', fromBoxId, 'fromBoxId');
          return found;
        },
        () => getTarget(tx, toBoxId, null),
        () => {
          if (fromBoxId === toBoxId) throw badInput('toBoxId', msg`From and to are the same box.`);
        },
        () => assertAmounts(amounts, 'amounts'),
        () => assertText(notes, 'notes'),
      );
      const lines = amounts.map((one) => ({ ...one, missing: '0' }));
      const number = await numberOf(tx, from);
      return makeTransfer(tx, documentContext, {
        number,
        kind: 'TRANSFER',
        status: 'REQUESTED',
        from,
        to,
        notes,
        lines,
      });
    });
  },
);

export interface TransferStep {
  id: string;
  version: number;
  idempotencyKey: string;
}

interface Locked {
  transfer: CashTransfer;
  from: CashBox;
  to: CashBox;
  lines: CashTransferLine[];
}

/** A transfer, locked, on its way to the next state. Throws NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION. */
async function lockTransfer(
  tx: Tx,
  { viewer }: DocumentContext,
  { id, version }: { id: string; version: number },
  next: TransferState,
): Promise<Locked> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const transfer = isId(id) ? await tx.em.findOne(CashTransfer, id, lock) : null;
  if (!transfer) throw notFound('Cash transfer', id);
  const from = await tx.em.findOneOrFail(CashBox, transfer.fromBox.id);
  const to = await tx.em.findOneOrFail(CashBox, transfer.toBox.id);
  const self = userOf(viewer);
  const own = self !== null && [from.keeperId, to.keeperId, transfer.requestedBy].includes(self);
  if (!own && !can(viewer, 'cash:all')) throw notFound('Cash transfer', id);
  if (transfer.version !== version) throw staleVersion(transfer.version);
  transferTransitions.assert(transfer.status, next);
  const lines = await tx.em.find(CashTransferLine, { transfer: id }, { orderBy: { position: 'asc' } });
  return { transfer, from, to, lines };
}

const STEP = [...failuresOf.stepping, 'PERIOD_CLOSED'] as const;

/** Lets a transfer go ahead. */
export const approveCashTransfer = defineCommand(
  STEP,
  (tx: Tx, documentContext: DocumentContext, input: TransferStep) => {
    const command = { operation: 'approveCashTransfer', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const { transfer } = await lockTransfer(tx, documentContext, given, 'APPROVED');
      Object.assign(transfer, { status: 'APPROVED', approvedBy: userOf(documentContext.viewer) });
      return transfer;
    });
  },
);

function assertKeeps({ viewer }: DocumentContext, box: CashBox): void {
  if (can(viewer, 'cash:all') || (box.keeperId != null && box.keeperId === userOf(viewer))) return;
  throw forbidden(msg`Only who keeps ${box.name} may do this.`);
}

export async function postSent(tx: Tx, { transfer, from, lines }: Locked, day: string): Promise<void> {
  const { branchId } = from;
  await postLines(tx, {
    day,
    event: 'CASH_SENT',
    documentType: 'cashTransfer',
    documentId: transfer.id,
    reason: transfer.notes,
    lines: lines.flatMap(({ currency, amount }) => [
      { account: ACCOUNTS.cashInTransit, currency, amount, branchId },
      { account: from.account, partyId: from.id, currency, amount: new Decimal(amount).negated(), branchId },
    ]),
  });
}

/** The cash leaves its box; until it is received it is in transit. */
export const sendCashTransfer = defineCommand(
  [...STEP, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, input: TransferStep) => {
    const command = { operation: 'sendCashTransfer', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const day = await assertDay(tx, documentContext, null, 'id');
      const locked = await lockTransfer(tx, documentContext, given, 'SENT');
      assertKeeps(documentContext, locked.from);
      Object.assign(locked.transfer, { status: 'SENT', sentOn: day, sentBy: userOf(documentContext.viewer) });
      await tx.em.flush();
      await postSent(tx, locked, day);
      return locked.transfer;
    });
  },
);

export interface TransferReceipt extends TransferStep {
  /** What it cost, taken from what was sent. */
  fees?: readonly CashAmount[] | null | undefined;
}

/**
 * The cash reaches its box, less what the transfer costs. What is missing of a hand-over becomes a debt of who kept the
 * box, which somebody with cash:approve must accept. Throws APPROVAL_NEEDED.
 */
export const receiveCashTransfer = defineCommand(
  [...STEP, 'APPROVAL_NEEDED', 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, input: TransferReceipt) => {
    const command = { operation: 'receiveCashTransfer', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async ({ fees: given, ...step }) => {
      const fees = given ?? [];
      const [day, locked] = await checkAll(
        () => assertDay(tx, documentContext, null, 'id'),
        () => lockTransfer(tx, documentContext, step, 'RECEIVED'),
        () => assertAmounts(fees, 'fees', true),
      );
      const { transfer, from, to, lines } = locked;
      assertKeeps(documentContext, to);
      if (lines.some(({ missing }) => !new Decimal(missing).isZero()) && !can(documentContext.viewer, 'cash:approve')) {
        throw new AppError('APPROVAL_NEEDED', msg`Something is missing; somebody must approve the hand-over.`, {
          field: 'id',
        });
      }
      mapAll(fees, ({ currency, amount }, index) => {
        const line = lines.find((one) => one.currency === currency);
        if (!line || new Decimal(amount).greaterThan(new Decimal(line.amount).minus(line.missing)))
          throw badInput(`fees.${index}.amount`, msg`A fee is taken from what was sent.`);
        line.fee = amount;
      });
      Object.assign(transfer, { status: 'RECEIVED', receivedOn: day, receivedBy: userOf(documentContext.viewer) });
      await tx.em.flush();
      const base = await readTransitBase(tx.sql, transfer.id);
      const { branchId } = to;
      await postLines(tx, {
        day,
        event: 'CASH_RECEIVED',
        documentType: 'cashTransfer',
        documentId: transfer.id,
        reason: transfer.notes,
        lines: lines.flatMap(({ currency, amount, missing, fee }): EntryLine[] =>
          [
            { account: to.account, partyId: to.id, amount: new Decimal(amount).minus(missing).minus(fee) },
            { account: ACCOUNTS.transferFees, amount: new Decimal(fee) },
            { account: ACCOUNTS.staffDebts, partyId: from.keeperId, amount: new Decimal(missing) },
            {
              account: ACCOUNTS.cashInTransit,
              amount: new Decimal(amount).negated(),
              base: new Decimal(base.get(currency) ?? 0).negated(),
            },
          ]
            .filter((line) => !line.amount.isZero())
            .map((line) => ({ ...line, currency, branchId })),
        ),
      });
      return transfer;
    });
  },
);

/** Ends a transfer. What was sent goes back into its box, which somebody with cash:approve decides. */
export const cancelCashTransfer = defineCommand(
  [...STEP, 'APPROVAL_NEEDED'],
  (tx: Tx, documentContext: DocumentContext, input: TransferStep & { reason: string }) => {
    const command = { operation: 'cancelCashTransfer', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async ({ reason, ...step }) => {
      const [day, { transfer }] = await checkAll(
        () => assertDay(tx, documentContext, null, 'id'),
        () => lockTransfer(tx, documentContext, step, 'CANCELLED'),
        () => assertReason(reason),
      );
      if (transfer.status === 'SENT') {
        if (!can(documentContext.viewer, 'cash:approve')) {
          throw new AppError('APPROVAL_NEEDED', msg`The cash is on its way; somebody must approve that it goes back.`, {
            field: 'id',
          });
        }
        const of = { documentId: transfer.id, reverses: 'CASH_SENT', event: 'CASH_SENT_CANCELLED' };
        await reverseLines(tx, { ...of, day, reason });
      }
      Object.assign(transfer, { status: 'CANCELLED', cancelReason: reason.trim() });
      return transfer;
    });
  },
);
