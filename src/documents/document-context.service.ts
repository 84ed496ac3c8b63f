import type { Phase } from '../kernel/ownership.js';
import type { Viewer } from '../kernel/viewer.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import type { Context } from '../platform/graphql/context.js';
import { type Keyed, withIdempotencyKey } from '../platform/idempotency.js';
import { currentPhase } from '../platform/settings.js';
import { assertOurs, type DocumentKind } from './document.service.js';

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
 * The frame of every document command: the idempotency key is taken first, then the books, before anything else is locked,
 * so that whoever waits for a closing holds up nobody; and nothing is booked while documents of this kind are Zoho's.
 * `work` answers the document. Throws FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function recordDocument<Input extends { idempotencyKey: string }>(
  tx: Tx,
  documentContext: DocumentContext,
  { operation, kind, input }: { operation: string; kind: DocumentKind; input: Input },
  work: (input: Omit<Input, 'idempotencyKey'>) => Promise<DocumentMade>,
): Promise<Keyed<DocumentMade>> {
  const { idempotencyKey: key, ...given } = input;
  return withIdempotencyKey(tx, { operation, key, input: given }, async () => {
    assertOurs(documentContext, kind);
    await lockBooks(tx.sql, 'posting');
    const { id } = await work(given);
    return { id };
  });
}

/** The answer of a command that is safe to repeat without a key: it takes a version, or does nothing the second time. */
export async function withoutKey(id: string, done: Promise<void>): Promise<Keyed<DocumentMade>> {
  await done;
  return { answer: { id }, replayed: false };
}
