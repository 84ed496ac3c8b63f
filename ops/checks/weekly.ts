import { dockerImages, pruneImages, type ImageStore } from '../backup/images.js';
import { runDrill } from '../backup/drill.js';
import { listBackups } from '../backup/manifest.js';
import { readLiveVersion } from '../backup/retention.js';
import { check, type Check } from './check.js';
import { cleanUp } from './clean-up.js';
import { checkBackups, checkDisk, checkHealth, checkUnits } from './daily.js';
import { hostOf, type Host } from './host.js';
import { checkLog } from './log-errors.js';
import { readPrometheus } from './prometheus.js';
import { pruneByServer } from './prune.js';
import { withServerDatabase } from './server-database.js';
import type { CheckSettings } from './settings.js';
import { checkTls } from './tls.js';
import { readDeployments, readTopSyncErrors, readWeekOfSync } from './week.queries.js';

/** Brings the same version out again by a blue-green deployment: nobody is cut off, as a cold restart would do. */
export type RestartHook = () => Promise<{ done: boolean; detail: string }>;

export interface WeeklyOptions {
  settings: CheckSettings;
  now: () => Date;
  out(line: string): void;
  host?: Host;
  images?: ImageStore;
  restart: RestartHook | null;
  pruneLimitMs?: number;
  dryRun?: boolean;
  signal?: AbortSignal;
}

const PRUNE_LIMIT_MS = 600_000;
const WEEK_MS = 7 * 86_400_000;
/** What the guides ask for: webhooks above 99 %, a sync delay below 30 s. */
const TARGETS = { successPercent: 99, delaySeconds: 30 };

/**
 * The work of a week, step after step: a later one runs although an earlier one failed, and what failed stands in the
 * report. The restart comes last, because it changes what the report is about.
 */
export async function runWeekly(options: WeeklyOptions): Promise<Check[]> {
  const { settings, signal, out } = options;
  const host = options.host ?? hostOf(settings, signal);
  const checks: Check[] = [];
  const steps: (() => Promise<Check | Check[]>)[] = [
    () => drillCheck(options),
    () => pruneCheck(options),
    () => imagesCheck(options),
    () =>
      cleanUp({
        dirs: settings.cleanUpDirs,
        olderThanDays: settings.cleanUpDays,
        now: options.now(),
        dryRun: options.dryRun ?? false,
      }),
    () => sloChecks(settings),
    () => reportChecks(options, host),
    () => restartCheck(options),
  ];
  for (const step of steps) {
    if (signal?.aborted) {
      checks.push({ name: 'Weekly maintenance', state: 'failure', detail: 'it was stopped before its end.' });
      break;
    }
    const made = [await step()].flat();
    for (const { name, detail } of made) out(`${name}: ${detail}`);
    checks.push(...made);
  }
  return checks;
}

function drillCheck({ settings, now, out, signal }: WeeklyOptions): Promise<Check> {
  return check('Backup drill', async () => {
    const report = await runDrill({ settings: settings.backup, kind: 'scheduled', now, out, signal });
    const { backup, restoreMs, serverMs, totalMs } = report;
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
    return {
      state: 'ok',
      detail: `${backup.id} with ${backup.tables} tables and ${backup.rows} rows restored in ${seconds(restoreMs)}, server ready in ${seconds(serverMs)}, ${seconds(totalMs)} in all.`,
    };
  });
}

function pruneCheck({ settings, pruneLimitMs = PRUNE_LIMIT_MS, dryRun, signal }: WeeklyOptions): Promise<Check> {
  if (dryRun) return check('Pruning', () => Promise.resolve({ state: 'ok', detail: 'not asked for in a dry run.' }));
  return pruneByServer({ databaseUrl: settings.backup.databaseUrl, limitMs: pruneLimitMs, signal });
}

function imagesCheck({ settings, images, out, dryRun }: WeeklyOptions): Promise<Check> {
  return check('Images', async () => {
    const store = images ?? (settings.driver === 'compose' ? dockerImages(settings.imageRepository) : null);
    if (store === null) return { state: 'ok', detail: 'this host keeps none.' };
    if (dryRun) return { state: 'ok', detail: 'not pruned in a dry run.' };
    const live = await readLiveVersion(settings.backup);
    const removed = await pruneImages(store, settings.keepImages, out, new Set(live === null ? [] : [live]));
    return { state: 'ok', detail: `removed ${removed}, kept the newest ${settings.keepImages} and those in use.` };
  });
}

function sloChecks(settings: CheckSettings): Promise<Check[]> {
  return Promise.all([
    check('Sync of the week', () =>
      withServerDatabase(settings.backup.databaseUrl, async (db) => {
        const week = await readWeekOfSync(db);
        const errors = await readTopSyncErrors(db);
        const percent = week.successPercent ?? 100;
        const delay = week.delayAvgSeconds ?? 0;
        const p95 = week.delayP95Seconds ?? 0;
        const missed = percent < TARGETS.successPercent || delay > TARGETS.delaySeconds || week.deadLetters > 0;
        return {
          state: missed ? 'warning' : 'ok',
          detail: `${week.webhooks} webhooks, ${percent.toFixed(2)} % succeeded (target ${TARGETS.successPercent} %), delay ${delay.toFixed(1)} s on average and ${p95.toFixed(1)} s at p95 (target ${TARGETS.delaySeconds} s), ${week.deadLetters} dead letters.`,
          lines: errors.map(({ entityType, message, count }) => `${count} x ${entityType}: ${message}`),
        };
      }),
    ),
    ...(settings.prometheusUrl === null ? [] : [readPrometheus(settings.prometheusUrl)]),
    check('Deployments of the week', () =>
      withServerDatabase(settings.backup.databaseUrl, async (db) => {
        const rows = await readDeployments(db, settings.backup.environment);
        const live = await readLiveVersion(settings.backup);
        const counts = rows.map(({ status, count }) => `${count} ${status}`).join(', ') || 'none';
        return { state: 'ok', detail: `${counts}; live is ${live ?? 'not recorded'}.` };
      }),
    ),
  ]);
}

async function reportChecks({ settings, now }: WeeklyOptions, host: Host): Promise<Check[]> {
  const at = now();
  const kept = check('Backups kept', async () => {
    const list = await listBackups(settings.backup.dir);
    const gigabytes = list.flatMap((one) => one.files).reduce((sum, file) => sum + file.bytes, 0) / 1024 ** 3;
    const copies = list.filter((one) => one.s3 !== null).length;
    const good = list.filter((one) => one.state === 'good').length;
    return {
      state: 'ok',
      detail: `${list.length}, of them ${good} good and ${copies} on S3, ${gigabytes.toFixed(2)} GB.`,
    };
  });
  return Promise.all([
    checkUnits(host),
    checkHealth(settings),
    checkBackups(settings, at),
    kept,
    ...[...settings.diskPaths, settings.backup.dir].map((path) => checkDisk(path)),
    ...settings.tlsHosts.map((name) => checkTls(name, { warnDays: settings.tlsWarnDays, ca: settings.tlsCa, now: at })),
    checkLog(host, new Date(at.getTime() - WEEK_MS), 'week'),
  ]);
}

function restartCheck({ settings, restart, dryRun }: WeeklyOptions): Promise<Check> {
  return check('Restart', async () => {
    if (!settings.restart) return { state: 'ok', detail: 'not asked for: WEEKLY_RESTART is off.' };
    if (restart === null)
      return { state: 'warning', detail: 'there is no deployer in this build, so nothing was restarted.' };
    if (dryRun) return { state: 'ok', detail: 'not done in a dry run.' };
    const { done, detail } = await restart();
    return { state: done ? 'ok' : 'failure', detail };
  });
}
