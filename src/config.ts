import { availableParallelism } from 'node:os';
import path from 'node:path';
import { isId } from './kernel/ids.js';
import { PHASES, type Phase } from './kernel/ownership.js';
import {
  databaseUrl,
  readSimulator,
  readTelegram,
  readTracing,
  readZoho,
  type SimulatorSettings,
  type TelegramConfig,
  type TracingConfig,
  type ZohoConfig,
} from './outside-settings.js';
import { EMPTY_SECRETS, type GeneratedSecrets } from './secrets-file.js';
import { ConfigFault, Reader, type Environment } from './settings-reader.js';

/**
 * The only reader of the environment. Parsed and checked once, all faults at once with their fix, frozen, then handed
 * out in pieces. Every setting may also come as NAME_FILE, a path to a file that holds the value, or from the file of
 * NAME=value lines that APP_ENV_FILE names; what the environment itself says wins.
 */
export type AppEnv = 'development' | 'test' | 'staging' | 'production';
export type RoleName = 'all' | 'api' | 'worker' | 'notify';
export type Slot = 'blue' | 'green';

// Modules import settings from here only.
export { databaseUrl, readSimulatorSettings, readTelegram } from './outside-settings.js';
export type { SimulatorSettings, TelegramConfig, TracingConfig, ZohoConfig } from './outside-settings.js';

/** What may be measured at most while a release is watched; a figure above it is a breach. */
export interface WatchLimits {
  deadLetters: number;
  delayP95Seconds: number;
  /** A job that fails now and then is retried; a release that breaks a handler fails most of its jobs. */
  failedJobShare: number;
  failedJobsAtLeast: number;
  serverErrorRate: number;
  /** Of fewer requests one failure would be a high rate. */
  requestsAtLeast: number;
  latencyP95Ms: number;
  poolUse: number;
  poolWaiting: number;
  logErrors: number;
}

export interface Config {
  appEnv: AppEnv;
  version: string;
  /** Which of the two slots of a blue-green deployment this process is; null outside of one. */
  slot: Slot | null;
  role: RoleName;
  port: number;
  host: string;
  /** Processes of ROLE api in one slot. The other roles run as one process and count these for their connections only. */
  apiProcesses: number;
  /** Processes of ROLE worker beside the API, counted for their connections only. */
  workerProcesses: number;
  workerConcurrency: number;
  logLevel: string;
  dataDir: string;
  uploadsDir: string;
  timeZone: string;
  trustProxy: boolean;
  allowedOrigins: readonly string[];
  allowedHosts: readonly string[];
  docsOpen: boolean;
  /** open: an account at once. verified: only after the link that goes to the address. */
  signUp: 'open' | 'verified';
  database: { url: string | null; poolSize: number; maxOverflow: number };
  /** A statement of a client's query ends after this time. */
  readTimeoutMs: number;
  /** Multiplies what a client may use in a minute; 100 is the normal measure. */
  rateLimitPercent: number;
  redisUrl: string | null;
  jwtSecret: string;
  encryptionKey: string;
  admin: { email: string; password: string } | null;
  deployToken: string | null;
  deployment: {
    /** For which deployment this process runs; null: the newest one of its version. */
    id: string | null;
    /** A running deployment that is silent for so long is stuck. */
    silenceSeconds: number;
    /** How long a deployment is watched after the switch, unless it says otherwise. */
    watchSeconds: number;
    /** What a release may do in its watch before it has to go back. */
    watchLimits: WatchLimits;
    /** Where what an agent shall do needs a second person. */
    approvalEnvironments: readonly string[];
  };
  zoho: ZohoConfig | null;
  webhook: { secret: string; previousSecret: string | null; acceptBase64: boolean };
  syncPhase: Phase;
  /** Where notices of deployments go; null: nobody is told. */
  telegram: TelegramConfig | null;
  tracing: TracingConfig | null;
  /** True when nothing points at a real Zoho: the bundled simulator plays the company. */
  demo: boolean;
  simulator: Pick<SimulatorSettings, 'documents' | 'eventsPerMinute' | 'faults'>;
  /** What is probably not meant so; told once at the start. */
  warnings: readonly string[];
}

const SLOTS = ['blue', 'green'] as const;

const WEAK_SECRETS = /^(change|default|secret|password|example|test|dev|demo|your|xxx)/i;

/**
 * The guides' UVICORN_WORKERS is one figure in a file that all roles read, so where everything runs in one process it
 * means nothing. API_PROCESSES is ours and asks for something that ROLE all cannot give: that is a fault.
 */
function apiProcessesOf(reader: Reader, role: RoleName, strict: boolean): number {
  const fallback = strict && role === 'api' ? availableParallelism() : 1;
  const count = reader.integer('API_PROCESSES', fallback, 1, 64);
  if (role !== 'all' || count === 1) return count;
  if (reader.isGiven('API_PROCESSES')) {
    reader.faults.push('API_PROCESSES is above 1 for ROLE all. Give the API a process of its own: ROLE api.');
  }
  return 1;
}

function watchLimits(reader: Reader): WatchLimits {
  return {
    deadLetters: reader.integer('DEPLOYMENT_WATCH_DEAD_LETTERS', 0, 0, 1_000_000),
    delayP95Seconds: reader.number('DEPLOYMENT_WATCH_SYNC_DELAY_SECONDS', 30, 1, 86_400),
    failedJobShare: reader.number('DEPLOYMENT_WATCH_FAILED_JOB_PERCENT', 5, 0, 100) / 100,
    failedJobsAtLeast: reader.integer('DEPLOYMENT_WATCH_FAILED_JOBS_AT_LEAST', 3, 1, 1_000_000),
    serverErrorRate: reader.number('DEPLOYMENT_WATCH_SERVER_ERROR_PERCENT', 1, 0, 100) / 100,
    requestsAtLeast: reader.integer('DEPLOYMENT_WATCH_REQUESTS_AT_LEAST', 20, 1, 1_000_000),
    latencyP95Ms: reader.integer('DEPLOYMENT_WATCH_P95_MS', 500, 1, 60_000),
    poolUse: reader.number('DEPLOYMENT_WATCH_POOL_PERCENT', 90, 1, 100) / 100,
    poolWaiting: reader.integer('DEPLOYMENT_WATCH_POOL_WAITING', 0, 0, 100_000),
    logErrors: reader.integer('DEPLOYMENT_WATCH_LOG_ERRORS', 0, 0, 100),
  };
}

/** A secret as it is set; a fault when it is missing where it must not be, too short, or a placeholder. */
function secretOf(reader: Reader, name: string, rule: { fallback: string; minimum: number; strict: boolean }): string {
  const { fallback, minimum, strict } = rule;
  const value = reader.text(name);
  if (value === null) {
    if (strict) reader.faults.push(`${name} is missing. Set a random text of at least ${minimum} characters.`);
    return fallback;
  }
  if (strict && WEAK_SECRETS.test(value)) {
    reader.faults.push(`${name} looks like a placeholder. Set a random text of at least ${minimum} characters.`);
  } else if (value.length < minimum) {
    reader.faults.push(`${name} is too short. Set a random text of at least ${minimum} characters.`);
  }
  return value;
}

type Served = Pick<Config, 'role' | 'redisUrl' | 'apiProcesses'> & {
  strict: boolean;
  database: string | null;
  zohoConfig: ZohoConfig | null;
};

/** Several processes need a database and a bus that they share; a real company needs a real Zoho too. */
function checkOutside(reader: Reader, { strict, database, redisUrl, zohoConfig, role, apiProcesses }: Served): void {
  const { faults } = reader;
  if (strict) {
    if (database === null) faults.push('DATABASE_URL is missing: the embedded Postgres never runs here.');
    if (redisUrl === null) faults.push('REDIS_URL is missing: several processes need one bus.');
    if (zohoConfig === null) faults.push('ZOHO_* credentials are missing: the simulator never runs here.');
    return;
  }
  if (role === 'api' && redisUrl === null && apiProcesses > 1) {
    faults.push('API_PROCESSES is above 1 without REDIS_URL. Set REDIS_URL, or API_PROCESSES to 1.');
  }
  if (role !== 'all' && database === null) {
    faults.push(`ROLE is ${role} without DATABASE_URL. The embedded Postgres serves one process: ROLE all.`);
  }
  if (role !== 'all' && redisUrl === null) {
    faults.push(`ROLE is ${role} without REDIS_URL. Several processes need one Redis.`);
  }
}

function deployTokenOf(reader: Reader): string | null {
  const token = reader.text('DEPLOY_TOKEN');
  if (token !== null && token.length < 24) {
    reader.faults.push('DEPLOY_TOKEN is too short. Set a random text of at least 24 characters.');
  }
  return token;
}

function deployment(reader: Reader): Config['deployment'] {
  const id = reader.text('DEPLOYMENT_ID');
  if (id !== null && !isId(id)) {
    reader.faults.push('DEPLOYMENT_ID is no UUID. Give the id of the deployment, or leave it unset.');
  }
  const approval = reader.text('DEPLOYMENT_APPROVAL_ENVIRONMENTS') === null ? ['production'] : null;
  return {
    id,
    silenceSeconds: reader.integer('DEPLOYMENT_SILENCE_SECONDS', 300, 10, 86_400),
    watchSeconds: reader.integer('DEPLOYMENT_WATCH_SECONDS', 900, 0, 86_400),
    watchLimits: watchLimits(reader),
    approvalEnvironments: Object.freeze(approval ?? reader.list('DEPLOYMENT_APPROVAL_ENVIRONMENTS')),
  };
}

/** The owner whom the start makes; outside of staging and production one with a generated password. */
function adminOf(reader: Reader, generatedPassword: string, strict: boolean): Config['admin'] {
  const email = reader.text('ADMIN_EMAIL');
  const password = reader.text('ADMIN_PASSWORD');
  if ((email === null) !== (password === null)) {
    reader.faults.push('Give both ADMIN_EMAIL and ADMIN_PASSWORD, or neither.');
  }
  if (password !== null && password.length < 10) {
    reader.faults.push('ADMIN_PASSWORD is too short. Use at least 10 characters.');
  }
  if (email !== null && password !== null) return { email, password };
  return strict || generatedPassword === '' ? null : { email: 'owner@tsh.example', password: generatedPassword };
}

function timeZoneOf(reader: Reader): string {
  const timeZone = reader.text('ORGANIZATION_TIME_ZONE') ?? 'Asia/Baghdad';
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    reader.faults.push(`ORGANIZATION_TIME_ZONE is "${timeZone}". Use an IANA name such as Asia/Baghdad.`);
  }
  return timeZone;
}

/**
 * Reads and checks all settings. Throws ConfigFault with every fault found.
 * `generated` fills secrets outside staging and production only.
 */
export function readConfig(
  environment: Environment = process.env,
  generated: GeneratedSecrets = EMPTY_SECRETS,
): Config {
  const reader = new Reader(environment);
  const debug = reader.flag('APP_DEBUG', reader.flag('DEBUG', false));
  const appEnv = reader.choice('APP_ENV', ['development', 'test', 'staging', 'production'] as const, 'development');
  const strict = appEnv === 'staging' || appEnv === 'production';
  const database = databaseUrl(reader);
  const redisUrl = reader.url('REDIS_URL', ['redis:', 'rediss:']);
  const zohoConfig = readZoho(reader);
  const role = reader.choice('ROLE', ['all', 'api', 'worker', 'notify'] as const, 'all');
  const apiProcesses = apiProcessesOf(reader, role, strict);
  const dataDir = path.resolve(reader.text('DATA_DIR') ?? '.data');
  const secret = (name: string, fallback: string, minimum: number): string =>
    secretOf(reader, name, { fallback, minimum, strict });
  const jwtSecret = secret('JWT_SECRET_KEY', generated.jwtSecret, 32);
  const encryptionKey = secret('ENCRYPTION_KEY', generated.encryptionKey, 32);
  const webhookSecret = secret('ZOHO_WEBHOOK_SECRET', generated.webhookSecret, 12);
  checkOutside(reader, { strict, database, redisUrl, zohoConfig, role, apiProcesses });

  const config: Config = {
    appEnv,
    version: reader.text('VERSION') ?? 'development',
    slot: reader.text('DEPLOYMENT_SLOT') === null ? null : reader.choice('DEPLOYMENT_SLOT', SLOTS, 'blue'),
    role,
    port: reader.integer('PORT', 8000, 0, 65_535),
    host: reader.text('HOST') ?? (strict ? '0.0.0.0' : '127.0.0.1'),
    apiProcesses,
    workerProcesses: reader.integer('WORKER_PROCESSES', 1, 0, 64),
    workerConcurrency: reader.integer('WORKER_CONCURRENCY', 8, 1, 200),
    logLevel: reader.choice(
      'LOG_LEVEL',
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const,
      debug ? 'debug' : 'info',
    ),
    dataDir,
    uploadsDir: path.resolve(reader.text('UPLOADS_DIR') ?? path.join(dataDir, 'uploads')),
    timeZone: timeZoneOf(reader),
    trustProxy: reader.flag('TRUST_PROXY', false),
    allowedOrigins: Object.freeze(reader.list('ALLOWED_ORIGINS')),
    allowedHosts: Object.freeze(reader.list('ALLOWED_HOSTS')),
    docsOpen: reader.flag('DOCS_OPEN', !strict),
    signUp: reader.choice('SIGN_UP', ['open', 'verified'] as const, strict ? 'verified' : 'open'),
    database: {
      url: database,
      poolSize: reader.integer('DB_POOL_SIZE', 20, 2, 500),
      maxOverflow: reader.integer('DB_MAX_OVERFLOW', 10, 0, 500),
    },
    readTimeoutMs: reader.integer('READ_TIMEOUT_MS', 5000, 100, 60_000),
    rateLimitPercent: reader.integer('RATE_LIMIT_PERCENT', 100, 1, 1_000_000),
    redisUrl,
    jwtSecret,
    encryptionKey,
    admin: adminOf(reader, generated.adminPassword, strict),
    deployToken: deployTokenOf(reader),
    deployment: deployment(reader),
    zoho: zohoConfig,
    webhook: {
      secret: webhookSecret,
      previousSecret: reader.text('ZOHO_WEBHOOK_SECRET_PREVIOUS'),
      acceptBase64: reader.flag('ZOHO_WEBHOOK_SIGNATURE_BASE64', false),
    },
    // The demo starts in the gradual phase, so that its tour can sell; a real company starts read-only.
    syncPhase: reader.choice('SYNC_PHASE', PHASES, zohoConfig === null ? 'gradual' : 'parallel'),
    telegram: readTelegram(reader),
    tracing: readTracing(reader),
    demo: zohoConfig === null,
    simulator: readSimulator(reader),
    warnings: Object.freeze(reader.nearMisses()),
  };
  if (reader.faults.length > 0) throw new ConfigFault([...reader.faults, ...config.warnings]);
  return Object.freeze(config);
}
