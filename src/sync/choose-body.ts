import { sha256Hex } from '../kernel/hash.js';
import type { EntitySync } from './entities/entity-sync.js';
import type { OpenEvent } from './inbox/inbox.queries.js';
import type { LinkState } from './sync-link.queries.js';

/** What the deliveries and the link say before anything is fetched. Pure. */
export type Choice =
  | { kind: 'use'; event: OpenEvent }
  | { kind: 'fetch'; why: 'asked' | 'deleted' | 'timeless' | 'tie' | 'gone' | 'refetch' }
  | { kind: 'stale' }
  | { kind: 'known' };

export function chooseBody(
  open: readonly OpenEvent[],
  link: Pick<LinkState, 'remoteModifiedAt' | 'gone'> | null,
  { refetch, timeCoversAll }: Pick<EntitySync, 'refetch' | 'timeCoversAll'>,
): Choice {
  if (open.length === 0) return { kind: 'fetch', why: 'asked' };
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
