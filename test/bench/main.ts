import type { ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { cpus, totalmem } from 'node:os';
import { WebSocket } from 'ws';
import { startCluster, type Cluster } from '../support/cluster.js';
import { benchClients } from './client-headers.js';
import { runLoad, table, type LoadRequest } from './load.js';
import { benchInvoices } from './invoices.js';
import { benchNeighbour } from './neighbours.js';
import { benchOverload } from './overload.js';
import { signIn, startBound } from './peers.js';
import { benchQueue } from './queue.js';
import { benchScale } from './scale.js';
import { benchStatements } from './statements.js';

/** npm run bench: ratios in one run, each against a bound made in the same run. Bounded in time; no test asserts them.
 * `npm run bench -- scale statements reads clients fanout queue webhooks neighbour overload invoices` runs some of them. */
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4);
const CONNECTIONS = 16;
const SUBSCRIBERS = 1000;
const EVENTS = 200;
const SOCKETS_A_KEY = 20;
/** Made before the clock starts: the load shares the cores with what it measures. */
const WEBHOOKS = 15_000 * (SECONDS + 1);

const PRICES = `insert into prices (id, price_list_id, product_id, min_quantity, amount, updated_at)
  select gen_random_uuid(), l.id, p.id, q, round(coalesce(p.base_price_usd, 1) / q, 2), now()
  from price_lists l, products p, (values (1), (10)) as t(q) where l.currency = 'USD'`;
const CUSTOMERS = `insert into customers (id, code, name, name_ar, currency, price_list_id, search_text, created_at, updated_at)
  select gen_random_uuid(), 'B' || lpad(g::text, 5, '0'), 'Customer ' || g, 'Customer ' || g, 'USD', l.id, 'customer ' || g, now(), now()
  from generate_series(1, 5000) g, price_lists l where l.code = 'wholesale_a'`;

const wanted = new Set(process.argv.slice(2));
const wants = (name: string): boolean => wanted.size === 0 || wanted.has(name);
async function benchReads(cluster: Cluster, bound: { child: ChildProcess; url: string }, token: string): Promise<void> {
  const ask = async (
    query: string,
  ): Promise<{ products: { pageInfo: { endCursor: string; hasNextPage: boolean } } }> => {
    const response = await fetch(`${cluster.apiUrl}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    return ((await response.json()) as { data: never }).data;
  };
  let cursor = '';
  for (let page = 0; page < 20; page += 1) {
    const { products } = await ask(
      `{ products(first: 100, after: ${cursor ? `"${cursor}"` : 'null'}) { pageInfo { endCursor } } }`,
    );
    cursor = products.pageInfo.endCursor;
  }
  const [customer] = await cluster.sql<{ id: string }>(`select id from customers where code = 'B00001'`);
  const customerId = customer?.id ?? '';
  const queries: Record<string, [string, Record<string, unknown>]> = {
    list: [
      'query($n: Int!) { products(first: $n) { nodes { id name sku basePrice { amount currency } } } }',
      { n: 50 },
    ],
    nested: [
      'query($n: Int!) { products(first: $n) { nodes { id name category { name } stock { onHand } sync { state syncedAt } } } }',
      { n: 50 },
    ],
    Q1: [
      'query($n: Int!) { products(first: $n) { nodes { id name price(priceList: "wholesale_a") { amount currency } stockLevels { onHand available warehouse { code } } } } }',
      { n: 50 },
    ],
    master: [
      'query($id: ID!) { customer(id: $id) { id code name creditLimit { amount currency } priceList { code } salesperson { name } addresses { label city } contacts { name } } }',
      { id: customerId },
    ],
    search: ['query($s: String!) { products(first: 20, search: $s) { nodes { id name } } }', { s: 'كابل' }],
    deep: ['query($c: String) { products(first: 20, after: $c) { nodes { id name } } }', { c: cursor }],
  };
  const rows: (string | number)[][] = [];
  for (const [name, [query, variables]] of Object.entries(queries)) {
    const ours: LoadRequest = {
      method: 'POST',
      url: `${cluster.apiUrl}/graphql`,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    };
    // Until the query is compiled and the process is warm.
    await runLoad(ours, cluster.pid('api0'), CONNECTIONS, 3);
    const app = await runLoad(ours, cluster.pid('api0'), CONNECTIONS, SECONDS);
    const best = await runLoad(
      { method: 'GET', url: `${bound.url}/${name}` },
      bound.child.pid as number,
      CONNECTIONS,
      SECONDS,
    );
    const many = await runLoad(ours, cluster.pid('api0'), 64, SECONDS / 2);
    rows.push([
      name,
      app.perSecond,
      best.perSecond,
      app.perSecond / best.perSecond,
      app.cpuMs,
      best.cpuMs,
      app.p50,
      app.p99,
      many.p50,
      app.failed + many.failed,
    ]);
  }
  table(
    `Reads, ${CONNECTIONS} connections, 2,218 products; bound: one hand-written statement over node:http`,
    ['query', 'ours/s', 'bound/s', 'share', 'CPU ms', 'bound CPU ms', 'p50 ms', 'p99 ms', 'p50 at 64', 'failed'],
    rows,
  );
}

async function benchWebhooks(cluster: Cluster, bound: { child: ChildProcess; url: string }): Promise<void> {
  const { inventoryDetail } = await import('../../src/simulator/item-body.js');
  const items = cluster.simulator.items();
  let counter = 0;
  const make = () => {
    counter += 1;
    const item = items[counter % items.length] as (typeof items)[number];
    const body = JSON.stringify({
      item: inventoryDetail(
        { ...item, rate: counter, modifiedMs: Date.UTC(2026, 8, 1) + counter * 1000 },
        cluster.simulator.switches,
      ),
    });
    const signature = createHmac('sha256', cluster.webhookSecret).update(body).digest('hex');
    return { body, headers: { 'content-type': 'application/json', 'x-zoho-webhook-signature': signature } };
  };
  const rows: (string | number)[][] = [];
  for (const connections of [16, 64]) {
    const spec = { method: 'POST', body: make, bodies: WEBHOOKS, expect: 202 } as const;
    const app = await runLoad(
      { ...spec, url: `${cluster.apiUrl}/api/zoho/webhooks/products` },
      cluster.pid('api0'),
      connections,
      SECONDS,
    );
    const best = await runLoad(
      { ...spec, url: `${bound.url}/webhook` },
      bound.child.pid as number,
      connections,
      SECONDS,
    );
    rows.push([
      `${connections} clients`,
      app.perSecond,
      best.perSecond,
      app.perSecond / best.perSecond,
      app.cpuMs,
      best.cpuMs,
      app.p50,
      app.p99,
      app.failed,
    ]);
  }
  table(
    'Webhooks over HTTP with HMAC, answered after the commit; bound: two inserts in a transaction',
    ['', 'ours/s', 'bound/s', 'ours / bound', 'CPU ms', 'bound CPU ms', 'p50 ms', 'p99 ms', 'failed'],
    rows,
  );
}

async function openSockets(
  url: string,
  protocol: string | undefined,
  prepare: (socket: WebSocket, index: number) => Promise<void>,
): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let begin = 0; begin < SUBSCRIBERS; begin += 50) {
    sockets.push(
      ...(await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const socket = new WebSocket(url, protocol, { perMessageDeflate: false });
          await new Promise((resolve, reject) => {
            socket.once('open', resolve);
            socket.once('error', reject);
          });
          await prepare(socket, begin + index);
          return socket;
        }),
      )),
    );
  }
  return sockets;
}

/** Milliseconds until every subscriber has received every event. */
function receiveAll(sockets: readonly WebSocket[], start: () => Promise<void> | void): Promise<number> {
  const total = sockets.length * EVENTS;
  let received = 0;
  return new Promise((resolve) => {
    const begun = performance.now();
    for (const socket of sockets) {
      socket.on('message', () => {
        received += 1;
        if (received === total) resolve(performance.now() - begun);
      });
    }
    void start();
  });
}

/** Keys with equal rights: one person may not hold all the sockets. */
async function makeKeys(url: string, token: string, count: number): Promise<string[]> {
  const query = `mutation($name: String!) { createApiKey(name: $name, scopes: ["sync:read"]) { ... on ApiKeyCreated { secret } } }`;
  const keys: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { name: `subscriber ${index}` } }),
    });
    keys.push(((await response.json()) as { data: { createApiKey: { secret: string } } }).data.createApiKey.secret);
  }
  return keys;
}

async function benchFanOut(
  cluster: Cluster,
  bound: { child: ChildProcess; url: string },
  token: string,
): Promise<void> {
  const subscribe = JSON.stringify({
    id: '1',
    type: 'subscribe',
    payload: {
      query: 'subscription { syncQueueEvents { cursor type itemId entityType remoteId outcome occurredAt } }',
    },
  });
  const keys = await makeKeys(cluster.apiUrl, token, SUBSCRIBERS / SOCKETS_A_KEY);
  const ours = await openSockets(
    `${cluster.apiUrl.replace('http', 'ws')}/graphql`,
    'graphql-transport-ws',
    async (socket, index) => {
      const key = keys[index % keys.length];
      const acknowledged = new Promise((resolve) => socket.once('message', resolve));
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
      await acknowledged;
      socket.send(subscribe);
    },
  );
  // All have joined the hub when its gauge says so.
  for (;;) {
    const metrics = await (await fetch(`${cluster.apiUrl}/metrics`)).text();
    if (metrics.includes(`tsh_live_subscriptions ${SUBSCRIBERS}`)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await new Promise((resolve) => setTimeout(resolve, 1500));
  let sample = '';
  ours[0]?.once('message', (data: Buffer) => (sample = data.toString()));
  const oursMs = await receiveAll(ours, async () => {
    await cluster.sql(
      `insert into event_outbox (name, entity_type, entity_id, data)
       select 'queueItemCompleted', 'queue', gen_random_uuid()::text, '{"kind":"pull","entityType":"products","remoteId":"2646610000000001001","status":"completed","outcome":"applied"}'
       from generate_series(1, ${EVENTS})`,
    );
    await cluster.sql('select * from number_events(2000)');
  });
  for (const socket of ours) socket.terminate();
  const raw = await openSockets(bound.url.replace('http', 'ws'), undefined, () => Promise.resolve());
  const rawMs = await receiveAll(raw, () => void bound.child.send({ broadcast: `${sample}SEQ`, times: EVENTS }));
  for (const socket of raw) socket.terminate();
  const frames = SUBSCRIBERS * EVENTS;
  table(
    `Fan-out: ${EVENTS} events to ${SUBSCRIBERS} subscribers; bound: the same text by raw broadcast`,
    ['', 'frames/s', 'share of raw'],
    [
      ['ours (log, execution, rights, resumable)', (frames / oursMs) * 1000, rawMs / oursMs],
      ['raw broadcast', (frames / rawMs) * 1000, 1],
    ],
  );
}

if (wants('scale')) await benchScale(CONNECTIONS, SECONDS);
if (wants('statements')) await benchStatements(SECONDS);
if (wants('neighbour')) await benchNeighbour(SECONDS);
if (wants('overload')) await benchOverload(SECONDS);
if (wants('invoices')) await benchInvoices(SECONDS);
if (!['reads', 'clients', 'fanout', 'queue', 'webhooks'].some(wants)) process.exit(0);
// One user asks thousands of times a second here; the budget of one user is not what is measured.
const cluster = await startCluster({ workers: 1, items: 2218, settings: { RATE_LIMIT_PERCENT: '1000000' } });
const bound = await startBound(cluster);
try {
  process.stdout.write(
    `${cpus().length} cores (${cpus()[0]?.model ?? ''}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}\n`,
  );
  await cluster.until<{ n: number }>(
    'the load of every entity',
    `select (count(*) > 1 and bool_and(status = 'completed'))::int as n from tds_sync_runs`,
    ([row]) => row?.n === 1,
    120_000,
  );
  await cluster.sql(PRICES);
  await cluster.sql(CUSTOMERS);
  await cluster.sql('vacuum analyze');
  const token = await signIn(cluster.apiUrl);
  if (wants('reads')) await benchReads(cluster, bound, token);
  if (wants('clients')) await benchClients(cluster, token, CONNECTIONS, SECONDS);
  if (wants('fanout')) await benchFanOut(cluster, bound, token);
  if (wants('queue')) await benchQueue(cluster.databaseUrl);
  // Last: it fills the queue, and the worker then works.
  cluster.holdBack('worker0');
  if (wants('webhooks')) await benchWebhooks(cluster, bound);
} finally {
  bound.child.kill();
  await cluster.stop();
}
