import { now } from '../kernel/clock.js';
import { assertReason } from '../kernel/document-values.js';
import { type Noun, nounMessage } from '../kernel/arabic/nouns.js';
import { badInput, staleVersion } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { assertDay } from '../ledger/books.service.js';
import type { Tx } from '../platform/db/transact.js';
import type { Keyed } from '../platform/idempotency.js';
import { type DocumentContext, type DocumentMade, recordDocument } from './document-context.service.js';
import type { DocumentKind } from './document.service.js';
import { msg } from '../kernel/message.js';

export interface VoidInput {
  id: string;
  version: number;
  reason: string;
  idempotencyKey: string;
}

interface Voidable {
  id: string;
  version: number;
  voidedAt?: Date | null;
  voidedOn?: string | null;
  voidReason?: string | null;
}

/** What differs between the documents that can be voided. */
export interface VoidSteps<Doc extends Voidable, Party> {
  operation: string;
  kind: DocumentKind;
  noun: Noun;
  /** The document, locked after its party. */
  lock(id: string): Promise<{ document: Doc; party: Party }>;
  /** Throws BAD_INPUT for what forbids the void. */
  assertVoidable(document: Doc): Promise<void> | void;
  /** Takes back what hangs on the document, from today on: allocations, quantities, goods. */
  undo(document: Doc, party: Party, today: string): Promise<void>;
  /** Sets to 0 what is open or unapplied. */
  clear(document: Doc): void;
  /** Writes the counter-entry, dated today, and tells who follows the document. */
  post(document: Doc, party: Party, today: string): Promise<void> | void;
}

/**
 * Voids a document, on either side, by a counter-entry of today: the document keeps its day, its amounts and its place in
 * the reports of its period, whether that is closed or not. Throws `failuresOf.voiding`.
 */
export function voidDocument<Doc extends Voidable, Party>(
  tx: Tx,
  documentContext: DocumentContext,
  input: VoidInput,
  steps: VoidSteps<Doc, Party>,
): Promise<Keyed<DocumentMade>> {
  return recordDocument(tx, documentContext, { ...steps, input }, async ({ id, version, reason }) => {
    const [, { document, party }] = await checkAll(
      () => assertReason(reason),
      () => steps.lock(id),
    );
    if (document.version !== version) throw staleVersion(document.version);
    if (document.voidedAt) throw badInput('id', msg`This ${nounMessage(steps.noun)} is already void.`);
    await steps.assertVoidable(document);
    const voidedOn = await assertDay(tx, documentContext, null, 'id');
    await steps.undo(document, party, voidedOn);
    // What was undone has changed the sums of the document by other paths than this object.
    await tx.em.flush();
    await tx.em.refresh(document);
    Object.assign(document, { voidedAt: now(), voidedOn, voidReason: reason });
    steps.clear(document);
    await tx.em.flush();
    await steps.post(document, party, voidedOn);
    return document;
  });
}
