import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Redis } from 'ioredis';
import { asBackupError } from './backup-error.js';

export const REDIS_FILE = 'redis.jsonl.gz';
export const REDIS_NOTE =
  'Redis carries hints between processes and nothing that Postgres does not know: a restore works without it.';

interface Kept {
  key: string;
  /** Milliseconds to live; 0: for ever. */
  ttl: number;
  /** As DUMP answers it. */
  value: string;
}

const PATIENCE_MS = 5000;

async function open(url: string): Promise<Redis> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Writes every key by DUMP. A Redis that is away makes the backup poorer by hints only, so its absence is a remark. */
export async function dumpRedis(
  url: string | null,
  folder: string,
): Promise<{ keys: number; note: string } | { skipped: string }> {
  if (url === null) return { skipped: 'REDIS_URL is not set.' };
  let client: Redis;
  try {
    client = await open(url);
  } catch (error) {
    return {
      skipped: `Redis cannot be reached: ${error instanceof Error ? error.message : 'no reason given'}. ${REDIS_NOTE}`,
    };
  }
  let keys = 0;
  try {
    const lines = async function* (): AsyncGenerator<string> {
      for await (const batch of client.scanStream({ count: 500 }) as AsyncIterable<string[]>) {
        for (const key of batch) {
          const [value, ttl] = await Promise.all([client.dumpBuffer(key), client.pttl(key)]);
          // It ended between the scan and the dump.
          if (value === null) continue;
          keys += 1;
          const kept: Kept = { key, ttl: Math.max(0, ttl), value: value.toString('base64') };
          yield `${JSON.stringify(kept)}\n`;
        }
      }
    };
    await pipeline(
      Readable.from(lines()),
      createGzip(),
      createWriteStream(path.join(folder, REDIS_FILE), { mode: 0o600 }),
    );
    return { keys, note: REDIS_NOTE };
  } catch (error) {
    throw asBackupError(error, 'DUMP_FAILED', 'The keys of Redis cannot be written');
  } finally {
    client.disconnect();
  }
}

/** Puts the kept keys back, over those that are there. Answers how many. */
export async function restoreRedis(url: string, folder: string): Promise<number> {
  const file = path.join(folder, REDIS_FILE);
  if (!existsSync(file)) return 0;
  const client = await open(url);
  let keys = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file).pipe(createGunzip()) })) {
      const { key, ttl, value } = JSON.parse(line) as Kept;
      await client.restore(key, ttl, Buffer.from(value, 'base64'), 'REPLACE');
      keys += 1;
    }
    return keys;
  } catch (error) {
    throw asBackupError(error, 'RESTORE_FAILED', 'The keys of Redis cannot be restored');
  } finally {
    client.disconnect();
  }
}
