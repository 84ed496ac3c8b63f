import { rmSync } from 'node:fs';
import type { EmbeddedPostgres } from '../../src/platform/db/embedded.js';
import type { PrivateRedis } from './services.js';

export default async function globalTeardown(): Promise<void> {
  const services = (globalThis as Record<string, unknown>)['__services'] as
    { postgres: EmbeddedPostgres; redis: PrivateRedis; dataDir: string } | undefined;
  await services?.postgres.stop();
  await services?.redis.stop();
  if (services) rmSync(services.dataDir, { recursive: true, force: true });
}
