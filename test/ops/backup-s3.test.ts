import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsV4Signer } from 'aws4fetch';
import { commands } from '../../ops/backup/commands.js';
import { listBackups } from '../../ops/backup/manifest.js';
import { createS3, type S3 } from '../../ops/backup/s3.js';
import { readBackupSettings, type S3Settings } from '../../ops/backup/settings.js';
import { startBacked, type Backed } from '../support/backup.js';
import { temporaryFolder } from '../support/folder.js';
import { startFakeS3, type FakeS3 } from '../support/fake-s3.js';
import { freePort } from '../support/services.js';

const settingsOf = (env: Record<string, string>): S3Settings =>
  readBackupSettings({ DATABASE_URL: 'postgresql://a:b@127.0.0.1/c', ...env }).s3 as S3Settings;

describe('the copy on S3', () => {
  let fake: FakeS3;
  let folder: string;
  let s3: S3;
  const file = (): string => path.join(folder, 'file.bin');
  const about = () => {
    const data = readFileSync(file());
    return { bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') };
  };
  beforeEach(async () => {
    fake = await startFakeS3();
    folder = temporaryFolder('s3');
    writeFileSync(file(), Buffer.alloc(300_000, 'نسخة'));
    s3 = createS3(settingsOf(fake.env), { firstRetryMs: 1 });
  });
  afterEach(async () => {
    await fake.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the signature is the one that the library of Amazon makes', async () => {
    const at = new Date('2026-11-21T08:09:10Z');
    const headers = { 'x-amz-content-sha256': 'a'.repeat(64) };
    const key = { accessKeyId: 'TESTKEYID', secretAccessKey: 'test/secret+of/the=fake' };
    for (const [method, target, query] of [
      ['PUT', '/tsh-backups/production/20261121_080910/database.dump', {}],
      ['HEAD', '/tsh-backups/odd%20name%20%28%D9%86%D8%B3%D8%AE%D8%A9%29/x', {}],
      ['GET', '/tsh-backups/', { 'list-type': '2', prefix: 'production/', 'continuation-token': 'a+b/c=' }],
    ] as [string, string, Record<string, string>][]) {
      const url = new URL(`https://s3.eu-north-1.amazonaws.com${target}`);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const ours = await new AwsV4Signer({
        ...key,
        method,
        url: url.href,
        headers,
        service: 's3',
        region: 'eu-north-1',
        datetime: '20261121T080910Z',
      }).sign();
      const signer = new SignatureV4({
        credentials: key,
        service: 's3',
        region: 'eu-north-1',
        sha256: Sha256,
        uriEscapePath: false,
      });
      const theirs = await signer.sign(
        {
          method,
          protocol: 'https:',
          hostname: url.hostname,
          path: url.pathname,
          query,
          headers: { ...headers, host: url.hostname },
        },
        { signingDate: at },
      );
      const signatureOf = (text: string | null | undefined) => /Signature=([0-9a-f]{64})/.exec(text ?? '')?.[1];
      expect(signatureOf(ours.headers.get('authorization'))).toBe(signatureOf(theirs.headers['authorization']));
      expect(signatureOf(theirs.headers['authorization'])).toHaveLength(64);
    }
  });

  test('a file goes there and comes back byte by byte, and its size is read back', async () => {
    await s3.put('production/1/file.bin', file(), about());
    expect(fake.requests).toEqual(['PUT production/1/file.bin', 'HEAD production/1/file.bin']);
    const back = path.join(folder, 'back.bin');
    await s3.get('production/1/file.bin', back);
    expect(readFileSync(back).equals(readFileSync(file()))).toBe(true);
    expect(await s3.head('production/1/file.bin')).toBe(300_000);
    expect(await s3.head('production/1/other')).toBeNull();
    await s3.remove('production/1/file.bin');
    expect([...fake.objects.keys()]).toEqual([]);
  });

  test('names with spaces and Arabic letters are signed rightly, and lists go over pages', async () => {
    for (const key of ['p/نسخة (1).bin', 'p/b+c=d.bin', 'p/3', 'p/4', 'p/5', 'q/6']) await s3.put(key, file(), about());
    expect((await s3.list('p/')).sort()).toEqual(['p/3', 'p/4', 'p/5', 'p/b+c=d.bin', 'p/نسخة (1).bin']);
  });

  test('a wrong secret is refused, at the first try, with what to check', async () => {
    s3 = createS3(settingsOf({ ...fake.env, AWS_SECRET_ACCESS_KEY: 'another' }), { firstRetryMs: 1 });
    await expect(s3.put('x', file(), about())).rejects.toMatchObject({
      code: 'S3_FORBIDDEN',
      message:
        "S3 refuses PUT tsh-backups/x: 403 SignatureDoesNotMatch. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket's policy.",
    });
    expect(fake.requests).toHaveLength(1);
    expect(fake.objects.size).toBe(0);
  });

  test('a file that changed after it was hashed is refused', async () => {
    const before = about();
    writeFileSync(file(), Buffer.alloc(300_000, 'other'));
    await expect(s3.put('x', file(), before)).rejects.toMatchObject({ code: 'S3_FORBIDDEN' });
    expect(fake.objects.size).toBe(0);
  });

  test('a server that fails is asked three times', async () => {
    fake.failWith = 503;
    await expect(s3.put('x', file(), about())).rejects.toMatchObject({
      code: 'S3_UNAVAILABLE',
      message: 'S3 does not answer, 3 times: PUT tsh-backups/x: 503 InternalError.',
    });
    expect(fake.requests).toHaveLength(3);
  });

  test('a server that cannot be reached is told with its reason', async () => {
    s3 = createS3(settingsOf({ ...fake.env, AWS_S3_ENDPOINT: `http://127.0.0.1:${await freePort()}` }), {
      firstRetryMs: 1,
    });
    await expect(s3.put('x', file(), about())).rejects.toMatchObject({
      code: 'S3_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a copy of another size than the file is an error', async () => {
    fake.cutTo = 1000;
    await expect(s3.put('x', file(), about())).rejects.toMatchObject({
      code: 'S3_FAILED',
      message: 'S3 holds 1000 instead of 300000 bytes of x.',
    });
  });

  test('a bucket without keys is a fault of the settings', () => {
    expect(() => settingsOf({ AWS_S3_BUCKET: 'x' })).toThrow(
      'AWS_S3_BUCKET is set without AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    );
  });
});

describe('backups with S3', () => {
  let fake: FakeS3;
  let backed: Backed;
  beforeAll(async () => {
    backed = await startBacked();
  });
  beforeEach(async () => {
    fake = await startFakeS3();
    rmSync(backed.settings.dir, { recursive: true, force: true });
  });
  afterEach(() => fake.close());
  afterAll(async () => {
    await backed.db.drop();
    rmSync(backed.folder, { recursive: true, force: true });
  });
  const context = (env: Record<string, string> = {}) => {
    const lines: string[] = [];
    const out = (line: string) => void lines.push(line);
    return { lines, env: { ...backed.env, ...fake.env, ...env }, out, signal: new AbortController().signal };
  };
  const command = (name: keyof typeof commands) => commands[name];

  test('every file and, last, the manifest lie there under environment and time stamp', async () => {
    const report = await backed.run({ settings: backed.with(fake.env) });
    expect(report.s3).toBe(`s3://tsh-backups/test/${report.id}/`);
    expect([...fake.objects.keys()]).toEqual([`test/${report.id}/database.dump`, `test/${report.id}/manifest.json`]);
    const at = context();
    expect(await command('backups').run(['--remote'], at)).toBe(0);
    expect(at.lines).toEqual([report.id]);
  });

  test('a refusal fails the backup, which stays good on this disk and says so', async () => {
    const at = context({ AWS_SECRET_ACCESS_KEY: 'another' });
    expect(await command('backup').run(['postgres'], at)).toBe(1);
    expect(at.lines.at(-1)).toMatch(/^S3 refuses PUT .*: 403 .* Backup \d{8}_\d{6} is good, but only on this disk\.$/);
    const [manifest] = await listBackups(backed.settings.dir);
    expect(manifest).toMatchObject({ state: 'good', s3: null, s3Fault: expect.stringContaining('403') });
  });

  test('a backup that this host has lost is fetched from S3 by its time stamp and proved', async () => {
    const report = await backed.run({ settings: backed.with(fake.env) });
    rmSync(backed.settings.dir, { recursive: true, force: true });
    const at = context();
    expect(await command('verify').run([report.id], at)).toBe(0);
    expect(at.lines[0]).toContain('fetching it from S3');
    expect((await listBackups(backed.settings.dir)).map(({ id, state }) => [id, state])).toEqual([[report.id, 'good']]);
  });

  test('one that is neither here nor there is not found', async () => {
    const at = context();
    expect(await command('verify').run(['20200101_000000'], at)).toBe(1);
    expect(at.lines.at(-1)).toBe('S3 holds no test/20200101_000000/manifest.json in tsh-backups.');
  });
});
