import { Buffer } from 'node:buffer';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startCluster } from '../support/cluster.js';
import { runLoad, table } from './load.js';
import { signIn, startBound } from './peers.js';

const SCALES = (process.env['BENCH_SCALES'] ?? '1,10').split(',').map(Number);
/** Q3 asks one customer, Q5 a page in the middle of all orders; what they need is read from the company. */
const queriesOf = (customerId: string, cursor: string): Record<string, [string, Record<string, unknown>]> => ({
  search: ['query($s: String!) { products(first: 20, search: $s) { nodes { id name } } }', { s: 'كابل' }],
  list: ['query($n: Int!) { products(first: $n) { nodes { id name sku basePrice { amount currency } } } }', { n: 50 }],
  Q1: [
    'query($n: Int!) { products(first: $n) { nodes { id name price(priceList: "wholesale_a") { amount currency } stockLevels { onHand available warehouse { code } } } } }',
    { n: 50 },
  ],
  Q2: [
    'query($n: Int!) { orders(first: $n) { nodes { id number total { amount currency } customer { name } lines { quantity lineTotal { amount } product { id name } } } } }',
    { n: 20 },
  ],
  Q3: [
    'query($id: ID!) { customer(id: $id) { id code name creditLimit { amount currency } orders { id number status total { amount } } balances { currency balance { amount } } } }',
    { id: customerId },
  ],
  Q5: [
    'query($c: String) { orders(first: 20, after: $c) { totalCount nodes { id number total { amount } } } }',
    { c: cursor },
  ],
});

/** How the tail of a list grows when the company grows tenfold, beside the growth of the bare statement. */
export async function benchScale(connections: number, seconds: number): Promise<void> {
  const measured = new Map<string, { ours: number; bound: number; p95: number; boundP95: number }[]>();
  for (const scale of SCALES) {
    const cluster = await startCluster({ workers: 0, items: 1, settings: { RATE_LIMIT_PERCENT: '1000000' } });
    const bound = await startBound(cluster);
    try {
      await promisify(execFile)(process.execPath, ['dist/src/main.js', 'generate', '--scale', String(scale)], {
        env: { PATH: process.env['PATH'], DATABASE_URL: cluster.databaseUrl },
      });
      await cluster.sql(
        `create table bound_middle as select created_at, id from orders order by created_at desc, id desc
         offset (select count(*) / 2 from orders) limit 1`,
      );
      await cluster.sql('vacuum analyze');
      const [middle] = await cluster.sql<{ key: string; id: string }>(
        'select created_at::text as key, id from bound_middle',
      );
      const [customer] = await cluster.sql<{ id: string }>(`select id from customers where code = 'G000001'`);
      const cursor = Buffer.from(JSON.stringify(['CREATED_DESC', middle?.key, middle?.id])).toString('base64url');
      const token = await signIn(cluster.apiUrl);
      for (const [name, [query, variables]] of Object.entries(queriesOf(customer?.id ?? '', cursor))) {
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
        const app = await runLoad(
          {
            method: 'POST',
            url: `${cluster.apiUrl}/graphql`,
            headers,
            body: JSON.stringify({ query, variables }),
          },
          cluster.pid('api0'),
          connections,
          seconds,
        );
        const best = await runLoad(
          { method: 'GET', url: `${bound.url}/${name}` },
          bound.child.pid as number,
          connections,
          seconds,
        );
        if (app.failed + best.failed > 0) throw new Error(`${name}: ${app.failed + best.failed} answers failed.`);
        const row = { ours: app.perSecond, bound: best.perSecond, p95: app.p95, boundP95: best.p95 };
        measured.set(name, [...(measured.get(name) ?? []), row]);
      }
    } finally {
      bound.child.kill();
      await cluster.stop();
    }
  }
  table(
    `Scale 1 and 10, ${connections} connections: p95 in ms, and how it grew`,
    ['query', 'ours x1', 'ours x10', 'growth', 'bound x1', 'bound x10', 'growth of bound', 'share x1', 'share x10'],
    [...measured].map(([name, [one, ten]]) => {
      if (!one || !ten) throw new Error('A scale is missing.');
      return [
        name,
        one.p95,
        ten.p95,
        ten.p95 / one.p95,
        one.boundP95,
        ten.boundP95,
        ten.boundP95 / one.boundP95,
        one.ours / one.bound,
        ten.ours / ten.bound,
      ];
    }),
  );
}
