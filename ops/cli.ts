import { fileURLToPath } from 'node:url';
import { commands as backupCommands } from './backup/commands.js';
import { commands as checkCommands } from './checks/commands.js';
import { commands as deployCommands } from './deploy/commands.js';
import type { OpsCommand, OpsContext } from './command.js';

/** The operators' program: `npm run deploy`, `npm run backup`, and the wrappers of ops/bin. */
const commands: Readonly<Record<string, OpsCommand>> = { ...deployCommands, ...backupCommands, ...checkCommands };

function usage(): string {
  const lines = Object.values(commands).map(({ usage: how, summary }) => `  ${how}\n      ${summary}`);
  return ['Commands:', ...lines].join('\n');
}

/** Answers the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function runCli(argv: readonly string[], context: OpsContext): Promise<number> {
  const [first = '--help', ...rest] = argv;
  // "npm run deploy -- status" calls "deploy status".
  const nested = first === 'deploy' ? rest[0] : undefined;
  const name = nested !== undefined && nested in commands ? nested : first;
  const args = name === first ? rest : rest.slice(1);
  if (args.includes('--help') || name === '--help' || name === 'help') {
    const known = commands[name];
    context.out(known ? `${known.usage}\n  ${known.summary}` : usage());
    return 0;
  }
  const command = commands[name];
  if (!command) {
    context.out(`There is no command "${name}".\n${usage()}`);
    return 2;
  }
  return command.run(args, context);
}

// The terminal signals the whole group and npm passes it on, so one Ctrl-C arrives twice.
const SAME_SIGNAL_MS = 1000;

/** The first signal stops at the next step; a later one ends at once, and the state on disk says where. */
function main(): void {
  const stopping = new AbortController();
  let firstAt = 0;
  const onSignal = (): void => {
    if (!stopping.signal.aborted) firstAt = performance.now();
    else if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(130);
    stopping.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const context: OpsContext = {
    env: process.env,
    out: (line) => void process.stdout.write(`${line}\n`),
    signal: stopping.signal,
  };
  runCli(process.argv.slice(2), context).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    },
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
