import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEPLOYMENT_STATUSES, recordableNext } from '../../src/deployments/deployment-status.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { recorderOf, TO_SUCCESS } from '../support/deployments.js';

describe('deployments', () => {
  let t: TestApp;
  let deployer: TestClient;
  let recorder: ReturnType<typeof recorderOf>;
  beforeAll(async () => {
    t = await startTestApp({ settings: { DEPLOY_TOKEN: 'deploy-token-deploy-token-1' } });
    deployer = t.withToken('deploy-token-deploy-token-1');
    recorder = recorderOf(deployer);
  });
  afterAll(() => t.stop());

  const start = (environment: string, version: string, more = {}) => recorder.start({ environment, version, ...more });
  const statusOf = async (id: string) => (await recorder.read(id, 'status')).status;

  test('walks its graph, keeps every step, and is seen live in order', async () => {
    const live = deployer.subscribe<any>(
      `subscription { deploymentUpdated(environment: "staging") { cursor status event { status actor } deployment { releaseVersion } } }`,
    );
    const other = deployer.subscribe<any>(`subscription { deploymentUpdated(environment: "production") { status } }`);
    while (t.app.services.hub.stats().subscriptions < 2) await new Promise((resolve) => setImmediate(resolve));
    const { deployment } = await start('staging', 'v1');
    expect(deployment).toMatchObject({
      status: 'QUEUED',
      kind: 'RELEASE',
      trigger: 'MANUAL',
      execution: 'SELF',
      needsApproval: false,
      watchSeconds: 900,
      nextStatuses: ['PENDING', 'IN_PROGRESS', 'CANCELLED', 'ERROR'],
    });
    await recorder.play(deployment.id, ...TO_SUCCESS);
    const frames = await live.until(6);
    expect(frames.map((frame) => frame.deploymentUpdated.status)).toEqual(['QUEUED', ...TO_SUCCESS]);
    expect(frames.map((frame) => frame.deploymentUpdated.event.status)).toEqual(['QUEUED', ...TO_SUCCESS]);
    expect(other.received).toEqual([]);
    const { events } = await recorder.read(deployment.id, 'events { status actor sequence }');
    expect(events.map((event: any) => event.status)).toEqual(['QUEUED', ...TO_SUCCESS]);
    expect(events[0]).toMatchObject({ actor: 'key:deploy-token', sequence: null });
    // A client that was away passes its last cursor and sees what it missed, once.
    const late = deployer.subscribe<any>(
      `subscription($after: String) { deploymentUpdated(environment: "staging", after: $after) { status } }`,
      { after: frames[2].deploymentUpdated.cursor },
    );
    expect((await late.until(3)).map((frame) => frame.deploymentUpdated.status)).toEqual([
      'HEALTH_CHECK',
      'SMOKE_TEST',
      'SUCCESS',
    ]);
    for (const one of [live, other, late]) one.stop();
  });

  test('the same again is a no-op, an illegal step a typed conflict, a final state final', async () => {
    const { deployment } = await start('demo', 'v1');
    expect(await recorder.record(deployment.id, 'PENDING')).toMatchObject({ replayed: false });
    expect(await recorder.record(deployment.id, 'PENDING')).toMatchObject({ replayed: true });
    expect(await recorder.record(deployment.id, 'SUCCESS')).toMatchObject({
      __typename: 'IllegalTransitionError',
      from: 'PENDING',
      to: 'SUCCESS',
      allowed: expect.arrayContaining(['IN_PROGRESS']),
    });
    await recorder.record(deployment.id, 'CANCELLED');
    expect(await recorder.record(deployment.id, 'IN_PROGRESS')).toMatchObject({
      __typename: 'IllegalTransitionError',
      allowed: [],
    });
    expect(await recorder.record('nonsense', 'PENDING')).toMatchObject({ __typename: 'NotFoundError' });
    expect(await recorder.record(deployment.id, 'PENDING', { message: 'x'.repeat(3000) })).toMatchObject({
      __typename: 'InvalidInputError',
    });
  });

  test('a success makes the former one of its environment inactive, in the same commit', async () => {
    const first = await recorder.release('blue', 'v1');
    const second = (await start('blue', 'v2')).deployment.id;
    await recorder.play(second, ...TO_SUCCESS.slice(0, 4));
    expect(await statusOf(first)).toBe('SUCCESS');
    await recorder.record(second, 'SUCCESS');
    expect([await statusOf(first), await statusOf(second)]).toEqual(['INACTIVE', 'SUCCESS']);
    const [before, after] = [await recorder.read(first), await recorder.read(second)];
    expect(before.liveAt).not.toBeNull();
    expect(after.watchStartedAt).toBe(after.liveAt);
    const { events } = await recorder.read(first, 'events { message }');
    expect(events.at(-1)).toEqual({ message: 'Replaced by v2.' });
  });

  test('a rollback is a deployment of its own: it becomes the live one, and what it replaces is rolled back', async () => {
    const good = await recorder.release('rollback', 'v1');
    const bad = await recorder.release('rollback', 'v2');
    const rollback = { kind: 'ROLLBACK', trigger: 'AUTOMATIC', reason: 'dead letters', restoresId: good };
    const { deployment } = await start('rollback', 'v1', rollback);
    expect(deployment).toMatchObject({ kind: 'ROLLBACK', trigger: 'AUTOMATIC', restoresId: good });
    expect((await recorder.live('rollback')).id).toBe(bad);
    await recorder.play(deployment.id, ...TO_SUCCESS);
    expect([await statusOf(good), await statusOf(bad)]).toEqual(['INACTIVE', 'ROLLED_BACK']);
    expect(await recorder.live('rollback')).toMatchObject({ id: deployment.id, releaseVersion: 'v1' });
    expect(await recorder.read(deployment.id, 'restores { id releaseVersion }')).toEqual({
      restores: { id: good, releaseVersion: 'v1' },
    });
    // The next release replaces the rollback like any other success, and going back to it is possible again.
    const next = await recorder.release('rollback', 'v3');
    expect([await statusOf(deployment.id), await statusOf(next)]).toEqual(['INACTIVE', 'SUCCESS']);
    expect(await start('rollback', 'v1', { kind: 'ROLLBACK', restoresId: deployment.id })).toMatchObject({
      __typename: 'DeploymentRecorded',
    });
  });

  test('a rollback names a former deployment of its environment, by its version, and nothing else names one', async () => {
    const good = await recorder.release('names', 'v1');
    const live = await recorder.release('names', 'v2');
    const foreign = await recorder.release('names-elsewhere', 'v1');
    const rollback = (restoresId: string | null, version = 'v1', kind = 'ROLLBACK') =>
      start('names', version, { kind, restoresId });
    expect(await rollback(null)).toMatchObject({ code: 'BAD_INPUT', field: 'restoresId' });
    expect(await rollback(good, 'v1', 'RELEASE')).toMatchObject({ code: 'BAD_INPUT', field: 'restoresId' });
    expect(await rollback(live, 'v2')).toMatchObject({ code: 'BAD_INPUT', field: 'restoresId' });
    expect(await rollback(good, 'v9')).toMatchObject({ code: 'BAD_INPUT', field: 'version' });
    expect(await rollback(foreign)).toMatchObject({ code: 'NOT_FOUND', field: 'restoresId' });
    expect(await rollback('nonsense')).toMatchObject({ code: 'NOT_FOUND', field: 'restoresId' });
  });

  test('a recorder cannot end the live deployment: only a successor does, so one is always live', async () => {
    const id = await recorder.release('always', 'v1');
    for (const status of ['ROLLING_BACK', 'ROLLED_BACK', 'INACTIVE', 'CANCELLED', 'FAILURE']) {
      expect(await recorder.record(id, status)).toMatchObject({ __typename: 'IllegalTransitionError', allowed: [] });
    }
    expect((await recorder.live('always')).id).toBe(id);
  });

  test('what fails before its success rolls back within itself, and the former one stays live', async () => {
    const good = await recorder.release('within', 'v1');
    const { deployment } = await start('within', 'v2');
    await recorder.play(deployment.id, 'PENDING', 'IN_PROGRESS', 'HEALTH_CHECK', 'SMOKE_TEST', 'ROLLING_BACK');
    await recorder.play(deployment.id, 'ROLLED_BACK');
    expect((await recorder.live('within')).id).toBe(good);
  });

  test('a failed deployment cannot begin to roll back while another one runs', async () => {
    const { deployment } = await start('resumed', 'v1');
    await recorder.play(deployment.id, 'PENDING', 'FAILURE');
    const other = (await start('resumed', 'v2')).deployment.id;
    expect(await recorder.record(deployment.id, 'ROLLING_BACK')).toMatchObject({
      __typename: 'AlreadyRunningError',
      runningId: other,
    });
  });

  test('one at a time in an environment, even of many at once, and the unique index holds it as well', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => start('race', `v${index}`)));
    expect(answers.filter((one) => one.__typename === 'DeploymentRecorded').length).toBe(1);
    expect(answers.filter((one) => one.code === 'ALREADY_RUNNING').length).toBe(9);
    const copy = (columns: string) =>
      t.db.sql(
        `insert into deployments (id, environment, release_version, status, started_by, started_at)
         select gen_random_uuid(), environment, release_version, ${columns}, started_by, started_at
         from deployments where environment = $1 limit 1`,
        ['race'],
      );
    await expect(copy(`'PENDING'`)).rejects.toThrow(/deployments_one_running/);
    await recorder.release('unique', 'v1');
    await t.db.sql(`update deployments set environment = 'race' where environment = 'unique'`);
    await expect(copy(`'SUCCESS'`)).rejects.toThrow(/deployments_one_success/);
  });

  test('lists are filtered and ordered', async () => {
    await recorder.release('listed', 'v1', { kind: 'HOTFIX' });
    await recorder.release('listed', 'v2');
    const list = async (filter: object, orderBy = 'STARTED_DESC') =>
      (
        await deployer.query<any>(
          `query($filter: DeploymentFilter, $orderBy: DeploymentSort!) {
            deployments(filter: $filter, orderBy: $orderBy) { totalCount nodes { releaseVersion } } }`,
          { filter: { environment: { eq: 'listed' }, ...filter }, orderBy },
        )
      ).data.deployments.nodes.map((node: any) => node.releaseVersion);
    expect(await list({})).toEqual(['v2', 'v1']);
    expect(await list({}, 'STARTED_ASC')).toEqual(['v1', 'v2']);
    expect(await list({ status: { in: ['SUCCESS'] } })).toEqual(['v2']);
    expect(await list({ kind: { eq: 'HOTFIX' } })).toEqual(['v1']);
    expect(await list({ stuck: { eq: true } })).toEqual([]);
    expect(await list({ OR: [{ version: { eq: 'v1' } }, { version: { eq: 'v2' } }] })).toEqual(['v2', 'v1']);
  });

  test.each([
    [{ environment: 'Production!', version: 'v1' }, 'environment'],
    [{ environment: 'staging', version: '' }, 'version'],
    [{ environment: 'staging', version: 'v1', commit: 'not a hash' }, 'commit'],
    [{ environment: 'staging', version: 'v1', colour: 'red' }, 'colour'],
    [{ environment: 'staging', version: 'v1', watchSeconds: -1 }, 'watchSeconds'],
    [{ environment: 'staging', version: 'v1', reason: 'x'.repeat(501) }, 'reason'],
    [{ environment: 'staging', version: 'v1', id: 'nonsense' }, 'id'],
  ])('%p is refused', async (input, field) => {
    expect(await recorder.start(input)).toMatchObject({ __typename: 'InvalidInputError', field });
  });

  test('errors are told in Arabic to whoever reads it', async () => {
    const arabic = recorderOf(deployer, { 'accept-language': 'ar' });
    const { deployment } = await start('arabic', 'v1');
    expect((await arabic.start({ environment: 'arabic', version: 'v2' })).message).toMatch(/جارية في بيئة arabic/);
    expect((await arabic.record(deployment.id, 'PENDING', { sequence: 4 })).message).toMatch(/ابتداءً من 1/);
    expect((await arabic.start({ environment: 'arabic', version: 'v2', execution: 'AGENT' })).message).toMatch(/وكيل/);
  });

  test('no random history reaches a state that the graph forbids', async () => {
    let histories = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...DEPLOYMENT_STATUSES), { maxLength: 12 }), async (steps) => {
        histories += 1;
        const environment = `history-${histories}`;
        const { id } = (await start(environment, 'v1')).deployment;
        let state: (typeof DEPLOYMENT_STATUSES)[number] = 'QUEUED';
        for (const step of steps) {
          const answer = await recorder.record(id, step);
          const legal = step === state || recordableNext(state).includes(step);
          expect(answer.__typename).toBe(legal ? 'DeploymentRecorded' : 'IllegalTransitionError');
          if (legal) state = step;
          expect(await statusOf(id)).toBe(state);
        }
      }),
      { numRuns: 15 },
    );
  });
});
