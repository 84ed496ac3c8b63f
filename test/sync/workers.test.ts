import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { reclaimJobs } from '../../src/platform/queue/claim.js';
import { createHeartbeat } from '../../src/platform/queue/heartbeat.js';
import { done } from '../../src/platform/queue/job.js';
import { Worker } from '../../src/platform/queue/worker.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { until } from '../support/deploy-host.js';

const DEPLOYMENT = '018f0000-0000-7000-8000-000000000001';
const WORKERS = `name version deploymentId state concurrency running completedPerMinute failedPerMinute
  heartbeatAgeSeconds held { itemId kind entityType remoteId attempt heldSeconds leaseEndsInSeconds }`;

describe('the workers as operators see them', () => {
  let t: TestApp;
  let owner: TestClient;
  const open: Worker[] = [];
  beforeAll(async () => {
    t = await startTestApp();
    owner = await t.as('OWNER');
  });
  afterEach(async () => {
    for (const worker of open.splice(0)) await worker.stop();
    await t.db.sql('truncate queue_workers, tds_sync_queue, tds_sync_attempts');
  });
  afterAll(() => t.stop());

  const seen = async (): Promise<any[]> => (await owner.query(`{ syncWorkers { ${WORKERS} } }`)).data['syncWorkers'];
  const enqueue = (...records: string[]): Promise<void> =>
    t.app.services.transact({ origin: 'system', actor: 'test' }, (tx) => {
      for (const one of records) {
        tx.enqueue({ kind: 'hold', jobKey: `hold:${one}`, entityType: 'products', remoteId: one });
      }
      return Promise.resolve();
    });

  /** A worker whose jobs go on until `release` is called; their results come in the order of `fails`. */
  const startWorker = (name: string, fails: readonly boolean[] = []) => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const outcomes = [...fails];
    const { db, transact } = t.app.services;
    const worker = new Worker({
      db,
      transact,
      handlers: [
        {
          kind: 'hold',
          async run() {
            await released;
            if (outcomes.shift()) throw new Error('as it was told');
            return done('applied');
          },
        },
      ],
      concurrency: 2,
      name,
      version: 'v7',
      deploymentId: () => DEPLOYMENT,
      log: pino({ level: 'silent' }),
      random: () => 1,
      onCommit: () => t.app.services.events.nudge(),
    });
    worker.start();
    open.push(worker);
    return { worker, release };
  };

  test('show their release, what they hold, for how long, and in which attempt', async () => {
    await enqueue('item-1', 'item-2', 'item-3');
    await t.db.sql(`update tds_sync_queue set retry_count = 2 where zoho_entity_id = 'item-1'`);
    const { release } = startWorker('host-1:10');
    await until('all three held', async () => (await seen())[0]?.held.length === 3);
    const [one] = await seen();
    expect(one).toMatchObject({
      name: 'host-1:10',
      version: 'v7',
      deploymentId: DEPLOYMENT,
      state: 'RUNNING',
      concurrency: 2,
    });
    expect(one.held.map((job: any) => [job.remoteId, job.attempt]).sort()).toEqual([
      ['item-1', 3],
      ['item-2', 1],
      ['item-3', 1],
    ]);
    for (const job of one.held) {
      expect(job).toMatchObject({ kind: 'hold', entityType: 'products' });
      expect(job.heldSeconds).toBeGreaterThanOrEqual(0);
      expect(job.leaseEndsInSeconds).toBeGreaterThan(0);
      expect(job.leaseEndsInSeconds).toBeLessThanOrEqual(30);
    }
    release();
    await until('nothing is held', async () => (await seen())[0]?.held.length === 0);
  });

  test('one that ends takes its row away, and one that is silent for as long as a lease is lost', async () => {
    startWorker('host-1:11');
    const { worker } = startWorker('host-1:12');
    await until('both', async () => (await seen()).length === 2);
    await worker.stop();
    expect((await seen()).map((one) => one.name)).toEqual(['host-1:11']);
    await t.db.sql(`update queue_workers set heartbeat_at = now() - interval '31 seconds'`);
    expect(await seen()).toEqual([expect.objectContaining({ name: 'host-1:11', state: 'LOST' })]);
  });

  test('a heartbeat removes the rows of workers that were silent for a day, and tells its rate', async () => {
    await t.db.sql(`insert into queue_workers select 'host-0:1', gen_random_uuid(), 'v1', null, 'running', 2, 0, 0, 0,
      now() - interval '3 days', now() - interval '25 hours'`);
    await t.db.sql(`insert into queue_workers select 'host-0:2', gen_random_uuid(), 'v1', null, 'running', 2, 0, 40, 5,
      now() - interval '3 days', now()`);
    const heartbeat = createHeartbeat({
      db: t.app.services.db,
      log: pino({ level: 'silent' }),
      worker: 'host-1:13',
      version: 'v7',
      concurrency: 2,
      deploymentId: () => null,
      running: () => 1,
      onCommit: () => undefined,
    });
    heartbeat.start();
    for (const result of ['ok', 'ok', 'failed', 'dead_letter', 'lost', 'released']) heartbeat.count(result);
    await heartbeat.drain();
    const [other, own] = await seen();
    expect(other).toMatchObject({ name: 'host-0:2', completedPerMinute: 8, failedPerMinute: 1 });
    // Of a worker that is young the rate is over half a minute.
    expect(own).toMatchObject({ state: 'DRAINING', running: 1, completedPerMinute: 4, failedPerMinute: 4 });
    await heartbeat.stop();
    expect((await seen()).map((one) => one.name)).toEqual(['host-0:2']);
  });

  test('an attempt that was lost names the release and the deployment of the worker that was lost', async () => {
    await enqueue('item-4');
    const { worker, release } = startWorker('host-1:14');
    await until('it is held', async () => (await seen())[0]?.held.length === 1);
    await t.db.sql(`update tds_sync_queue set lease_until = now() - interval '1 second'`);
    await t.app.services.transact({ origin: 'system', actor: 'test' }, (tx) =>
      reclaimJobs(tx, { kinds: ['hold'], limit: 10, concurrency: 4, worker: 'host-2:1', version: 'v8' }),
    );
    expect(await t.db.sql('select result, worker, app_version, deployment_id from tds_sync_attempts')).toEqual([
      { result: 'lost', worker: 'host-1:14', app_version: 'v7', deployment_id: DEPLOYMENT },
    ]);
    expect(await t.db.sql('select first_failed_version, first_failed_deployment_id from tds_sync_queue')).toEqual([
      { first_failed_version: 'v7', first_failed_deployment_id: DEPLOYMENT },
    ]);
    release();
    await worker.stop();
  });

  test('a worker of the same name that started later is not blamed for what its predecessor lost', async () => {
    await enqueue('item-5');
    await t.db.sql(`update tds_sync_queue set status = 'processing', leased_by = 'host-1:1',
      lease_token = nextval('tds_lease_tokens'), lease_until = now() - interval '1 second',
      processing_started_at = now() - interval '1 minute'`);
    const { release } = startWorker('host-1:1');
    await until('its row', async () => (await seen()).length === 1);
    await until('the loss', async () => (await t.db.sql('select 1 from tds_sync_attempts')).length > 0);
    expect(await t.db.sql(`select worker, deployment_id from tds_sync_attempts where result = 'lost'`)).toEqual([
      { worker: 'host-1:1', deployment_id: null },
    ]);
    release();
  });

  test('are seen live when one comes and goes, by those who may see the queue and by nobody else', async () => {
    const live = owner.subscribe<any>(`subscription { syncWorkersUpdated { name state } }`);
    await until('the subscription', () => t.app.services.hub.stats().subscriptions > 0);
    const { worker } = startWorker('host-1:15');
    const names = (frame: any): string[] => frame.syncWorkersUpdated.map((one: any) => one.name);
    await live.untilTrue((frames) => frames.some((frame) => names(frame).includes('host-1:15')));
    await worker.stop();
    await live.untilTrue((frames) => names(frames.at(-1)).length === 0);
    live.stop();
    const salesperson = await t.as('SALESPERSON');
    const refused = await salesperson.query('{ syncWorkers { name } }');
    expect(refused.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });
});
