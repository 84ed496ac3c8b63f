import { eventLog } from './20261120000100-event-log.js';
import { identity } from './20261120000200-identity.js';
import { catalog } from './20261120000300-catalog.js';
import { sync } from './20261120000400-sync.js';
import { deployments } from './20261120000500-deployments.js';
import { operations } from './20261120000600-operations.js';

/** In order, explicit: a glob would depend on the build's folder. */
export const migrations = [eventLog, identity, catalog, sync, deployments, operations];
