import { rm } from 'node:fs/promises';
import path from 'node:path';
import { removeFromS3 } from './copies.js';
import type { Manifest } from './manifest.js';
import type { S3 } from './s3.js';
import { connect } from './admin.js';
import type { BackupSettings } from './settings.js';

export interface RetentionRule {
  now: Date;
  keepDays: number;
  /** The version that serves at present; null: none is known. */
  liveVersion: string | null;
}

const DAY_MS = 86_400_000;

/**
 * Which backups may go: those older than the days to keep, but never the newest good one with a database, nor the newest
 * good one from before the deployment of the live version, to which a rollback would return. While the live version is
 * not known, every good pre-deploy backup might be that one.
 */
export function expiredBackups(backups: readonly Manifest[], rule: RetentionRule): Manifest[] {
  const newestFirst = [...backups].sort((a, b) => (a.id < b.id ? 1 : -1));
  const good = newestFirst.filter((one) => one.state === 'good' && one.database !== null);
  const kept = new Set<Manifest | undefined>([good[0]]);
  const beforeDeploy = good.filter((one) => one.kind === 'pre-deploy');
  if (rule.liveVersion === null) for (const one of beforeDeploy) kept.add(one);
  else kept.add(beforeDeploy.find((one) => one.release === rule.liveVersion));
  const limit = rule.now.getTime() - rule.keepDays * DAY_MS;
  return newestFirst.filter((one) => Date.parse(one.createdAt) < limit && !kept.has(one));
}

/** The version of the environment's last success, as the server records it; null when it cannot be told. */
export async function readLiveVersion(settings: BackupSettings): Promise<string | null> {
  const client = await connect(settings.databaseUrl, 'The database').catch(() => null);
  if (!client) return null;
  try {
    const { rows } = await client.query<{ version: string }>(
      `select release_version as version from deployments where environment = $1 and status = 'SUCCESS'`,
      [settings.environment],
    );
    return rows[0]?.version ?? null;
  } catch {
    return null;
  } finally {
    await client.end();
  }
}

/** Removes expired backups here and on S3. A copy that S3 does not let go is told and does no harm. */
export async function removeExpired(
  settings: BackupSettings,
  expired: readonly Manifest[],
  s3: S3 | null,
  out: (line: string) => void,
): Promise<void> {
  for (const manifest of expired) {
    if (s3 !== null && manifest.s3 !== null) {
      await removeFromS3(s3, manifest).catch((error: unknown) =>
        out(`The copy of ${manifest.id} stays on S3: ${error instanceof Error ? error.message : 'no reason given'}`),
      );
    }
    await rm(path.join(settings.dir, manifest.id), { recursive: true, force: true });
    out(`Removed backup ${manifest.id} (${manifest.kind}, ${manifest.state}).`);
  }
}
