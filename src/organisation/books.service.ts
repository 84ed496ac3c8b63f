import { isBusinessDate } from '../kernel/clock.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import type { Phase } from '../kernel/ownership.js';
import type { Viewer } from '../kernel/viewer.js';
import type { Tx } from '../platform/db/transact.js';
import type { Context } from '../platform/graphql/context.js';
import type { Keyed } from '../platform/idempotency.js';
import { currentPhase } from '../platform/settings.js';
import { closedUntil, findExchangeRate, lockBooks, saveClosedUntil } from './organisation.queries.js';

/** Who books, in which phase of the migration, and on which business day. */
export interface DocumentContext {
  viewer: Viewer;
  phase: Phase;
  /** YYYY-MM-DD in the organisation's zone. */
  today: string;
}

/** What a keyed command of a document answers. */
export interface DocumentMade {
  id: string;
}

/** Runs a command that books documents, in the viewer's name, in the present phase, on today's business day. */
export function transactDocument<T>(context: Context, work: (tx: Tx, documentContext: DocumentContext) => Promise<T>): Promise<T> {
  const { viewer, today } = context;
  return context.transact(async (tx) => work(tx, { viewer, today, phase: await currentPhase(tx.sql) }));
}

/** The day of a document: given or today, never later, never in closed books. Throws BAD_INPUT, PERIOD_CLOSED. */
export async function assertDay(
  tx: Tx,
  documentContext: DocumentContext,
  given: string | null | undefined,
  field: string,
): Promise<string> {
  const day = given ?? documentContext.today;
  if (!isBusinessDate(day)) throw badInput(field, 'This is no day.');
  if (day > documentContext.today) throw badInput(field, 'This day has not come yet.');
  // Closing waits for whoever books, so no document slips behind it.
  await lockBooks(tx.sql, 'booking');
  const closed = await closedUntil(tx.sql);
  if (closed !== null && day <= closed) {
    throw new AppError('PERIOD_CLOSED', `The books are closed up to ${closed}.`, {
      field,
      details: { closedUntil: closed },
    });
  }
  return day;
}

/** Closes the books up to a day, for good: it never moves back. Throws BAD_INPUT. */
export async function closeBooks(tx: Tx, documentContext: DocumentContext, until: string): Promise<string> {
  await lockBooks(tx.sql, 'closing');
  const before = await closedUntil(tx.sql);
  if (until >= documentContext.today) throw badInput('until', 'Only days that are over can be closed.');
  if (before !== null && until < before) throw badInput('until', `The books are closed up to ${before} already.`);
  if (until === before) return until;
  await saveClosedUntil(tx.sql, until);
  const changes = { value: [before, until] as [unknown, unknown] };
  tx.audit({ entityType: 'Setting', entityId: 'books_closed_until', action: 'update', changes });
  return until;
}

/** IQD for one unit on a day. Throws BAD_INPUT when nobody recorded a rate yet. */
export async function rateOn(tx: Tx, currency: string, day: string): Promise<string> {
  const rate = await findExchangeRate(tx.sql, currency, day);
  if (rate === null)
    throw badInput('currency', `There is no exchange rate of ${currency} on ${day}. Record one first.`);
  return rate;
}

/** The answer of a keyed command: the document as it is now, and whether the key had been used before. */
export async function readAnswer<Row extends object>(
  done: Keyed<{ id: string }>,
  noun: string,
  read: (id: string) => Promise<Row | null>,
): Promise<{ row: Row; replayed: boolean }> {
  const row = await read(done.answer.id);
  if (!row) throw notFound(noun, done.answer.id);
  return { row, replayed: done.replayed };
}
