import { sha256Hex } from '../kernel/hash.js';
import { madeAt } from '../kernel/ids.js';
import type { EntitySync } from './entities/entity-sync.js';
import type { OpenEvent } from './inbox/inbox.queries.js';
import type { LinkState } from './sync-link.queries.js';

/** What the deliveries and the link say before anything is fetched. Pure. */
export type Choice =
  | { kind: 'use'; event: OpenEvent }
  /** The present state, as the list of the source has just shown it. */
  | { kind: 'listed'; event: OpenEvent }
  | { kind: 'fetch'; why: 'asked' | 'deleted' | 'timeless' | 'tie' | 'gone' | 'refetch' }
  | { kind: 'stale' }
  | { kind: 'known' };

export function chooseBody(
  open: readonly OpenEvent[],
  link: (Pick<LinkState, 'remoteModifiedAt' | 'gone'> & Partial<Pick<LinkState, 'syncedAt'>>) | null,
  sync: Pick<EntitySync, 'refetch' | 'timeCoversAll' | 'listIsWhole' | 'rowTellsChange'>,
): Choice {
  if (open.length === 0) return { kind: 'fetch', why: 'asked' };
  const { refetch, timeCoversAll, listIsWhole = false, rowTellsChange = false } = sync;
  if (rowTellsChange && !link?.gone && wereSeen(open, link?.syncedAt ?? null)) return { kind: 'known' };
  const listed = listIsWhole ? latestListed(open, link?.syncedAt ?? null) : null;
  if (listed) return { kind: 'listed', event: listed };
  if (open.some((event) => event.event === 'deleted')) return { kind: 'fetch', why: 'deleted' };
  if (open.some((event) => event.sourceModifiedAt === null)) return { kind: 'fetch', why: 'timeless' };
  const [newest] = [...open].sort((a, b) => timeOf(b) - timeOf(a)) as [OpenEvent];
  const known = link?.remoteModifiedAt?.getTime() ?? -Infinity;
  if (timeOf(newest) < known) return { kind: 'stale' };
  // An edit that arrives after the deletion does not undo it: it may have been sent before.
  if (link?.gone) return { kind: 'fetch', why: 'gone' };
  const nothingNew = timeOf(newest) === known && open.every((event) => event.event === 'listed');
  if (timeCoversAll && nothingNew) return { kind: 'known' };
  if (refetch) return { kind: 'fetch', why: 'refetch' };
  const ties = open.filter((event) => timeOf(event) === timeOf(newest));
  if (new Set(ties.map((event) => sha256Hex(event.rawBody))).size > 1) return { kind: 'fetch', why: 'tie' };
  return { kind: 'use', event: newest };
}

const timeOf = (event: OpenEvent): number => event.sourceModifiedAt?.getTime() ?? -Infinity;

/** What was listed last, unless something else is open or the record was brought up to date after it. */
function latestListed(open: readonly OpenEvent[], syncedAt: Date | null): OpenEvent | null {
  if (open.some(({ event }) => event !== 'listed')) return null;
  const [latest] = [...open].sort((a, b) => (a.openedBy < b.openedBy ? 1 : -1)) as [OpenEvent];
  return syncedAt !== null && syncedAt > madeAt(latest.openedBy) ? null : latest;
}

/** Whether a run has listed each of these rows, as it is now, before the record was last brought up to date. */
const wereSeen = (open: readonly OpenEvent[], syncedAt: Date | null): boolean =>
  syncedAt !== null && open.every(({ event, id }) => event === 'listed' && madeAt(id) <= syncedAt);
