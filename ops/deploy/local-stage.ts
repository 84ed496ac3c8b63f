import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { startEmbedded, type EmbeddedPostgres } from '../../src/platform/db/embedded.js';
import { SIMULATED_ACCOUNT, startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import type { OpsContext } from '../command.js';
import { checkNginx, findNginx, HOW_TO_INSTALL_NGINX, startNginx } from '../nginx/process.js';
import { writeNginx } from '../nginx/render.js';
import { readJson, writeAtomically } from './files.js';
import type { Host } from './host.js';
import { followRecord } from './follow-record.js';
import { isRunning, processBegan } from './lock.js';
import { Refused } from './deployment.js';
import type { DeploySettings } from './settings.js';
import { SLOTS } from './release.js';

/**
 * Everything a deployment needs, on one machine: a Postgres out of npm, Redis, nginx on loopback, and the simulator as
 * Zoho. It lives as long as the command that started it; other terminals find it by a file.
 */
export interface Stage {
  env: Readonly<Record<string, string>>;
  /** Shows the record's own subscription, and stops the slots of this host at the end. */
  serve(host: Host): void;
  untilStopped(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

interface StageFile {
  pid: number;
  began: string | null;
  env: Record<string, string>;
}

const fileOf = (deployPath: string): string => path.join(deployPath, 'stage.json');

/** The settings of the stage that another terminal runs; null when none does. */
export function joinStage(deployPath: string): Record<string, string> | null {
  const found = readJson<StageFile>(fileOf(deployPath));
  return found && isRunning(found.pid, found.began) ? found.env : null;
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

async function untilOpen(port: number, child: ChildProcess, what: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Refused(`${what} ended at once with ${child.exitCode}.`);
    if (await isOpen(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Refused(`${what} does not listen on ${port}.`);
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const hard = setTimeout(() => child.kill('SIGKILL'), 8000);
  await gone;
  clearTimeout(hard);
}

/** Kept, so that the data and the sessions of the last time are still good. */
function keptSecrets(dir: string): Record<string, string> {
  const file = path.join(dir, 'stage-secrets.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  const secrets = {
    JWT_SECRET_KEY: randomBytes(32).toString('hex'),
    ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    ZOHO_WEBHOOK_SECRET: randomBytes(16).toString('hex'),
    DEPLOY_TOKEN: randomBytes(24).toString('hex'),
    ADMIN_EMAIL: 'owner@tsh.example',
    ADMIN_PASSWORD: randomBytes(9).toString('base64url'),
  };
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

const REDIS_PORT = 16_379;

async function startRedis(context: OpsContext, dir: string): Promise<{ url: string; child: ChildProcess | null }> {
  const given = context.env['REDIS_URL'];
  if (given) return { url: given, child: null };
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new Refused(
      'Two slots at once need Redis, and redis-server is not here. Install it (apt-get install redis-server, brew install redis) or set REDIS_URL.',
    );
  }
  const port = Number(context.env['STAGE_REDIS_PORT'] ?? REDIS_PORT);
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir];
  const child = spawn('redis-server', args, { stdio: 'ignore', detached: true });
  await untilOpen(port, child, 'redis-server');
  return { url: `redis://127.0.0.1:${port}`, child };
}

async function startStageNginx(settings: DeploySettings): Promise<ChildProcess> {
  const nginx = findNginx();
  if (nginx === null) throw new Refused(HOW_TO_INSTALL_NGINX);
  const dir = path.join(settings.deployPath, 'nginx');
  const { port, hostname } = new URL(settings.publicUrl);
  const conf = writeNginx({
    confDir: dir,
    htmlDir: path.join(dir, 'html'),
    stateDir: settings.stateDir,
    runDir: path.join(dir, 'run'),
    logDir: path.join(dir, 'log'),
    sitesDir: path.join(settings.deployPath, 'sites'),
    acmeDir: path.join(settings.deployPath, 'acme'),
    bluePort: settings.ports.blue,
    greenPort: settings.ports.green,
    adminPort: Number(port) + 1,
    adminPlaceholder: true,
    httpPort: Number(port),
    tls: null,
    bind: '127.0.0.1',
    apiNames: [hostname, 'localhost'],
    siteNames: ['tsh.localhost'],
    shopNames: ['shop.localhost', 'consumer.localhost'],
    insideAddresses: [],
    workers: '2',
    // The data folder may lie where nobody else may enter.
    user: process.getuid?.() === 0 ? 'root' : null,
  });
  const fault = checkNginx(nginx, conf);
  if (fault !== null) throw new Refused(`nginx refuses its configuration: ${fault}`);
  const child = startNginx(nginx, conf);
  let said = '';
  child.stderr?.on('data', (part: Buffer) => (said = (said + part.toString()).slice(-2000)));
  await untilOpen(Number(port), child, 'nginx').catch((error: Error) => {
    throw new Refused(`${error.message} ${said}`);
  });
  return child;
}

const PLACES_IN_USE = (ports: readonly number[]): string =>
  `Port ${ports.join(' and ')} is taken. Set PUBLIC_URL, BLUE_PORT, GREEN_PORT or WORKER_PORT to free ones.`;

export async function startStage(settings: DeploySettings, context: OpsContext): Promise<Stage> {
  const { deployPath, publicUrl, ports } = settings;
  if (findNginx() === null) throw new Refused(HOW_TO_INSTALL_NGINX);
  const wanted = [Number(new URL(publicUrl).port || 80), ports.blue, ports.green, ports.worker];
  const taken = (await Promise.all(wanted.map(isOpen))).flatMap((open, index) => (open ? [wanted[index] ?? 0] : []));
  if (taken.length > 0) throw new Refused(PLACES_IN_USE(taken));
  mkdirSync(settings.stateDir, { recursive: true });
  const dataDir = path.join(deployPath, 'data');
  mkdirSync(dataDir, { recursive: true });
  const secrets = keptSecrets(deployPath);

  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    context.out('Starting Postgres, Redis, the Zoho simulator and nginx...');
    const postgres = await startEmbedded({ dataDir, maxConnections: 200 });
    undo.push(() => postgres.stop());
    const redis = await startRedis(context, deployPath);
    if (redis.child) undo.push(() => endChild(redis.child as ChildProcess, 'SIGTERM'));
    const simulator = await startSimulator({ statePath: path.join(dataDir, 'simulator.json') });
    undo.push(() => simulator.close());
    const nginx = await startStageNginx(settings);
    undo.push(() => endChild(nginx, 'SIGQUIT'));
    const env = stageEnv({ postgres, simulator, redisUrl: redis.url, secrets, dataDir });
    const file: StageFile = { pid: process.pid, began: processBegan(process.pid), env };
    writeAtomically(fileOf(deployPath), JSON.stringify(file, null, 1));
    undo.push(async () => rmSync(fileOf(deployPath), { force: true }));
    context.out(`  nginx listens on ${publicUrl}; blue is ${ports.blue}, green is ${ports.green}.`);
    return {
      env,
      stop,
      serve: (host) => undo.push(...servicesOf(host, env, context)),
      async untilStopped(signal) {
        for (const line of invitation(settings, env)) context.out(line);
        if (signal.aborted) return;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        context.out('Stopping...');
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function servicesOf(host: Host, env: Readonly<Record<string, string>>, context: OpsContext): (() => Promise<void>)[] {
  const { driver, settings } = host;
  const following = followRecord({
    url: settings.publicUrl,
    token: env['DEPLOY_TOKEN'] ?? '',
    environment: settings.environment,
    show: (line) => context.out(line),
  });
  return [
    async () => {
      for (const slot of SLOTS) await driver.stop(slot, settings.stopGraceMs);
      await driver.stopWorker(settings.stopGraceMs);
    },
    () => following.stop(),
  ];
}

interface StageParts {
  postgres: EmbeddedPostgres;
  simulator: Simulator;
  redisUrl: string;
  secrets: Readonly<Record<string, string>>;
  dataDir: string;
}

const stageEnv = ({ postgres, simulator, redisUrl, secrets, dataDir }: StageParts): Record<string, string> => ({
  ...secrets,
  APP_ENV: 'development',
  DATABASE_URL: postgres.url,
  REDIS_URL: redisUrl,
  DATA_DIR: dataDir,
  DB_POOL_SIZE: '10',
  DB_MAX_OVERFLOW: '0',
  TRUST_PROXY: 'true',
  ZOHO_CLIENT_ID: SIMULATED_ACCOUNT.clientId,
  ZOHO_CLIENT_SECRET: SIMULATED_ACCOUNT.clientSecret,
  ZOHO_REFRESH_TOKEN: SIMULATED_ACCOUNT.refreshToken,
  ZOHO_ORGANIZATION_ID: SIMULATED_ACCOUNT.organizationId,
  ZOHO_API_URL: simulator.url,
  ZOHO_ACCOUNTS_URL: simulator.url,
});

const invitation = ({ publicUrl }: DeploySettings, env: Readonly<Record<string, string>>): string[] => [
  '',
  `The service stays at ${publicUrl}/docs until Ctrl-C. Sign in: ${env['ADMIN_EMAIL']}  ${env['ADMIN_PASSWORD']}`,
  'In another terminal:',
  '  npm run deploy -- --driver local             another release, with its switch',
  '  npm run deploy -- rollback --driver local    back to the one before',
  '  npm run deploy -- status --driver local',
  '',
];
