import { commands } from '../backup/commands.js';
import type { OpsContext } from '../command.js';
import type { PreDeployBackup } from './parts.js';

const BACKUP_ID = /^Backup (\w+):/;

/** The backup command, which proves what it has taken by a restore; whatever it prints goes into the deployment's log. */
export const createPreDeployBackup = (context: OpsContext): PreDeployBackup => ({
  async take(run, signal) {
    const lines: string[] = [];
    const out = (line: string): void => {
      lines.push(line);
      context.out(`    ${line}`);
    };
    const args = ['--kind', 'pre-deploy', '--release', run.release.version, '--deployment', run.id];
    const code = await commands.backup.run(args, { ...context, out, signal });
    if (code !== 0) throw new Error(`The backup failed: ${lines.at(-1) ?? 'it said nothing'}`);
    const summary = lines.find((line) => BACKUP_ID.test(line)) ?? 'done';
    return { id: BACKUP_ID.exec(summary)?.[1] ?? null, detail: summary };
  },
});
