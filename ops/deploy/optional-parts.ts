import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OpsCommand, OpsContext } from '../command.js';
import type { Notifier, PreDeployBackup } from './parts.js';

interface ClosableNotifier extends Notifier {
  close?(): Promise<void>;
}

/** Other folders of ops are loaded when they are there: a deployer without them still deploys. */
async function load<T>(file: string): Promise<T | null> {
  const url = new URL(file, import.meta.url);
  return existsSync(fileURLToPath(url)) ? ((await import(url.href)) as T) : null;
}

export async function loadNotifier(context: OpsContext): Promise<ClosableNotifier> {
  const found = await load<{ notifierOf(given: OpsContext): ClosableNotifier }>('../notify/from-settings.js');
  return found?.notifierOf(context) ?? { notify: () => Promise.resolve() };
}

const BACKUP_ID = /^Backup (\w+):/;

/** The backup command, which proves what it has taken by a restore; whatever it says goes into the deployment's log. */
export async function loadBackup(context: OpsContext): Promise<PreDeployBackup> {
  const found = await load<{ commands: Record<string, OpsCommand> }>('../backup/commands.js');
  const command = found?.commands['backup'];
  return {
    async take(run, signal) {
      if (!command)
        throw new Error('There is no backup command in this build, and production is not changed without one.');
      const lines: string[] = [];
      const out = (line: string): void => {
        lines.push(line);
        context.out(`    ${line}`);
      };
      const args = ['--kind', 'pre-deploy', '--release', run.release.version];
      const code = await command.run(args, { ...context, out, signal });
      if (code !== 0) throw new Error(`The backup failed: ${lines.at(-1) ?? 'it said nothing'}`);
      const summary = lines.find((line) => BACKUP_ID.test(line)) ?? 'done';
      return { id: BACKUP_ID.exec(summary)?.[1] ?? null, detail: summary };
    },
  };
}
