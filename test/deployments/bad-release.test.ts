import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { itemSync } from '../../src/sync/entities/item.handler.js';
import { registryOf } from '../../src/sync/entities/registry.js';
import { pullJob } from '../../src/sync/pull.job.js';
import { Worker } from '../../src/platform/queue/worker.js';
import { startTestApp, TEST_SECRETS, type TestApp, type TestClient } from '../support/app.js';
import { recorderOf } from '../support/deployments.js';

const ITEMS = 12;

/** A release whose item handler fails: its watch says so, the rollback ends it, and nothing that came in is lost. */
describe('a bad release', () => {
  let t: TestApp;
  let owner: TestClient;
  let recorder: ReturnType<typeof recorderOf>;
  beforeAll(async () => {
    t = await startTestApp({
      simulator: { items: ITEMS },
      settings: { DEPLOY_TOKEN: 'deploy-token-deploy-token-1', VERSION: 'v1' },
    });
    owner = await t.as('OWNER');
    recorder = recorderOf(t.withToken('deploy-token-deploy-token-1'));
  });
  afterAll(() => t.stop());

  const webhooks = async (): Promise<void> => {
    for (const item of t.simulator!.items()) {
      item.modifiedMs += 1000;
      await t.simulator!.send({ url: t.url, secret: TEST_SECRETS.webhookSecret }, item, 'edited');
    }
  };
  const inbox = () =>
    t.db.sql<any>('select status, outcome, count(*)::int as count from tds_inbox_events group by 1, 2 order by 1, 2');

  test('is found by its watch, rolled back, named by its issues, and no event is lost', async () => {
    const good = await recorder.release('production', 'v1');
    // The worker of the first release knows its deployment once it has read the event.
    const deploymentOfAttempts = async () =>
      (await t.db.sql<any>('select distinct deployment_id from tds_sync_attempts where deployment_id is not null')).map(
        (row) => row.deployment_id,
      );
    while ((await deploymentOfAttempts()).length === 0) {
      await webhooks();
      await t.drain();
    }
    expect(await deploymentOfAttempts()).toEqual([good]);
    const before = await inbox();
    expect(before.every((row) => row.status === 'completed')).toBe(true);

    const bad = await recorder.release('production', 'v2');
    expect(await recorder.watch(bad)).toMatchObject({
      state: 'WATCHING',
      ok: true,
      needsRollback: false,
      breaches: [],
    });
    const broken = {
      ...itemSync,
      parse(): never {
        throw new TypeError("Cannot read properties of undefined (reading 'rate')");
      },
    };
    const { services } = t.app;
    const worker = new Worker({
      db: services.db,
      transact: services.transact,
      handlers: [pullJob(services, registryOf([broken]))],
      concurrency: 4,
      name: 'worker-v2',
      version: 'v2',
      deploymentId: () => bad,
      log: pino({ level: 'silent' }),
      random: () => 0,
      onCommit: () => undefined,
    });
    await webhooks();
    await worker.drain();
    await worker.stop();

    const watch = await recorder.watch(bad);
    expect(watch).toMatchObject({ state: 'BREACHED', ok: false, needsRollback: true });
    expect(watch.breaches.map((one: any) => one.rule)).toEqual(expect.arrayContaining(['DEAD_LETTERS', 'FAILED_JOBS']));
    expect(watch.measured).toMatchObject({ deadLetters: ITEMS, failedJobs: ITEMS * 5, completedJobs: 0 });
    // What the former release's watch sees is not spoilt by the worker of this one.
    expect((await recorder.watch(good)).measured.deadLetters).toBe(0);

    // The server notes the breach by itself, once, so that it is seen also when the deployer is gone.
    for (let round = 0; round < 2; round += 1) {
      await services.transact({ origin: 'system', actor: 'test' }, (tx) => {
        tx.enqueue({ kind: 'deployment-care', jobKey: 'deployment-care' });
        return Promise.resolve();
      });
      await t.drain();
    }
    const noted = await recorder.read(bad, 'breachedAt events { step message actor }');
    expect(noted.breachedAt).not.toBeNull();
    expect(noted.events.filter((event: any) => event.step === 'watch')).toEqual([
      {
        step: 'watch',
        message: expect.stringMatching(/needs a rollback: DEAD_LETTERS 12 \(limit 0\)/),
        actor: 'deployment-care',
      },
    ]);

    const rollback = await recorder.release('production', 'v1', {
      kind: 'ROLLBACK',
      trigger: 'AUTOMATIC',
      reason: watch.breaches[0].message,
      restoresId: good,
    });
    expect(await recorder.live('production')).toMatchObject({ id: rollback, releaseVersion: 'v1', kind: 'ROLLBACK' });
    expect(await recorder.read(bad, 'status')).toEqual({ status: 'ROLLED_BACK' });
    expect(await recorder.watch(bad)).toMatchObject({ state: 'BREACHED', needsRollback: false });

    const issues = await recorder.issues(bad);
    expect(issues.deadLetterCount).toBe(ITEMS);
    expect(issues.deadLetters[0]).toMatchObject({
      kind: 'pull',
      entityType: 'products',
      errorCode: 'TypeError',
      firstFailedVersion: 'v2',
    });
    expect(issues.errors).toEqual([
      expect.objectContaining({ kind: 'pull', errorCode: 'TypeError', count: ITEMS * 5, items: ITEMS }),
    ]);
    for (const other of [good, rollback]) {
      expect(await recorder.issues(other)).toEqual({ deadLetterCount: 0, deadLetters: [], errors: [] });
    }
    const queue = await owner.query<any>(
      `{ syncQueue(first: 1, filter: { status: { eq: DEAD_LETTER } }) { nodes {
        firstFailedVersion firstFailedDeploymentId attempts { appVersion deploymentId result } } } }`,
    );
    expect(queue.data.syncQueue.nodes[0]).toMatchObject({ firstFailedVersion: 'v2', firstFailedDeploymentId: bad });
    expect(queue.data.syncQueue.nodes[0].attempts[0]).toEqual({
      appVersion: 'v2',
      deploymentId: bad,
      result: 'dead_letter',
    });

    // The release that is live again brings in what the bad one could not.
    await owner.query(
      'mutation { retrySyncItems(selection: { filter: { status: { eq: DEAD_LETTER } } }) { __typename } }',
    );
    await t.drain();
    expect((await inbox()).map((row) => row.status)).toEqual((await inbox()).map(() => 'completed'));
    const [{ products, received }] = await t.db.sql<any>(
      `select (select count(*)::int from products) as products, (select count(*)::int from tds_inbox_events) as received`,
    );
    expect(products).toBe(ITEMS);
    expect(received % ITEMS).toBe(0);
    const times = await t.db.sql<any>('select external_ref, remote_modified_at from sync_links');
    for (const item of t.simulator!.items()) {
      const link = times.find((row) => row.external_ref === item.itemId);
      expect(link.remote_modified_at.getTime()).toBe(Math.floor(item.modifiedMs / 1000) * 1000);
    }
    expect((await recorder.issues(bad)).deadLetterCount).toBe(0);
    expect((await recorder.watch(rollback)).state).toBe('WATCHING');
  });
});
