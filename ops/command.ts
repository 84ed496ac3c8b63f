/**
 * What `ops/cli.ts` runs: each folder of ops exports a record of commands by name from its `commands.ts`. A command gets
 * its arguments, prints what an operator needs to know, and answers the exit code: 0 done, 1 failed, 2 wrong usage.
 */
export interface OpsCommand {
  /** One line for `--help`. */
  summary: string;
  /** How it is called, without the program's name: `backup [--environment production]`. */
  usage: string;
  run(args: readonly string[], context: OpsContext): Promise<number>;
}

export interface OpsContext {
  /** The environment variables, read here only, so that tests hand in their own. */
  env: Readonly<Record<string, string | undefined>>;
  out(line: string): void;
  /** Aborted by SIGINT and SIGTERM: a command stops at the next step and leaves a state that can be resumed. */
  signal: AbortSignal;
}
