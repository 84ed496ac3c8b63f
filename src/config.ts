import { availableParallelism } from 'node:os';
import path from 'node:path';
import { isId } from './kernel/ids.js';
import { PHASES, type Phase } from './kernel/ownership.js';
import type { Language } from './kernel/viewer.js';
import { EMPTY_SECRETS, readSecrets, type GeneratedSecrets } from './secrets-file.js';
import { ConfigFault, Reader, type Environment } from './settings-reader.js';

/**
 * The only reader of the environment. Parsed and checked once, all faults at once with their fix, frozen, then handed
 * out in pieces. Every setting may also come as NAME_FILE, a path to a file that holds the value, or from the file of
 * NAME=value lines that APP_ENV_FILE names; what the environment itself says wins.
 */
export type AppEnv = 'development' | 'test' | 'staging' | 'production';
export type RoleName = 'all' | 'api' | 'worker' | 'notify';
export type Slot = 'blue' | 'green';

export interface ZohoConfig {
  clientId: string;
  clientSecret: string;
  refreshToken: string;
  organizationId: string;
  apiUrl: string;
  accountsUrl: string;
  /** True when ZOHO_API_URL was given: then `api_domain` of the token answer does not replace it. */
  apiUrlFixed: boolean;
  requestsPerMinute: number;
  concurrency: number;
}

/** What goes wrong with the webhooks of the bundled simulator, each by chance in percent. */
export interface SimulatorFaults {
  dropPercent: number;
  duplicatePercent: number;
  reorderPercent: number;
  delayMs: number;
}

/** What the simulator alone needs to know. */
export interface SimulatorSettings {
  port: number;
  items: number;
  contacts: number;
  webhooksTo: string;
  webhookSecret: string;
  eventsPerMinute: number;
  faults: SimulatorFaults;
}

export interface TelegramConfig {
  apiUrl: string;
  token: string;
  chatId: string;
  language: Language;
}

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

/** Where traces go; nothing is loaded for them without it. */
export interface TracingConfig {
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  serviceName: string;
  /** Share of the traces that is recorded, 0 to 1. */
  sampleRatio: number;
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
  simulator: { eventsPerMinute: number; faults: SimulatorFaults };
  /** What is probably not meant so; told once at the start. */
  warnings: readonly string[];
}

const DATA_CENTERS: Record<string, { accounts: string; api: string }> = {
  com: { accounts: 'https://accounts.zoho.com', api: 'https://www.zohoapis.com' },
  eu: { accounts: 'https://accounts.zoho.eu', api: 'https://www.zohoapis.eu' },
  in: { accounts: 'https://accounts.zoho.in', api: 'https://www.zohoapis.in' },
  'com.au': { accounts: 'https://accounts.zoho.com.au', api: 'https://www.zohoapis.com.au' },
  jp: { accounts: 'https://accounts.zoho.jp', api: 'https://www.zohoapis.jp' },
  ca: { accounts: 'https://accounts.zohocloud.ca', api: 'https://www.zohoapis.ca' },
  'com.cn': { accounts: 'https://accounts.zoho.com.cn', api: 'https://www.zohoapis.com.cn' },
  sa: { accounts: 'https://accounts.zoho.sa', api: 'https://www.zohoapis.sa' },
};

const SLOTS = ['blue', 'green'] as const;

const WEAK_SECRETS = /^(change|default|secret|password|example|test|dev|demo|your|xxx)/i;

const POSTGRES = ['postgres:', 'postgresql:'];
const HTTP = ['http:', 'https:'];

export function databaseUrl(reader: Reader): string | null {
  const url = reader.url('DATABASE_URL', POSTGRES);
  const host = reader.text('DB_HOST');
  const name = reader.text('DB_NAME') ?? 'tsh_erp';
  const user = encodeURIComponent(reader.text('DB_USER') ?? 'postgres');
  const password = encodeURIComponent(reader.text('DB_PASSWORD') ?? '');
  const port = reader.integer('DB_PORT', 5432, 1, 65535);
  return url !== null || host === null ? url : `postgresql://${user}:${password}@${host}:${port}/${name}`;
}

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

function zoho(reader: Reader): ZohoConfig | null {
  const center = reader.choice('ZOHO_DATA_CENTER', Object.keys(DATA_CENTERS), 'com');
  const hosts = DATA_CENTERS[center] as { accounts: string; api: string };
  const apiUrl = reader.url('ZOHO_API_URL', HTTP);
  const accountsUrl = reader.url('ZOHO_ACCOUNTS_URL', HTTP);
  const names = ['ZOHO_CLIENT_ID', 'ZOHO_CLIENT_SECRET', 'ZOHO_REFRESH_TOKEN', 'ZOHO_ORGANIZATION_ID'] as const;
  const values = names.map((name) => reader.text(name));
  const requestsPerMinute = reader.integer('ZOHO_REQUESTS_PER_MINUTE', 90, 1, 10_000);
  const concurrency = reader.integer('ZOHO_CONCURRENCY', 5, 1, 100);
  const missing = names.filter((_, index) => values[index] === null);
  if (missing.length === names.length) return null;
  if (missing.length > 0) {
    reader.faults.push(`${missing.join(', ')} missing: give all four ZOHO_* credentials, or none for the demo.`);
    return null;
  }
  const [clientId, clientSecret, refreshToken, organizationId] = values as [string, string, string, string];
  return {
    clientId,
    clientSecret,
    refreshToken,
    organizationId,
    apiUrl: apiUrl ?? hosts.api,
    accountsUrl: accountsUrl ?? hosts.accounts,
    apiUrlFixed: apiUrl !== null,
    requestsPerMinute,
    concurrency,
  };
}

export function readTelegram(reader: Reader): TelegramConfig | null {
  const token = reader.text('TELEGRAM_BOT_TOKEN');
  const chatId = reader.text('TELEGRAM_CHAT_ID');
  const apiUrl = reader.url('TELEGRAM_API_URL', HTTP) ?? 'https://api.telegram.org';
  const language = reader.choice('NOTIFY_LANGUAGE', ['en', 'ar'] as const, 'en');
  if ((token === null) !== (chatId === null)) {
    reader.faults.push('Give both TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or neither.');
  }
  return token !== null && chatId !== null ? { apiUrl: apiUrl.replace(/\/$/, ''), token, chatId, language } : null;
}

function tracing(reader: Reader): TracingConfig | null {
  const endpoint = reader.url('OTEL_EXPORTER_OTLP_ENDPOINT', HTTP);
  const serviceName = reader.text('OTEL_SERVICE_NAME') ?? 'tsh-erp';
  const sampleRatio = reader.number('OTEL_TRACES_SAMPLER_ARG', 1, 0, 1);
  const headers: Record<string, string> = {};
  for (const pair of reader.list('OTEL_EXPORTER_OTLP_HEADERS')) {
    const [, name, value] = /^([\w-]+)\s*=\s*(\S.*)$/.exec(pair) ?? [];
    if (name !== undefined && value !== undefined) headers[name] = decodeText(value);
    else reader.faults.push('OTEL_EXPORTER_OTLP_HEADERS is not of the form name=value,name=value.');
  }
  return endpoint === null ? null : { endpoint, headers, serviceName, sampleRatio };
}

/** Values are percent-encoded, as the specification of these settings wants. */
function decodeText(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
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
  const zohoConfig = zoho(reader);
  const role = reader.choice('ROLE', ['all', 'api', 'worker', 'notify'] as const, 'all');
  const apiProcesses = apiProcessesOf(reader, role, strict);
  const dataDir = path.resolve(reader.text('DATA_DIR') ?? '.data');
  const deployToken = reader.text('DEPLOY_TOKEN');
  const deploymentId = reader.text('DEPLOYMENT_ID');

  const secret = (name: string, fallback: string, minimum: number): string => {
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
  };

  const jwtSecret = secret('JWT_SECRET_KEY', generated.jwtSecret, 32);
  const encryptionKey = secret('ENCRYPTION_KEY', generated.encryptionKey, 32);
  const webhookSecret = secret('ZOHO_WEBHOOK_SECRET', generated.webhookSecret, 12);

  if (strict) {
    if (database === null) reader.faults.push('DATABASE_URL is missing: the embedded Postgres never runs here.');
    if (redisUrl === null) reader.faults.push('REDIS_URL is missing: several processes need one bus.');
    if (zohoConfig === null) reader.faults.push('ZOHO_* credentials are missing: the simulator never runs here.');
  }
  if (role === 'api' && redisUrl === null && !strict && apiProcesses > 1) {
    reader.faults.push('API_PROCESSES is above 1 without REDIS_URL. Set REDIS_URL, or API_PROCESSES to 1.');
  }
  if (role !== 'all' && database === null && !strict) {
    reader.faults.push(`ROLE is ${role} without DATABASE_URL. The embedded Postgres serves one process: ROLE all.`);
  }
  if (role !== 'all' && redisUrl === null && !strict) {
    reader.faults.push(`ROLE is ${role} without REDIS_URL. Several processes need one Redis.`);
  }
  if (deployToken !== null && deployToken.length < 24) {
    reader.faults.push('DEPLOY_TOKEN is too short. Set a random text of at least 24 characters.');
  }
  if (deploymentId !== null && !isId(deploymentId)) {
    reader.faults.push('DEPLOYMENT_ID is no UUID. Give the id of the deployment, or leave it unset.');
  }
  const approval = reader.text('DEPLOYMENT_APPROVAL_ENVIRONMENTS') === null ? ['production'] : null;

  const adminEmail = reader.text('ADMIN_EMAIL');
  const adminPassword = reader.text('ADMIN_PASSWORD');
  if ((adminEmail === null) !== (adminPassword === null)) {
    reader.faults.push('Give both ADMIN_EMAIL and ADMIN_PASSWORD, or neither.');
  }
  if (adminPassword !== null && adminPassword.length < 10) {
    reader.faults.push('ADMIN_PASSWORD is too short. Use at least 10 characters.');
  }
  const admin =
    adminEmail !== null && adminPassword !== null
      ? { email: adminEmail, password: adminPassword }
      : strict || generated.adminPassword === ''
        ? null
        : { email: 'owner@tsh.example', password: generated.adminPassword };

  const timeZone = reader.text('ORGANIZATION_TIME_ZONE') ?? 'Asia/Baghdad';
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    reader.faults.push(`ORGANIZATION_TIME_ZONE is "${timeZone}". Use an IANA name such as Asia/Baghdad.`);
  }

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
    timeZone,
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
    admin,
    deployToken,
    deployment: {
      id: deploymentId,
      silenceSeconds: reader.integer('DEPLOYMENT_SILENCE_SECONDS', 300, 10, 86_400),
      watchSeconds: reader.integer('DEPLOYMENT_WATCH_SECONDS', 900, 0, 86_400),
      watchLimits: watchLimits(reader),
      approvalEnvironments: Object.freeze(approval ?? reader.list('DEPLOYMENT_APPROVAL_ENVIRONMENTS')),
    },
    zoho: zohoConfig,
    webhook: {
      secret: webhookSecret,
      previousSecret: reader.text('ZOHO_WEBHOOK_SECRET_PREVIOUS'),
      acceptBase64: reader.flag('ZOHO_WEBHOOK_SIGNATURE_BASE64', false),
    },
    // The demo starts in the gradual phase, so that its tour can sell; a real company starts read-only.
    syncPhase: reader.choice('SYNC_PHASE', PHASES, zohoConfig === null ? 'gradual' : 'parallel'),
    telegram: readTelegram(reader),
    tracing: tracing(reader),
    demo: zohoConfig === null,
    simulator: readSimulator(reader),
    warnings: Object.freeze(reader.nearMisses()),
  };
  if (reader.faults.length > 0) throw new ConfigFault([...reader.faults, ...config.warnings]);
  return Object.freeze(config);
}

function readSimulator(reader: Reader): Config['simulator'] {
  return {
    eventsPerMinute: reader.integer('SIMULATOR_EVENTS_PER_MINUTE', 60, 0, 60_000),
    faults: {
      dropPercent: reader.integer('SIMULATOR_DROP_PERCENT', 0, 0, 100),
      duplicatePercent: reader.integer('SIMULATOR_DUPLICATE_PERCENT', 0, 0, 100),
      reorderPercent: reader.integer('SIMULATOR_REORDER_PERCENT', 0, 0, 100),
      delayMs: reader.integer('SIMULATOR_DELAY_MS', 0, 0, 60_000),
    },
  };
}

const SIMULATED_SECRET = 'simulated-webhook-secret';

/** The settings of the simulator alone. Without a secret that is set or kept, it signs with one of its own. */
export function readSimulatorSettings(environment: Environment): SimulatorSettings {
  const reader = new Reader(environment);
  const dataDir = path.resolve(reader.text('DATA_DIR') ?? '.data');
  const settings: SimulatorSettings = {
    ...readSimulator(reader),
    port: reader.integer('SIMULATOR_PORT', 8090, 0, 65_535),
    items: reader.integer('SIMULATOR_ITEMS', 2218, 1, 100_000),
    contacts: reader.integer('SIMULATOR_CONTACTS', 220, 0, 100_000),
    webhooksTo: (reader.url('SIMULATOR_WEBHOOKS_TO', ['http:', 'https:']) ?? 'http://localhost:8000').replace(
      /\/$/,
      '',
    ),
    webhookSecret: reader.text('ZOHO_WEBHOOK_SECRET') ?? (readSecrets(dataDir)?.webhookSecret || SIMULATED_SECRET),
  };
  if (reader.faults.length > 0) throw new ConfigFault(reader.faults);
  return settings;
}
