import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { OpsContext } from '../command.js';
import { BackupError } from './backup-error.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Arguments after their rules; wrong ones are told with the usage. Rejects with SETTINGS. */
export function readArguments<O extends Options>(
  args: readonly string[],
  options: O,
  positionals: number,
  usage: string,
) {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    if (parsed.positionals.length > positionals) throw new Error(`Unexpected argument '${parsed.positionals.at(-1)}'.`);
    return parsed;
  } catch (error) {
    throw new BackupError('SETTINGS', `${error instanceof Error ? error.message : 'Wrong arguments'}\nUse: ${usage}`);
  }
}

/** Runs a command's work and turns what it throws into lines and an exit code: 2 for wrong usage, 1 for a failure. */
export async function answering(context: OpsContext, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const known = error instanceof BackupError;
    context.out(
      known || !(error instanceof Error) ? String((error as Error).message ?? error) : (error.stack ?? error.message),
    );
    return known && error.code === 'SETTINGS' ? 2 : 1;
  }
}

/** The environment with APP_ENV replaced by `--environment`. */
export function environmentOf(context: OpsContext, environment: string | undefined): OpsContext['env'] {
  return environment === undefined ? context.env : { ...context.env, APP_ENV: environment };
}
