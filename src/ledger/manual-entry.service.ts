import { assertAmount, assertCurrency, assertReason, knownCurrency } from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal, decimalText } from '../kernel/money.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { type Keyed, withIdempotencyKey } from '../platform/idempotency.js';
import { Account } from './account.entity.js';
import { assertDay } from './books.service.js';
import { postLines } from './journal.service.js';
import { refusingShort } from './short-of-cash.js';
import { findEntry, hasParty, insertReversalOf } from './journal.queries.js';

export interface ManualLine {
  account: number;
  partyId?: string | null | undefined;
  branchId?: string | null | undefined;
  currency: string;
  /** One of both is given, above 0. */
  debit?: string | null | undefined;
  credit?: string | null | undefined;
}

export interface ManualEntry {
  day?: string | null | undefined;
  reason: string;
  lines: readonly ManualLine[];
  idempotencyKey: string;
}

const MAX_LINES = 200;
export const MANUAL = 'MANUAL';

const lineField = (index: number, name: string): string => `lines.${index}.${name}`;

const signed = ({ debit, credit }: ManualLine): Decimal => new Decimal(debit ?? 0).minus(credit ?? 0);

function assertSides(line: ManualLine, index: number): void {
  const currency = knownCurrency(line.currency);
  assertAll(
    () => assertCurrency(line.currency, lineField(index, 'currency')),
    () => assertAmount(line.debit ?? '0', currency, lineField(index, 'debit')),
    () => assertAmount(line.credit ?? '0', currency, lineField(index, 'credit')),
  );
  if (new Decimal(line.debit ?? 0).isZero() === new Decimal(line.credit ?? 0).isZero()) {
    throw badInput(lineField(index, 'debit'), msg`A line has a debit or a credit, one of them.`);
  }
}

/** Debit and credit are equal in each currency. */
function assertBalanced(lines: readonly ManualLine[]): void {
  const sums = new Map<string, Decimal>();
  for (const line of lines) {
    sums.set(line.currency, (sums.get(line.currency) ?? new Decimal(0)).plus(signed(line)));
  }
  for (const [currency, sum] of sums) {
    if (sum.isZero()) continue;
    throw badInput('lines', msg`Debit and credit differ by ${decimalText(sum.abs().toFixed())} ${currency}.`);
  }
}

/** An account that an accountant may name, with the party that it asks for. */
async function assertAccount(tx: Tx, line: ManualLine, index: number, known: Map<number, Account>): Promise<void> {
  const account = known.get(line.account);
  const at = lineField(index, 'account');
  if (!account) throw badInput(at, msg`There is no account ${line.account}.`);
  if (account.control) throw badInput(at, msg`Only documents post to account ${line.account}.`);
  if (!account.active) throw badInput(at, msg`Account ${line.account} is out of use.`);
  const { party = null } = account;
  const { partyId = null } = line;
  const partyField = lineField(index, 'partyId');
  if (party === null && partyId !== null)
    throw badInput(partyField, msg`Lines of account ${line.account} name nobody.`);
  if (party === null) return;
  if (partyId === null || !isId(partyId) || !(await hasParty(tx.sql, party, partyId))) {
    throw notFound(party === 'box' ? 'Cash box' : 'User', partyId ?? '', partyField);
  }
}

/**
 * Posts an entry of the accountant's own, once for a key: debit and credit are equal in each currency, on an open day.
 * Accounts that documents post to are refused, because they equal the documents behind them.
 */
export const postManualEntry = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND', 'PERIOD_CLOSED', 'IDEMPOTENCY_MISMATCH', 'INSUFFICIENT_CASH'],
  (
    tx: Tx,
    context: { today: string },
    { idempotencyKey: key, ...input }: ManualEntry,
  ): Promise<Keyed<{ id: string }>> =>
    withIdempotencyKey(tx, { operation: 'postJournalEntry', key, input }, async () => {
      const { lines, reason } = input;
      await lockBooks(tx.sql, 'posting');
      if (lines.length < 2 || lines.length > MAX_LINES) throw badInput('lines', msg`Give 2 to ${MAX_LINES} lines.`);
      const codes = [...new Set(lines.map(({ account }) => account))];
      const known = new Map((await tx.em.find(Account, { code: { $in: codes } })).map((one) => [one.code, one]));
      const [day] = await checkAll(
        () => assertDay(tx, context, input.day, 'day'),
        () => assertReason(reason),
        ...lines.map((line, index) => () => assertSides(line, index)),
        ...lines.map((line, index) => () => assertAccount(tx, line, index, known)),
      );
      assertBalanced(lines);
      const id = await postLines(tx, {
        day,
        event: MANUAL,
        documentType: 'manual',
        documentId: newId(),
        reason,
        lines: lines.map((line) => ({ ...line, amount: signed(line) })),
      });
      return { id };
    }),
);

/** Takes an entry of the accountant's own back, today, line by line; that of a document is taken back by voiding it. */
export const reverseManualEntry = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND', 'PERIOD_CLOSED', 'IDEMPOTENCY_MISMATCH', 'INSUFFICIENT_CASH'],
  (
    tx: Tx,
    context: { today: string },
    { idempotencyKey: key, ...input }: { id: string; reason: string; idempotencyKey: string },
  ): Promise<Keyed<{ id: string }>> =>
    withIdempotencyKey(tx, { operation: 'reverseJournalEntry', key, input }, async () => {
      const { id, reason } = input;
      await lockBooks(tx.sql, 'posting');
      const [day] = await checkAll(
        () => assertDay(tx, context, null, 'id'),
        () => assertReason(reason),
      );
      const entry = await findEntry(tx.sql, id);
      if (!entry) throw notFound('Journal entry', id);
      if (entry.event !== MANUAL) {
        throw badInput('id', msg`This entry is of a document. Void the document instead.`);
      }
      if (entry.reversedBy !== null) throw badInput('id', msg`This entry is reversed already.`);
      const { actor, origin } = tx;
      const reversal = { id, event: `${MANUAL}_VOID`, day, reason, actor, origin };
      return { id: await refusingShort(insertReversalOf(tx.sql, reversal)) };
    }),
);
