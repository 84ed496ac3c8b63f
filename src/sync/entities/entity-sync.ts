import type { Tx } from '../../platform/db/transact.js';
import type { Services } from '../../platform/module.js';
import type { JobWarning } from '../../platform/queue/job.js';
import type { Phase } from '../../kernel/ownership.js';

/**
 * The one shape through which an entity enters (and, later, leaves). A handler knows nothing of ordering, retries,
 * hashing or locks: those live once, in the pull job. A mapper has no `await`.
 */
export interface Parsed<Remote> {
  remote: Remote;
  remoteId: string;
  modifiedAt: Date | null;
  /** True when the body holds every mapped key, so that it can be used without a fetch. */
  whole: boolean;
}

export interface Mapped<Snapshot> {
  snapshot: Snapshot;
  warnings: JobWarning[];
}

export interface ListedPage {
  records: { remoteId: string; body: Record<string, unknown>; modifiedAt: Date | null }[];
  hasMore: boolean;
}

export interface EntitySync<Remote = unknown, Snapshot = unknown, Prepared = unknown> {
  /** The stored entity_type. */
  name: string;
  /** The local type, as sync links and audit rows name it. */
  localType: string;
  /** Entities that must exist first. */
  needs: readonly string[];
  /** True when the webhook's body is never enough. */
  refetch: boolean;
  /** Throws BAD_PAYLOAD for what is no such record. Pure. */
  parse(record: Record<string, unknown>): Parsed<Remote>;
  /** Pure. A value that is missing or invalid is left out with a warning; it never becomes 0. */
  toSnapshot(remote: Remote): Mapped<Snapshot>;
  /** Null when the source does not have the record. */
  fetch(services: Services, remoteId: string, signal: AbortSignal): Promise<Record<string, unknown> | null>;
  list(services: Services, request: { page: number; since: Date | null }, signal: AbortSignal): Promise<ListedPage>;
  /** All remote ids that are alive here, for finding what the source deleted. */
  localRefs(services: Services): Promise<string[]>;
  /** Shared parents, each in an own short Tx, before the record's. */
  prepare(services: Services, snapshot: Snapshot): Promise<Prepared>;
  apply(tx: Tx, snapshot: Snapshot, prepared: Prepared, phase: Phase): Promise<{ id: string; changed: boolean }>;
  /** The source deleted it; null when it never was here. */
  applyGone(tx: Tx, remoteId: string): Promise<{ id: string; changed: boolean } | null>;
}

export function defineEntitySync<Remote, Snapshot, Prepared>(sync: EntitySync<Remote, Snapshot, Prepared>): EntitySync {
  return sync;
}
