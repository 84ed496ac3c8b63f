import { messageOf } from '../kernel/errors.js';
import type { Database } from '../platform/db/orm.js';
import type { LoggedEvent } from '../platform/events.js';
import type { Logger } from '../platform/logger.js';
import { deploymentChanged } from './deployment.events.js';
import { findByVersion } from './deployment.queries.js';

/** For which deployment this process runs: given by its settings, else the newest one of its version. */
export interface ReleaseIdentity {
  deploymentId(): string | null;
  refresh(): Promise<void>;
  onEvent(event: LoggedEvent): void;
}

/**
 * The version is looked up again whenever a deployment is started, because a slot may be started before its deployment
 * reached the record.
 */
export function createReleaseIdentity(
  db: Database,
  release: { version: string; deploymentId: string | null },
  log: Logger,
): ReleaseIdentity {
  let found = release.deploymentId;
  const refresh = async (): Promise<void> => {
    if (release.deploymentId !== null) return;
    found = await findByVersion(db.read, release.version);
  };
  return {
    deploymentId: () => found,
    refresh,
    onEvent(event) {
      if (event.name !== deploymentChanged.eventName || event.data['change'] !== 'created') return;
      refresh().catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'own deployment not looked up'));
    },
  };
}
