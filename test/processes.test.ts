import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { entitySyncs } from '../src/sync/entities/registry.js';
import { startCluster, CLUSTER_SECRETS, type Cluster } from './support/cluster.js';
import { createTestClient, type TestClient } from './support/app.js';

/** Several machines, as far as one can play them: two API processes, two workers, one Postgres, one Redis. */
describe('several API and worker processes over one Postgres and one Redis', () => {
  let cluster: Cluster;
  let clients: TestClient[];
  beforeAll(async () => {
    cluster = await startCluster({ workers: 2, apis: 2, items: 300 });
    clients = [];
    for (const url of cluster.apiUrls) {
      const anonymous = createTestClient(url, null);
      const { data } = await anonymous.query<any>(
        `mutation { signIn(email: "${CLUSTER_SECRETS.ADMIN_EMAIL}", password: "${CLUSTER_SECRETS.ADMIN_PASSWORD}") { ... on Session { accessToken } } }`,
      );
      clients.push(createTestClient(url, data.signIn.accessToken));
    }
  }, 120_000);
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await cluster.stop();
  }, 60_000);

  test('the scheduled first load runs once, by several workers, and every process sees the same', async () => {
    await cluster.until<any>(
      'the load',
      `select count(*)::int as n from tds_sync_runs where status = 'completed'`,
      ([row]) => row.n >= entitySyncs.length,
      60_000,
    );
    const totals = await Promise.all(clients.map((client) => client.query<any>('{ products { totalCount } }')));
    expect(totals.map((one) => one.data.products.totalCount)).toEqual([300, 300]);
    expect(
      await cluster.sql<any>(
        `select entity_type as entity, count(*)::int as n from tds_sync_runs where run_type = 'full' group by 1 order by 1`,
      ),
    ).toEqual(entitySyncs.map(({ name }) => ({ entity: name, n: 1 })).sort((a, b) => (a.entity < b.entity ? -1 : 1)));
    const workers = await cluster.sql<any>(`select distinct worker from tds_sync_attempts where result = 'completed'`);
    expect(workers.length).toBe(2);
  });

  test('a webhook at one process is seen live at the other, once', async () => {
    const live = clients.map((client) =>
      client.subscribe<any>(
        'subscription { entityChanged(types: ["product"]) { cursor entityId product { basePrice { amount } } } }',
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const item = cluster.simulator.items()[5]!;
    cluster.simulator.edit(item.itemId, { rate: 123.45 });
    expect(
      await cluster.simulator.send({ url: cluster.apiUrls[0] as string, secret: cluster.webhookSecret }, item),
    ).toBe(202);
    const frames = await Promise.all(live.map((one) => one.until(1)));
    expect(frames.map(([frame]) => frame.entityChanged.product.basePrice.amount)).toEqual(['123.45', '123.45']);
    expect(frames[0]?.[0].entityChanged.cursor).toBe(frames[1]?.[0].entityChanged.cursor);
    for (const one of live) one.stop();
  });

  test('a session that ends at one process ends at the other', async () => {
    const anonymous = createTestClient(cluster.apiUrls[0] as string, null);
    const { data } = await anonymous.query<any>(
      `mutation { signIn(email: "${CLUSTER_SECRETS.ADMIN_EMAIL}", password: "${CLUSTER_SECRETS.ADMIN_PASSWORD}") { ... on Session { accessToken } } }`,
    );
    const there = createTestClient(cluster.apiUrls[1] as string, data.signIn.accessToken);
    const live = there.subscribe('subscription { syncStatsUpdated { pending } }');
    await live.until(1);
    await createTestClient(cluster.apiUrls[0] as string, data.signIn.accessToken).query('mutation { signOut }');
    await live.ended;
    expect((live.errors[0] as { code: number }).code).toBe(4403);
    expect((await there.query('{ me { name } }')).status).toBe(401);
  });

  test('rolling restarts under load fail no request and exit 0', async () => {
    let failed = 0;
    let answered = 0;
    let running = true;
    const load = async (): Promise<void> => {
      while (running) {
        // What a proxy does: a process that is not ready is left out, and a refused connection tries the other.
        let ok = false;
        for (const client of clients) {
          ok = await client.query<any>('{ products(first: 1) { nodes { id } } }').then(
            (answer) => answer.status === 200,
            () => false,
          );
          if (ok) break;
        }
        if (ok) answered += 1;
        else failed += 1;
      }
    };
    const loads = [load(), load()];
    for (const name of ['api0', 'api1', 'api0', 'api1']) expect(await cluster.restart(name)).toBe(0);
    running = false;
    await Promise.all(loads);
    expect(answered).toBeGreaterThan(50);
    expect(failed).toBe(0);
  });
});
