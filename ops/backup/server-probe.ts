import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { readConfig } from '../../src/config.js';

export interface ServerProbe {
  ready: boolean;
  health: Record<string, unknown>;
  ms: number;
}

/**
 * Starts this release's server on a restored database and asks its health: the proof that the backup would serve. It takes
 * no jobs, has no credentials of Zoho and tells nobody, because it stands beside the real one.
 */
export async function probeServer(databaseUrl: string): Promise<ServerProbe> {
  const begun = performance.now();
  const secret = (): string => randomBytes(32).toString('hex');
  const config = readConfig(
    {
      APP_ENV: 'test',
      ROLE: 'all',
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'silent',
      DATABASE_URL: databaseUrl,
      DB_POOL_SIZE: '4',
      DB_MAX_OVERFLOW: '0',
      VERSION: 'restore-drill',
    },
    { jwtSecret: secret(), encryptionKey: secret(), webhookSecret: secret(), adminPassword: '' },
  );
  const { startApp } = await import('../../src/app.js');
  const app = await startApp(config, { schedules: false, claim: false });
  try {
    const [ready, health] = await Promise.all([fetch(`${app.url}/readyz`), fetch(`${app.url}/health`)]);
    await ready.arrayBuffer();
    return {
      ready: ready.ok && health.ok,
      health: (await health.json()) as Record<string, unknown>,
      ms: Math.round(performance.now() - begun),
    };
  } finally {
    await app.stop();
  }
}
