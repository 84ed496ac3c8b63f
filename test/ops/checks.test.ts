import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dockerImages, pruneImages } from '../../ops/backup/images.js';
import { commands } from '../../ops/checks/commands.js';
import { checkBackups, checkDisk, checkHealth, checkSync, runDailyChecks } from '../../ops/checks/daily.js';
import { hostOf } from '../../ops/checks/host.js';
import { topErrors } from '../../ops/checks/log-errors.js';
import { readPrometheus } from '../../ops/checks/prometheus.js';
import { pruneByServer } from '../../ops/checks/prune.js';
import { readCheckSettings, type CheckSettings } from '../../ops/checks/settings.js';
import { checkTls } from '../../ops/checks/tls.js';
import { runWeekly } from '../../ops/checks/weekly.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startBacked, type Backed } from '../support/backup.js';
import { startFakeTelegram, type FakeTelegram } from '../support/fake-telegram.js';
import { temporaryFolder } from '../support/folder.js';
import { freePort } from '../support/services.js';

const NOW = new Date();
const DAY = 86_400_000;

async function listen(server: Server | ReturnType<typeof createTlsServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('certificates that hosts serve', () => {
  let folder: string;
  const servers: ReturnType<typeof createTlsServer>[] = [];
  beforeAll(() => {
    folder = temporaryFolder('tls');
  });
  afterEach(() => servers.splice(0).forEach((server) => server.close()));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A server with a certificate of its own for these names and days; answers its port and the certificate. */
  const serve = async (names: string, days: number): Promise<{ port: number; ca: string }> => {
    const [key, cert] = [path.join(folder, `${days}.key`), path.join(folder, `${days}.crt`)];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=test'],
      ...['-days', String(days), '-keyout', key, '-out', cert, '-addext', `subjectAltName=${names}`],
    ]);
    expect(made.status).toBe(0);
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => socket.end());
    servers.push(server);
    return { port: await listen(server), ca: readFileSync(cert, 'utf8') };
  };

  test('a good one is ok, one that ends within the month is a warning, within the week a failure', async () => {
    const { port, ca } = await serve('DNS:localhost', 60);
    const at = (days: number) => ({ warnDays: 30, now: new Date(NOW.getTime() + days * DAY), ca });
    expect(await checkTls(`localhost:${port}`, at(0))).toMatchObject({ state: 'ok' });
    expect(await checkTls(`localhost:${port}`, at(31))).toMatchObject({ state: 'warning' });
    expect(await checkTls(`localhost:${port}`, at(54))).toMatchObject({ state: 'failure' });
    expect((await checkTls(`localhost:${port}`, at(61))).detail).toMatch(
      /^the certificate ended on \d{4}-\d\d-\d\d\.$/,
    );
  });

  test('one that does not name the host, or that browsers do not trust, is a failure', async () => {
    const { port, ca } = await serve('DNS:erp.tsh.example,DNS:consumer.tsh.example', 90);
    expect(await checkTls(`localhost:${port}`, { warnDays: 30, now: NOW, ca })).toMatchObject({
      state: 'failure',
      detail: 'the certificate does not name it: DNS:erp.tsh.example, DNS:consumer.tsh.example.',
    });
    const other = await serve('DNS:localhost', 91);
    expect(await checkTls(`localhost:${other.port}`, { warnDays: 30, now: NOW })).toMatchObject({
      state: 'failure',
      detail: expect.stringMatching(/^browsers do not trust the certificate: .*SELF_SIGNED/),
    });
  });

  test('the command asks the hosts it is given and ends with 1 when one cannot be reached', async () => {
    const { port, ca } = await serve('DNS:localhost', 92);
    const file = path.join(folder, 'ca.pem');
    writeFileSync(file, ca);
    const lines: string[] = [];
    const context = {
      env: { TLS_CA_FILE: file },
      out: (line: string) => void lines.push(line),
      signal: new AbortController().signal,
    };
    expect(await commands['tls']?.run([`localhost:${port}`], context)).toBe(0);
    expect(await commands['tls']?.run([`localhost:${port}`, 'localhost:1'], context)).toBe(1);
    expect(lines.at(-1)).toMatch(/^❌ TLS localhost:1: it cannot be reached: /);
    expect(await commands['tls']?.run([], context)).toBe(2);
  });
});

describe('old logs and archives', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder('cleanup');
    mkdirSync(path.join(folder, 'archived/old_backup'), { recursive: true });
    for (const [name, days] of [
      ['app.log', 1],
      ['app.log.1.gz', 31],
      ['app.log-20260101', 40],
      ['old.log', 31],
      ['young.log', 29],
      ['archived/old_backup/site.tar.gz', 90],
      ['notes.txt', 400],
      ['database.dump', 400],
    ] as const) {
      const file = path.join(folder, name);
      writeFileSync(file, name);
      const at = new Date(NOW.getTime() - days * DAY);
      utimesSync(file, at, at);
    }
    symlinkSync('/etc', path.join(folder, 'link.log'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const run = async (...args: string[]): Promise<{ code: number | undefined; lines: string[] }> => {
    const lines: string[] = [];
    const code = await commands['cleanup']?.run(args, {
      env: { CLEANUP_DIRS: `${folder},/nowhere` },
      out: (line) => void lines.push(line),
      signal: new AbortController().signal,
    });
    return { code, lines };
  };
  const OLD = ['app.log-20260101', 'app.log.1.gz', 'archived/old_backup/site.tar.gz', 'old.log'];

  test('a dry run names what would go and removes nothing', async () => {
    const { code, lines } = await run('--dry-run');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^✅ Clean-up: would remove 4 logs and archives older than 30 days/);
    expect(lines.slice(1).map((line) => path.relative(folder, line.trim()))).toEqual(OLD);
    expect(OLD.every((name) => existsSync(path.join(folder, name)))).toBe(true);
  });

  test('the run removes those and nothing else', async () => {
    const { code, lines } = await run();
    expect([code, lines.length]).toEqual([0, 1]);
    expect(OLD.some((name) => existsSync(path.join(folder, name)))).toBe(false);
    for (const name of ['app.log', 'young.log', 'notes.txt', 'database.dump', 'link.log']) {
      expect(existsSync(path.join(folder, name))).toBe(true);
    }
  });
});

describe('containers and units', () => {
  let folder: string;
  const formerPath = process.env['PATH'];
  beforeEach(() => {
    folder = temporaryFolder('host');
    process.env['PATH'] = `${folder}:${formerPath}`;
  });
  afterEach(() => {
    process.env['PATH'] = formerPath;
    rmSync(folder, { recursive: true, force: true });
  });
  const program = (name: string, text: string): void => {
    writeFileSync(path.join(folder, name), `#!/bin/sh\necho "$@" >> ${folder}/calls\n${text}\n`);
    chmodSync(path.join(folder, name), 0o755);
  };
  const settings = (driver: string): CheckSettings =>
    readCheckSettings({
      DATABASE_URL: 'postgresql://a@127.0.0.1/b',
      DEPLOY_DRIVER: driver,
      LOG_FILES: `${folder}/app.log`,
    });

  test('of Docker: an unhealthy or restarting container is a failure, the stopped slot is not', async () => {
    program(
      'docker',
      `case "$1" in
        ps) echo '{"Names":"tsh_erp_app_blue","State":"running","Status":"Up 2 hours (healthy)"}'
            echo '{"Names":"tsh_erp_app_green","State":"exited","Status":"Exited (0) 2 hours ago"}'
            echo '{"Names":"tsh_worker","State":"running","Status":"Up 2 hours (unhealthy)"}';;
        logs) echo '{"level":30,"msg":"fine"}'; echo '{"level":50,"msg":"request failed","err":{"message":"boom"}}' >&2;;
      esac`,
    );
    const host = hostOf(settings('compose'));
    expect((await host.units()).map(({ name, running, healthy }) => [name, running, healthy])).toEqual([
      ['tsh_erp_app_blue', true, true],
      ['tsh_erp_app_green', false, true],
      ['tsh_worker', true, false],
    ]);
    expect(topErrors(await host.logSince(NOW))[0]).toEqual({ text: 'request failed: boom', count: 3 });
    expect(readFileSync(`${folder}/calls`, 'utf8')).toContain(
      'ps --all --filter label=com.docker.compose.project=tsh_erp --format {{json .}}',
    );
  });

  test('of Docker: images are pruned by name and never by force, and those of containers stay', async () => {
    program(
      'docker',
      `case "$1 $2" in
        'ps --all') echo 'tsh-erp:v1';;
        'image ls') for v in 3 1 2 4; do echo "{\\"ID\\":\\"id$v\\",\\"Tag\\":\\"v$v\\",\\"CreatedAt\\":\\"2026-11-0$v 08:15:00 +0300 +03\\"}"; done;;
      esac`,
    );
    expect(await pruneImages(dockerImages('tsh-erp'), 2, () => undefined)).toBe(1);
    expect(readFileSync(`${folder}/calls`, 'utf8').trim().split('\n')).toEqual([
      'ps --all --format {{.Image}}',
      'image ls tsh-erp --format {{json .}}',
      'image rm tsh-erp:v2',
    ]);
  });

  test('of systemd: a failed unit and one in a loop of restarts are failures', async () => {
    program(
      'systemctl',
      `printf 'Id=tsh-erp@blue.service\\nActiveState=active\\nSubState=running\\nNRestarts=0\\n\\nId=tsh-erp@green.service\\nActiveState=inactive\\nSubState=dead\\nNRestarts=0\\n\\nId=tsh-erp-worker.service\\nActiveState=activating\\nSubState=auto-restart\\nNRestarts=17\\n'`,
    );
    program('journalctl', `echo 'not json'; echo '{"level":60,"msg":"left"}'`);
    const host = hostOf(settings('systemd'));
    expect(await host.units()).toEqual([
      { name: 'tsh-erp@blue.service', running: true, healthy: true, detail: 'active (running), 0 restarts' },
      { name: 'tsh-erp@green.service', running: false, healthy: true, detail: 'inactive (dead), 0 restarts' },
      {
        name: 'tsh-erp-worker.service',
        running: true,
        healthy: false,
        detail: 'activating (auto-restart), 17 restarts',
      },
    ]);
    expect(topErrors(await host.logSince(NOW))).toEqual([{ text: 'left', count: 1 }]);
    // The file that rsyslog writes is read where it is there: the journal needs a right.
    const at = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();
    writeFileSync(
      `${folder}/app.log`,
      [90, 30, 20]
        .map((minutes) => `Nov 21 host app: {"level":50,"time":"${at(minutes)}","msg":"job failed","reason":"r"}`)
        .join('\n'),
    );
    expect(topErrors(await host.logSince(new Date(NOW.getTime() - 3_600_000)))).toEqual([
      { text: 'job failed: r', count: 2 },
    ]);
  });

  test('a driver that is not there is a failure of its check and of no other', async () => {
    process.env['PATH'] = folder;
    const checks = await runDailyChecks({ settings: settings('compose'), now: NOW });
    expect(checks.find(({ name }) => name === 'Processes')).toEqual({
      name: 'Processes',
      state: 'failure',
      detail: 'docker is not installed here.',
    });
    expect(checks.find(({ name }) => name === 'Disk /')?.state).not.toBe('failure');
  });
});

describe('daily and weekly', () => {
  let backed: Backed;
  let t: TestApp;
  let telegram: FakeTelegram;
  let lines: string[];
  beforeAll(async () => {
    backed = await startBacked();
    t = await startTestApp({ db: backed.db, schedules: true, claim: true });
    telegram = await startFakeTelegram();
  });
  beforeEach(() => {
    lines = [];
    telegram.accepted.length = 0;
  });
  afterAll(async () => {
    await t.stop();
    await telegram.close();
    await backed.db.drop();
    rmSync(backed.folder, { recursive: true, force: true });
  });
  const env = (more: Record<string, string> = {}): Record<string, string> => ({
    ...backed.env,
    HEALTH_URL: `${t.url}/health`,
    LOG_FILES: path.join(backed.folder, 'app.log'),
    DISK_PATHS: backed.folder,
    TELEGRAM_API_URL: telegram.url,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_CHAT_ID: telegram.chatId,
    ...more,
  });
  const context = (more: Record<string, string> = {}) => ({
    env: env(more),
    out: (line: string) => void lines.push(line),
    signal: new AbortController().signal,
  });
  const settings = (more: Record<string, string> = {}): CheckSettings => readCheckSettings(env(more));

  test('daily fails without a backup, is well with one, and tells by Telegram', async () => {
    expect(await commands['daily']?.run([], context())).toBe(1);
    expect(lines.at(-1)).toMatch(/^❌ Backups: there is no good backup in /);
    await backed.run();
    lines = [];
    expect(await commands['daily']?.run([], context())).toBe(0);
    expect(lines).toEqual([
      '✅ Processes: no containers or units are asked on this host.',
      '✅ Health: healthy, version development.',
      expect.stringMatching(/^✅ Sync queue: \d pending, \d processing, 0 failed, 0 dead letters, delay 0\.0 s\.$/),
      expect.stringMatching(/Disk .*: \d+ % used, [\d.]+ GB free\.$/),
      expect.stringMatching(/Disk .*backups\/test: /),
      '✅ Log: no errors in the last hour.',
      expect.stringMatching(/^✅ Backups: the newest good one is \d{8}_\d{6}, 0\.0 hours old\.$/),
    ]);
    expect(telegram.accepted).toHaveLength(2);
    expect(telegram.accepted[1]).toMatch(/^🩺 Daily check\nEnvironment: test\n✅ Processes/);
  });

  test('a server that is down, an old backup and a missing copy are failures', async () => {
    const gone = `http://127.0.0.1:${await freePort()}/health`;
    expect(await checkHealth({ healthUrl: gone, token: null })).toMatchObject({
      state: 'failure',
      detail: `${gone} does not answer: ECONNREFUSED.`,
    });
    const later = new Date(Date.now() + 27 * 3_600_000);
    expect(await checkBackups(settings(), later)).toMatchObject({
      state: 'failure',
      detail: expect.stringContaining('27.0 hours old'),
    });
    const s3 = { AWS_S3_BUCKET: 'b', AWS_ACCESS_KEY_ID: 'i', AWS_SECRET_ACCESS_KEY: 'k' };
    expect(await checkBackups(settings(s3), new Date())).toMatchObject({
      state: 'failure',
      detail: expect.stringContaining('It has no copy on S3'),
    });
    expect(await checkDisk('/nowhere')).toMatchObject({ state: 'failure' });
  });

  test('dead letters are a warning with their entity, work that nobody takes is a failure', async () => {
    await backed.db.sql(
      `insert into tds_sync_queue (id, kind, lane, entity_type, status, queued_at, run_at) values
       ($1, 'pull', 'x', 'invoices', 'dead_letter', now(), now())`,
      [newId()],
    );
    expect(await checkSync(settings())).toMatchObject({
      state: 'warning',
      lines: ['invoices: 0 failed, 1 dead letters'],
    });
    await backed.db.sql(
      `insert into tds_sync_queue (id, kind, lane, entity_type, status, queued_at, run_at) values
       ($1, 'unknown-kind', 'y', 'bills', 'pending', now() - interval '1 hour', now() + interval '1 day')`,
      [newId()],
    );
    expect(await checkSync(settings())).toMatchObject({
      state: 'failure',
      lines: [
        expect.stringMatching(/^The oldest has waited for 36\d\d s: does a worker run\?$/),
        'invoices: 0 failed, 1 dead letters',
      ],
    });
    await backed.db.sql(`delete from tds_sync_queue where lane in ('x', 'y')`);
  });

  test('pruning is done by the worker of the server: old rows go, young ones stay', async () => {
    await backed.db.sql(
      `insert into tds_sync_queue (id, kind, lane, status, queued_at) select gen_random_uuid(), 'pull', 'l' || x, 'completed',
         now() - x * interval '1 day' from unnest(array[1, 29, 31, 400]) x`,
    );
    const made = await pruneByServer({ databaseUrl: backed.db.url, limitMs: 30_000, pollMs: 50 });
    expect(made).toMatchObject({ state: 'ok' });
    expect(await backed.db.sql(`select lane from tds_sync_queue where lane ~ '^l' order by lane`)).toEqual([
      { lane: 'l1' },
      { lane: 'l29' },
    ]);
  });

  test('pruning without a worker is told within its limit', async () => {
    const alone = await startBacked();
    try {
      expect(await pruneByServer({ databaseUrl: alone.db.url, limitMs: 50, pollMs: 10 })).toMatchObject({
        state: 'failure',
        detail: 'the server has never had its schedules written: no worker has run.',
      });
      await alone.db.sql(
        `insert into schedules (name, kind, every_seconds, next_at) values ('prune', 'prune', 3600, now())`,
      );
      expect(await pruneByServer({ databaseUrl: alone.db.url, limitMs: 50, pollMs: 10 })).toMatchObject({
        state: 'failure',
        detail: 'the server was asked to prune: no worker has taken it; does one run?',
      });
    } finally {
      await alone.db.drop();
      rmSync(alone.folder, { recursive: true, force: true });
    }
  });

  test('weekly runs drill, pruning, images, clean-up, report and restart, and goes on after a failure', async () => {
    await backed.db.sql(
      `insert into deployments (id, environment, release_version, status, started_by, started_at)
       values (gen_random_uuid(), 'test', 'v7', 'SUCCESS', 'test', now())`,
    );
    const removed: string[] = [];
    let restarts = 0;
    const checks = await runWeekly({
      settings: settings({ WEEKLY_RESTART: 'true', KEEP_IMAGES_WEEKLY: '2' }),
      now: () => new Date(),
      out: (line) => void lines.push(line),
      images: {
        list: () =>
          Promise.resolve(
            ['v9', 'v8', 'v7', 'v6'].map((tag, index) => ({
              id: tag,
              tag,
              createdAt: new Date(NOW.getTime() - index),
              inUse: false,
            })),
          ),
        remove: ({ tag }) => Promise.resolve(void removed.push(tag)),
      },
      restart: () => Promise.resolve({ done: false, detail: `it failed: attempt ${(restarts += 1)}` }),
      pruneLimitMs: 30_000,
    });
    const of = (name: string) => checks.find((one) => one.name === name);
    expect(of('Backup drill')?.detail).toMatch(/restored in \d+\.\d s, server ready in \d+\.\d s, \d+\.\d s in all\.$/);
    expect(of('Pruning')).toMatchObject({ state: 'ok' });
    // v7 is older than the two newest, but it is the live one.
    expect(removed).toEqual(['v6']);
    expect(of('Clean-up')).toMatchObject({ state: 'ok' });
    expect(of('Sync of the week')?.detail).toContain('0 webhooks, 100.00 % succeeded (target 99 %)');
    expect(of('Deployments of the week')?.detail).toBe('1 SUCCESS; live is v7.');
    expect(of('Backups kept')?.detail).toMatch(/^2, of them 2 good and 0 on S3/);
    expect(of('Restart')).toEqual({ name: 'Restart', state: 'failure', detail: 'it failed: attempt 1' });
    expect(checks.at(-1)?.name).toBe('Restart');
  });

  test('the weekly command reports by Telegram and ends with 1 when a step failed', async () => {
    const code = await commands['weekly']?.run(['--dry-run'], context({ PG_BIN: '/nowhere' }));
    expect(code).toBe(1);
    expect(telegram.accepted).toHaveLength(1);
    expect(telegram.accepted[0]).toMatch(
      /^📊 Weekly report\nEnvironment: test\n❌ Backup drill: pg_dump was not found\./,
    );
    expect(telegram.accepted[0]).toContain('✅ Pruning: not asked for in a dry run.');
    expect(telegram.accepted[0]).toContain('✅ Restart: not asked for: WEEKLY_RESTART is off.');
  });

  test('Prometheus tells how the API did, and its absence is told', async () => {
    const asked: string[] = [];
    const prometheus = createHttpServer((request, response) => {
      const query = new URL(request.url ?? '/', 'http://x').searchParams.get('query') ?? '';
      asked.push(query);
      const value = query.startsWith('histogram_quantile') ? '0.095' : query.includes('5..') ? '0.001' : '0.02';
      response.end(JSON.stringify({ status: 'success', data: { result: [{ value: [0, value] }] } }));
    });
    const url = `http://127.0.0.1:${await listen(prometheus)}`;
    expect(await readPrometheus(url)).toEqual({
      name: 'API of the week',
      state: 'ok',
      detail: '20 ms on average (target 200 ms), 95 ms at p95, 0.10 % failed.',
    });
    expect(asked).toHaveLength(3);
    prometheus.close();
    prometheus.closeAllConnections();
    expect(await readPrometheus(url)).toMatchObject({ state: 'failure' });
  });
});
