import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

export interface LoadResult {
  perSecond: number;
  p50: number;
  p99: number;
  /** CPU milliseconds of the server process a request. */
  cpuMs: number;
  failed: number;
}

export interface LoadRequest {
  method: 'GET' | 'POST';
  url: string;
  headers?: Record<string, string>;
  /** Made anew for each request when it is a function. */
  body?: string | (() => { body: string; headers: Record<string, string> });
  expect?: number;
}

// Linux counts in ticks of 10 ms.
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Runs `connections` loops for a fixed time, after a warm-up, and measures rate, latency and the server's CPU. */
export async function runLoad(
  spec: LoadRequest,
  pid: number,
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencies: number[] = [];
  let failed = 0;
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      const begun = performance.now();
      const made = typeof spec.body === 'function' ? spec.body() : { body: spec.body ?? '', headers: {} };
      const outgoing = request(
        spec.url,
        {
          method: spec.method,
          agent,
          headers: { ...spec.headers, ...made.headers, 'content-length': Buffer.byteLength(made.body) },
        },
        (response) => {
          response.on('data', () => undefined);
          response.on('end', () => {
            if (response.statusCode !== (spec.expect ?? 200)) failed += 1;
            latencies.push(performance.now() - begun);
            resolve();
          });
        },
      );
      outgoing.on('error', () => {
        failed += 1;
        resolve();
      });
      outgoing.end(made.body);
    });
  const loop = async (until: number): Promise<void> => {
    while (performance.now() < until) await once();
  };
  const run = (forSeconds: number): Promise<unknown> => {
    const until = performance.now() + forSeconds * 1000;
    return Promise.all(Array.from({ length: connections }, () => loop(until)));
  };
  await run(1);
  latencies.length = 0;
  failed = 0;
  const cpuBefore = cpuMs(pid);
  const begun = performance.now();
  await run(seconds);
  const elapsed = (performance.now() - begun) / 1000;
  const cpu = cpuMs(pid) - cpuBefore;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / elapsed,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpuMs: cpu / Math.max(1, latencies.length),
    failed,
  };
}

export function table(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const text = (value: string | number): string =>
    typeof value === 'number' ? (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2)) : value;
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map(text))];
  process.stdout.write(`\n### ${title}\n\n${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`);
}
