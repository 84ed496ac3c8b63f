import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openConnection, percentile, runLoad, table } from './load.js';
import { startTradingCluster } from './neighbours.js';
import { percentileOf, startNeighbour } from './neighbour.js';
import { makePeople, type Person } from './people.js';

const QUERY =
  'query Screen($n: Int!) { products(first: $n) { nodes { id name sku stock { onHand } category { name } } } }';
const PEOPLE = 40;
const CONNECTIONS_MOST = 3000;
const TICK_MS = 5;

interface Answer {
  at: number;
  ms: number;
  status: number;
}

/** Sends at a fixed rate, whether answers come or not: what a crowd does, and a closed loop does not. */
async function sendAtRate(url: URL, texts: readonly string[], perSecond: number, seconds: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  const idle: { send(text: string, begun: number): void; end(): void }[] = [];
  const all: (typeof idle)[number][] = [];
  let outstanding = 0;
  let unsent = 0;
  const open = (): (typeof idle)[number] => {
    let begun = 0;
    const socket = openConnection(url, (status) => {
      outstanding -= 1;
      answers.push({ at: begun, ms: performance.now() - begun, status });
      if (status !== 0) idle.push(connection);
    });
    const connection = {
      send(text: string, at: number) {
        begun = at;
        outstanding += 1;
        socket.send(text);
      },
      end: socket.end,
    };
    all.push(connection);
    return connection;
  };
  const begun = performance.now();
  let sent = 0;
  while (performance.now() - begun < seconds * 1000) {
    const due = Math.floor(((performance.now() - begun) / 1000) * perSecond);
    for (; sent < due; sent += 1) {
      const connection = idle.pop() ?? (all.length < CONNECTIONS_MOST ? open() : undefined);
      if (connection) connection.send(texts[sent % texts.length] as string, performance.now());
      else unsent += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const until = performance.now() + 15_000;
  while (outstanding > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  for (let index = 0; index < outstanding; index += 1) answers.push({ at: begun, ms: Infinity, status: 0 });
  for (const connection of all) connection.end();
  if (unsent > 0) process.stdout.write(`${unsent} requests found no connection.\n`);
  return answers;
}

const sorted = (answers: readonly Answer[]): number[] => answers.map(({ ms }) => ms).sort((a, b) => a - b);

/** At three times the rate that saturates: who is accepted, who is refused, and how long until all is as before. */
export async function benchOverload(seconds: number): Promise<void> {
  // The budgets of single users stand aside: what is measured is too many users, not one too greedy.
  const cluster = await startTradingCluster({ RATE_LIMIT_PERCENT: '1000000' });
  try {
    const people = await makePeople(cluster, 'PARTNER', PEOPLE);
    const url = new URL(`${cluster.apiUrl}/graphql`);
    const body = JSON.stringify({ query: QUERY, variables: { n: 50 } });
    const headersOf = ({ token, address }: Person): Record<string, string> => ({
      host: url.host,
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'x-forwarded-for': address,
    });
    const texts = people.map((person) => {
      const lines = Object.entries({ ...headersOf(person), 'content-length': String(Buffer.byteLength(body)) });
      return `POST ${url.pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
    });
    const [first] = people;
    if (!first) throw new Error('People are missing.');
    const saturated = await runLoad(
      { method: 'POST', url: url.href, headers: headersOf(first), body },
      cluster.pid('api0'),
      16,
      seconds,
    );
    const rate = saturated.perSecond;
    // One of the crowd asks from a process of its own: a generator that lags itself would measure its own lag as well.
    const probe = startNeighbour({
      port: Number(url.port),
      token: first.token,
      address: first.address,
      query: QUERY.replace('query Screen($n: Int!)', '').replace('$n', '50'),
      pauseMs: 2,
    });
    await sendAtRate(url, texts, rate * 0.2, seconds);
    await probe.collect();
    const quiet = sorted(await sendAtRate(url, texts, rate * 0.2, seconds));
    const unloaded = percentile(quiet, 0.99);
    const quietProbe = (await probe.collect()).accepted;
    const lag = monitorEventLoopDelay({ resolution: 5 });
    lag.enable();
    const crowd = await sendAtRate(url, texts, rate * 3, seconds * 2);
    lag.disable();
    const crowdProbe = (await probe.collect()).accepted;
    const stopped = performance.now();
    probe.stop();
    const accepted = sorted(crowd.filter(({ status }) => status === 200));
    const refused = sorted(crowd.filter(({ status }) => status === 503 || status === 429));
    const other = crowd.length - accepted.length - refused.length;
    // Normal: a second in which nothing is refused and the tail is what it was.
    let normalAfter = Infinity;
    for (let second = 0; second < 10 && normalAfter === Infinity; second += 1) {
      const begun = performance.now();
      const after = await sendAtRate(url, texts, rate * 0.2, 0.5);
      const isNormal = after.every(({ status }) => status === 200) && percentile(sorted(after), 0.99) <= unloaded * 2;
      if (isNormal) normalAfter = begun - stopped;
    }
    table(
      'Overload: three times the rate that saturates, from 40 users, in an open loop',
      ['saturating/s', 'offered/s', 'accepted/s', 'refused/s', 'neither', 'unloaded p99 ms', 'accepted p50 ms', 'accepted p99 ms', 'accepted / unloaded', 'refused p50 ms', 'refused p99 ms', 'normal after ms', 'lag of the generator, p99 ms'],
      [
        [
          rate,
          crowd.length / seconds / 2,
          accepted.length / seconds / 2,
          refused.length / seconds / 2,
          other,
          unloaded,
          percentile(accepted, 0.5),
          percentile(accepted, 0.99),
          percentile(accepted, 0.99) / unloaded,
          percentile(refused, 0.5),
          percentile(refused, 0.99),
          normalAfter,
          lag.percentile(99) / 1e6,
        ],
      ],
    ); // prettier-ignore
    const [calm, busy] = [quietProbe, crowdProbe].map((latencies) => percentileOf(latencies, 0.99)) as [number, number];
    table(
      'The same overload as one of the crowd sees it from a process of its own: accepted requests',
      ['unloaded p50 ms', 'unloaded p99 ms', 'accepted p50 ms', 'accepted p99 ms', 'accepted / unloaded', 'accepted'],
      [[percentileOf(quietProbe, 0.5), calm, percentileOf(crowdProbe, 0.5), busy, busy / calm, crowdProbe.length]],
    );
  } finally {
    await cluster.stop();
  }
}
