import { statfs } from 'node:fs/promises';
import { readSyncStats } from '../../src/sync/queue.queries.js';
import { listBackups } from '../backup/manifest.js';
import { check, type Check } from './check.js';
import { hostOf, type Host } from './host.js';
import { checkLog } from './log-errors.js';
import { withServerDatabase } from './server-database.js';
import type { CheckSettings } from './settings.js';
import { checkTls } from './tls.js';

export interface DailyOptions {
  settings: CheckSettings;
  now: Date;
  host?: Host;
  signal?: AbortSignal;
}

const HOUR_MS = 3_600_000;
const HEALTH_TIMEOUT_MS = 10_000;
const DISK_WARNING = 0.85;
const DISK_FAILURE = 0.95;
const SYNC_DELAY_SECONDS = 30;
const SYNC_OLDEST_SECONDS = 300;

/** The questions of every morning, in the order of the operators' list. */
export async function runDailyChecks(options: DailyOptions): Promise<Check[]> {
  const { settings, now } = options;
  const host = options.host ?? hostOf(settings, options.signal);
  return Promise.all([
    checkUnits(host),
    checkHealth(settings),
    checkSync(settings),
    ...[...settings.diskPaths, settings.backup.dir].map((path) => checkDisk(path)),
    checkLog(host, new Date(now.getTime() - HOUR_MS), 'hour'),
    ...settings.tlsHosts.map((name) => checkTls(name, { warnDays: settings.tlsWarnDays, ca: settings.tlsCa, now })),
    checkBackups(settings, now),
  ]);
}

export function checkUnits(host: Host): Promise<Check> {
  return check('Processes', async () => {
    const units = await host.units();
    const bad = units.filter(({ healthy }) => !healthy);
    const running = units.filter(({ running }) => running);
    if (units.length === 0) return { state: 'ok', detail: 'no containers or units are asked on this host.' };
    if (bad.length > 0 || running.length === 0) {
      return {
        state: 'failure',
        detail: running.length === 0 ? 'nothing is running.' : `${bad.length} of ${units.length} are not well.`,
        lines: (bad.length > 0 ? bad : units).map(({ name, detail }) => `${name}: ${detail}`),
      };
    }
    return { state: 'ok', detail: `${running.length} of ${units.length} are running.` };
  });
}

interface HealthBody {
  status?: string;
  version?: string;
  database?: { latency_ms?: number };
}

export function checkHealth(settings: Pick<CheckSettings, 'healthUrl' | 'token'>): Promise<Check> {
  return check('Health', async () => {
    const response = await fetch(settings.healthUrl, {
      headers: settings.token === null ? {} : { Authorization: `Bearer ${settings.token}` },
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
    }).catch((error: Error & { cause?: { code?: string } }) => {
      throw new Error(`${settings.healthUrl} does not answer: ${error.cause?.code ?? error.message}.`);
    });
    const body = (await response.json().catch(() => ({}))) as HealthBody;
    const latency = body.database?.latency_ms === undefined ? '' : `, database in ${body.database.latency_ms} ms`;
    const detail = `${body.status ?? `HTTP ${response.status}`}, version ${body.version ?? 'unknown'}${latency}.`;
    if (!response.ok || body.status === undefined || body.status === 'unhealthy') return { state: 'failure', detail };
    return { state: body.status === 'healthy' ? 'ok' : 'warning', detail };
  });
}

export function checkSync(settings: Pick<CheckSettings, 'backup'>): Promise<Check> {
  return check('Sync queue', () =>
    withServerDatabase(settings.backup.databaseUrl, async (db) => {
      const { counts, byEntity, delayAvgSeconds, oldestPendingSeconds } = await readSyncStats(db);
      const oldest = oldestPendingSeconds ?? 0;
      const delay = delayAvgSeconds ?? 0;
      const detail = `${counts.pending} pending, ${counts.processing} processing, ${counts.failed} failed, ${counts.dead_letter} dead letters, delay ${delay.toFixed(1)} s.`;
      const stale = oldest > SYNC_OLDEST_SECONDS;
      const state = stale ? 'failure' : counts.dead_letter > 0 || delay > SYNC_DELAY_SECONDS ? 'warning' : 'ok';
      const lines = byEntity
        .filter((one) => one.deadLetter > 0 || one.failed > 0)
        .map((one) => `${one.entityType}: ${one.failed} failed, ${one.deadLetter} dead letters`);
      if (stale) lines.unshift(`The oldest has waited for ${Math.round(oldest)} s: does a worker run?`);
      return { state, detail, lines };
    }),
  );
}

export function checkDisk(path: string): Promise<Check> {
  return check(`Disk ${path}`, async () => {
    const { blocks, bavail, bfree, bsize } = await statfs(path);
    // As df counts it: what only root may use is neither free nor used.
    const used = (blocks - bfree) / (blocks - bfree + bavail);
    const detail = `${Math.round(used * 100)} % used, ${((bavail * bsize) / 1024 ** 3).toFixed(1)} GB free.`;
    return { state: used >= DISK_FAILURE ? 'failure' : used >= DISK_WARNING ? 'warning' : 'ok', detail };
  });
}

export function checkBackups(settings: Pick<CheckSettings, 'backup' | 'backupMaxAgeHours'>, now: Date): Promise<Check> {
  return check('Backups', async () => {
    const list = await listBackups(settings.backup.dir);
    const newest = list.find((one) => one.state === 'good' && one.database !== null);
    if (!newest) return { state: 'failure', detail: `there is no good backup in ${settings.backup.dir}.` };
    const hours = (now.getTime() - Date.parse(newest.createdAt)) / HOUR_MS;
    const detail = `the newest good one is ${newest.id}, ${hours.toFixed(1)} hours old.`;
    if (hours > settings.backupMaxAgeHours) return { state: 'failure', detail };
    if (settings.backup.s3 !== null && newest.s3 === null) {
      return { state: 'failure', detail: `${detail} It has no copy on S3: ${newest.s3Fault ?? 'no reason is known'}` };
    }
    const failed = list.filter((one) => one.state === 'failed' && one.id > newest.id);
    if (failed.length > 0) return { state: 'warning', detail: `${detail} ${failed.length} newer ones have failed.` };
    return { state: 'ok', detail };
  });
}
