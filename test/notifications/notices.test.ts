import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { createNoticeFollower, type NoticeTiming } from '../../src/notifications/notice-follower.js';
import { noticeKindOf } from '../../src/notifications/deployment-notice.js';
import { checkAlerts } from '../../src/sync/alert.service.js';
import type { Follower } from '../../src/platform/module.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startFakeTelegram, type FakeTelegram } from '../support/fake-telegram.js';
import { freePort } from '../support/services.js';

const FAST: NoticeTiming = { pollMs: 20, firstRetryMs: 10, maxRetryMs: 100, sliceMs: 50 };
const titlesOf = (texts: readonly string[]): string[] => texts.map((text) => text.split('\n')[0] ?? '');

describe('notices of deployments', () => {
  let t: TestApp;
  let telegram: FakeTelegram;
  let owner: TestClient;
  const running: Follower[] = [];
  beforeEach(async () => {
    telegram = await startFakeTelegram();
    t = await startTestApp();
    owner = await t.as('OWNER');
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((follower) => follower.stop()));
    await t.stop();
    await telegram.close();
  });

  const follow = async (language: 'en' | 'ar' = 'en'): Promise<Follower> => {
    const follower = createNoticeFollower(
      t.app.services,
      {
        telegram: { apiUrl: telegram.url, token: telegram.token, chatId: telegram.chatId, language },
        environment: 'test',
      },
      FAST,
    );
    running.push(follower);
    await follower.start();
    return follower;
  };
  const stop = async (follower: Follower): Promise<void> => {
    running.splice(running.indexOf(follower), 1);
    await follower.stop();
  };
  const start = async (environment: string): Promise<string> => {
    const { data } = await owner.query<any>(
      `mutation($e: String!) { startDeployment(input: { environment: $e, version: "v1" }) {
         ... on DeploymentRecorded { deployment { id } } } }`,
      { e: environment },
    );
    return data.startDeployment.deployment.id as string;
  };
  const record = async (id: string, status: string, message: string | null = null): Promise<void> => {
    const { data } = await owner.query<any>(
      `mutation($id: ID!, $s: DeploymentStatus!, $m: String) { recordDeploymentStatus(id: $id, status: $s, message: $m) { __typename } }`,
      { id, s: status, m: message },
    );
    expect(data.recordDeploymentStatus.__typename).toBe('DeploymentRecorded');
  };
  const succeed = async (environment: string): Promise<string> => {
    const id = await start(environment);
    for (const status of ['IN_PROGRESS', 'HEALTH_CHECK', 'SMOKE_TEST', 'SUCCESS']) await record(id, status);
    return id;
  };
  const accepted = (count: number): Promise<void> =>
    telegram.until(`${count} notices`, () => telegram.accepted.length >= count);
  const cursor = async () => (await t.db.sql<any>('select seq::int, sending_seq::int from notice_cursors'))[0];
  /** Until the cursor has reached the head of the log: nothing more is on its way. */
  const settled = async (): Promise<void> => {
    for (let tries = 0; tries < 1000; tries += 1) {
      const [row] = await t.db.sql<any>(
        `select c.seq = h.seq and not exists (select 1 from event_outbox) as done from notice_cursors c, event_head h`,
      );
      if (row?.done) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('The cursor did not reach the head.');
  };

  test('start, success, failure with its reason and rollback are told, the steps between are not', async () => {
    await follow();
    await succeed('staging');
    const broken = await start('production');
    await record(broken, 'IN_PROGRESS');
    await record(broken, 'FAILURE', 'The health check failed.');
    await record(broken, 'ROLLING_BACK');
    await record(broken, 'ROLLED_BACK', 'v0 serves again.');
    await accepted(5);
    await settled();
    expect(titlesOf(telegram.accepted)).toEqual([
      '🚀 Deployment started',
      '✅ Deployment succeeded',
      '🚀 Deployment started',
      '❌ Deployment failed',
      '↩️ Deployment rolled back',
    ]);
    expect(telegram.accepted[3]).toMatch(
      /^❌ Deployment failed\nEnvironment: production\nVersion: v1\nDuration: \d+\.\d s\nThe health check failed\.$/,
    );
  });

  test('an alert of the sync is told when it is opened, becomes critical and is over, one message each', async () => {
    await follow();
    const check = () => t.app.services.transact({ origin: 'system', actor: 'test' }, checkAlerts);
    const die = (count: number) =>
      t.db.sql(
        `insert into tds_sync_queue (id, kind, lane, entity_type, zoho_entity_id, status)
         select gen_random_uuid(), 'pull', 'pull:products:' || gen_random_uuid(), 'products', 'x', 'dead_letter'
         from generate_series(1, $1::int)`,
        [count],
      );
    await t.db.sql(
      `insert into queue_workers (name, instance, version, state, concurrency, running, completed_recently, failed_recently,
         started_at, heartbeat_at) values ('w', gen_random_uuid(), '1', 'running', 1, 0, 0, 0, now(), now() + interval '1 hour')`,
    );
    await die(1);
    await check();
    await check();
    await die(9);
    await check();
    await t.db.sql('delete from tds_sync_queue');
    await check();
    await check();
    await accepted(3);
    await settled();
    expect(telegram.accepted).toEqual([
      '⚠️ Alert\nEnvironment: test\n1 dead records (warning)',
      '🚨 Alert became critical\nEnvironment: test\n10 dead records (critical)',
      '✅ Alert is over\nEnvironment: test\n0 dead records (critical)',
    ]);
  });

  test('in Arabic when the setting says so', async () => {
    await follow('ar');
    await start('staging');
    await accepted(1);
    expect(telegram.accepted[0]).toBe('🚀 بدأ النشر\nالبيئة: staging\nالإصدار: v1');
  });

  test('what happened before the first start is not told', async () => {
    await start('early');
    while ((await t.db.sql('select 1 from event_outbox')).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await follow();
    await start('staging');
    await accepted(1);
    await settled();
    expect(telegram.accepted).toHaveLength(1);
    expect(telegram.accepted[0]).toContain('Environment: staging');
  });

  test('several processes and restarts send each notice once', async () => {
    await Promise.all([follow(), follow(), follow()]);
    for (let round = 0; round < 6; round += 1) {
      await start(`env-${round}`);
      const [first] = running;
      // Whoever holds the lease or not: one ends and another begins, all the time.
      if (first) await stop(first);
      await follow();
    }
    await accepted(6);
    await settled();
    expect(telegram.accepted.map((text) => /env-\d/.exec(text)?.[0])).toEqual(
      Array.from({ length: 6 }, (_, index) => `env-${index}`),
    );
  });

  test('an outage of Telegram loses nothing, keeps the order and blocks nothing else', async () => {
    const follower = await follow();
    telegram.down = 502;
    await start('one');
    await telegram.until('attempts', () => telegram.calls.length >= 3);
    const before = await cursor();
    await start('two');
    expect((await owner.query('{ deployments { nodes { id } } }')).status).toBe(200);
    expect(follower.state()).toBe('Telegram: 502 down');
    expect((await cursor()).seq).toBe(before.seq);
    // The outage outlives the process.
    await stop(follower);
    expect(telegram.accepted).toEqual([]);
    telegram.down = null;
    await follow();
    await accepted(2);
    await settled();
    expect(telegram.accepted.map((text) => /one|two/.exec(text)?.[0])).toEqual(['one', 'two']);
    // Every attempt was refused, so none may have arrived before.
    expect(telegram.accepted.join()).not.toContain('repetition');
  });

  test('retry_after is waited for', async () => {
    await follow();
    telegram.next = [{ retryAfter: 1 }];
    await start('staging');
    await accepted(1);
    const [first = 0, second = 0] = telegram.calls.map(({ at }) => at);
    expect(second - first).toBeGreaterThanOrEqual(990);
  });

  test('a notice whose answer was lost is sent again and says so', async () => {
    await follow();
    telegram.next = ['lost'];
    await start('staging');
    await accepted(2);
    await settled();
    expect(telegram.accepted[1]).toBe(`${telegram.accepted[0]}\n(This may be a repetition.)`);
    expect(telegram.accepted).toHaveLength(2);
  });

  test('a process that died while it sent is followed by one that says it may be a repetition', async () => {
    const follower = await follow();
    await stop(follower);
    await start('staging');
    await t.db.sql(
      `update notice_cursors c set sending_seq = l.seq, holder = 'dead', leased_until = clock_timestamp() + interval '300 milliseconds'
       from event_log l where l.name = 'deploymentChanged'`,
    );
    while (!(await cursor()).sending_seq) {
      await t.db.sql(
        `update notice_cursors c set sending_seq = l.seq, holder = 'dead', leased_until = clock_timestamp() + interval '300 milliseconds'
         from event_log l where l.name = 'deploymentChanged'`,
      );
    }
    await follow();
    await accepted(1);
    expect(telegram.accepted[0]).toContain('(This may be a repetition.)');
  });

  test('after a restore it goes on from the head of the restored log', async () => {
    const follower = await follow();
    await start('before');
    await accepted(1);
    await settled();
    await stop(follower);
    // What a restore leaves: an older cursor, events that were told since, and a new epoch.
    await t.db.sql('update notice_cursors set seq = 0');
    await t.db.sql('update event_head set epoch = gen_random_uuid()');
    await follow();
    await start('after');
    await accepted(2);
    await settled();
    expect(telegram.accepted.map((text) => /before|after/.exec(text)?.[0])).toEqual(['before', 'after']);
  });

  test('a silent deployer is told as stuck, and a step that only adds to a status is not told', async () => {
    const id = await start('staging');
    await record(id, 'IN_PROGRESS');
    await t.db.sql('alter table deployment_events add column if not exists step text');
    await follow();
    for (const [step, message] of [
      ['stuck', 'The deployer is silent for 5 minutes.'],
      ['log', 'Only a step.'],
    ]) {
      const eventId = newId();
      await t.db.sql(
        `insert into deployment_events (id, deployment_id, status, message, actor, at, step)
         values ($1, $2, 'IN_PROGRESS', $3, 'test', now(), $4)`,
        [eventId, id, message, step],
      );
      await t.db.sql(
        `insert into event_outbox (name, entity_type, entity_id, data) values ('deploymentChanged', 'deployment', $1, $2)`,
        [id, JSON.stringify({ change: 'updated', environment: 'staging', status: 'IN_PROGRESS', eventId })],
      );
    }
    await accepted(1);
    await settled();
    expect(telegram.accepted).toEqual([
      '⏳ Deployment is stuck\nEnvironment: staging\nVersion: v1\nThe deployer is silent for 5 minutes.',
    ]);
  });

  test('a remark on a success is no second success', () => {
    const event = { data: { change: 'updated', status: 'SUCCESS' } };
    const facts = { environment: 'a', version: 'v', step: null, message: null, durationMs: 1 };
    expect(noticeKindOf(event, { ...facts, changedStatus: true })).toBe('success');
    expect(noticeKindOf(event, { ...facts, changedStatus: false })).toBeNull();
  });
});

describe('a process of ROLE notify', () => {
  let t: TestApp;
  let telegram: FakeTelegram;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    telegram = await startFakeTelegram();
    t = await startTestApp();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await t.stop();
    await telegram.close();
  });

  const boot = async (
    settings: Record<string, string>,
  ): Promise<{ child: ChildProcess; url: string; output: () => string }> => {
    const port = await freePort();
    const child = spawn(process.execPath, ['dist/src/main.js'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        APP_ENV: 'test',
        ROLE: 'notify',
        PORT: String(port),
        DATA_DIR: '/tmp',
        DATABASE_URL: t.db.url,
        REDIS_URL: process.env['TEST_REDIS'],
        DB_POOL_SIZE: '4',
        DB_MAX_OVERFLOW: '0',
        LOG_LEVEL: 'warn',
        DEPLOY_TOKEN: 'deploy-token-deploy-token',
        ...settings,
      },
    });
    children.push(child);
    let printed = '';
    child.stdout?.on('data', (data: Buffer) => (printed += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (printed += data.toString()));
    const url = `http://127.0.0.1:${port}`;
    for (let tries = 0; tries < 600; tries += 1) {
      const ok = await fetch(`${url}/readyz`).then(
        async (response) => (await response.text()) !== '' && response.ok,
        () => false,
      );
      if (ok) return { child, url, output: () => printed };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`It did not become ready:\n${printed}`);
  };
  const telegramSettings = (): Record<string, string> => ({
    TELEGRAM_API_URL: telegram.url,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_CHAT_ID: telegram.chatId,
  });

  test('answers health and metrics, sends, survives a kill without a loss or a double, and ends with 0', async () => {
    const first = await boot(telegramSettings());
    const second = await boot(telegramSettings());
    expect(await (await fetch(`${first.url}/livez`)).json()).toEqual({ alive: true });
    expect(await (await fetch(`${first.url}/health`)).json()).toMatchObject({ status: 'healthy' });

    const owner = await t.as('OWNER');
    const start = (environment: string) =>
      owner.query(
        `mutation { startDeployment(input: { environment: "${environment}", version: "v1" }) { __typename } }`,
      );
    await start('one');
    await telegram.until('the first', () => telegram.accepted.length === 1);
    expect(await (await fetch(`${first.url}/metrics`)).text()).toContain('tsh_notices_total');

    // Whoever holds the lease dies between two notices; the other takes over when the lease has run out.
    let holder: string | undefined;
    while (holder === undefined) {
      const [row] = await t.db.sql<any>(
        `select c.holder from notice_cursors c, event_head h where c.sending_seq is null and c.seq = h.seq`,
      );
      holder = row?.holder;
    }
    const [dying, living] = holder.includes(`:${first.child.pid}:`) ? [first, second] : [second, first];
    dying.child.kill('SIGKILL');
    await t.db.sql(`update notice_cursors set leased_until = clock_timestamp() where sending_seq is null`);
    await start('two');
    await telegram.until('the second', () => telegram.accepted.length === 2);

    const code = new Promise((resolve) => living.child.once('exit', resolve));
    living.child.kill('SIGTERM');
    expect(await code).toBe(0);
    await start('three');
    // Nobody waits for a lease that was given back.
    await boot(telegramSettings());
    await telegram.until('the third', () => telegram.accepted.length === 3);
    expect(telegram.accepted.map((text) => /one|two|three/.exec(text)?.[0])).toEqual(['one', 'two', 'three']);
  }, 120_000);

  test('without Telegram it starts, says so once, stays healthy, and plays no Zoho', async () => {
    const { url, output } = await boot({});
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(output()).toContain('ROLE is notify without TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID');
    expect(output()).not.toContain('demo mode');
  }, 60_000);
});
