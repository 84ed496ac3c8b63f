import { assertReason } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
import { msg } from '../kernel/message.js';
import { closedUntil, lockBooks } from '../organisation/organisation.queries.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { listFailedAssertions } from './balance-assertion.queries.js';
import { saveClosedUntil } from './books.queries.js';
import { numberEntries } from './journal.queries.js';
import { revalue } from './revaluation.service.js';

const NUMBERED_AT_ONCE = 1000;

function auditClosing(tx: Tx, before: string | null, after: string | null, reason: string | null): void {
  const changes: Record<string, [unknown, unknown]> = { value: [before, after] };
  if (reason !== null) changes['reason'] = [null, reason];
  tx.audit({ entityType: 'Setting', entityId: 'books_closed_until', action: 'update', changes });
}

/**
 * Closes the books up to a day: what stands in other currencies is valued at the rates of that day, and no entry is written
 * on it or before from then on. Stated balances that the journal does not agree with forbid it, as does a currency without
 * a rate. Again with the same day is a no-op.
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
    await revalue(tx, until);
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
