import { AppError, messageOf } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import type { AuditRecord } from '../platform/db/transact.js';
import type { Services } from '../platform/module.js';
import type { JobWarning } from '../platform/queue/job.js';
import { currentPhase } from '../platform/settings.js';
import type { EntitySync } from './entities/entity-sync.js';
import type { FieldChange } from './field-changes.js';
import { readDelivery } from './inbox/delivery.js';
import type { StoredDelivery } from './timeline.queries.js';

export interface PreviewedRecord {
  entityType: string;
  entityId: string;
  action: string;
  changes: FieldChange[];
}

export interface ReplayPreview {
  /** Whether anything would be written. */
  changed: boolean;
  records: PreviewedRecord[];
  warnings: JobWarning[];
  /** Why the replay would fail. */
  error: { code: string; message: string } | null;
}

/** Carries what was found out of the transaction, which it rolls back. */
class Previewed extends Error {
  constructor(
    readonly changed: boolean,
    readonly records: PreviewedRecord[],
  ) {
    super('previewed');
  }
}

/**
 * Runs the real handler on a stored body in a transaction that is rolled back. Shared parents are made inside of it too,
 * so nothing is left behind.
 */
export async function previewDelivery(
  services: Services,
  sync: EntitySync,
  { rawBody, contentType }: Pick<StoredDelivery, 'rawBody' | 'contentType'>,
): Promise<ReplayPreview> {
  const warnings: JobWarning[] = [];
  try {
    const { record } = readDelivery(sync.remote, contentType ?? undefined, rawBody);
    const mapped = sync.toSnapshot(sync.parse(record).remote);
    warnings.push(...mapped.warnings);
    const who = { origin: 'zoho', actor: 'zoho-sync', requestId: `preview:${newId()}` } as const;
    await services.transact(who, async (tx) => {
      const inside: Services = { ...services, transact: (_who, work) => work(tx) };
      const prepared = await sync.prepare(inside, mapped.snapshot);
      const { changed } = await sync.apply(tx, mapped.snapshot, prepared, await currentPhase(tx.sql));
      await tx.em.flush();
      throw new Previewed(changed, tx.audited().map(recordOf));
    });
  } catch (error) {
    if (error instanceof Previewed) return { changed: error.changed, records: error.records, warnings, error: null };
    if (!(error instanceof AppError)) throw error;
    return { changed: false, records: [], warnings, error: { code: error.code, message: messageOf(error) } };
  }
  throw new Error('A preview has committed.');
}

const textOf = (value: unknown): string | null => (value == null ? null : JSON.stringify(value));

const recordOf = ({ entityType, entityId, action, changes }: AuditRecord): PreviewedRecord => ({
  entityType,
  entityId,
  action,
  changes: Object.entries(changes)
    .map(([path, [before, after]]) => ({ path, before: textOf(before), after: textOf(after) }))
    .filter(({ before, after }) => before !== after),
});
