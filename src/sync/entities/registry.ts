import { StartFault } from '../../kernel/start-fault.js';
import { adjustmentSync } from './adjustment.handler.js';
import { creditNoteSync } from './credit-note.handler.js';
import { currencySync } from './currency.handler.js';
import { customerSync } from './customer.handler.js';
import type { EntitySync } from './entity-sync.js';
import { invoiceSync } from './invoice.handler.js';
import { itemSync } from './item.handler.js';
import { locationSync } from './location.handler.js';
import { orderSync } from './order.handler.js';
import { paymentSync } from './payment.handler.js';
import { priceListSync } from './price-list.handler.js';
import { taxSync } from './tax.handler.js';
import { userSync } from './user.handler.js';
import { vendorSync } from './vendor.handler.js';

/** In dependency order. A new entity is a line here, beside its handler, its mapper and a recorded payload. */
export const entitySyncs: readonly EntitySync[] = [
  locationSync,
  taxSync,
  currencySync,
  userSync,
  itemSync,
  priceListSync,
  customerSync,
  vendorSync,
  orderSync,
  invoiceSync,
  paymentSync,
  creditNoteSync,
  adjustmentSync,
];

export type SyncRegistry = ReadonlyMap<string, EntitySync>;

declare module '../../platform/module.js' {
  interface Services {
    /** By entity type. */
    syncs: SyncRegistry;
  }
}

/** By entity type. Throws StartFault on a duplicate, or on a need that does not stand before. */
export function registryOf(syncs: readonly EntitySync[]): SyncRegistry {
  const registry = new Map<string, EntitySync>();
  const routes = new Set<string>();
  for (const sync of syncs) {
    if (registry.has(sync.name)) throw new StartFault(`Two handlers are named ${sync.name}.`);
    if (routes.has(sync.route)) throw new StartFault(`Two handlers have the webhook route ${sync.route}.`);
    const missing = sync.needs.find((need) => !registry.has(need));
    if (missing !== undefined) throw new StartFault(`${sync.name} needs ${missing}, which does not stand before it.`);
    registry.set(sync.name, sync);
    routes.add(sync.route);
  }
  return registry;
}
