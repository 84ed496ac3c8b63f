import { ANONYMOUS } from '../kernel/viewer.js';
import type { SyncQueueItem } from '../platform/queue/queue-item.entity.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { inline, Params } from '../platform/read/sql.js';
import { ofSystem, queueRead } from './queue.queries.js';
import { SyncQueueItemFilter } from './sync.inputs.js';

/** Which queue items: by their ids, by a filter, or by both. */
export interface ItemSelection {
  ids?: readonly string[] | null;
  filter?: FilterValue | null;
  /** With a filter: the work of the system itself instead of that on records. */
  system?: boolean | null;
}

/** The condition of a selection, on the queue as `q`. */
export function whereSelected({ ids, filter, system }: ItemSelection): { where: string; params: readonly unknown[] } {
  const params = new Params();
  const matches = filtered<SyncQueueItem>(SyncQueueItemFilter, filter);
  const ask = { viewer: ANONYMOUS, today: '' };
  const row = queueRead.columns('q');
  const parts = [matches ? inline(matches(row), ask, params) : 'true'];
  if (filter) parts.push(inline(ofSystem(system ?? false)(row), ask, params));
  if (ids) parts.push(`q.id = any (${params.add(ids)}::uuid[])`);
  return { where: parts.join(' and '), params: params.values };
}
