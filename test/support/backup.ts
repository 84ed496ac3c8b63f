import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createBackup, type BackupOptions, type BackupReport } from '../../ops/backup/backup.js';
import { readBackupSettings, type BackupSettings } from '../../ops/backup/settings.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { temporaryFolder } from './folder.js';

/** A database with rows worth a backup, and the settings that name it. */
export interface Backed {
  db: TestDatabase;
  settings: BackupSettings;
  env: Record<string, string>;
  folder: string;
  lines: string[];
  run(changes?: Partial<BackupOptions>): Promise<BackupReport>;
  with(env: Record<string, string>): BackupSettings;
}

/** The same major as the server: from Debian's package where it is missing. */
export function ensurePostgresTools(): void {
  const found =
    ['/usr/lib/postgresql/15/bin/pg_dump'].some(existsSync) || spawnSync('pg_dump', ['--version']).status === 0;
  if (found) return;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  for (const args of [
    ['update', '-q'],
    ['install', '-y', '-q', '--no-install-recommends', 'postgresql-client'],
  ]) {
    const [command, ...rest] = [...sudo, 'apt-get', ...args] as [string, ...string[]];
    spawnSync(command, rest, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  }
  if (spawnSync('pg_dump', ['--version']).status !== 0) {
    throw new Error('The tests need pg_dump 15: install postgresql-client, or put it on PATH.');
  }
}

/** A table of every sort of value whose text form could depend on the session, with names that need quotes. */
const ODD_TABLE = `
  create table "Odd ""names""" (
    id bigint generated always as identity primary key, t text, n numeric, f float8, d timestamptz, b bytea, j jsonb,
    a text[], i interval, "this_row" int, g text generated always as (t || '!') stored);
  insert into "Odd ""names""" (t, n, f, d, b, j, a, i, "this_row")
    select 'قميص أزرق ' || x, x / 7.0, x / 3.0::float8, timestamptz '2026-03-01 01:00+03' + x * interval '7 hours',
      decode(md5(x::text), 'hex'), jsonb_build_object('x', x, 'y', null), array[x::text, null], x * interval '1 day', x
    from generate_series(1, 2000) x;
  create table empty_one (id int);
  create unlogged table not_logged as select x from generate_series(1, 50) x;`;

export async function startBacked(extra: Record<string, string> = {}): Promise<Backed> {
  ensurePostgresTools();
  const db = await createTestDatabase();
  await db.sql(ODD_TABLE);
  const folder = temporaryFolder('backup');
  const env: Record<string, string> = {
    APP_ENV: 'test',
    DATABASE_URL: db.url,
    BACKUP_DIR: path.join(folder, 'backups'),
    UPLOADS_DIR: path.join(folder, 'uploads'),
    BACKUP_MIN_FREE_MB: '1',
    ...extra,
  };
  mkdirSync(path.join(folder, 'uploads'), { recursive: true });
  const settings = readBackupSettings(env);
  const lines: string[] = [];
  return {
    db,
    settings,
    env,
    folder,
    lines,
    run: (changes = {}) =>
      createBackup({ settings, kind: 'manual', parts: ['postgres'], out: (line) => void lines.push(line), ...changes }),
    with: (more) => readBackupSettings({ ...env, ...more }),
  };
}
