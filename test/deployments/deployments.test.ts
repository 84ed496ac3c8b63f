import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEPLOYMENT_STATUSES, deploymentTransitions } from '../../src/deployments/deployment-status.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

describe('deployments', () => {
  let t: TestApp;
  let deployer: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ settings: { DEPLOY_TOKEN: 'deploy-token-deploy-token-1' } });
    deployer = t.withToken('deploy-token-deploy-token-1');
  });
  afterAll(() => t.stop());

  const start = async (environment: string, version: string) =>
    (
      await deployer.query<any>(
        `mutation($input: StartDeploymentInput!) { startDeployment(input: $input) { __typename
          ... on DeploymentRecorded { deployment { id status releaseVersion nextStatuses } } ... on UserError { code field } ... on AlreadyRunningError { runningId } } }`,
        { input: { environment, version } },
      )
    ).data.startDeployment;
  const record = async (id: string, status: string, message: string | null = null) =>
    (
      await deployer.query<any>(
        `mutation($id: ID!, $status: DeploymentStatus!, $message: String) { recordDeploymentStatus(id: $id, status: $status, message: $message) { __typename
          ... on DeploymentRecorded { replayed deployment { status finishedAt } } ... on UserError { code } ... on IllegalTransitionError { from to allowed } } }`,
        { id, status, message },
      )
    ).data.recordDeploymentStatus;
  const play = async (id: string, ...statuses: string[]) => {
    for (const status of statuses) await record(id, status);
  };
  const statusOf = async (id: string) =>
    (await deployer.query<any>(`query($id: ID!) { deployment(id: $id) { status } }`, { id })).data.deployment.status;
  const TO_SUCCESS = ['PENDING', 'IN_PROGRESS', 'HEALTH_CHECK', 'SMOKE_TEST', 'SUCCESS'];

  test('walks its graph, keeps every step, and is seen live in order', async () => {
    const live = deployer.subscribe<any>(
      `subscription { deploymentUpdated(environment: "staging") { cursor status deployment { releaseVersion } } }`,
    );
    const other = deployer.subscribe<any>(`subscription { deploymentUpdated(environment: "production") { status } }`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { deployment } = await start('staging', 'v1');
    expect(deployment).toMatchObject({
      status: 'QUEUED',
      nextStatuses: ['PENDING', 'IN_PROGRESS', 'CANCELLED', 'ERROR'],
    });
    await play(deployment.id, ...TO_SUCCESS);
    const frames = await live.until(6);
    expect(frames.map((frame) => frame.deploymentUpdated.status)).toEqual(['QUEUED', ...TO_SUCCESS]);
    expect(other.received).toEqual([]);
    const { events } = (
      await deployer.query<any>(`query($id: ID!) { deployment(id: $id) { events { status actor } } }`, {
        id: deployment.id,
      })
    ).data.deployment;
    expect(events.map((event: any) => event.status)).toEqual(['QUEUED', ...TO_SUCCESS]);
    expect(events[0].actor).toBe('key:deploy-token');
    // A client that was away passes its last cursor and sees what it missed, once.
    const late = deployer.subscribe<any>(
      `subscription($after: String) { deploymentUpdated(environment: "staging", after: $after) { status } }`,
      {
        after: frames[2].deploymentUpdated.cursor,
      },
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
    expect(await record(deployment.id, 'PENDING')).toMatchObject({ replayed: false });
    expect(await record(deployment.id, 'PENDING')).toMatchObject({ replayed: true });
    expect(await record(deployment.id, 'SUCCESS')).toMatchObject({
      __typename: 'IllegalTransitionError',
      from: 'PENDING',
      to: 'SUCCESS',
      allowed: expect.arrayContaining(['IN_PROGRESS']),
    });
    await record(deployment.id, 'CANCELLED');
    expect(await record(deployment.id, 'IN_PROGRESS')).toMatchObject({
      __typename: 'IllegalTransitionError',
      allowed: [],
    });
    expect(await record('nonsense', 'PENDING')).toMatchObject({ __typename: 'NotFoundError' });
    expect(await record(deployment.id, 'PENDING', 'x'.repeat(3000))).toMatchObject({ __typename: 'InvalidInputError' });
  });

  test('a success makes the former one of its environment inactive, in the same commit', async () => {
    const first = (await start('blue', 'v1')).deployment.id;
    await play(first, ...TO_SUCCESS);
    const second = (await start('blue', 'v2')).deployment.id;
    await play(second, ...TO_SUCCESS.slice(0, 4));
    expect(await statusOf(first)).toBe('SUCCESS');
    await record(second, 'SUCCESS');
    expect([await statusOf(first), await statusOf(second)]).toEqual(['INACTIVE', 'SUCCESS']);
    await play(second, 'ROLLING_BACK', 'ROLLED_BACK');
    expect(await statusOf(second)).toBe('ROLLED_BACK');
  });

  test('one at a time in an environment, even of many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => start('race', `v${index}`)));
    expect(answers.filter((one) => one.__typename === 'DeploymentRecorded').length).toBe(1);
    expect(answers.filter((one) => one.code === 'ALREADY_RUNNING').length).toBe(9);
  });

  test.each([
    ['Production!', 'v1', 'environment'],
    ['staging', '', 'version'],
  ])('environment %p with version %p is refused', async (environment, version, field) => {
    expect(await start(environment, version)).toMatchObject({ __typename: 'InvalidInputError', field });
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
          const answer = await record(id, step);
          const legal = step === state || deploymentTransitions.next(state).includes(step);
          expect(answer.__typename).toBe(legal ? 'DeploymentRecorded' : 'IllegalTransitionError');
          if (legal) state = step;
          expect(await statusOf(id)).toBe(state);
        }
      }),
      { numRuns: 15 },
    );
  });
});
