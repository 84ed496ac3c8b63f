import { spawn } from 'node:child_process';
import { WebSocket } from 'ws';
import { freePort } from '../support/services.js';

/** The server as a process of its own, so that its end is seen and its memory can be looked into. */
export interface ServerProcess {
  url: string;
  port: number;
  pid: number;
  /** Set once the process has ended by itself. */
  ended(): string | null;
  /** Live bytes of the heap and of buffers outside of it, after a full collection. */
  memory(): Promise<{ heap: number; buffers: number }>;
  /** The latest output, for the report of a failure. */
  output(): string;
  stop(): Promise<void>;
}

const START_MS = 60_000;
const COLLECTIONS = 3;

export async function startServerProcess(settings: Record<string, string>): Promise<ServerProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', '--enable-source-maps', 'dist/src/main.js'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      APP_ENV: 'test',
      ROLE: 'api',
      PORT: String(port),
      LOG_LEVEL: 'error',
      ...settings,
    },
  });
  let printed = '';
  let inspector = '';
  let ended: string | null = null;
  let stopping = false;
  const keep = (data: Buffer): void => {
    printed = (printed + data.toString()).slice(-200_000);
    inspector ||= /Debugger listening on (ws:\/\/\S+)/.exec(printed)?.[1] ?? '';
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.once('exit', (code, signal) => {
    if (!stopping) ended = `The process ended with ${signal ?? `code ${code}`}.`;
  });
  const url = `http://127.0.0.1:${port}`;
  const begun = performance.now();
  for (;;) {
    if (ended !== null || performance.now() - begun > START_MS) {
      throw new Error(`The server did not start: ${ended ?? 'too late'}\n${printed}`);
    }
    const isReady = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const debug = await openInspector(inspector);
  return {
    url,
    port,
    pid: child.pid as number,
    ended: () => ended,
    async memory() {
      // Weak references and finalisers let go one collection later.
      for (let round = 0; round < COLLECTIONS; round += 1) await debug.call('HeapProfiler.collectGarbage');
      const { result } = await debug.call<{ result: { value: string } }>('Runtime.evaluate', {
        expression: 'JSON.stringify(process.memoryUsage())',
      });
      const { heapUsed, external } = JSON.parse(result.value) as { heapUsed: number; external: number };
      return { heap: heapUsed, buffers: external };
    },
    output: () => printed,
    async stop() {
      stopping = true;
      debug.close();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 16_000);
      await gone;
      clearTimeout(hard);
    },
  };
}

interface Inspector {
  call<Result = unknown>(method: string, params?: object): Promise<Result>;
  close(): void;
}

async function openInspector(address: string): Promise<Inspector> {
  const socket = new WebSocket(address, { perMessageDeflate: false });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const waiting = new Map<number, (result: unknown) => void>();
  let calls = 0;
  socket.on('message', (data: Buffer) => {
    const { id, result } = JSON.parse(data.toString()) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  // A process that ends closes it; whoever waits is told by `ended`.
  socket.on('error', () => undefined);
  return {
    call: (method, params = {}) =>
      new Promise((resolve, reject) => {
        calls += 1;
        waiting.set(calls, resolve as (result: unknown) => void);
        socket.once('close', () => reject(new Error('The inspected process has ended.')));
        socket.send(JSON.stringify({ id: calls, method, params }));
      }),
    close: () => socket.terminate(),
  };
}
