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
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { commands } from '../../ops/backup/commands.js';
import { folderOf, listBackups, readManifest } from '../../ops/backup/manifest.js';
import { differences, takeFingerprint } from '../../ops/backup/fingerprint.js';
import { withLock } from '../../ops/backup/admin.js';
import { sqlClient } from '../support/database.js';
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
        `select datname from pg_database where starts_with(datname, 'tsh_scratch_')`,
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
  const command = (name: string) => commands[name] as NonNullable<(typeof commands)[string]>;

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
    const { createHash } = await import('node:crypto');
    const name = new URL(backed.db.url).pathname.slice(1);
    const mark = createHash('sha256').update(name).digest('hex').slice(0, 8);
    await backed.db.sql(`create database tsh_scratch_${mark}_20990101_000000_1`);
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
