import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { recorderOf } from '../support/deployments.js';

/** What people ask for and an agent on the host does. */
describe('deployments by an agent', () => {
  let t: TestApp;
  let program: ReturnType<typeof recorderOf>;
  let deployer: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ settings: { DEPLOY_TOKEN: 'deploy-token-deploy-token-1' } });
    deployer = t.withToken('deploy-token-deploy-token-1');
    program = recorderOf(deployer);
  });
  afterAll(() => t.stop());

  const person = async () => recorderOf(await t.as('ADMIN'));
  const request = (by: ReturnType<typeof recorderOf>, environment: string, more = {}) =>
    by.start({ environment, version: 'v1', execution: 'AGENT', ...more });
  const silence = (environment: string) =>
    t.db.sql(`update deploy_agents set heartbeat_at = now() - interval '61 seconds' where environment = $1`, [
      environment,
    ]);

  test('without a live agent nobody can ask for one, and whoever deploys alone still can', async () => {
    expect(await request(program, 'nobody')).toMatchObject({
      __typename: 'NoDeployAgentError',
      code: 'NO_DEPLOY_AGENT',
      environment: 'nobody',
    });
    const former = await program.release('nobody', 'v1');
    await program.release('nobody', 'v2');
    const rollback = { environment: 'nobody', to: former, reason: 'broken', idempotencyKey: 'rollback-1' };
    expect(await program.requestRollback(rollback)).toMatchObject({ code: 'NO_DEPLOY_AGENT' });
    await program.agent('nobody', 'host-1');
    await silence('nobody');
    expect(await request(program, 'nobody')).toMatchObject({ code: 'NO_DEPLOY_AGENT' });
    expect(await program.call('deployAgents', '{ deployAgents(environment: "nobody") { name live } }', {})).toEqual([
      { name: 'host-1', live: false },
    ]);
    expect(await program.agent('nobody', 'host-1')).toMatchObject({
      agent: { live: true, version: 'a1' },
      waiting: [],
    });
    expect(await program.requestRollback(rollback)).toMatchObject({ replayed: false });
  });

  test('a request is heard by the agent, taken once of twenty tries, and recorded under its fence', async () => {
    const live = deployer.subscribe<any>(
      `subscription { deploymentRequested(environment: "staging") { cursor deployment { id status releaseVersion } } }`,
    );
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all(Array.from({ length: 20 }, (_, index) => program.agent('staging', `host-${index}`)));
    const { deployment } = await request(await person(), 'staging');
    expect(deployment).toMatchObject({ status: 'QUEUED', execution: 'AGENT', needsApproval: false });
    const [frame] = await live.until(1);
    expect(frame.deploymentRequested.deployment).toMatchObject({ id: deployment.id, releaseVersion: 'v1' });
    live.stop();
    expect((await program.agent('staging', 'host-3')).waiting).toEqual([
      { id: deployment.id, status: 'QUEUED', agent: null },
    ]);
    // Nobody records what nobody has taken.
    expect(await program.record(deployment.id, 'IN_PROGRESS', { sequence: 1 })).toMatchObject({ code: 'FENCE_LOST' });

    const takes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => program.take(deployment.id, `host-${index}`)),
    );
    const [taken, ...others] = takes.filter((one) => one.__typename === 'DeploymentTaken');
    expect(others).toEqual([]);
    expect(taken).toMatchObject({ fence: 1, replayed: false, deployment: { status: 'PENDING' } });
    expect(takes.filter((one) => one.__typename === 'AlreadyTakenError').length).toBe(19);
    const { agent } = taken.deployment;
    expect(takes.find((one) => one.__typename === 'AlreadyTakenError').agent).toBe(agent);

    expect(await program.record(deployment.id, 'IN_PROGRESS', { sequence: 1, fence: 1 })).toMatchObject({
      replayed: false,
    });
    expect(await program.record(deployment.id, 'HEALTH_CHECK', { sequence: 2 })).toMatchObject({ code: 'FENCE_LOST' });
    // The agent was started anew: it takes its own again, and whatever the former process still sends is refused.
    expect(await program.take(deployment.id, agent)).toMatchObject({ fence: 2, replayed: true });
    for (const late of [
      program.record(deployment.id, 'HEALTH_CHECK', { sequence: 2, fence: 1 }),
      program.heartbeat(deployment.id, null, 1),
      program.log(deployment.id, 1, ['x']),
    ]) {
      expect(await late).toMatchObject({ __typename: 'FenceLostError', code: 'FENCE_LOST' });
    }
    expect(await program.heartbeat(deployment.id, null, 2)).toMatchObject({ silenceSeconds: 300 });
    expect((await program.agent('staging', agent)).waiting).toMatchObject([{ id: deployment.id, agent }]);
    expect((await program.agent('staging', agent === 'host-1' ? 'host-2' : 'host-1')).waiting).toEqual([]);
    // A person cancels it without a fence, and the agent learns it from its next record.
    const canceller = await person();
    expect(await canceller.record(deployment.id, 'CANCELLED')).toMatchObject({ replayed: false });
    expect(await program.record(deployment.id, 'HEALTH_CHECK', { sequence: 2, fence: 2 })).toMatchObject({
      code: 'ILLEGAL_TRANSITION',
    });
  });

  test('another agent takes over what is stuck', async () => {
    await program.agent('takeover', 'host-1');
    await program.agent('takeover', 'host-2');
    const { deployment } = await request(program, 'takeover');
    await program.take(deployment.id, 'host-1');
    expect(await program.take(deployment.id, 'host-2')).toMatchObject({ code: 'ALREADY_TAKEN', agent: 'host-1' });
    await t.db.sql('update deployments set stuck = true where id = $1', [deployment.id]);
    expect((await program.agent('takeover', 'host-2')).waiting).toMatchObject([{ id: deployment.id }]);
    expect(await program.take(deployment.id, 'host-2')).toMatchObject({
      fence: 2,
      replayed: true,
      deployment: { agent: 'host-2', stuck: false },
    });
  });

  test('an agent that sends no heartbeat takes nothing, nor what is not meant for agents', async () => {
    await program.agent('strict', 'host-1');
    const { deployment } = await request(program, 'strict');
    expect(await program.take(deployment.id, 'stranger')).toMatchObject({ code: 'NO_DEPLOY_AGENT' });
    const self = (await program.start({ environment: 'strict', version: 'v2' })).deployment;
    expect(await program.take(self.id, 'host-1')).toMatchObject({ code: 'BAD_INPUT' });
    // The deployment of somebody else runs: the request waits, and does not block it either.
    expect(await program.take(deployment.id, 'host-1')).toMatchObject({ code: 'ALREADY_RUNNING', runningId: self.id });
    await program.play(self.id, 'CANCELLED');
    expect(await program.take(deployment.id, 'host-1')).toMatchObject({ fence: 1 });
    await program.record(deployment.id, 'CANCELLED');
    expect(await program.take(deployment.id, 'host-1')).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    expect(await program.take('nonsense', 'host-1')).toMatchObject({ code: 'NOT_FOUND' });
    expect(await program.agent('strict', 'no name!')).toMatchObject({ code: 'BAD_INPUT', field: 'name' });
    expect(await program.agent('Strict', 'host-1')).toMatchObject({ code: 'BAD_INPUT', field: 'environment' });
  });

  test('one request of a kind waits in an environment', async () => {
    await program.agent('waiting', 'host-1');
    const { deployment } = await request(program, 'waiting');
    expect(await request(program, 'waiting', { version: 'v2' })).toMatchObject({
      code: 'ALREADY_RUNNING',
      runningId: deployment.id,
    });
    const requests = await program.call(
      'deploymentRequests',
      '{ deploymentRequests(environment: "waiting") { id } }',
      {},
    );
    expect(requests).toEqual([{ id: deployment.id }]);
  });

  test('in production a second person approves, neither the requester nor a program', async () => {
    await program.agent('production', 'host-1');
    const [first, second] = [await person(), await person()];
    const id = randomUUID();
    const { deployment } = await request(first, 'production', { id });
    expect(deployment).toMatchObject({ needsApproval: true, approvedBy: null });
    expect((await program.agent('production', 'host-1')).waiting).toEqual([]);
    expect(await program.take(id, 'host-1')).toMatchObject({ code: 'APPROVAL_NEEDED' });
    expect(await first.approve(id)).toMatchObject({
      __typename: 'SecondPersonNeededError',
      code: 'SECOND_PERSON_NEEDED',
    });
    await expect(program.approve(id)).rejects.toThrow(/FORBIDDEN/);

    const live = deployer.subscribe<any>(
      `subscription { deploymentRequested(environment: "production") { deploymentId } }`,
    );
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    const approved = await second.approve(id);
    expect(approved).toMatchObject({ replayed: false, deployment: { approvedBy: expect.stringMatching(/^user:/) } });
    expect(approved.deployment.approvedBy).not.toBe((await program.read(id, 'startedBy')).startedBy);
    expect(await second.approve(id)).toMatchObject({ replayed: true });
    expect(await (await person()).approve(id)).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    expect((await live.until(1))[0].deploymentRequested.deploymentId).toBe(id);
    live.stop();
    expect((await program.agent('production', 'host-1')).waiting).toMatchObject([{ id }]);
    expect(await program.take(id, 'host-1')).toMatchObject({ fence: 1 });
    expect(await second.approve(randomUUID())).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('nobody approves what they asked for through a key of their own', async () => {
    await program.agent('production', 'host-1');
    const admin = await t.as('ADMIN');
    const key = await admin.query<any>(
      `mutation { createApiKey(name: "mine", scopes: ["deploy:read", "deploy:write", "deploy:approve"]) {
        __typename ... on ApiKeyCreated { secret } ... on UserError { message } } }`,
    );
    const secret = key.data.createApiKey?.secret as string;
    expect(secret).toBeTruthy();
    const mine = recorderOf(t.withToken(secret));
    const { deployment } = await request(mine, 'production', { kind: 'HOTFIX' });
    expect(await recorderOf(admin).approve(deployment.id)).toMatchObject({ code: 'SECOND_PERSON_NEEDED' });
    expect(await mine.approve(deployment.id)).toMatchObject({ code: 'SECOND_PERSON_NEEDED' });
    expect(await (await person()).approve(deployment.id)).toMatchObject({ replayed: false });
  });

  test('a rollback is asked for once by its key, and becomes the live one when the agent has done it', async () => {
    await program.agent('rolled', 'host-1');
    const good = await program.release('rolled', 'v1');
    const bad = await program.release('rolled', 'v2');
    const input = { environment: 'rolled', to: good, reason: 'dead letters', idempotencyKey: 'rolled-back-1' };
    const { deployment } = await program.requestRollback(input);
    expect(deployment).toMatchObject({
      kind: 'ROLLBACK',
      trigger: 'MANUAL',
      execution: 'AGENT',
      restoresId: good,
      releaseVersion: 'v1',
      reason: 'dead letters',
    });
    expect(await program.requestRollback(input)).toMatchObject({ replayed: true, deployment: { id: deployment.id } });
    expect(await program.requestRollback({ ...input, reason: 'other' })).toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
    expect(await program.requestRollback({ ...input, to: bad, idempotencyKey: 'rolled-back-2' })).toMatchObject({
      code: 'BAD_INPUT',
    });
    expect(
      await program.requestRollback({ ...input, environment: 'staging', idempotencyKey: 'rolled-back-3' }),
    ).toMatchObject({ code: 'NOT_FOUND', field: 'to' });
    const { fence } = await program.take(deployment.id, 'host-1');
    for (const [index, status] of ['IN_PROGRESS', 'HEALTH_CHECK', 'SUCCESS'].entries()) {
      await program.record(deployment.id, status, { sequence: index + 1, fence });
    }
    expect(await program.live('rolled')).toMatchObject({ id: deployment.id, releaseVersion: 'v1' });
    expect(await program.read(bad, 'status')).toEqual({ status: 'ROLLED_BACK' });
  });

  test('a rollback that still waits is cancelled when another deployment goes live, for it was aimed at the former one', async () => {
    await program.agent('overtaken', 'host-1');
    const good = await program.release('overtaken', 'v1');
    const bad = await program.release('overtaken', 'v2');
    const input = { environment: 'overtaken', to: good, reason: 'broken', idempotencyKey: 'overtaken-1' };
    const { deployment } = await program.requestRollback(input);
    const waiting = (await request(program, 'overtaken', { version: 'v4' })).deployment;
    await program.release('overtaken', 'v3');
    const { status, events } = await program.read(deployment.id, 'status events { message }');
    expect([status, events.at(-1).message]).toEqual(['CANCELLED', 'Overtaken by v3.']);
    expect(await program.read(bad, 'status')).toEqual({ status: 'INACTIVE' });
    expect((await program.agent('overtaken', 'host-1')).waiting).toMatchObject([{ id: waiting.id }]);
  });

  test('errors of agents and approvals are told in Arabic too', async () => {
    const arabic = recorderOf(deployer, { 'accept-language': 'ar' });
    await program.agent('arabic', 'host-1');
    await program.agent('arabic', 'host-2');
    const { deployment } = await request(arabic, 'arabic');
    expect((await arabic.record(deployment.id, 'IN_PROGRESS')).message).toMatch(/أوقف تنفيذه/);
    await arabic.take(deployment.id, 'host-1');
    expect((await arabic.take(deployment.id, 'host-2')).message).toMatch(/وكيل آخر/);
    await arabic.agent('production', 'host-1');
    const first = recorderOf(await t.as('OWNER'), { 'accept-language': 'ar' });
    const asked = (await request(first, 'production', { kind: 'RESTART' })).deployment;
    expect((await first.approve(asked.id)).message).toMatch(/شخص آخر/);
    expect((await arabic.take(asked.id, 'host-1')).message).toMatch(/يوافق عليه شخص ثانٍ/);
  });
});
