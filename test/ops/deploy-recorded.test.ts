import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCli } from '../../ops/cli.js';
import { followRecord } from '../../ops/deploy/follow-record.js';
import { stepsOf } from '../../ops/deploy/steps.js';
import { createTestClient, type TestClient } from '../support/app.js';
import { ensurePostgresTools } from '../support/backup.js';
import { until } from '../support/deploy-host.js';
import { recorderOf } from '../support/deployments.js';
import { startRealHost, type RealHost } from '../support/real-release.js';

/** The real deployer and the real server's record of it: what one writes is what the other shows. */
describe('a deployment that is recorded by the server that it brings out', () => {
  let host: RealHost;
  let client: TestClient;
  let owner: ReturnType<typeof recorderOf>;
  const seen: string[] = [];
  let following: { stop(): Promise<void> };
  const stopping = new AbortController();
  const printed: string[] = [];
  let agent: Promise<number> | null = null;

  beforeAll(async () => {
    ensurePostgresTools();
    host = await startRealHost({ BACKUP_MIN_FREE_MB: '1', DEPLOY_AGENT_NAME: 'host-1' });
    const { code, lines } = await host.deploy('e1');
    if (code !== 0) throw new Error(lines.join('\n'));
    client = createTestClient(host.publicUrl, await host.signIn());
    owner = recorderOf(client);
    following = followRecord({
      url: host.publicUrl,
      token: host.env['DEPLOY_TOKEN'] ?? '',
      environment: 'test',
      show: (line) => void seen.push(line.trim()),
    });
    await host.untilSubscribed(1);
  }, 60_000);
  afterAll(async () => {
    stopping.abort();
    await agent;
    await following.stop();
    await client.close();
    await host.stop();
  }, 60_000);

  const EVENTS = 'id status kind agent execution events { sequence status step evidence { backupId } }';
  const recorded = async (version: string): Promise<any> => {
    const { nodes } = await owner.call(
      'deployments',
      `{ deployments(first: 20) { nodes { releaseVersion ${EVENTS} } } }`,
      {},
    );
    return nodes.find((one: any) => one.releaseVersion === version);
  };
  const stepsIn = (events: any[]): string[] => [...new Set(events.map(({ step }) => step).filter(Boolean))] as string[];
  const PLAN = stepsOf('RELEASE').map(({ name }) => name);

  test('what the first release did before anybody could listen is recorded by itself', async () => {
    const first = await recorded('e1');
    expect(first.status).toBe('SUCCESS');
    expect(stepsIn(first.events)).toEqual(expect.arrayContaining(PLAN));
  });

  test('each step is seen live, over the switch, and the backup is recorded before anything changes', async () => {
    const { code, lines } = await host.deploy('e2', { DEPLOY_BACKUP: 'true' });
    expect({ code, lines: code === 0 ? [] : lines }).toEqual({ code: 0, lines: [] });
    await until('the success on the subscription', () => seen.includes('subscription: SUCCESS e2'));
    const second = await recorded('e2');
    const live = seen.filter((line) => line.includes(' e2')).map((line) => line.split(' e2 ')[1]);
    expect([...new Set(live.filter((step) => step !== undefined))]).toEqual(stepsIn(second.events));
    expect(stepsIn(second.events)).toEqual(PLAN);
    expect(second.status).toBe('SUCCESS');
    expect((await recorded('e1')).status).toBe('INACTIVE');
  });

  test('the backup before it is recorded as verified, by the server that it was taken from', async () => {
    const { nodes } = await owner.call(
      'backups',
      '{ backups(first: 10) { nodes { kind environment deploymentId verifiedAt } } }',
      {},
    );
    const database = nodes.find((one: any) => one.kind === 'DATABASE');
    const { id, events } = await recorded('e2');
    expect(database).toMatchObject({ environment: 'test', deploymentId: id, verifiedAt: expect.any(String) });
    const names = events.map(({ step }: any) => step);
    expect(names.indexOf('backup')).toBeLessThan(names.indexOf('migrate'));
    expect(events.find(({ step }: any) => step === 'backup').evidence.backupId).toMatch(/^\d{8}_\d{6}$/);
  });

  test('an agent takes what people ask for, carries it out, and goes back when it is asked to', async () => {
    expect(await owner.start({ environment: 'test', version: 'e3', execution: 'AGENT' })).toMatchObject({
      __typename: 'NoDeployAgentError',
    });
    agent = runCli(['agent'], {
      env: host.env,
      out: (line) => void printed.push(line),
      signal: stopping.signal,
    });
    const agents = () => owner.call('deployAgents', '{ deployAgents(environment: "test") { name live } }', {});
    await until('the agent', async () => (await agents())[0]?.live === true);
    const { deployment } = await owner.start({ environment: 'test', version: 'e3', execution: 'AGENT' });
    const ended = async (id: string) => (await owner.read(id, 'status')).status === 'SUCCESS';
    await until('e3', () => ended(deployment.id));
    expect(await host.serving()).toBe('e3');
    const third = await owner.read(deployment.id, EVENTS);
    expect(third).toMatchObject({ agent: 'host-1', execution: 'AGENT', kind: 'RELEASE' });
    expect(stepsIn(third.events)).toEqual(expect.arrayContaining(PLAN));

    const former = (await recorded('e2')).id;
    const asked = { environment: 'test', to: former, reason: 'prices are wrong', idempotencyKey: 'back-to-e2' };
    const back = (await owner.requestRollback(asked)).deployment;
    await until('the way back', () => ended(back.id));
    expect(await host.serving()).toBe('e2');
    expect(await owner.read(back.id, 'kind restoresId agent')).toEqual({
      kind: 'ROLLBACK',
      restoresId: former,
      agent: 'host-1',
    });
    expect((await recorded('e3')).status).toBe('ROLLED_BACK');
    stopping.abort();
    expect(await agent).toBe(0);
    expect(printed.at(-1)).toBe('The agent has stopped.');
  });
});
