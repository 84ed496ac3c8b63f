import { spawn } from 'node:child_process';

export interface CommandOptions {
  cwd?: string;
  env?: Readonly<Record<string, string | undefined>>;
  timeoutMs: number;
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

const KEPT = 2_000_000;

/** Runs a program without a shell and answers how it ended; throws only when it cannot be started. */
export function run(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: options.env,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (part: Buffer) => {
        text[name] = (text[name] + part.toString()).slice(-KEPT);
      });
    }
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`There is no program ${program} on PATH.`) : error),
    );
    child.once('close', (code) => resolve({ code: code ?? -1, ...text }));
  });
}

/** Answers the standard output; throws with the last lines of the error output when the program fails. */
export async function runOrThrow(argv: readonly string[], options: CommandOptions): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code === 0) return stdout;
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-5).join(' ');
  throw new Error(`${argv.join(' ')} ended with ${code}: ${said.slice(0, 1000)}`);
}
