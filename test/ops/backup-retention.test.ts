import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pruneImages, surplusImages, type ReleaseImage } from '../../ops/backup/images.js';
import { listBackups, stampOf, writeManifest, type Manifest } from '../../ops/backup/manifest.js';
import { expiredBackups, readLiveVersion, removeExpired } from '../../ops/backup/retention.js';
import { copyToS3, s3Of } from '../../ops/backup/copies.js';
import { describeFile } from '../../ops/backup/manifest.js';
import { readBackupSettings } from '../../ops/backup/settings.js';
import { startBacked, type Backed } from '../support/backup.js';
import { startFakeS3, type FakeS3 } from '../support/fake-s3.js';

const DAY = 86_400_000;
const NOW = new Date('2026-11-21T12:00:00Z');

function made(daysAgo: number, changes: Partial<Manifest> = {}): Manifest {
  const at = new Date(NOW.getTime() - daysAgo * DAY);
  return {
    format: 1,
    id: stampOf(at),
    environment: 'production',
    kind: 'scheduled',
    release: null,
    state: 'good',
    fault: null,
    createdAt: at.toISOString(),
    verifiedAt: at.toISOString(),
    files: [],
    database: {} as Manifest['database'],
    redis: null,
    uploads: null,
    s3: null,
    s3Fault: null,
    recordedAt: null,
    durationsMs: {},
    ...changes,
  };
}

const daysOf = (list: readonly Manifest[]): number[] =>
  list.map((one) => Math.round((NOW.getTime() - Date.parse(one.createdAt)) / DAY));
const rule = { now: NOW, keepDays: 7, liveVersion: 'v2' };

describe('which backups may go', () => {
  test('those that are older than the days to keep', () => {
    const list = [0, 1, 6.9, 7.1, 8, 40].map((days) => made(days));
    expect(daysOf(expiredBackups(list, rule))).toEqual([7, 8, 40]);
    expect(daysOf(expiredBackups(list, { ...rule, keepDays: 30 }))).toEqual([40]);
  });

  test('never the newest good one, however old it is', () => {
    const list = [made(1, { state: 'failed' }), made(9, { state: 'unverified' }), made(50), made(60)];
    expect(daysOf(expiredBackups(list, rule))).toEqual([9, 60]);
  });

  test('a good one without a database does not stand in for one with it', () => {
    const list = [made(1, { database: null }), made(50), made(60)];
    expect(daysOf(expiredBackups(list, rule))).toEqual([60]);
  });

  test('never the dump from before the deployment of the live version', () => {
    const list = [
      made(1),
      made(20, { kind: 'pre-deploy', release: 'v2' }),
      made(21, { kind: 'pre-deploy', release: 'v2', state: 'failed' }),
      made(30, { kind: 'pre-deploy', release: 'v1' }),
    ];
    expect(daysOf(expiredBackups(list, rule))).toEqual([21, 30]);
  });

  test('while the live version is not known, no good pre-deploy dump goes', () => {
    const list = [
      made(1),
      made(20, { kind: 'pre-deploy', release: 'v2' }),
      made(30, { kind: 'pre-deploy', release: 'v1' }),
    ];
    expect(daysOf(expiredBackups(list, { ...rule, liveVersion: null }))).toEqual([]);
  });

  test('the setting, else 30 days in production and 7 elsewhere', () => {
    const keep = (env: Record<string, string>) =>
      readBackupSettings({ DATABASE_URL: 'postgresql://a:b@127.0.0.1/c', ...env }).keepDays;
    expect([keep({ APP_ENV: 'production' }), keep({ APP_ENV: 'staging' }), keep({})]).toEqual([30, 7, 7]);
    expect(keep({ APP_ENV: 'production', BACKUP_KEEP_DAYS: '90' })).toBe(90);
  });
});

describe('removing backups', () => {
  let backed: Backed;
  let fake: FakeS3;
  beforeAll(async () => {
    backed = await startBacked();
    fake = await startFakeS3();
  });
  afterAll(async () => {
    await fake.close();
    await backed.db.drop();
    rmSync(backed.folder, { recursive: true, force: true });
  });

  test('folder and copy on S3 go, the kept one stays in both places', async () => {
    const settings = backed.with(fake.env);
    const s3 = s3Of(settings);
    if (!s3) throw new Error('no S3');
    for (const days of [1, 20]) {
      const manifest = made(days, { environment: 'test', s3: { bucket: fake.bucket, prefix: '', copiedAt: '' } });
      const folder = path.join(settings.dir, manifest.id);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'database.dump'), 'dump');
      manifest.files = [await describeFile(folder, 'postgres', 'database.dump')];
      await writeManifest(folder, manifest);
      await copyToS3(s3, folder, manifest);
    }
    const lines: string[] = [];
    const list = await listBackups(settings.dir);
    expect(list).toHaveLength(2);
    await removeExpired(settings, expiredBackups(list, rule), s3, (line) => lines.push(line));
    const [kept, gone] = list as [Manifest, Manifest];
    expect(lines).toEqual([`Removed backup ${gone.id} (scheduled, good).`]);
    expect([existsSync(path.join(settings.dir, kept.id)), existsSync(path.join(settings.dir, gone.id))]).toEqual([
      true,
      false,
    ]);
    expect([...fake.objects.keys()]).toEqual([`test/${kept.id}/database.dump`, `test/${kept.id}/manifest.json`]);
  });

  test('the live version is the last success that the server has recorded', async () => {
    expect(await readLiveVersion(backed.settings)).toBeNull();
    await backed.db.sql(
      `insert into deployments (id, environment, release_version, status, started_by, started_at)
       values (gen_random_uuid(), 'test', 'v7', 'SUCCESS', 'test', now()), (gen_random_uuid(), 'test', 'v6', 'INACTIVE', 'test', now())`,
    );
    expect(await readLiveVersion(backed.settings)).toBe('v7');
  });
});

describe('which images may go', () => {
  const image = (daysAgo: number, changes: Partial<ReleaseImage> = {}): ReleaseImage => ({
    id: `i${daysAgo}`,
    tag: `v${daysAgo}`,
    createdAt: new Date(NOW.getTime() - daysAgo * DAY),
    inUse: false,
    ...changes,
  });

  test('all but the newest, and never one that is in use or must stay', () => {
    const images = [5, 1, 3, 2, 4].map((days) => image(days, { inUse: days === 5 }));
    expect(surplusImages(images, 2).map(({ tag }) => tag)).toEqual(['v3', 'v4']);
    expect(surplusImages(images, 2, new Set(['v4'])).map(({ tag }) => tag)).toEqual(['v3']);
    expect(surplusImages(images, 10)).toEqual([]);
  });

  test('one that the store does not let go is told, and the others go', async () => {
    const removed: string[] = [];
    const lines: string[] = [];
    const store = {
      list: () => Promise.resolve([1, 2, 3].map((days) => image(days))),
      remove: ({ tag }: ReleaseImage) =>
        tag === 'v2' ? Promise.reject(new Error('it is referenced')) : Promise.resolve(void removed.push(tag)),
    };
    expect(await pruneImages(store, 1, (line) => lines.push(line))).toBe(1);
    expect(removed).toEqual(['v3']);
    expect(lines).toEqual(['Image v2 stays: it is referenced', 'Removed image v3.']);
  });
});
