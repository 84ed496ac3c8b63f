import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

export interface LoadResult {
  perSecond: number;
  p50: number;
  p95: number;
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
  /** How many of them are made. */
  bodies?: number;
  expect?: number;
}

/** CPU time of a process; Linux counts in ticks of 10 ms. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** One keep-alive connection that sends a request at a time; cheap, because the load shares the cores with the server. */
export function openConnection(
  url: URL,
  onAnswer: (status: number) => void,
): { send(text: string): void; end(): void } {
  const socket = connect(Number(url.port), url.hostname).setNoDelay();
  let head = '';
  let rest = -1;
  let status = 0;
  socket.on('data', (data: Buffer) => {
    let from = 0;
    if (rest < 0) {
      head += data.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      status = Number(head.slice(9, 12));
      const length = /content-length: (\d+)/i.exec(head.slice(0, end))?.[1];
      if (length === undefined) throw new Error('The load generator reads answers with a Content-Length only.');
      from = data.length - (head.length - end - 4);
      rest = Number(length);
      head = '';
    }
    rest -= data.length - from;
    if (rest > 0) return;
    rest = -1;
    onAnswer(status);
  });
  socket.on('error', () => onAnswer(0));
  return { send: (text) => void socket.write(text), end: () => void socket.destroy() };
}

/** Runs `connections` loops for a fixed time, after a warm-up, and measures rate, latency and the server's CPU. */
export async function runLoad(
  spec: LoadRequest,
  pid: number,
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const url = new URL(spec.url);
  const textOf = (made: { body: string; headers: Record<string, string> }): string => {
    const headers = {
      host: url.host,
      ...spec.headers,
      ...made.headers,
      'content-length': Buffer.byteLength(made.body),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${spec.method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n${made.body}`;
  };
  const { body } = spec;
  const fixed = typeof body === 'function' ? null : textOf({ body: body ?? '', headers: {} });
  const given = typeof body === 'function' ? body : null;
  // All texts are made before the clock starts.
  const texts = given ? Array.from({ length: spec.bodies ?? 1000 }, () => textOf(given())) : [];
  const next = (): string => {
    const text = fixed ?? texts.pop();
    if (text === undefined) throw new Error('More bodies are needed: raise `bodies`.');
    return text;
  };
  const latencies: number[] = [];
  let failed = 0;
  let until = 0;
  let open = 0;
  let allDone: () => void = () => undefined;
  const clients = Array.from({ length: connections }, () => {
    let begun = 0;
    const client = openConnection(url, (status) => {
      latencies.push(performance.now() - begun);
      if (status !== (spec.expect ?? 200)) failed += 1;
      step();
    });
    const step = (): void => {
      begun = performance.now();
      if (begun < until && failed < 1000) client.send(next());
      else if ((open -= 1) === 0) allDone();
    };
    return { step, end: client.end };
  });
  const run = (forSeconds: number): Promise<void> => {
    until = performance.now() + forSeconds * 1000;
    open = connections;
    return new Promise<void>((resolve) => {
      allDone = resolve;
      for (const client of clients) client.step();
    });
  };
  await run(1);
  latencies.length = 0;
  failed = 0;
  const cpuBefore = cpuMs(pid);
  const begun = performance.now();
  await run(seconds);
  const elapsed = (performance.now() - begun) / 1000;
  const cpu = cpuMs(pid) - cpuBefore;
  for (const client of clients) client.end();
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / elapsed,
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
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
