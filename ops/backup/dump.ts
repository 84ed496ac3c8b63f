import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { createGzip } from 'node:zlib';
import type pg from 'pg';
import { connect } from './admin.js';
import { asBackupError } from './backup-error.js';
import { runChild } from './child.js';
import { takeFingerprint, type Fingerprint } from './fingerprint.js';
import { describeFile, type BackupFile, type Manifest } from './manifest.js';
import { complaintOf, connectionEnvironment, findPostgresTools, type PostgresTools } from './postgres-tools.js';
import { databaseOf, type BackupSettings } from './settings.js';

export interface DumpOptions {
  folder: string;
  id: string;
  plain: boolean;
  signal: AbortSignal | undefined;
}

/**
 * Dumps the database and takes its fingerprint in one exported snapshot, so that both see the same rows while the server
 * goes on writing.
 */
export async function dumpDatabase(
  settings: BackupSettings,
  options: DumpOptions,
): Promise<{ file: BackupFile; database: NonNullable<Manifest['database']> }> {
  const client = await connect(settings.databaseUrl, 'The database');
  try {
    const about = await describeDatabase(client);
    const tools = await findPostgresTools(settings.pgBin, Number(about.serverVersion.split('.')[0]));
    await client.query('begin isolation level repeatable read read only');
    const { rows } = await client.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot');
    const name = options.plain ? `manual_${options.id}.sql.gz` : 'database.dump';
    const fingerprint = await dumpWithFingerprint(client, {
      ...options,
      tools,
      url: settings.databaseUrl,
      snapshot: rows[0]?.snapshot ?? '',
      file: path.join(options.folder, name),
    });
    await client.query('rollback');
    return {
      file: await describeFile(options.folder, 'postgres', name),
      database: {
        ...about,
        name: databaseOf(settings.databaseUrl),
        format: options.plain ? 'plain' : 'custom',
        toolVersion: tools.version,
        fingerprint,
      },
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function describeDatabase(
  client: pg.ClientBase,
): Promise<{ serverVersion: string; encoding: string; collate: string; ctype: string }> {
  const { rows } = await client.query<{ serverVersion: string; encoding: string; collate: string; ctype: string }>(
    `select current_setting('server_version') as "serverVersion", pg_encoding_to_char(encoding) as encoding,
       datcollate as collate, datctype as ctype from pg_database where datname = current_database()`,
  );
  const [row] = rows;
  if (!row) throw new Error('pg_database does not know the present database.');
  return row;
}

interface DumpRun extends DumpOptions {
  tools: PostgresTools;
  url: string;
  snapshot: string;
  file: string;
}

/** Both at once; when one fails the other is ended, and the first reason is told. */
async function dumpWithFingerprint(client: pg.ClientBase, run: DumpRun): Promise<Fingerprint> {
  const either = new AbortController();
  const signal = run.signal ? AbortSignal.any([run.signal, either.signal]) : either.signal;
  let reason: unknown = null;
  const orEnd = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      reason ??= error;
      either.abort();
      throw error;
    });
  const [dumped, fingerprint] = await Promise.allSettled([
    orEnd(runDump({ ...run, signal })),
    orEnd(takeFingerprint(client)),
  ]);
  if (dumped.status === 'rejected' || fingerprint.status === 'rejected') {
    throw asBackupError(reason, 'DUMP_FAILED', 'The dump failed');
  }
  return fingerprint.value;
}

async function runDump(run: DumpRun): Promise<void> {
  const { tools, file, plain, signal } = run;
  const args = [`--snapshot=${run.snapshot}`, '--lock-wait-timeout=30000', '--no-password', '--no-sync'];
  const env = connectionEnvironment(run.url);
  const result = plain
    ? await runPlain(run, [...args, '--format=plain', '--no-owner'], env)
    : await runChild(tools.pgDump, [...args, '--format=custom', '--compress=6', `--file=${file}`], { env, signal });
  if (result.code !== 0) throw asBackupError(new Error(complaintOf(result.stderr)), 'DUMP_FAILED', 'pg_dump failed');
}

async function runPlain(
  run: DumpRun,
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; stderr: string }> {
  const gzip = createGzip();
  const written = new Promise<void>((resolve, reject) => {
    gzip
      .pipe(createWriteStream(run.file, { mode: 0o600 }))
      .once('finish', resolve)
      .once('error', (error) => {
        gzip.destroy(error);
        reject(error);
      });
  });
  const [result] = await Promise.all([
    runChild(run.tools.pgDump, args, { env, signal: run.signal, output: gzip }),
    written,
  ]);
  return result;
}
