import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestClient, type TestClient } from '../support/app.js';
import { CLUSTER_SECRETS } from '../support/cluster.js';
import { until } from '../support/deploy-host.js';
import { recorderOf } from '../support/deployments.js';
import { startRealHost, type RealHost } from '../support/real-release.js';

/** The deploy program, nginx, Postgres, Redis and processes as they are; the release in question really is broken. */
describe('a release whose item handler throws', () => {
  let host: RealHost;
  let client: TestClient;
  let owner: ReturnType<typeof recorderOf>;
  const accepted: string[] = [];
  const refused: number[] = [];

  /** A change of every item, told by a webhook through the public address. */
  const webhooks = async (): Promise<void> => {
    for (const { itemId } of host.simulator.items()) {
      const item = host.simulator.edit(itemId, {});
      const target = { url: host.publicUrl, secret: CLUSTER_SECRETS.ZOHO_WEBHOOK_SECRET };
      const status = await host.simulator.send(target, item, 'edited');
      if (status === 202) accepted.push(itemId);
      else refused.push(status);
    }
  };
  const inbox = () => host.sql<any>('select status, count(*)::int as n from tds_inbox_events group by 1 order by 1');
  const isDone = async (): Promise<boolean> => (await inbox()).every(({ status }) => status === 'completed');

  beforeAll(async () => {
    host = await startRealHost({ WATCH_MINUTES: '0.01' });
    const { code, lines } = await host.deploy('good-1');
    if (code !== 0) throw new Error(lines.join('\n'));
    client = createTestClient(host.publicUrl, await host.signIn());
    owner = recorderOf(client);
    await webhooks();
    await until('the first items', isDone);
  }, 120_000);
  afterAll(async () => {
    await client?.close();
    await host?.stop();
  }, 60_000);

  test('goes back by itself, is named by the issues of its deployment, and no event is lost', async () => {
    // A company's webhooks do not stop for a deployment.
    let deploying = true;
    const sending = (async () => {
      while (deploying) {
        await webhooks();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    const release = host.releaseWithBrokenItems('broken-1');
    const { code, lines } = await host
      .cli(['deploy', '--version', 'broken-1', '--release', release], { WATCH_MINUTES: '2' })
      .finally(() => (deploying = false));
    await sending;

    expect({ code, lines: code === 1 ? [] : lines }).toEqual({ code: 1, lines: [] });
    const [run] = host.state().history;
    expect([run?.release.version, run?.outcome]).toEqual(['broken-1', 'ROLLED_BACK']);
    expect(lines.join('\n')).toMatch(/Too many tries of jobs fail|Dead letters rose|Jobs ended as dead letters/);
    expect(await host.serving()).toBe('good-1');
    expect(host.state().worker?.release.version).toBe('good-1');

    const { nodes } = await owner.call(
      'deployments',
      '{ deployments(first: 10) { nodes { id releaseVersion status } } }',
      {},
    );
    const broken = nodes.find((one: any) => one.releaseVersion === 'broken-1');
    const good = nodes.find((one: any) => one.releaseVersion === 'good-1');
    expect(broken.status).toBe('ROLLED_BACK');
    expect(await owner.watch(broken.id)).toMatchObject({ state: 'BREACHED', needsRollback: false });
    const { errors } = await owner.issues(broken.id);
    expect(errors).toEqual([
      expect.objectContaining({
        kind: 'pull',
        entityType: 'products',
        errorCode: 'TypeError',
        errorClass: 'TypeError',
      }),
    ]);
    expect((await owner.issues(good.id)).errors).toEqual([]);
    const first = await host.sql<any>(
      `select distinct first_failed_version, first_failed_deployment_id from tds_sync_queue
       where first_failed_version is not null`,
    );
    expect(first).toEqual([{ first_failed_version: 'broken-1', first_failed_deployment_id: broken.id }]);

    // The release that is back brings in what the broken one could not; what had no try left is put back by a person.
    await client.query(
      'mutation { retrySyncItems(selection: { filter: { status: { eq: DEAD_LETTER } } }) { __typename } }',
    );
    await client.query('mutation { retrySyncItems(selection: { filter: { status: { eq: FAILED } } }) { __typename } }');
    await until('every event', isDone);
    expect(refused).toEqual([]);
    const [{ received }] = await host.sql<any>(
      `select (count(*) + sum(duplicate_count))::int as received from tds_inbox_events where source_type = 'webhook'`,
    );
    expect(received).toBe(accepted.length);
    const links = await host.sql<any>('select external_ref, remote_modified_at from sync_links');
    for (const item of host.simulator.items()) {
      const link = links.find((one: any) => one.external_ref === item.itemId);
      expect(link.remote_modified_at.getTime()).toBe(Math.floor(item.modifiedMs / 1000) * 1000);
    }
  }, 180_000);
});
