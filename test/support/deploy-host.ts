import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import path from 'node:path';
import { runCli } from '../../ops/cli.js';
import type { HostState } from '../../ops/deploy/state.js';
import { checkNginx, findNginx, HOW_TO_INSTALL_NGINX, startNginx } from '../../ops/nginx/process.js';
import { writeNginx, type NginxSettings } from '../../ops/nginx/render.js';
import { temporaryFolder } from './folder.js';
import { makeSmallRelease, SMALL_SMOKE, type Behaviour } from './small-release.js';

/** A host as the deployer sees it: a folder, free ports, and a real nginx in front of two slots. */
export interface DeployHost {
  dir: string;
  env: Record<string, string>;
  publicUrl: string;
  ports: { blue: number; green: number; worker: number };
  /** Runs a command in this process; answers its exit code and what it printed. */
  cli(args: readonly string[], more?: Record<string, string>): Promise<{ code: number; lines: string[] }>;
  /** The same as a process of its own, which may be killed. */
  spawnCli(args: readonly string[]): ChildProcess;
  smallRelease(name: string, behaviour?: Behaviour): string;
  /** What the small releases have noted, one line each. */
  notes(): string[];
  state(): HostState;
  /** The release that the public address names. */
  serving(): Promise<string | null>;
  nginxErrors(): string;
  stop(): Promise<void>;
}

/** nginx from PATH, else Debian's package, else one clear line. */
export function ensureNginx(): string {
  const found = findNginx();
  if (found !== null) return found;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = (...args: string[]): void => {
    const [command = '', ...rest] = [...sudo, 'apt-get', ...args];
    spawnSync(command, rest, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  };
  apt('update', '-q');
  apt('install', '-y', '-q', '--no-install-recommends', 'nginx-light');
  const installed = findNginx();
  if (installed === null) throw new Error(HOW_TO_INSTALL_NGINX);
  return installed;
}

export function testNginxSettings(
  dir: string,
  ports: { public: number; blue: number; green: number; admin: number },
): NginxSettings {
  return {
    confDir: path.join(dir, 'nginx'),
    htmlDir: path.join(dir, 'nginx/html'),
    stateDir: path.join(dir, 'state'),
    runDir: path.join(dir, 'nginx-run'),
    logDir: path.join(dir, 'nginx-log'),
    sitesDir: path.join(dir, 'sites'),
    acmeDir: path.join(dir, 'acme'),
    bluePort: ports.blue,
    greenPort: ports.green,
    adminPort: ports.admin,
    adminPlaceholder: true,
    httpPort: ports.public,
    tls: null,
    bind: '127.0.0.1',
    apiNames: ['127.0.0.1', 'localhost', 'erp.tsh.example'],
    siteNames: ['tsh.example', 'www.tsh.example'],
    shopNames: ['shop.tsh.example', 'consumer.tsh.example'],
    insideAddresses: ['127.0.0.1'],
    workers: '2',
    user: null,
  };
}

export async function stopChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(hard);
}

export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  limitMs = 50_000,
): Promise<void> {
  const begun = performance.now();
  while (!(await condition())) {
    if (performance.now() - begun > limitMs) throw new Error(`${what} did not come within ${limitMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function startDeployHost(settings: Record<string, string> = {}): Promise<DeployHost> {
  const nginxProgram = ensureNginx();
  const dir = temporaryFolder('deploy');
  const [front = 0, blue = 0, green = 0, worker = 0, admin = 0] = await freePorts(5);
  const nginxOptions = testNginxSettings(dir, { public: front, blue, green, admin });
  const conf = writeNginx(nginxOptions);
  const fault = checkNginx(nginxProgram, conf);
  if (fault !== null) throw new Error(fault);
  const nginx = startNginx(nginxProgram, conf);
  const publicUrl = `http://127.0.0.1:${front}`;
  await until('nginx', () =>
    fetch(`${publicUrl}/nginx-health`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const smokeFile = path.join(dir, 'smoke.json');
  writeFileSync(smokeFile, JSON.stringify(SMALL_SMOKE));
  mkdirSync(path.join(dir, 'state'), { recursive: true });
  const noteFile = path.join(dir, 'notes.log');

  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    APP_ENV: 'test',
    DEPLOY_DRIVER: 'local',
    DEPLOY_PATH: dir,
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    PUBLIC_URL: publicUrl,
    BLUE_PORT: String(blue),
    GREEN_PORT: String(green),
    WORKER_PORT: String(worker),
    SMOKE_FILE: smokeFile,
    BACKUP_DIR: path.join(dir, 'backups'),
    SMALL_LOG: noteFile,
    HEALTH_POLL_SECONDS: '0.02',
    HEALTH_ATTEMPT_SECONDS: '10',
    WATCH_MINUTES: '0.005',
    WATCH_POLL_SECONDS: '0.05',
    OBSERVE_SECONDS: '60',
    WARM_MINUTES: '30',
    ...settings,
  };

  const host: DeployHost = {
    dir,
    env,
    publicUrl,
    ports: { blue, green, worker },
    async cli(args, more = {}) {
      const lines: string[] = [];
      const context = {
        env: { ...env, ...more },
        out: (line: string) => void lines.push(line),
        signal: new AbortController().signal,
      };
      return { code: await runCli(args, context), lines };
    },
    spawnCli: (args) =>
      spawn(process.execPath, ['dist/ops/cli.js', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }),
    smallRelease: (name, behaviour) => makeSmallRelease(path.join(dir, 'releases', name), behaviour),
    notes: () => (existsSync(noteFile) ? readFileSync(noteFile, 'utf8').trim().split('\n') : []),
    state: () => JSON.parse(readFileSync(path.join(dir, 'state/host.json'), 'utf8')) as HostState,
    serving: () =>
      fetch(`${publicUrl}/livez`, { headers: { connection: 'close' } }).then(
        (response) => response.headers.get('x-release'),
        () => null,
      ),
    nginxErrors: () => readFileSync(path.join(dir, 'nginx-log/error.log'), 'utf8'),
    async stop() {
      for (const place of ['blue', 'green', 'worker'])
        await endProcessOf(path.join(dir, 'slots', place, 'process.pid'));
      await stopChild(nginx, 'SIGQUIT');
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return host;
}

async function endProcessOf(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  const isThere = (): boolean => {
    try {
      process.kill(pid, 0);
      return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
    } catch {
      return false;
    }
  };
  if (!isThere()) return;
  process.kill(pid, 'SIGTERM');
  await until(`the end of ${pid}`, () => !isThere()).catch(() => process.kill(pid, 'SIGKILL'));
}

/**
 * A slot opens its port long after it was chosen. From below the range from which the system takes the ports of outgoing
 * connections, so that none of those can sit on it by then.
 */
async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(10_240, 32_768);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (listening) await new Promise((resolve) => server.close(resolve));
  return listening;
}
