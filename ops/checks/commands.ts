import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { answering, environmentOf, readArguments } from '../backup/arguments.js';
import { applyRetention } from '../backup/commands.js';
import { BackupError } from '../backup/backup-error.js';
import type { OpsCommand, OpsContext } from '../command.js';
import { notifierOf, type NoticeKind } from '../notify/from-settings.js';
import { hasFailed, linesOf, type Check } from './check.js';
import { cleanUp } from './clean-up.js';
import { runDailyChecks } from './daily.js';
import { readCheckSettings } from './settings.js';
import { checkTls } from './tls.js';
import { runWeekly, type RestartHook } from './weekly.js';

async function report(
  context: OpsContext,
  kind: NoticeKind,
  environment: string,
  checks: readonly Check[],
): Promise<number> {
  const lines = linesOf(checks);
  for (const line of lines) context.out(line);
  const notifier = notifierOf(context);
  await notifier.notify({ kind, environment, lines });
  await notifier.close();
  return hasFailed(checks) ? 1 : 0;
}

const daily: OpsCommand = {
  summary: 'Processes, health, sync queue, disk, errors, certificates, backups; 1 when one of them fails.',
  usage: 'daily [--environment NAME]',
  run: (args, context) =>
    answering(context, async () => {
      const { values } = readArguments(args, { environment: { type: 'string' } }, 0, daily.usage);
      const settings = readCheckSettings(environmentOf(context, values.environment));
      const checks = await runDailyChecks({ settings, now: new Date(), signal: context.signal });
      return report(context, 'daily-report', settings.backup.environment, checks);
    }),
};

/** The deployer of this build, when it has one. */
async function restartHookOf(context: OpsContext): Promise<RestartHook | null> {
  const url = new URL('../deploy/commands.js', import.meta.url);
  if (!existsSync(fileURLToPath(url))) return null;
  const { commands: deployer } = (await import(url.href)) as { commands: Record<string, OpsCommand> };
  const deploy = deployer['deploy'];
  if (!deploy) return null;
  return async () => {
    let last = 'it said nothing';
    const out = (line: string): void => {
      last = line;
      context.out(`    ${line}`);
    };
    const args = ['--restart', '--trigger', 'SCHEDULE', '--reason', 'Weekly restart'];
    const code = await deploy.run(args, { ...context, out });
    return {
      done: code === 0,
      detail: code === 0 ? 'blue-green, by a deployment of the same version.' : `it failed: ${last}`,
    };
  };
}

const weekly: OpsCommand = {
  summary: 'Backup drill, pruning, images, clean-up, the report of the week, and a blue-green restart.',
  usage: 'weekly [--dry-run] [--environment NAME] (a dry run removes and restarts nothing; it does make the backup)',
  run: (args, context) =>
    answering(context, async () => {
      const { values } = readArguments(
        args,
        { environment: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
        0,
        weekly.usage,
      );
      const settings = readCheckSettings(environmentOf(context, values.environment));
      const { out, signal } = context;
      const checks = await runWeekly({
        settings,
        now: () => new Date(),
        out,
        restart: await restartHookOf(context),
        dryRun: values['dry-run'],
        signal,
      });
      if (!values['dry-run']) await applyRetention(settings.backup, new Date(), out);
      return report(context, 'weekly-report', settings.backup.environment, checks);
    }),
};

const tls: OpsCommand = {
  summary: 'When the certificates end that hosts really serve; 1 when one is not fit.',
  usage: 'tls [HOST[:PORT] ...] (without hosts: those of TLS_HOSTS)',
  run: (args, context) =>
    answering(context, async () => {
      const { positionals } = readArguments(args, {}, 50, tls.usage);
      const settings = readCheckSettings({ DATABASE_URL: 'postgresql://unused@127.0.0.1/unused', ...context.env });
      const hosts = positionals.length > 0 ? positionals : settings.tlsHosts;
      if (hosts.length === 0) throw new BackupError('SETTINGS', `Use: ${tls.usage}`);
      const now = new Date();
      const checks = await Promise.all(
        hosts.map((host) => checkTls(host, { warnDays: settings.tlsWarnDays, ca: settings.tlsCa, now })),
      );
      for (const line of linesOf(checks)) context.out(line);
      return hasFailed(checks) ? 1 : 0;
    }),
};

const cleanup: OpsCommand = {
  summary: 'Remove logs and archives of CLEANUP_DIRS that are older than CLEANUP_DAYS.',
  usage: 'cleanup [--dry-run]',
  run: (args, context) =>
    answering(context, async () => {
      const { values } = readArguments(args, { 'dry-run': { type: 'boolean', default: false } }, 0, cleanup.usage);
      const settings = readCheckSettings({ DATABASE_URL: 'postgresql://unused@127.0.0.1/unused', ...context.env });
      const made = await cleanUp({
        dirs: settings.cleanUpDirs,
        olderThanDays: settings.cleanUpDays,
        now: new Date(),
        dryRun: values['dry-run'],
      });
      for (const line of linesOf([made])) context.out(line);
      return made.state === 'ok' ? 0 : 1;
    }),
};

export const commands: Record<string, OpsCommand> = { daily, weekly, tls, cleanup };
