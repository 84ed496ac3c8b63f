import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { commands } from '../../ops/backup/commands.js';
import { scratchPrefix } from '../../ops/backup/database-copy.js';
import { runDrill } from '../../ops/backup/drill.js';
import { restoreBackup } from '../../ops/backup/restore.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startBacked, type Backed } from '../support/backup.js';
import { startFakeTelegram } from '../support/fake-telegram.js';
import { sqlClient } from '../support/database.js';
import { startRedis, type PrivateRedis } from '../support/services.js';

const LIVE = `subscription($after: String) { deploymentUpdated(after: $after) { cursor status } }`;

describe('a restore', () => {
  let backed: Backed;
  let t: TestApp;
  let redis: PrivateRedis;
  let owner: TestClient;
  const toDrop: string[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    backed = await startBacked({ REDIS_URL: redis.url });
    t = await startTestApp({ db: backed.db });
    owner = await t.as('OWNER');
  });
  afterAll(async () => {
    await t.stop();
    await backed.db.drop();
    for (const name of toDrop) await onServer(`drop database if exists "${name}" with (force)`);
    await onServer('drop role if exists app_owner, app_reader');
    await redis.stop();
    rmSync(backed.folder, { recursive: true, force: true });
  });

  const onServer = (text: string): Promise<any[]> =>
    sqlClient(backed.settings.adminUrl, async (client) => (await client.query(text)).rows);
  const onDatabase = (name: string, text: string): Promise<any[]> =>
    sqlClient(backed.db.url.replace(/[^/]+$/, name), async (client) => (await client.query(text)).rows);
  const database = (): string => new URL(backed.db.url).pathname.slice(1);
  const context = (env: Record<string, string> = {}) => {
    const lines: string[] = [];
    const out = (line: string) => void lines.push(line);
    return { lines, env: { ...backed.env, ...env }, out, signal: new AbortController().signal };
  };
  const command = (name: keyof typeof commands) => commands[name];
  const deploy = async (version: string): Promise<void> => {
    const answer = await owner.query<any>(
      `mutation($version: String!) { startDeployment(input: { environment: "drill-${version}", version: $version }) { __typename } }`,
      { version },
    );
    expect(answer.data.startDeployment.__typename).toBe('DeploymentRecorded');
  };

  test('without --yes nothing happens, and it says what would', async () => {
    const { id } = await backed.run();
    const at = context();
    expect(await command('restore').run([id], at)).toBe(2);
    expect(at.lines[0]).toMatch(
      /^This replaces the test postgres, redis, uploads by backup \d{8}_\d{6}\. .* Add --yes\.$/,
    );
    expect(await onServer(`select 1 from pg_database where datname like '${database()}\\_%'`)).toEqual([]);
  });

  test('takes the place of the database: sessions go on, cursors from before are told to start anew', async () => {
    await deploy('a');
    const live = owner.subscribe<any>(LIVE, { after: null });
    // Sent again until the subscription is there and has seen one.
    let version = 0;
    while (live.received.length === 0) {
      await deploy(`b${(version += 1)}`);
      await Promise.race([live.until(1), new Promise((resolve) => setTimeout(resolve, 200))]);
    }
    await backed.db.sql(`alter database "${database()}" set work_mem = '7MB'`);
    const { id } = await backed.run();
    await deploy('lost');
    const before = await live.untilTrue((frames) =>
      frames.some((frame) => frame.deploymentUpdated.cursor !== live.received[0].deploymentUpdated.cursor),
    );
    const cursor = before.at(-1).deploymentUpdated.cursor as string;
    const [{ epoch: formerEpoch }] = await backed.db.sql<any>('select epoch from event_head');

    const at = context();
    expect(await command('restore').run([id, 'postgres', '--yes'], at)).toBe(0);

    // The one who was listening is told, by the poll of the head.
    await live.ended;
    expect(JSON.stringify(live.errors)).toContain('RESYNC_REQUIRED');
    // The same session, the same server process, another database.
    const { data } = await owner.query<any>('{ me { role } deployments { nodes { releaseVersion } } }');
    expect(data.me.role).toBe('OWNER');
    expect(data.deployments.nodes.map((one: any) => one.releaseVersion)).not.toContain('lost');
    expect(data.deployments.nodes.map((one: any) => one.releaseVersion)).toContain('a');
    const [{ epoch }] = await backed.db.sql<any>('select epoch from event_head');
    expect(epoch).not.toBe(formerEpoch);
    const again = owner.subscribe<any>(LIVE, { after: cursor });
    await again.ended;
    expect(JSON.stringify(again.errors)).toContain('RESYNC_REQUIRED');
    expect(again.received).toEqual([]);
    // Without a cursor everything goes on.
    const fresh = owner.subscribe<any>(LIVE, { after: null });
    while (fresh.received.length === 0) {
      await deploy(`c${(version += 1)}`);
      await Promise.race([fresh.until(1), new Promise((resolve) => setTimeout(resolve, 200))]);
    }
    fresh.stop();

    const [former] = await onServer(`select datname from pg_database where datname like '${database()}\\_before\\_%'`);
    toDrop.push(former.datname);
    expect(at.lines).toContain(`${database()} is the restored database; the former one is kept as ${former.datname}.`);
    expect(
      await onDatabase(former.datname, `select release_version from deployments where release_version = 'lost'`),
    ).toHaveLength(1);
    expect(await backed.db.sql<any>('show work_mem')).toEqual([{ work_mem: '7MB' }]);
  });

  test('keeps encoding and locale, so that Arabic words are letters to the index', async () => {
    const { id } = await backed.run();
    const report = await restoreBackup({
      settings: backed.settings,
      id,
      into: 'restored_for_test',
      parts: ['postgres'],
    });
    toDrop.push('restored_for_test');
    expect(report).toMatchObject({ database: 'restored_for_test', former: null });
    expect(
      await onServer(
        `select pg_encoding_to_char(encoding) as e, datcollate, datctype from pg_database where datname = 'restored_for_test'`,
      ),
    ).toEqual([{ e: 'UTF8', datcollate: 'C', datctype: 'C.UTF-8' }]);
    const [{ trigrams }] = await onDatabase('restored_for_test', `select show_trgm('قميص') as trigrams`);
    expect(trigrams.length).toBeGreaterThan(3);
    // The present database was not touched, and the new one has an epoch of its own.
    const [[mine], [theirs]] = await Promise.all([
      backed.db.sql<any>('select epoch, seq from event_head'),
      onDatabase('restored_for_test', 'select epoch, seq from event_head'),
    ]);
    expect(theirs.epoch).not.toBe(mine.epoch);
    expect(theirs.seq).toBe(mine.seq);
  });

  test('gives the tables to the owner of the present database, with their grants', async () => {
    await onServer(`create role app_owner login password 'pw'`);
    await onServer(`create role app_reader`);
    await onServer('create database owned_one owner app_owner');
    toDrop.push('owned_one');
    const url = new URL(backed.db.url.replace(/[^/]+$/, 'owned_one'));
    url.username = 'app_owner';
    url.password = 'pw';
    const asOwner = (text: string) => sqlClient(url.href, async (client) => (await client.query(text)).rows);
    await asOwner(
      'create extension pg_trgm; create table kept (id int); insert into kept values (1); grant select on kept to app_reader',
    );
    const settings = backed.with({ DATABASE_URL: url.href, BACKUP_ADMIN_URL: backed.settings.adminUrl });
    const { id } = await backed.run({ settings });
    await asOwner('insert into kept values (2)');
    const report = await restoreBackup({ settings, id, into: null, parts: ['postgres'] });
    toDrop.push(report.former ?? '');
    await asOwner('insert into kept values (3)');
    expect(await asOwner('select id from kept order by id')).toEqual([{ id: 1 }, { id: 3 }]);
    expect(
      await asOwner(
        `select tableowner, has_table_privilege('app_reader', 'kept', 'select') as may from pg_tables where tablename = 'kept'`,
      ),
    ).toEqual([{ tableowner: 'app_owner', may: true }]);
  });

  test('that was killed between closing the database and the renames is simply run again', async () => {
    const { id } = await backed.run();
    await onServer(`alter database "${database()}" with allow_connections false`);
    const report = await restoreBackup({ settings: backed.settings, id, into: null, parts: ['postgres'] });
    toDrop.push(report.former ?? '');
    expect((await owner.query('{ me { role } }')).status).toBe(200);
  });

  test('into a name that is taken, or is no name, is refused', async () => {
    const { id } = await backed.run();
    const at = context();
    expect(await command('restore').run([id, '--into', 'postgres', '--yes'], at)).toBe(1);
    expect(at.lines.at(-1)).toBe('A database postgres is there already. Drop it, or give another name.');
    expect(await command('restore').run([id, '--into', 'x"; drop', '--yes'], context())).toBe(2);
    expect(await command('restore').run([id, '--into', database(), '--yes'], context())).toBe(2);
  });

  test('of a cut backup does not touch the present database', async () => {
    const { id, folder } = await backed.run();
    truncateSync(path.join(folder, 'database.dump'), 10_000);
    // Scratch and former databases are named after it; other test files make their own on this server meanwhile.
    const names = () =>
      onServer(
        `select datname from pg_database
         where starts_with(datname, '${database()}') or starts_with(datname, '${scratchPrefix(database())}') order by 1`,
      );
    const before = await names();
    const at = context();
    expect(await command('restore').run([id, '--yes'], at)).toBe(1);
    expect(at.lines.at(-1)).toMatch(/has 10000 bytes instead of/);
    expect(await names()).toEqual(before);
    expect((await owner.query('{ me { role } }')).status).toBe(200);
  });

  test('of a plain dump gives the same rows', async () => {
    const { id } = await backed.run({ plain: true });
    await restoreBackup({ settings: backed.settings, id, into: 'restored_plain', parts: ['postgres'] });
    toDrop.push('restored_plain');
    expect(await onDatabase('restored_plain', 'select count(*)::int as n from "Odd ""names"""')).toEqual([{ n: 2000 }]);
  });

  test('brings uploads and the keys of Redis back, and keeps the former folder', async () => {
    const client = new Redis(redis.url);
    await client.set('hint', 'نعم');
    await client.hset('many', { a: '1', b: '2' });
    await client.set('short', 'x', 'PX', 600_000);
    const file = path.join(backed.settings.uploadsDir, 'صورة one.jpg');
    writeFileSync(file, 'picture');
    const { id, folder } = await backed.run({ parts: ['redis', 'uploads'] });
    expect(readdirSync(folder).sort()).toEqual(['manifest.json', 'redis.jsonl.gz', 'uploads.tar.gz']);
    writeFileSync(file, 'overwritten');
    await client.flushall();

    const report = await restoreBackup({ settings: backed.settings, id, into: null, parts: ['redis', 'uploads'] });
    expect(report).toMatchObject({ redisKeys: 3, database: null });
    expect(readFileSync(file, 'utf8')).toBe('picture');
    expect(readFileSync(path.join(report.formerUploads ?? '', 'صورة one.jpg'), 'utf8')).toBe('overwritten');
    expect([await client.get('hint'), await client.hgetall('many')]).toEqual(['نعم', { a: '1', b: '2' }]);
    expect(await client.pttl('short')).toBeGreaterThan(0);
    client.disconnect();
  });

  test('a Redis that is away is a remark, because it holds hints only', async () => {
    const settings = backed.with({ REDIS_URL: 'redis://127.0.0.1:1' });
    const report = await backed.run({ settings, parts: ['postgres', 'redis'] });
    expect(report.state).toBe('good');
    expect(backed.lines.at(-2)).toMatch(/^Redis was left out: .*Redis carries hints between processes/);
  });

  test('a drill backs up, restores, starts the server on the copy, tells how long, and leaves no copy', async () => {
    const report = await runDrill({ settings: backed.settings, kind: 'scheduled' });
    expect(report.backup.state).toBe('good');
    expect(report.health).toEqual({ status: 'healthy', version: 'restore-drill' });
    expect(report.restoreMs).toBeGreaterThan(0);
    expect(
      await onServer(`select datname from pg_database where starts_with(datname, '${scratchPrefix(database())}')`),
    ).toEqual([]);

    const telegram = await startFakeTelegram();
    const at = context({
      TELEGRAM_API_URL: telegram.url,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_CHAT_ID: telegram.chatId,
    });
    expect(await command('drill').run([], at)).toBe(0);
    expect(at.lines.at(-1)).toMatch(/^The drill took \d+\.\d s\.$/);
    expect(telegram.accepted[0]).toMatch(/^💾 Backup done and verified\nEnvironment: test\n/);
    expect(await command('backup').run(['postgres'], { ...at, env: { ...at.env, PG_BIN: '/nowhere' } })).toBe(1);
    expect(telegram.accepted[1]).toContain('pg_dump was not found.');
    // Telegram is away: the backup is made all the same.
    telegram.down = 500;
    await telegram.close();
    expect(await command('backup').run(['redis'], at)).toBe(0);
    expect(existsSync(backed.settings.dir)).toBe(true);
  });
});
