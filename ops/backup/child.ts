import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError } from './backup-error.js';

export interface ChildOptions {
  env?: Record<string, string | undefined>;
  signal?: AbortSignal | undefined;
  /** Piped into its standard input. */
  input?: Readable;
  /** Takes its standard output; without it the output is answered as text. */
  output?: Writable;
  /** How many characters of the end of its output are answered. */
  keep?: number;
}

export interface ChildResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

const KEPT = 20_000;

/** Runs a program to its end. Rejects when it cannot be started, or when the signal ended it. */
export async function runChild(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<ChildResult> {
  const { input, output, signal, keep = KEPT } = options;
  if (signal?.aborted) throw new BackupError('STOPPED', 'It was stopped.');
  const child = spawn(command, args, {
    stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    // Messages in English, so that a full disk is recognised.
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', ...options.env },
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  const result: ChildResult = { code: null, stdout: '', stderr: '' };
  child.stderr?.on('data', (data: Buffer) => (result.stderr = (result.stderr + data.toString()).slice(-keep)));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      result.code = code;
      resolve();
    });
  });
  const streams: Promise<unknown>[] = [];
  if (output && child.stdout) streams.push(pipeline(child.stdout, output));
  else child.stdout?.on('data', (data: Buffer) => (result.stdout = (result.stdout + data.toString()).slice(-keep)));
  // A program that ends early closes its input: its own words say why, better than the broken pipe.
  if (input && child.stdin) streams.push(pipeline(input, child.stdin).catch(ignoreBrokenPipe));
  try {
    const [end, ...flows] = await Promise.allSettled([ended, ...streams.map((flow) => flow.catch(killAnd(stop)))]);
    if (end?.status === 'rejected') throw end.reason;
    for (const flow of flows) if (flow.status === 'rejected') throw flow.reason;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  if (signal?.aborted) throw new BackupError('STOPPED', 'It was stopped.');
  return result;
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}

const killAnd =
  (stop: () => void) =>
  (error: unknown): never => {
    stop();
    throw error;
  };
