import type { ModuleParts, Services } from '../platform/module.js';
import { createSecretBox } from '../platform/secret-box.js';
import { entitySyncs, registryOf } from './entities/registry.js';
import { InboxWriter } from './inbox/inbox-writer.js';
import { readSyncStats } from './queue.queries.js';
import { createZohoClient, type ZohoClient } from './zoho/zoho-client.js';
import { ZohoReconnectNeeded } from './zoho/zoho-errors.js';
import { createZohoTokens } from './zoho/zoho-token.js';

/** The inbox writer and the client of Zoho, one each a process. */
export async function syncParts(services: Services): Promise<ModuleParts> {
  const { db, metrics } = services;
  const syncs = registryOf(entitySyncs);
  const inbox = new InboxWriter(db, () => services.onCommit({ events: true, jobs: true }));
  return {
    provides: { syncs, inbox, zoho: await zohoClientOf(services) },
    async scrape() {
      const { byEntity, oldestPendingSeconds, delayAvgSeconds, delayP95Seconds } = await readSyncStats(db);
      metrics.queueOldestSeconds.set({ entity: 'all' }, oldestPendingSeconds ?? 0);
      for (const entity of syncs.keys()) {
        const one = byEntity.find(({ entityType }) => entityType === entity);
        metrics.queueOldestSeconds.set({ entity }, one?.oldestPendingSeconds ?? 0);
        metrics.queueDepth.set({ entity, status: 'pending' }, one?.pending ?? 0);
        metrics.queueDepth.set({ entity, status: 'failed' }, one?.failed ?? 0);
        metrics.queueDepth.set({ entity, status: 'dead_letter' }, one?.deadLetter ?? 0);
      }
      metrics.syncDelaySeconds.set(delayAvgSeconds ?? 0);
      metrics.syncDelayP95Seconds.set(delayP95Seconds ?? 0);
    },
    drain: () => inbox.drain(),
  };
}

async function zohoClientOf({ config, db, metrics, onCommit }: Services): Promise<ZohoClient> {
  if (config.zoho) {
    const tokens = createZohoTokens(db, config.zoho, createSecretBox(config.encryptionKey));
    const onTold = (): void => onCommit({ events: true, jobs: false });
    return createZohoClient({ db, config: config.zoho, tokens, metrics, onTold });
  }
  const refuse = (): Promise<never> => Promise.reject(new ZohoReconnectNeeded('no credentials are set'));
  const refused: ZohoClient = { inLane: () => refused, get: refuse, getFile: refuse, write: refuse, upload: refuse };
  return refused;
}
