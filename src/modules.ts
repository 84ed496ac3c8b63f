import { identityModule } from './identity/module.js';
import { organisationModule } from './organisation/module.js';
import { catalogModule } from './catalog/module.js';
import { customersModule } from './customers/module.js';
import { vendorsModule } from './vendors/module.js';
import { ledgerModule } from './ledger/module.js';
import { stockModule } from './stock/module.js';
import { documentsModule } from './documents/module.js';
import { cashModule } from './cash/module.js';
import { purchasingModule } from './purchasing/module.js';
import { ordersModule } from './orders/module.js';
import { billingModule } from './billing/module.js';
import { receivablesModule } from './receivables/module.js';
import { tillModule } from './till/module.js';
import { paperModule } from './paper/module.js';
import { reportingModule } from './reporting/module.js';
import { syncModule } from './sync/module.js';
import { deploymentsModule } from './deployments/module.js';
import { partnersModule } from './partners/module.js';
import { notificationsModule } from './notifications/module.js';
import type { LiveTopic, Module } from './platform/module.js';
import { platformModule } from './platform/platform-module.js';

/** The modules, in the order in which they may import one another. Opens no connection. */
const plugs: readonly Module[] = [
  identityModule,
  organisationModule,
  catalogModule,
  customersModule,
  vendorsModule,
  ledgerModule,
  stockModule,
  documentsModule,
  cashModule,
  purchasingModule,
  ordersModule,
  billingModule,
  receivablesModule,
  tillModule,
  paperModule,
  reportingModule,
  syncModule,
  deploymentsModule,
  partnersModule,
  notificationsModule,
];

export const modules: readonly Module[] = [platformModule(plugs), ...plugs];

export function liveTopics(list: readonly Module[]): Record<string, LiveTopic> {
  return Object.assign({}, ...list.map((module) => module.live ?? {})) as Record<string, LiveTopic>;
}
