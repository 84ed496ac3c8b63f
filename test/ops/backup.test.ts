import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { commands } from '../../ops/backup/commands.js';
import { folderOf, listBackups, readManifest } from '../../ops/backup/manifest.js';
import { differences, takeFingerprint } from '../../ops/backup/fingerprint.js';
import { scratchPrefix } from '../../ops/backup/database-copy.js';
import { databaseOf } from '../../ops/backup/settings.js';
import { withLock } from '../../ops/backup/admin.js';
import { sqlClient } from '../support/database.js';
import { freePort } from '../support/services.js';
import { startBacked, type Backed } from '../support/backup.js';

const PG_BIN = '/usr/lib/postgresql/15/bin';

describe('a backup', () => {
  let backed: Backed;
  beforeAll(async () => {
    backed = await startBacked();
  });
  beforeEach(() => {
    rmSync(backed.settings.dir, { recursive: true, force: true });
    backed.lines.length = 0;
  });
  afterAll(async () => {
    await backed.db.drop();
    rmSync(backed.folder, { recursive: true, force: true });
  });

  const scratchDatabases = async (): Promise<string[]> =>
    (
      await backed.db.sql<{ datname: string }>(
        `select datname from pg_database where starts_with(datname, $1) or starts_with(datname, 'tsh_scratch_0000')`,
        [scratchPrefix(databaseOf(backed.db.url))],
      )
    ).map(({ datname }) => datname);
  const states = async () => (await listBackups(backed.settings.dir)).map(({ state }) => state);
  const context = (env: Record<string, string> = {}) => {
    const lines: string[] = [];
    return {
      lines,
      env: { ...backed.env, ...env },
      out: (line: string) => void lines.push(line),
      signal: new AbortController().signal,
    };
  };
  const command = (name: keyof typeof commands) => commands[name];

  test('is good only after a real restore in which every table has the same rows', async () => {
    const report = await backed.run();
    expect(report.state).toBe('good');
    expect(report.tables).toBeGreaterThan(40);
    expect(report.rows).toBeGreaterThan(2050);
    const manifest = await readManifest(backed.settings.dir, report.id);
    expect(manifest.database).toMatchObject({ encoding: 'UTF8', collate: 'C', ctype: 'C.UTF-8', format: 'custom' });
    const odd = manifest.database?.fingerprint.tables.find(({ name }) => name === 'public."Odd ""names"""');
    expect(odd).toMatchObject({ rows: 2000, md5: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(await scratchDatabases()).toEqual([]);
  });

  test('counts and dump see one snapshot while others write', async () => {
    let writing = true;
    const writer = sqlClient(backed.db.url, async (client) => {
      while (writing) await client.query(`insert into "Odd ""names""" (t) values ('late')`);
    });
    try {
      for (let round = 0; round < 3; round += 1) expect((await backed.run()).state).toBe('good');
    } finally {
      writing = false;
      await writer;
      await backed.db.sql(`delete from "Odd ""names""" where t = 'late'`);
    }
    expect(await states()).toEqual(['good', 'good', 'good']);
  });

  test('a changed value, a lost row and a lost index are seen by the comparison', async () => {
    const take = () => sqlClient(backed.db.url, (client) => takeFingerprint(client));
    const before = await take();
    expect(differences(before, await take())).toEqual([]);
    await backed.db.sql(`update "Odd ""names""" set f = f + 1e-12 where id = 7`);
    expect(differences(before, await take())).toEqual([
      'table public."Odd ""names""" has 2000 rows, but not the same ones',
    ]);
    await backed.db.sql(`delete from "Odd ""names""" where id = 7`);
    expect(differences(before, await take())).toEqual(['table public."Odd ""names""" has 1999 rows instead of 2000']);
    const after = await take();
    await backed.db.sql(`create index odd_t on "Odd ""names""" (t)`);
    expect(differences(await take(), after)).toEqual([
      'columns, indexes, constraints, triggers or functions are not the same',
    ]);
    await backed.db.sql(`drop index odd_t; insert into "Odd ""names""" (t) values ('again')`);
  });

  test('--plain writes a .sql.gz, which is proved by a restore too', async () => {
    const at = context();
    expect(await command('backup').run(['postgres', '--plain'], at)).toBe(0);
    const [manifest] = await listBackups(backed.settings.dir);
    expect(manifest?.state).toBe('good');
    expect(manifest?.files[0]?.name).toBe(`manual_${manifest?.id}.sql.gz`);
  });

  test('a dump that was cut is found, is failed from then on, and names what is wrong', async () => {
    const { id, folder } = await backed.run();
    truncateSync(path.join(folder, 'database.dump'), 5000);
    const at = context();
    expect(await command('verify').run([id], at)).toBe(1);
    expect(at.lines.at(-1)).toMatch(/^database\.dump of backup \d{8}_\d{6} has 5000 bytes instead of \d+\.$/);
    expect(await states()).toEqual(['failed']);
  });

  test('a cut dump whose manifest fits is found by the restore', async () => {
    const { id, folder } = await backed.run();
    const file = path.join(folder, 'database.dump');
    const cut = readFileSync(file).subarray(0, 30_000);
    writeFileSync(file, cut);
    const manifest = await readManifest(backed.settings.dir, id);
    const { describeFile, writeManifest } = await import('../../ops/backup/manifest.js');
    manifest.files = [await describeFile(folder, 'postgres', 'database.dump')];
    await writeManifest(folder, manifest);
    const at = context();
    expect(await command('verify').run([id], at)).toBe(1);
    expect(at.lines.at(-1)).toMatch(/cannot be restored|is not the dumped one/);
    expect(await states()).toEqual(['failed']);
    expect(await scratchDatabases()).toEqual([]);
  });

  test('a single flipped bit is found', async () => {
    const { id, folder } = await backed.run();
    const file = path.join(folder, 'database.dump');
    const bytes = readFileSync(file);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const at = context();
    expect(await command('verify').run([id], at)).toBe(1);
    expect(at.lines.at(-1)).toMatch(/was changed: its SHA-256 is another one/);
    expect(await states()).toEqual(['failed']);
  });

  test('a dump of other rows than the manifest says is no good backup', async () => {
    const { id, folder } = await backed.run();
    const manifest = await readManifest(backed.settings.dir, id);
    const [table] = manifest.database?.fingerprint.tables ?? [];
    if (table) table.rows += 1;
    const { writeManifest } = await import('../../ops/backup/manifest.js');
    await writeManifest(folder, manifest);
    const at = context();
    expect(await command('verify').run([id], at)).toBe(1);
    expect(at.lines.at(-1)).toMatch(/is not the dumped one: table .* has \d+ rows instead of \d+\.$/);
    expect(await states()).toEqual(['failed']);
  });

  test('a damaged manifest is no backup, and is told', async () => {
    const { id, folder } = await backed.run();
    writeFileSync(path.join(folder, 'manifest.json'), '{"format":1');
    const at = context();
    expect(await command('backups').run([], at)).toBe(0);
    expect(at.lines).toEqual([`${id}  damaged: its manifest cannot be read`]);
  });

  test('a disk without room stops it before anything is written', async () => {
    const settings = backed.with({ BACKUP_MIN_FREE_MB: '999999999' });
    await expect(backed.run({ settings })).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringMatching(/has \d+ MB free and a backup needs 999999999 MB/),
    });
    expect(readdirSync(backed.settings.dir)).toEqual([]);
  });

  test('a disk that fills up while pg_dump writes leaves nothing behind', async () => {
    // The real pg_dump writes into /dev/full, where every write meets "No space left on device".
    const bin = path.join(backed.folder, 'full-bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(
      path.join(bin, 'pg_dump'),
      `#!/bin/sh\nfor one in "$@"; do case "$one" in --file=*) ln -s /dev/full "\${one#--file=}";; esac; done\nexec ${PG_BIN}/pg_dump "$@"\n`,
    );
    chmodSync(path.join(bin, 'pg_dump'), 0o755);
    const settings = backed.with({ PG_BIN: bin });
    await expect(backed.run({ settings })).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: 'pg_dump failed: no space is left on the disk. Free some and try again.',
    });
    expect(readdirSync(backed.settings.dir)).toEqual([]);
    expect(await scratchDatabases()).toEqual([]);
  });

  test('a pg_dump that dies half way leaves nothing behind and its words are told', async () => {
    const bin = path.join(backed.folder, 'dying-bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(
      path.join(bin, 'pg_dump'),
      `#!/bin/sh\ncase "$1" in --version) exec ${PG_BIN}/pg_dump --version;; esac\nfor one in "$@"; do case "$one" in --file=*) echo half > "\${one#--file=}";; esac; done\necho 'pg_dump: error: connection to server was lost' >&2\nexit 1\n`,
    );
    chmodSync(path.join(bin, 'pg_dump'), 0o755);
    await expect(backed.run({ settings: backed.with({ PG_BIN: bin }) })).rejects.toMatchObject({
      code: 'DUMP_FAILED',
      message: 'pg_dump failed: pg_dump: error: connection to server was lost',
    });
    expect(readdirSync(backed.settings.dir)).toEqual([]);
  });

  test('a missing pg_dump is told with what to do', async () => {
    await expect(backed.run({ settings: backed.with({ PG_BIN: '/nowhere' }) })).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: 'pg_dump was not found. Install postgresql-client-15, or set PG_BIN to the folder that holds it.',
    });
  });

  test('a pg_dump that is older than the server is refused by name', async () => {
    const bin = path.join(backed.folder, 'old-bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, 'pg_dump'), '#!/bin/sh\necho "pg_dump (PostgreSQL) 13.9"\n');
    chmodSync(path.join(bin, 'pg_dump'), 0o755);
    await expect(backed.run({ settings: backed.with({ PG_BIN: bin }) })).rejects.toMatchObject({
      code: 'TOOL_TOO_OLD',
      message: expect.stringContaining('pg_dump 13.9 is older than the server, which is Postgres 15.'),
    });
  });

  test('a second one at the same time is refused, and so is a restore', async () => {
    await withLock(backed.settings, async () => {
      await expect(backed.run()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
      const at = context();
      expect(await command('restore').run(['20260101_000000', '--yes'], at)).toBe(1);
      expect(at.lines[0]).toMatch(/^A backup or restore of t_\w+ is under way/);
    });
    const [first, second] = await Promise.allSettled([backed.run(), backed.run()]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect(await states()).toEqual(['good']);
  });

  test('what a killed run has left is cleaned up by the next one', async () => {
    const partial = path.join(backed.settings.dir, '.partial-20260101_000000');
    mkdirSync(partial, { recursive: true });
    writeFileSync(path.join(partial, 'database.dump'), 'half a dump');
    await backed.db.sql(`create database ${scratchPrefix(databaseOf(backed.db.url))}20990101_000000_1`);
    await backed.db.sql('create database tsh_scratch_00000000_20200101_000000_1');
    await backed.db.sql('create database tsh_scratch_00000000_20990101_000000_1');
    await backed.run();
    expect(existsSync(partial)).toBe(false);
    // That of another database which is not six hours old may be in use.
    expect(await scratchDatabases()).toEqual(['tsh_scratch_00000000_20990101_000000_1']);
    await backed.db.sql('drop database tsh_scratch_00000000_20990101_000000_1');
  });

  test('a signal stops it and nothing is left', async () => {
    const controller = new AbortController();
    const run = backed.run({ signal: controller.signal });
    controller.abort();
    await expect(run).rejects.toMatchObject({ code: 'STOPPED' });
    expect(readdirSync(backed.settings.dir)).toEqual([]);
    expect(await scratchDatabases()).toEqual([]);
  });

  test('a run that is killed while it proves its backup blocks nobody, and the next one cleans up after it', async () => {
    // The real pg_restore waits behind a marker, so that the kill meets it for certain.
    const bin = path.join(backed.folder, 'slow-bin');
    const marker = path.join(backed.folder, 'restoring');
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, 'pg_restore'), `#!/bin/sh\ntouch '${marker}'\nread -r _ < '${backed.folder}/never'\n`);
    writeFileSync(path.join(bin, 'pg_dump'), `#!/bin/sh\nexec ${PG_BIN}/pg_dump "$@"\n`);
    for (const name of ['pg_restore', 'pg_dump']) chmodSync(path.join(bin, name), 0o755);
    expect(spawnSync('mkfifo', [path.join(backed.folder, 'never')]).status).toBe(0);
    const script = `const { commands } = await import('./dist/ops/backup/commands.js');
      await commands.backup.run(['postgres'], { env: process.env, out() {}, signal: new AbortController().signal });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env: { PATH: process.env['PATH'], ...backed.env, PG_BIN: bin },
      stdio: 'ignore',
    });
    while (!existsSync(marker)) await new Promise((resolve) => setTimeout(resolve, 20));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(await scratchDatabases()).toHaveLength(1);
    expect(await states()).toEqual(['unverified']);
    // The server ends the lock with the connection, a moment later.
    for (;;) {
      const report = await backed.run().catch((error: { code: string }) => error);
      if (!('code' in report)) break;
      expect(report.code).toBe('ALREADY_RUNNING');
    }
    expect(await states()).toEqual(['good', 'unverified']);
    expect(await scratchDatabases()).toEqual([]);
    writeFileSync(path.join(backed.folder, 'never'), 'go on\n');
  });

  test('a role that may not create databases is told which setting helps', async () => {
    await backed.db.sql(`create role only_reads login password 'pw'; grant pg_read_all_data to only_reads`);
    const url = new URL(backed.db.url);
    url.username = 'only_reads';
    url.password = 'pw';
    try {
      await expect(backed.run({ settings: backed.with({ DATABASE_URL: url.href }) })).rejects.toMatchObject({
        message: expect.stringMatching(/cannot be created: permission denied to create database.*BACKUP_ADMIN_URL/),
      });
      // With one that may, the dump is still made by the other.
      const settings = backed.with({ DATABASE_URL: url.href, BACKUP_ADMIN_URL: backed.settings.adminUrl });
      expect((await backed.run({ settings })).state).toBe('good');
    } finally {
      await backed.db.sql(`revoke pg_read_all_data from only_reads; drop role only_reads`);
    }
  });

  test('the server is told of every good backup, later if it was away, and never makes a backup fail', async () => {
    const recorded: { authorization: string | undefined; input: Record<string, unknown> }[] = [];
    let answer: object = { data: { recordBackup: { __typename: 'BackupRecorded' } } };
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as { variables: { input: Record<string, unknown> } };
        recorded.push({ authorization: request.headers.authorization, input: body.variables.input });
        response.end(JSON.stringify(answer));
      });
    });
    const port = await freePort();
    const env = { DEPLOY_API_URL: `http://127.0.0.1:${port}`, DEPLOY_TOKEN: 'deploy-token-deploy-token' };
    const at = context(env);
    expect(await command('backup').run(['postgres'], at)).toBe(0);
    expect(at.lines.at(-1)).toBe(
      'The server has not recorded the backup: ECONNREFUSED. It is told again after the next one.',
    );
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await command('backup').run(['postgres'], context(env))).toBe(0);
    const list = await listBackups(backed.settings.dir);
    expect(recorded.map(({ input }) => input['location'])).toEqual(
      list.map(({ id }) => path.join(backed.settings.dir, id, 'database.dump')),
    );
    expect(recorded[0]).toMatchObject({
      authorization: 'Bearer deploy-token-deploy-token',
      input: {
        environment: 'test',
        kind: 'DATABASE',
        sha256: list[0]?.files[0]?.sha256,
        verifiedAt: list[0]?.verifiedAt,
      },
    });
    answer = { errors: [{ message: 'Cannot query field "recordBackup".' }] };
    const older = context(env);
    expect(await command('backup').run(['postgres'], older)).toBe(0);
    expect(older.lines.at(-1)).toContain('Cannot query field "recordBackup".');
    expect(recorded).toHaveLength(3);
    server.close();
    server.closeAllConnections();
  });

  test('a database that cannot be reached is told without its password', async () => {
    const settings = backed.with({ DATABASE_URL: 'postgresql://tsh:hunter2@127.0.0.1:1/tsh_erp' });
    const error = await backed.run({ settings }).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: 'SETTINGS' });
    expect((error as Error).message).not.toContain('hunter2');
  });

  test('wrong arguments and settings end with 2 and say what is right', async () => {
    const at = context();
    expect(await command('backup').run(['everything'], at)).toBe(2);
    expect(at.lines[0]).toBe('"everything" is no part of a backup. Use all, postgres, redis, uploads.');
    expect(await command('backup').run(['--kind', 'daily'], context())).toBe(2);
    expect(await command('backup').run(['--unknown'], context())).toBe(2);
    expect(await command('restore').run(['../../etc'], context())).toBe(2);
    const without = context({ DATABASE_URL: '' });
    expect(await command('backup').run([], without)).toBe(2);
    expect(without.lines[0]).toContain('DATABASE_URL is missing');
    expect(folderOf('/b', '20260101_000000')).toBe('/b/20260101_000000');
  });
});
