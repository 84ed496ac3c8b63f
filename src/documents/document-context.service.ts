import { notFound } from '../kernel/errors.js';
import type { Phase } from '../kernel/ownership.js';
import type { Viewer } from '../kernel/viewer.js';
import type { Tx } from '../platform/db/transact.js';
import type { Context } from '../platform/graphql/context.js';
import type { Keyed } from '../platform/idempotency.js';
import { currentPhase } from '../platform/settings.js';

/** What a document command needs to know: who acts, in which phase of the migration, on which business day. */
export interface DocumentContext {
  viewer: Viewer;
  phase: Phase;
  /** YYYY-MM-DD in the organisation's zone. */
  today: string;
}

/** What a document command with an idempotency key answers. */
export interface DocumentMade {
  id: string;
}

/** Runs a document command in a Tx, with its context: the viewer, the present phase and today's business day. */
export function transactDocument<T>(
  context: Context,
  work: (tx: Tx, documentContext: DocumentContext) => Promise<T>,
): Promise<T> {
  const { viewer, today } = context;
  return context.transact(async (tx) => work(tx, { viewer, today, phase: await currentPhase(tx.sql) }));
}

/**
 * The answer of a command with an idempotency key: the document as it is now, and whether the key had been used before.
 */
export async function readAnswer<Row extends object>(
  done: Keyed<{ id: string }>,
  noun: string,
  read: (id: string) => Promise<Row | null>,
): Promise<{ row: Row; replayed: boolean }> {
  const row = await read(done.answer.id);
  if (!row) throw notFound(noun, done.answer.id);
  return { row, replayed: done.replayed };
}
