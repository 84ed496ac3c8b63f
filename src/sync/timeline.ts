import { AppError } from '../kernel/errors.js';
import type { EntitySync } from './entities/entity-sync.js';
import { fieldChanges, type FieldChange } from './field-changes.js';
import { readDelivery } from './inbox/delivery.js';
import type { StoredDelivery } from './timeline.queries.js';

export interface TimelineEntry extends Omit<StoredDelivery, 'rawBody' | 'contentType'> {
  changes: FieldChange[];
}

export interface Timeline {
  entries: TimelineEntry[];
  /** The record as the deliveries together say it. */
  state: Record<string, unknown> | null;
}

/**
 * What each delivery changed in what was known before it. A delivery that names only a part of the record, such as a
 * row of a list, leaves the rest as it was. Pure.
 */
export function timelineOf(sync: Pick<EntitySync, 'remote'>, deliveries: readonly StoredDelivery[]): Timeline {
  let state: Record<string, unknown> | null = null;
  const entries = deliveries.map(({ rawBody, contentType, ...delivery }): TimelineEntry => {
    const record = recordOf(sync, rawBody, contentType);
    if (record === null) return { ...delivery, changes: [] };
    const next: Record<string, unknown> = { ...state, ...record };
    const changes = state === null ? [] : fieldChanges(state, next);
    state = next;
    return { ...delivery, changes };
  });
  return { entries, state };
}

/** Null for a body that cannot be read: it is shown, and changes nothing. */
function recordOf(
  sync: Pick<EntitySync, 'remote'>,
  rawBody: Uint8Array,
  contentType: string | null,
): Record<string, unknown> | null {
  try {
    return readDelivery(sync.remote, contentType ?? undefined, rawBody).record;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
