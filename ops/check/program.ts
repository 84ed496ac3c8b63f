import { spawn } from 'node:child_process';

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Readonly<Record<string, string | undefined>>;
  input?: string;
  limitMs?: number;
}

// Debian keeps nginx and visudo where the PATH of an ordinary user does not look.
const SYSTEM_FOLDERS = '/usr/local/sbin:/usr/sbin:/sbin';
const LIMIT_MS = 60_000;

/** Runs a program to its end; one that cannot be started ends with 127, one that hangs is killed. */
export function runProgram(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const env = { ...process.env, ...options.env, PATH: `${process.env['PATH'] ?? ''}:${SYSTEM_FOLDERS}` };
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env,
      timeout: options.limitMs ?? LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.once('error', (error) => resolve({ code: 127, stdout, stderr: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '');

/** What a program said when it ended badly, as faults. */
export function faultsOf(what: string, { code, stdout, stderr }: Ended): string[] {
  if (code === 0) return [];
  const said = [...linesOf(stderr), ...linesOf(stdout)];
  return [`${what}: ended with ${code}`, ...said.map((line) => `  ${line}`)];
}

/** A tool that does not find a fault which was put there proves nothing about the rest. */
export function mustHaveFailed(what: string, ended: Ended): string[] {
  return ended.code === 0 && ended.stderr.trim() === '' ? [`${what} does not notice a fault that was planted.`] : [];
}
