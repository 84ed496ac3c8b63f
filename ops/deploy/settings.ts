import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Slot } from './release.js';
import type { WatchLimits } from './watch.js';

export const DRIVERS = ['local', 'systemd', 'compose'] as const;
export type DriverName = (typeof DRIVERS)[number];

/** What the deployer of a host needs to know, from the environment variables; all faults are told at once. */
export interface DeploySettings {
  environment: string;
  driver: DriverName;
  deployPath: string;
  stateDir: string;
  ports: Readonly<Record<Slot | 'worker', number>>;
  publicUrl: string;
  connectTo: string | undefined;
  /** Null: the record is only kept in the journal. */
  deployToken: string | null;
  apiUrl: string;
  backupFirst: boolean;
  health: { attempts: number; attemptMs: number; pollMs: number };
  observe: { streak: number; deadlineMs: number; pollMs: number };
  watch: { ms: number; pollMs: number; limits: WatchLimits };
  warmMs: number;
  stopGraceMs: number;
  smokeFile: string | null;
  agentName: string | null;
  envFile: string;
  privilege: readonly string[];
  /** The checkout that releases are built from. */
  sourceDir: string;
  imageRepository: string;
  keepReleases: number;
  compose: { dir: string; files: readonly string[]; project: string; workers: readonly string[] };
  node: string;
}

export class SettingsFault extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'SettingsFault';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

class Reader {
  readonly faults: string[] = [];

  constructor(private readonly env: Environment) {}

  text(name: string): string | null {
    const value = this.env[name];
    if (value !== undefined && value !== '') return value;
    const file = this.env[`${name}_FILE`];
    if (!file) return null;
    try {
      return readFileSync(file, 'utf8').trim() || null;
    } catch {
      this.faults.push(`${name}_FILE names ${file}, which cannot be read.`);
      return null;
    }
  }

  number(name: string, fallback: number, minimum: number, maximum: number): number {
    const value = this.text(name);
    if (value === null) return fallback;
    const parsed = Number(value);
    if (Number.isFinite(parsed) && parsed >= minimum && parsed <= maximum) return parsed;
    this.faults.push(`${name} is "${value}". Give a number from ${minimum} to ${maximum}.`);
    return fallback;
  }

  choice<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.text(name);
    if (value === null) return fallback;
    const found = allowed.find((one) => one === value.toLowerCase());
    if (found) return found;
    this.faults.push(`${name} is "${value}". Use one of: ${allowed.join(', ')}.`);
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    return this.choice(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  url(name: string, fallback: string): string {
    const value = this.text(name) ?? fallback;
    if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value.replace(/\/$/, '');
    this.faults.push(`${name} is no URL that begins with http:// or https://.`);
    return fallback;
  }

  list(name: string, fallback: readonly string[]): readonly string[] {
    const value = this.text(name);
    return value === null ? fallback : value.split(/[\s,]+/).filter(Boolean);
  }
}

const COMPOSE_FILES: Readonly<Record<string, readonly string[]>> = {
  production: ['docker-compose.yml', 'ops/compose/production.yml'],
  staging: ['docker-compose.yml', 'ops/compose/staging.yml'],
};

function watchLimits(reader: Reader): WatchLimits {
  return {
    serverErrorShare: reader.number('WATCH_SERVER_ERROR_PERCENT', 1, 0, 100) / 100,
    minimumRequests: reader.number('WATCH_MINIMUM_REQUESTS', 20, 1, 1_000_000),
    latencyP95Ms: reader.number('WATCH_P95_MS', 1000, 1, 60_000),
    queueDelaySeconds: reader.number('WATCH_QUEUE_DELAY_SECONDS', 30, 1, 86_400),
    // Of 30 (20 and an overflow of 10): at the limit callers wait for a connection.
    poolConnections: reader.number('WATCH_POOL_CONNECTIONS', 29, 1, 10_000),
  };
}

export function readSettings(env: Environment): DeploySettings {
  const reader = new Reader(env);
  const environment = reader.text('APP_ENV') ?? reader.text('ENVIRONMENT') ?? 'development';
  const driver = reader.choice('DEPLOY_DRIVER', DRIVERS, environment === 'development' ? 'local' : 'compose');
  const isLocal = driver === 'local';
  const deployPath = path.resolve(reader.text('DEPLOY_PATH') ?? (isLocal ? '.data/deploy' : '/opt/tsh_erp'));
  const publicUrl = reader.url('PUBLIC_URL', isLocal ? 'http://127.0.0.1:8080' : 'https://erp.tsh.sale');
  const settings: DeploySettings = {
    environment,
    driver,
    deployPath,
    stateDir: path.join(deployPath, 'state'),
    ports: {
      blue: reader.number('BLUE_PORT', 8001, 1, 65_535),
      green: reader.number('GREEN_PORT', 8011, 1, 65_535),
      worker: reader.number('WORKER_PORT', 8021, 1, 65_535),
    },
    publicUrl,
    // The deployer asks the proxy of its own host, not whatever the name leads to from elsewhere.
    connectTo: reader.text('PUBLIC_CONNECT') ?? (isLocal ? undefined : '127.0.0.1'),
    deployToken: reader.text('DEPLOY_TOKEN'),
    apiUrl: reader.url('DEPLOY_API_URL', publicUrl),
    backupFirst: reader.flag('DEPLOY_BACKUP', environment === 'production'),
    health: {
      attempts: reader.number('HEALTH_ATTEMPTS', 30, 1, 1000),
      attemptMs: reader.number('HEALTH_ATTEMPT_SECONDS', 10, 0.05, 600) * 1000,
      pollMs: reader.number('HEALTH_POLL_SECONDS', 1, 0.01, 60) * 1000,
    },
    observe: { streak: 5, deadlineMs: reader.number('OBSERVE_SECONDS', 30, 1, 600) * 1000, pollMs: 100 },
    watch: {
      ms: reader.number('WATCH_MINUTES', isLocal ? 0.25 : 15, 0, 1440) * 60_000,
      pollMs: reader.number('WATCH_POLL_SECONDS', isLocal ? 2 : 10, 0.05, 600) * 1000,
      limits: watchLimits(reader),
    },
    warmMs: reader.number('WARM_MINUTES', 30, 0, 10_080) * 60_000,
    // Above the server's own limit of 15 s.
    stopGraceMs: reader.number('STOP_GRACE_SECONDS', 40, 1, 600) * 1000,
    smokeFile: reader.text('SMOKE_FILE'),
    agentName: reader.text('DEPLOY_AGENT_NAME'),
    envFile: reader.text('APP_ENV_FILE') ?? path.join(deployPath, `env/${environment}.env`),
    privilege: reader.list('DEPLOY_PRIVILEGE', []),
    sourceDir: path.resolve(reader.text('DEPLOY_SOURCE') ?? '.'),
    imageRepository: reader.text('IMAGE_REPOSITORY') ?? 'tsh-erp',
    keepReleases: reader.number('KEEP_IMAGES', 5, 1, 1000),
    compose: {
      dir: path.resolve(reader.text('COMPOSE_DIR') ?? '.'),
      files: reader.list('COMPOSE_FILES', COMPOSE_FILES[environment] ?? ['docker-compose.yml', 'ops/compose/dev.yml']),
      project: reader.text('COMPOSE_PROJECT_NAME') ?? 'tsh_erp',
      workers: reader.list('COMPOSE_WORKERS', ['tsh_worker', 'tsh_neurolink']),
    },
    node: process.execPath,
  };
  if (reader.faults.length > 0) throw new SettingsFault(reader.faults);
  return settings;
}
