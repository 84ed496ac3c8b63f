import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { newId } from '../../src/kernel/ids.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { runLoad, table } from './load.js';
import { signIn } from './peers.js';

const ROUNDS = 6;
const WRITERS = [1, 8];
const CREATE = `mutation($input: CreateInvoiceInput!, $key: ID!) {
  createInvoice(input: $input, idempotencyKey: $key) { __typename ... on InvoiceRecorded { invoice { id } } } }`;

const statOf = (pid: string | number): string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];

/** CPU of a Postgres server: its own, that of its connections, and that of those which have ended. */
function postgresCpuMs(pid: number): number {
  const own = statOf(pid);
  let ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(own[field]), 0);
  for (const child of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = statOf(child);
      if (Number(stat[1]) === pid) ticks += Number(stat[11]) + Number(stat[12]);
    } catch {
      // It ended while the list was read.
    }
  }
  return ticks * 10;
}

interface Side {
  name: string;
  cluster: Cluster;
  token: string;
  customers: string[];
}

async function startSide(name: string, build: string | undefined): Promise<Side> {
  const cluster = await startCluster({
    ...{ workers: 0, items: 1 },
    settings: { RATE_LIMIT_PERCENT: '1000000', SYNC_PHASE: 'gradual' },
    ...(build === undefined ? {} : { build }),
  });
  await promisify(execFile)(process.execPath, ['dist/src/main.js', 'generate', '--scale', '1'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: cluster.databaseUrl },
    ...(build === undefined ? {} : { cwd: build }),
  });
  await cluster.sql('vacuum analyze');
  const customers = await cluster.sql<{ id: string }>(
    `select id from customers where currency = 'USD' and archived_at is null order by id limit 400`,
  );
  return { name, cluster, token: await signIn(cluster.apiUrl), customers: customers.map(({ id }) => id) };
}

interface Round {
  perSecond: number;
  api: number;
  postgres: number;
}

/** Numbers the entries of a round and keeps its sales, as the worker does; a build without a journal has none. */
async function numberEntries({ sql }: Cluster): Promise<void> {
  const [known] = await sql<{ found: boolean }>(`select to_regproc('number_entries') is not null as found`);
  if (known?.found !== true) return;
  while ((await sql<{ n: number }>('select number_entries(1000) as n'))[0]?.n === 1000);
  const [keeps] = await sql<{ found: boolean }>(`select to_regproc('keep_sales') is not null as found`);
  while (keeps?.found && (await sql<{ n: number }>('select keep_sales(1000) as n'))[0]?.n === 1000);
}

/** CPU of everything that an invoice costs: the server, and Postgres with the numbers of the entries. */
async function round(side: Side, writers: number, seconds: number): Promise<Round> {
  const { cluster, token, customers } = side;
  let turn = Math.floor(Math.random() * customers.length);
  const counted = async (): Promise<number> =>
    Number((await cluster.sql<{ n: string }>('select count(*) as n from invoices'))[0]?.n);
  const had = await counted();
  const before = postgresCpuMs(cluster.postgresPid());
  const load = await runLoad(
    {
      method: 'POST',
      url: `${cluster.apiUrl}/graphql`,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      bodies: 400 * (seconds + 1) * writers,
      body: () => {
        const customerId = customers[(turn += 1) % customers.length];
        const freeLines = [1, 2, 3, 4].map((n) => ({
          description: `Service ${n}`,
          quantity: '1',
          unitPrice: `${n}.50`,
        }));
        const variables = { input: { customerId, currency: 'USD', freeLines }, key: newId() };
        return { body: JSON.stringify({ query: CREATE, variables }), headers: {} };
      },
    },
    cluster.pid('api0'),
    writers,
    seconds,
  );
  await numberEntries(cluster);
  const spent = postgresCpuMs(cluster.postgresPid()) - before;
  const made = (await counted()) - had;
  if (load.failed > 0 || made === 0)
    throw new Error(`${load.failed} invoices of ${side.name} failed, ${made} were made.`);
  return { perSecond: load.perSecond, api: load.cpuMs, postgres: spent / made };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/**
 * What an invoice of four lines costs, beside another build of the product, in interleaved rounds: BENCH_BASE names the
 * folder of one, such as a checkout from before the journal. Without it only ours is measured.
 */
export async function benchInvoices(seconds: number): Promise<void> {
  const base = process.env['BENCH_BASE'];
  const sides = [await startSide('ours', undefined)];
  if (base !== undefined) sides.push(await startSide('base', base));
  try {
    const rows: (string | number)[][] = [];
    for (const writers of WRITERS) {
      const rounds = sides.map((): Round[] => []);
      for (let turn = 0; turn < ROUNDS; turn += 1) {
        for (const [index, side] of sides.entries()) rounds[index]?.push(await round(side, writers, seconds));
      }
      const cpuOf = (one: Round): number => one.api + one.postgres;
      const [ours = [], theirs = []] = rounds;
      sides.forEach(({ name }, index) => {
        const of = rounds[index] ?? [];
        rows.push([
          `${name}, ${writers} at once`,
          ...(['perSecond', 'api', 'postgres'] as const).map((key) => median(of.map((one) => one[key]))),
          median(of.map(cpuOf)),
          index > 0 || theirs.length === 0
            ? ''
            : median(ours.map((one, at) => cpuOf(one) / cpuOf(theirs[at] as Round))),
          index > 0 || theirs.length === 0
            ? ''
            : median(ours.map((one, at) => one.perSecond / (theirs[at]?.perSecond ?? NaN))),
        ]);
      });
    }
    table(
      `An invoice of four lines, ${ROUNDS} interleaved rounds of ${seconds} s: CPU in ms, by who spends it`,
      ['build', 'invoices/s', 'server', 'Postgres', 'all', 'CPU x base', 'rate x base'],
      rows,
    );
  } finally {
    for (const { cluster } of sides) await cluster.stop();
  }
}
