import { catalogModule } from './catalog/module.js';
import { customersModule } from './customers/module.js';
import { deploymentsModule } from './deployments/module.js';
import { identityModule } from './identity/module.js';
import { organisationModule } from './organisation/module.js';
import { notificationsModule } from './notifications/module.js';
import { ordersModule } from './orders/module.js';
import { partnersModule } from './partners/module.js';
import { purchasingModule } from './purchasing/module.js';
import type { LiveTopic, Module } from './platform/module.js';
import { platformModule } from './platform/platform-module.js';
import { syncModule } from './sync/module.js';

/** The rooms, in the order in which they may import one another. Opens no connection. */
const rooms: readonly Module[] = [
  identityModule,
  organisationModule,
  catalogModule,
  customersModule,
  purchasingModule,
  ordersModule,
  syncModule,
  deploymentsModule,
  partnersModule,
  notificationsModule,
];

export const modules: readonly Module[] = [platformModule(rooms), ...rooms];

export function liveTopics(list: readonly Module[]): Record<string, LiveTopic> {
  return Object.assign({}, ...list.map((module) => module.live ?? {})) as Record<string, LiveTopic>;
}
