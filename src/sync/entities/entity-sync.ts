import type { ClassType } from 'type-graphql';
import type { Phase } from '../../kernel/ownership.js';
import type { Tx } from '../../platform/db/transact.js';
import type { Extension } from '../../platform/read/definition.js';
import type { Services } from '../../platform/module.js';
import type { JobWarning } from '../../platform/queue/job.js';
import type { ZohoPath } from '../zoho/zoho-client.js';

export interface Parsed<Remote> {
  remote: Remote;
  remoteId: string;
  modifiedAt: Date | null;
  /** True when the body holds every mapped key, so that it can be used without a fetch. */
  whole: boolean;
  /** The entity to which the record belongs, when the source keeps several in one place; else the one that was asked. */
  entity?: string;
}

/** A record that must be here before another one, by its id at the source. */
export interface ParentRef {
  entity: string;
  remoteId: string;
  /** The record waits while it can come, and goes on without it when it cannot. */
  optional?: boolean;
}

export interface Mapped<Snapshot> {
  snapshot: Snapshot;
  warnings: JobWarning[];
  parents?: readonly ParentRef[];
}

export interface ListRequest {
  page: number;
  /** Only what has changed since then; null: everything. */
  since: Date | null;
}

export interface ListedPage {
  records: { remoteId: string; body: Record<string, unknown>; modifiedAt: Date | null }[];
  hasMore: boolean;
}

/** Where the source keeps the records, and how its bodies name them. Webhooks, lists and fetches read them alike. */
export interface RemoteRecords {
  path: ZohoPath;
  /** The key of one record in a body: `item`. */
  object: string;
  /** The key of a page of records: `items`. */
  list: string;
  /** The key of the id inside a record: `item_id`. */
  id: string;
  /** More that a list is asked for. */
  query?: Readonly<Record<string, string>>;
}

/** The records here: the field `sync` is added to their type and read in the statement of their list. */
export interface LocalRecords {
  /** As sync links and audit rows name it. */
  type: string;
  class: ClassType;
  /** Reads the field `sync` in the statement of the record. */
  sync: Extension;
}

/** What a record did here. */
export interface Applied {
  /** Null: nothing here holds it, such as a currency in which the company does not trade. */
  id: string | null;
  changed: boolean;
  /** What of it could not be applied. The next report is applied then, even if it is equal. */
  left?: readonly JobWarning[];
}

/**
 * The one shape through which an entity enters. Its webhook route, its name in GraphQL, the field `sync`, runs,
 * schedules and metrics follow from it. A handler knows nothing of ordering, retries, hashing or locks: those live once,
 * in the pull job. A mapper has no `await`.
 */
export interface EntitySync<Remote = unknown, Snapshot = unknown, Prepared = unknown> {
  /** The stored entity_type. */
  name: string;
  /** The last part of the path of its webhooks. */
  route: string;
  /** Its value of the enum SyncEntity. */
  graphqlName: string;
  local: LocalRecords;
  remote: RemoteRecords;
  /** Entities that must exist first: a missing parent is fetched, and the record waits for it. */
  needs: readonly string[];
  /** True when the webhook's body is never enough. */
  refetch: boolean;
  /** True when nothing of a record changes without its time: a listed row of a known time is not asked for again. */
  timeCoversAll: boolean;
  /** True when a row of its list is the whole record and tells no time: what a run lists is used as it is. */
  listIsWhole?: boolean;
  /** True when nothing of a record changes without its row in the list: an equal row is not asked for again. */
  rowTellsChange?: boolean;
  /** Another entity that the source keeps in the same place: what is not found here may belong there. */
  sharesRecordsWith?: string;
  /** Throws BAD_PAYLOAD for what is no such record. Pure. */
  parse(record: Record<string, unknown>): Parsed<Remote>;
  /** Pure. A value that is missing or odd is left out and warned about; it never becomes 0. */
  toSnapshot(remote: Remote): Mapped<Snapshot>;
  /** Null when the source does not have the record. */
  fetch(services: Services, remoteId: string, signal: AbortSignal): Promise<Record<string, unknown> | null>;
  list(services: Services, request: ListRequest, signal: AbortSignal): Promise<ListedPage>;
  /** All remote ids that are alive here, for finding what the source deleted. */
  localRefs(services: Services): Promise<string[]>;
  /** Shared parents, each in an own short Tx, before the record's. */
  prepare(services: Services, snapshot: Snapshot): Promise<Prepared>;
  apply(tx: Tx, snapshot: Snapshot, prepared: Prepared, phase: Phase): Promise<Applied>;
  /** The source deleted it; null when it never was here. */
  applyGone(tx: Tx, remoteId: string, context: { today: string; phase: Phase }): Promise<Applied | null>;
}

export function defineEntitySync<Remote, Snapshot, Prepared>(sync: EntitySync<Remote, Snapshot, Prepared>): EntitySync {
  return sync;
}
