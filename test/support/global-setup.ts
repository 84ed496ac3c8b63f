import 'reflect-metadata';
import { migrations } from '../../migrations/list.js';
import { migrate } from '../../src/database.js';
import { modules } from '../../src/modules.js';
import { startEmbedded } from '../../src/platform/db/embedded.js';
import { openDatabase } from '../../src/platform/db/orm.js';
import { sharedRedis } from './services.js';
import { temporaryFolder } from './folder.js';
import { sqlClient, TEMPLATE } from './database.js';

/** One private Postgres and one Redis a run; the migrated template is cloned by each test file. */
export default async function globalSetup(): Promise<void> {
  const dataDir = temporaryFolder('test');
  const postgres = await startEmbedded({ dataDir, durable: false, maxConnections: 400 });
  const redis = await sharedRedis();
  process.env['TEST_POSTGRES'] = postgres.url;
  process.env['TEST_REDIS'] = redis.url;
  (globalThis as Record<string, unknown>)['__services'] = { postgres, redis, dataDir };

  await sqlClient(postgres.url, async (client) => {
    await client.query(`create database ${TEMPLATE}`);
  });
  const url = postgres.url.replace(/[^/]+$/, TEMPLATE);
  const db = await openDatabase({
    url,
    poolMax: 2,
    applicationName: 'template',
    entities: modules.flatMap((module) => module.entities),
    migrations,
  });
  await migrate(db);
  await db.close();
}
