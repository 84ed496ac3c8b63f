import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';

/** A private Redis: REDIS_URL when it is set, else redis-server from PATH, else Debian's package, else one clear line. */
export interface PrivateRedis {
  url: string;
  /** Null when it is not ours to kill. */
  process: ChildProcess | null;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const found = (command: string): boolean => spawnSync('which', [command]).status === 0;

function ensureRedisServer(): void {
  if (found('redis-server')) return;
  if (found('apt-get')) {
    const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
    const apt = (...args: string[]) => {
      const [command, ...rest] = [...sudo, 'apt-get', ...args] as [string, ...string[]];
      return spawnSync(command, rest, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    };
    apt('update', '-q');
    apt('install', '-y', '-q', '--no-install-recommends', 'redis-server');
  }
  if (!found('redis-server')) {
    throw new Error('The tests need Redis 7: install redis-server, or set REDIS_URL.');
  }
}

export async function startRedis(port?: number): Promise<PrivateRedis> {
  ensureRedisServer();
  const at = port ?? (await freePort());
  const dir = mkdtempSync(path.join(tmpdir(), 'tsh-redis-'));
  const child = spawn(
    'redis-server',
    ['--port', String(at), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir],
    {
      stdio: 'ignore',
    },
  );
  const url = `redis://127.0.0.1:${at}`;
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  await client.connect().catch(() => undefined);
  await client.ping();
  client.disconnect();
  return {
    url,
    process: child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export async function sharedRedis(): Promise<PrivateRedis> {
  const url = process.env['REDIS_URL'];
  return url ? { url, process: null, stop: () => Promise.resolve() } : startRedis();
}
