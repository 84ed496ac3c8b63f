import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { BackupError } from './backup-error.js';
import { runChild } from './child.js';

/** The programs of Postgres, of one major version: pg_dump, pg_restore and psql of one folder. */
export interface PostgresTools {
  pgDump: string;
  pgRestore: string;
  psql: string;
  /** As pg_dump says it, `15.18`. */
  version: string;
}

const DEBIAN = '/usr/lib/postgresql';

/**
 * Finds tools that can dump a server of this major version: those of PG_BIN, else Debian's folder of the same version,
 * else what pg_config names, else PATH. The same major is preferred: what a newer pg_dump writes an older server may refuse.
 */
export async function findPostgresTools(pgBin: string | null, serverMajor: number): Promise<PostgresTools> {
  const folders = pgBin !== null ? [pgBin] : await candidates(serverMajor);
  const found: (PostgresTools & { major: number })[] = [];
  for (const folder of folders) {
    const at = (name: string): string => (folder === '' ? name : path.join(folder, name));
    const told = await runChild(at('pg_dump'), ['--version']).catch(() => null);
    const version = /(\d+)(?:\.\d+)*/.exec(told?.code === 0 ? told.stdout : '');
    if (!version) continue;
    const tools = { pgDump: at('pg_dump'), pgRestore: at('pg_restore'), psql: at('psql'), version: version[0] };
    found.push({ ...tools, major: Number(version[1]) });
    if (Number(version[1]) === serverMajor) break;
  }
  const best = found.find(({ major }) => major === serverMajor) ?? found.find(({ major }) => major > serverMajor);
  if (best) return best;
  const [older] = found;
  const remedy = `Install postgresql-client-${serverMajor}, or set PG_BIN to the folder that holds it.`;
  if (!older) throw new BackupError('TOOL_MISSING', `pg_dump was not found. ${remedy}`);
  throw new BackupError(
    'TOOL_TOO_OLD',
    `pg_dump ${older.version} is older than the server, which is Postgres ${serverMajor}. ${remedy}`,
  );
}

async function candidates(serverMajor: number): Promise<string[]> {
  const config = await runChild('pg_config', ['--bindir']).catch(() => null);
  const newer = existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .map(Number)
        .filter((major) => major > serverMajor)
        .sort((a, b) => a - b)
    : [];
  return [
    path.join(DEBIAN, String(serverMajor), 'bin'),
    ...(config?.code === 0 ? [config.stdout.trim()] : []),
    // An empty folder means: as PATH finds it.
    '',
    ...newer.map((major) => path.join(DEBIAN, String(major), 'bin')),
  ];
}

/** The connection as environment variables, because arguments are seen by every user of the machine. */
export function connectionEnvironment(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const values: Record<string, string> = {
    PGHOST: searchParams.get('host') ?? hostname.replace(/^\[|\]$/g, ''),
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGSSLMODE: searchParams.get('sslmode') ?? '',
    PGSSLROOTCERT: searchParams.get('sslrootcert') ?? '',
    PGAPPNAME: 'tsh-erp-backup',
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}

/** The last lines of what a program complained about, without its warnings. */
export function complaintOf(stderr: string): string {
  const lines = stderr.trim().split('\n').filter(Boolean);
  const errors = lines.filter((line) => /error|fatal/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-3).join(' ');
}
