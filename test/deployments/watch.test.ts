import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { recorderOf } from '../support/deployments.js';

describe('the care for deployments', () => {
  let t: TestApp;
  let deployer: TestClient;
  let recorder: ReturnType<typeof recorderOf>;
  beforeAll(async () => {
    t = await startTestApp({
      settings: { DEPLOY_TOKEN: 'deploy-token-deploy-token-1', DEPLOYMENT_SILENCE_SECONDS: '120' },
    });
    deployer = t.withToken('deploy-token-deploy-token-1');
    recorder = recorderOf(deployer);
  });
  afterAll(() => t.stop());

  const doJob = async (kind: string): Promise<void> => {
    await t.app.services.transact({ origin: 'system', actor: 'test' }, (tx) => {
      tx.enqueue({ kind, jobKey: kind });
      return Promise.resolve();
    });
    await t.drain();
  };
  const care = () => doJob('deployment-care');
  const prune = () => doJob('prune');
  const silent = (id: string, seconds: number) =>
    t.db.sql(`update deployments set heartbeat_at = clock_timestamp() - $2::int * interval '1 second' where id = $1`, [
      id,
      seconds,
    ]);
  const stepsOf = async (id: string) =>
    (await recorder.read(id, 'events { step }')).events.map((event: any) => event.step).filter(Boolean);

  test('a running deployment whose deployer is silent is stuck until it is heard again, and both are seen live', async () => {
    const { deployment } = await recorder.start({ environment: 'stuck', version: 'v1' });
    await recorder.play(deployment.id, 'PENDING', 'IN_PROGRESS');
    const live = deployer.subscribe<any>(
      `subscription { deploymentUpdated(environment: "stuck") { event { step } deployment { stuck } } }`,
    );
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    await silent(deployment.id, 110);
    await care();
    expect(await recorder.read(deployment.id)).toMatchObject({ stuck: false });
    await silent(deployment.id, 121);
    await care();
    await care();
    expect(await recorder.read(deployment.id)).toMatchObject({ stuck: true, status: 'IN_PROGRESS' });
    expect(await stepsOf(deployment.id)).toEqual(['stuck']);
    expect(await recorder.heartbeat(deployment.id)).toMatchObject({
      deployment: { stuck: false },
      silenceSeconds: 120,
    });
    const steps = (frames: any[]) => frames.map((frame) => frame.deploymentUpdated.event.step).filter(Boolean);
    expect(steps(await live.untilTrue((frames) => steps(frames).length === 2))).toEqual(['stuck', 'heartbeat']);
    live.stop();
    // A record and a log line are heartbeats as well.
    for (const back of [
      () => recorder.record(deployment.id, 'HEALTH_CHECK', { sequence: 1 }),
      () => recorder.log(deployment.id, 1, ['line']),
    ]) {
      await silent(deployment.id, 500);
      await care();
      expect(await recorder.read(deployment.id)).toMatchObject({ stuck: true });
      await back();
      expect(await recorder.read(deployment.id)).toMatchObject({ stuck: false });
    }
  });

  test('what has ended, and what waits for an agent, is not stuck', async () => {
    const ended = await recorder.release('quiet', 'v1');
    await recorder.agent('quiet', 'host-1');
    const { deployment } = await recorder.start({ environment: 'quiet', version: 'v2', execution: 'AGENT' });
    await silent(ended, 1000);
    await silent(deployment.id, 1000);
    await care();
    expect(await recorder.read(ended)).toMatchObject({ stuck: false });
    expect(await recorder.read(deployment.id)).toMatchObject({ stuck: false });
  });

  test('the watch begins with the switch, measures what the deployer reports, and ends clean', async () => {
    const { deployment } = await recorder.start({ environment: 'watched', version: 'v1', watchSeconds: 600 });
    const { id } = deployment;
    expect(await recorder.watch(id)).toMatchObject({ state: 'NOT_STARTED', ok: true, since: null, until: null });
    await recorder.play(id, 'PENDING', 'IN_PROGRESS', 'HEALTH_CHECK');
    await recorder.record(id, 'SMOKE_TEST', { sequence: 1, step: 'switch' });
    const begun = await recorder.watch(id);
    expect(begun).toMatchObject({ state: 'WATCHING', ok: true, measured: { samples: 0, serverErrorRate: null } });
    expect(Date.parse(begun.until) - Date.parse(begun.since)).toBe(600_000);
    const sample = {
      requests: 100,
      serverErrors: 0,
      latencyP95Ms: 90.5,
      poolUsed: 4,
      poolSize: 20,
      poolWaiting: 0,
      logErrors: 0,
    };
    await recorder.heartbeat(id, { ...sample, sequence: 1 });
    await recorder.heartbeat(id, { ...sample, sequence: 1, serverErrors: 100 });
    await recorder.heartbeat(id, { ...sample, sequence: 2 });
    expect(await recorder.watch(id)).toMatchObject({
      state: 'WATCHING',
      measured: { samples: 2, requests: 200, serverErrorRate: 0, latencyP95Ms: 90.5, poolUse: 0.2, logErrors: 0 },
    });
    await recorder.record(id, 'SUCCESS', { sequence: 2 });
    expect((await recorder.watch(id)).since).toBe(begun.since);
    await recorder.heartbeat(id, { ...sample, sequence: 3, serverErrors: 90 });
    expect(await recorder.watch(id)).toMatchObject({
      state: 'BREACHED',
      needsRollback: true,
      breaches: [{ rule: 'SERVER_ERRORS', measured: 0.3, limit: 0.01 }],
    });
    // The figures end with the watch: what breaks later is not its own.
    await t.db.sql(
      `update deployment_metrics m set at = d.watch_started_at + interval '601 seconds'
       from deployments d where d.id = m.deployment_id and m.deployment_id = $1 and m.sequence = 3`,
      [id],
    );
    expect(await recorder.watch(id)).toMatchObject({ state: 'WATCHING', ok: true });
    await t.db.sql(`update deployments set watch_started_at = watch_started_at - interval '20 minutes' where id = $1`, [
      id,
    ]);
    expect(await recorder.watch(id)).toMatchObject({ state: 'CLEAN', ok: true, needsRollback: false });
    for (const [metrics, field] of [
      [{ ...sample, sequence: 0 }, 'metrics.sequence'],
      [{ ...sample, sequence: 9, poolUsed: -1 }, 'metrics.poolUsed'],
      [{ ...sample, sequence: 9, serverErrors: 101 }, 'metrics.serverErrors'],
    ] as const) {
      expect(await recorder.heartbeat(id, metrics)).toMatchObject({ code: 'BAD_INPUT', field });
    }
  });

  test('records that wait too long break the watch, finished or not, and older ones do not', async () => {
    const id = await recorder.release('delays', 'v1');
    await t.db.sql(`update deployments set watch_started_at = now() - interval '10 minutes' where id = $1`, [id]);
    const insert = (lane: string, queued: string, completed: string | null, outcome: string | null) =>
      t.db.sql(
        `insert into tds_sync_queue (id, kind, lane, status, outcome, queued_at, processing_completed_at, run_at)
         values (gen_random_uuid(), 'pull', $1, $2, $5, now() - $3::interval, now() - $4::interval, now() + interval '1 day')`,
        [lane, completed === null ? 'pending' : 'completed', queued, completed, outcome],
      );
    await insert('old', '40 minutes', '1 minute', 'applied');
    await insert('quick', '2 minutes', '119 seconds', 'applied');
    await insert('newer', '5 minutes', '1 minute', 'superseded');
    expect(await recorder.watch(id)).toMatchObject({ ok: true });
    await insert('waiting', '2 minutes', null, null);
    const { breaches } = await recorder.watch(id);
    expect(breaches).toEqual([expect.objectContaining({ rule: 'SYNC_DELAY_P95', limit: 30 })]);
    await t.db.sql(`delete from tds_sync_queue where kind = 'pull'`);
  });

  test('what broke its watch is rolled back by an agent when its deployer is gone, once, and only where it is safe', async () => {
    const environment = 'production';
    const good = await recorder.release(environment, 'v1');
    const bad = await recorder.release(environment, 'v2');
    const requests = () =>
      recorder.call(
        'deploymentRequests',
        '{ deploymentRequests(environment: "production") { kind trigger restoresId releaseVersion needsApproval reason } }',
        {},
      );
    await recorder.heartbeat(bad, { sequence: 1, requests: 100, serverErrors: 50 });
    await care();
    expect((await recorder.read(bad)).breachedAt).not.toBeNull();
    // There is no agent yet.
    await silent(bad, 121);
    await care();
    expect(await requests()).toEqual([]);
    // Its deployer is alive, and will roll back itself.
    await recorder.agent(environment, 'host-1');
    await recorder.heartbeat(bad);
    await care();
    expect(await requests()).toEqual([]);
    // The former release has never seen the result of a migration that nobody knows.
    await silent(bad, 121);
    await t.db.sql(`insert into migrations (name, executed_at) values ('29990101000000-unknown', now())`);
    await care();
    expect(await requests()).toEqual([]);
    await t.db.sql(`delete from migrations where name = '29990101000000-unknown'`);
    await care();
    await care();
    expect(await requests()).toEqual([
      {
        kind: 'ROLLBACK',
        trigger: 'AUTOMATIC',
        restoresId: good,
        releaseVersion: 'v1',
        needsApproval: false,
        reason: 'v2 broke its watch, and its deployer is silent.',
      },
    ]);
  });

  test('log lines and samples of old deployments go after three months, their events stay', async () => {
    const id = await recorder.release('pruned', 'v1');
    await recorder.log(id, 1, ['one', 'two']);
    await recorder.heartbeat(id, { sequence: 1, requests: 1, serverErrors: 0 });
    const kept = async () =>
      (
        await t.db.sql<any>(
          `select (select count(*)::int from deployment_log_lines where deployment_id = $1) as lines,
             (select count(*)::int from deployment_metrics where deployment_id = $1) as samples,
             (select count(*)::int from deployment_events where deployment_id = $1) as events`,
          [id],
        )
      )[0];
    await prune();
    expect(await kept()).toEqual({ lines: 2, samples: 1, events: 6 });
    await t.db.sql(`update deployment_log_lines set at = now() - interval '91 days' where deployment_id = $1`, [id]);
    await t.db.sql(`update deployment_metrics set at = now() - interval '91 days' where deployment_id = $1`, [id]);
    await prune();
    expect(await kept()).toEqual({ lines: 0, samples: 0, events: 6 });
  });

  test('the watch and the issues of no deployment are not found', async () => {
    await expect(recorder.watch('nonsense')).rejects.toThrow(/NOT_FOUND/);
    await expect(recorder.issues('nonsense')).rejects.toThrow(/NOT_FOUND/);
  });
});
