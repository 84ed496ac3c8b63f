import type { OpsCommand, OpsContext } from '../command.js';
import { notifierOf } from '../notify/from-settings.js';
import { answering, environmentOf, readArguments } from './arguments.js';
import { createBackup, proveBackup, reportOf, type BackupReport } from './backup.js';
import { BackupError } from './backup-error.js';
import { bringBackup, listOnS3, s3Of } from './copies.js';
import { runDrill } from './drill.js';
import { assertBackupId, BACKUP_KINDS, listBackups, PARTS, type Manifest, type Part } from './manifest.js';
import { expiredBackups, readLiveVersion, removeExpired } from './retention.js';
import { recordBackups } from './record.js';
import { restoreBackup } from './restore.js';
import { readBackupSettings, type BackupSettings } from './settings.js';
import { withLock } from './admin.js';

const inMegabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function partsOf(given: string | undefined): readonly Part[] {
  if (given === undefined || given === 'all') return PARTS;
  const part = PARTS.find((one) => one === given);
  if (!part) throw new BackupError('SETTINGS', `"${given}" is no part of a backup. Use all, ${PARTS.join(', ')}.`);
  return [part];
}

const summaryOf = (report: BackupReport): string =>
  `Backup ${report.id}: ${inMegabytes(report.bytes)}, ${report.tables} tables, ${report.rows} rows, ${report.s3 ?? 'no copy on S3'}.`;

async function withNotice<T>(
  context: OpsContext,
  settings: BackupSettings,
  work: () => Promise<T>,
  describe: (result: T) => string,
): Promise<T> {
  const notifier = notifierOf(context);
  const begun = performance.now();
  const about = () => ({ environment: settings.environment, durationMs: performance.now() - begun });
  try {
    const result = await work();
    await notifier.notify({ kind: 'backup-done', ...about(), detail: describe(result) });
    return result;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    await notifier.notify({ kind: 'backup-failed', ...about(), detail });
    throw error;
  } finally {
    await notifier.close();
  }
}

/** Removes what retention no longer keeps; runs after every backup that succeeded. */
export async function applyRetention(
  settings: BackupSettings,
  now: Date,
  out: (line: string) => void,
): Promise<number> {
  const liveVersion = await readLiveVersion(settings);
  const backups = await listBackups(settings.dir, (id) =>
    out(`The manifest of ${id} is damaged: it counts as no backup.`),
  );
  const expired = expiredBackups(backups, { now, keepDays: settings.keepDays, liveVersion });
  await removeExpired(settings, expired, s3Of(settings), out);
  return expired.length;
}

const backup: OpsCommand = {
  summary: 'Back up database, uploads and Redis, prove it by a restore, copy it to S3.',
  usage: `backup [all|postgres|redis|uploads] [--kind ${BACKUP_KINDS.join('|')}] [--release VERSION] [--deployment ID] [--plain] [--environment NAME]`,
  run: (args, context) =>
    answering(context, async () => {
      const { values, positionals } = readArguments(
        args,
        {
          kind: { type: 'string', default: 'manual' },
          release: { type: 'string' },
          deployment: { type: 'string' },
          plain: { type: 'boolean', default: false },
          environment: { type: 'string' },
        },
        1,
        backup.usage,
      );
      const kind = BACKUP_KINDS.find((one) => one === values.kind);
      if (!kind) throw new BackupError('SETTINGS', `--kind is one of ${BACKUP_KINDS.join(', ')}.`);
      const settings = readBackupSettings(environmentOf(context, values.environment));
      const { out, signal } = context;
      const parts = partsOf(positionals[0]);
      const about = { kind, release: values.release ?? null, deploymentId: values.deployment ?? null };
      const work = () => createBackup({ settings, ...about, parts, plain: values.plain, out, signal });
      const report = await withNotice(context, settings, work, summaryOf);
      out(summaryOf(report));
      await recordBackups(settings, out);
      await applyRetention(settings, new Date(), out);
      return 0;
    }),
};

const restore: OpsCommand = {
  summary: 'Restore a backup by its time stamp; the former database is kept under a dated name.',
  usage: 'restore YYYYMMDD_HHMMSS [all|postgres|redis|uploads] [--into DATABASE] [--environment NAME] --yes',
  run: (args, context) =>
    answering(context, async () => {
      const { values, positionals } = readArguments(
        args,
        { into: { type: 'string' }, yes: { type: 'boolean', default: false }, environment: { type: 'string' } },
        2,
        restore.usage,
      );
      const [given, what] = positionals;
      if (given === undefined) throw new BackupError('SETTINGS', `Use: ${restore.usage}`);
      const settings = readBackupSettings(environmentOf(context, values.environment));
      const id = assertBackupId(given);
      const parts = partsOf(what);
      if (!values.yes) {
        context.out(
          values.into === undefined
            ? `This replaces the ${settings.environment} ${parts.join(', ')} by backup ${id}. Everybody is disconnected for a moment, and what was written since is in the former database only. Add --yes.`
            : `This restores backup ${id} into the new database ${values.into}. Add --yes.`,
        );
        return 2;
      }
      const { out, signal } = context;
      const report = await restoreBackup({ settings, id, into: values.into ?? null, parts, out, signal });
      out(`Restored backup ${report.id} in ${inSeconds(report.durationsMs.total)}.`);
      return 0;
    }),
};

const verify: OpsCommand = {
  summary: 'Prove a backup again: checksums, restore into a scratch database, comparison.',
  usage: 'verify [YYYYMMDD_HHMMSS] [--environment NAME] (without a time stamp: the newest)',
  run: (args, context) =>
    answering(context, async () => {
      const { values, positionals } = readArguments(args, { environment: { type: 'string' } }, 1, verify.usage);
      const settings = readBackupSettings(environmentOf(context, values.environment));
      const { out, signal } = context;
      await withLock(settings, async (admin) => {
        const id = positionals[0] ?? (await listBackups(settings.dir))[0]?.id;
        if (id === undefined) throw new BackupError('NOT_FOUND', `There is no backup in ${settings.dir}.`);
        const manifest = await bringBackup(settings, id, out);
        await proveBackup(admin, settings, manifest, { now: () => new Date(), out, signal });
        out(summaryOf(reportOf(settings, manifest)));
      });
      return 0;
    }),
};

const drill: OpsCommand = {
  summary: 'Backup, restore into a scratch database, compare, and start the server on it.',
  usage: 'drill [--environment NAME]',
  run: (args, context) =>
    answering(context, async () => {
      const { values } = readArguments(args, { environment: { type: 'string' } }, 0, drill.usage);
      const settings = readBackupSettings(environmentOf(context, values.environment));
      const { out, signal } = context;
      const work = () => runDrill({ settings, kind: 'scheduled', out, signal });
      const report = await withNotice(context, settings, work, (done) => summaryOf(done.backup));
      out(summaryOf(report.backup));
      for (const [step, ms] of Object.entries(report.backup.durationsMs)) out(`  ${step}: ${inSeconds(ms)}`);
      out(`  restore: ${inSeconds(report.restoreMs)}`);
      out(`  server ready: ${inSeconds(report.serverMs)}, ${JSON.stringify(report.health)}`);
      await recordBackups(settings, out);
      out(`The drill took ${inSeconds(report.totalMs)}.`);
      return 0;
    }),
};

const lineOf = (one: Manifest): string =>
  [
    one.id,
    one.state.padEnd(10),
    one.kind.padEnd(10),
    inMegabytes(one.files.reduce((sum, file) => sum + file.bytes, 0)).padStart(10),
    one.s3 === null ? (one.s3Fault === null ? 'local ' : 'NO S3 ') : 's3    ',
    one.release ?? '',
  ]
    .join('  ')
    .trimEnd();

const backups: OpsCommand = {
  summary: 'List backups, newest first; --remote those on S3; --prune removes what retention no longer keeps.',
  usage: 'backups [--remote] [--prune] [--json] [--environment NAME]',
  run: (args, context) =>
    answering(context, async () => {
      const { values } = readArguments(
        args,
        {
          remote: { type: 'boolean', default: false },
          prune: { type: 'boolean', default: false },
          json: { type: 'boolean', default: false },
          environment: { type: 'string' },
        },
        0,
        backups.usage,
      );
      const settings = readBackupSettings(environmentOf(context, values.environment));
      if (values.prune) await applyRetention(settings, new Date(), (line) => context.out(line));
      if (values.remote) {
        const s3 = s3Of(settings);
        if (s3 === null) throw new BackupError('SETTINGS', 'AWS_S3_BUCKET is not set.');
        for (const id of await listOnS3(s3, settings.environment)) context.out(id);
        return 0;
      }
      const list = await listBackups(settings.dir, (id) => context.out(`${id}  damaged: its manifest cannot be read`));
      if (values.json) context.out(JSON.stringify(list.map((one) => reportOf(settings, one))));
      else for (const one of list) context.out(lineOf(one));
      return 0;
    }),
};

export const commands = { backup, restore, verify, drill, backups } satisfies Record<string, OpsCommand>;
