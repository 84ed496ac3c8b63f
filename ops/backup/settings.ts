import path from 'node:path';
import { databaseUrl as readDatabaseUrl } from '../../src/config.js';
import { Reader } from '../../src/settings-reader.js';
import { BackupError } from './backup-error.js';

export interface S3Settings {
  bucket: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | null;
  /** Another server than Amazon's, addressed by path: AWS_S3_ENDPOINT. */
  endpoint: string | null;
}

export interface BackupSettings {
  environment: string;
  databaseUrl: string;
  /** A role that may create and rename databases, connected to another database than the one of the server. */
  adminUrl: string;
  redisUrl: string | null;
  uploadsDir: string;
  /** The backups of this environment: BACKUP_DIR/<environment>. */
  dir: string;
  keepDays: number;
  /** Less free space than this, and a backup does not begin. */
  minFreeBytes: number;
  /** Where pg_dump lies; null: it is looked for. */
  pgBin: string | null;
  s3: S3Settings | null;
  /** The server that records backups, for its check of rollbacks; null: none is told. */
  record: { url: string; token: string } | null;
}

const MEGABYTE = 1024 * 1024;

/** Throws BackupError SETTINGS with all faults. */
export function readBackupSettings(env: Readonly<Record<string, string | undefined>>): BackupSettings {
  const reader = new Reader({ ...env });
  const environment = reader.choice(
    'APP_ENV',
    ['development', 'test', 'staging', 'production'] as const,
    'development',
  );
  const databaseUrl = readDatabaseUrl(reader);
  if (databaseUrl === null) reader.faults.push('DATABASE_URL is missing: it names the database to back up.');
  const adminUrl = reader.url('BACKUP_ADMIN_URL', ['postgres:', 'postgresql:']);
  const production = environment === 'production';
  const settings: BackupSettings = {
    environment,
    databaseUrl: databaseUrl ?? '',
    adminUrl: adminUrl ?? (databaseUrl === null ? '' : withDatabase(databaseUrl, 'postgres')),
    redisUrl: reader.url('REDIS_URL', ['redis:', 'rediss:']),
    uploadsDir: path.resolve(reader.text('UPLOADS_DIR') ?? path.join(reader.text('DATA_DIR') ?? '.data', 'uploads')),
    dir: path.resolve(
      reader.text('BACKUP_DIR') ?? path.join(reader.text('DEPLOY_PATH') ?? '/opt/tsh_erp', 'backups'),
      environment,
    ),
    keepDays: reader.integer('BACKUP_KEEP_DAYS', production ? 30 : 7, 1, 3650),
    minFreeBytes: reader.integer('BACKUP_MIN_FREE_MB', 512, 0, 1_000_000_000) * MEGABYTE,
    pgBin: reader.text('PG_BIN'),
    s3: readS3(reader),
    record: readRecord(reader),
  };
  if (reader.faults.length > 0) throw new BackupError('SETTINGS', reader.faults.join('\n'));
  return settings;
}

function readRecord(reader: Reader): { url: string; token: string } | null {
  const url = reader.url('DEPLOY_API_URL', ['http:', 'https:']) ?? reader.url('PUBLIC_URL', ['http:', 'https:']);
  const token = reader.text('DEPLOY_TOKEN');
  return url !== null && token !== null ? { url: url.replace(/\/$/, ''), token } : null;
}

function readS3(reader: Reader): S3Settings | null {
  const bucket = reader.text('AWS_S3_BUCKET');
  if (bucket === null) return null;
  const accessKeyId = reader.text('AWS_ACCESS_KEY_ID');
  const secretAccessKey = reader.text('AWS_SECRET_ACCESS_KEY');
  if (accessKeyId === null || secretAccessKey === null) {
    reader.faults.push('AWS_S3_BUCKET is set without AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
  }
  return {
    bucket,
    region: reader.text('AWS_REGION') ?? 'eu-north-1',
    accessKeyId: accessKeyId ?? '',
    secretAccessKey: secretAccessKey ?? '',
    sessionToken: reader.text('AWS_SESSION_TOKEN'),
    endpoint: reader.url('AWS_S3_ENDPOINT', ['http:', 'https:'])?.replace(/\/$/, '') ?? null,
  };
}

export function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

/** The same server and role, another database. */
export function withDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other.href;
}
