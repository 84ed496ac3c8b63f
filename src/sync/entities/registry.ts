import type { EntitySync } from './entity-sync.js';
import { itemSync } from './item.handler.js';

/** In dependency order. */
export const entitySyncs: readonly EntitySync[] = [itemSync];

/** Throws on a duplicate, or on a need that does not stand before: the start fails then. */
export function registryOf(syncs: readonly EntitySync[]): ReadonlyMap<string, EntitySync> {
  const registry = new Map<string, EntitySync>();
  for (const sync of syncs) {
    if (registry.has(sync.name)) throw new Error(`Two handlers are named ${sync.name}.`);
    const missing = sync.needs.find((need) => !registry.has(need));
    if (missing !== undefined) throw new Error(`${sync.name} needs ${missing}, which does not stand before it.`);
    registry.set(sync.name, sync);
  }
  return registry;
}
