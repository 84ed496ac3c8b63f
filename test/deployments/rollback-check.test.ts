import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlMigration } from '../../src/platform/db/migration.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { recorderOf } from '../support/deployments.js';

const EXPAND = sqlMigration('29990101000100-expand', ['alter table "products" add column "note" text null']);
const CONTRACT = sqlMigration('29990101000200-contract', [
  'alter table "products" drop column "note"',
  'create index x on products (id)',
]);

describe('going back', () => {
  let t: TestApp;
  let deployer: TestClient;
  let recorder: ReturnType<typeof recorderOf>;
  beforeAll(async () => {
    t = await startTestApp({ settings: { DEPLOY_TOKEN: 'deploy-token-deploy-token-1' } });
    deployer = t.withToken('deploy-token-deploy-token-1');
    recorder = recorderOf(deployer);
    // This release holds two more migrations; which of them ran is what the database says.
    t.app.services.migrations = [...t.app.services.migrations, EXPAND, CONTRACT];
  });
  afterAll(() => t.stop());

  const ran = (name: string) => t.db.sql('insert into migrations (name, executed_at) values ($1, now())', [name]);
  const check = (environment: string, to: string): Promise<any> =>
    recorder.call(
      'rollbackCheck',
      `query($environment: String!, $to: ID!) { rollbackCheck(environment: $environment, to: $to) { safe warnings
        target { id } live { id } latestBackup { id verifiedAt location }
        migrations { name known executedAt contractSteps { statement reason } } } }`,
      { environment, to },
    );
  const backup = (input: object): Promise<any> =>
    recorder.call(
      'recordBackup',
      `mutation($input: RecordBackupInput!) { recordBackup(input: $input) { __typename
        ... on BackupRecorded { replayed backup { id kind sizeBytes location verifiedAt recordedBy } }
        ... on UserError { code field } } }`,
      { input },
    );
  const dump = (more: object = {}) => ({
    id: randomUUID(),
    environment: 'staging',
    sha256: 'a'.repeat(64),
    sizeBytes: 5_000_000_000,
    location: 's3://backups/staging.dump',
    takenAt: '2026-11-21T10:00:00.000Z',
    ...more,
  });

  test('is safe while the migrations since only expand, and tells what a contract step or an unknown one breaks', async () => {
    const first = await recorder.release('staging', 'v1');
    const second = await recorder.release('staging', 'v2');
    expect(await check('staging', first)).toEqual({
      safe: true,
      warnings: ['There is no verified backup of the database.'],
      target: { id: first },
      live: { id: second },
      latestBackup: null,
      migrations: [],
    });
    await ran(EXPAND.name);
    expect(await check('staging', first)).toMatchObject({
      safe: true,
      migrations: [{ name: EXPAND.name, known: true, contractSteps: [] }],
    });
    await ran(CONTRACT.name);
    const unsafe = await check('staging', first);
    expect(unsafe).toMatchObject({
      safe: false,
      migrations: [
        { name: EXPAND.name, contractSteps: [] },
        {
          name: CONTRACT.name,
          contractSteps: [{ statement: 'alter table "products" drop column "note"', reason: 'drops a column' }],
        },
      ],
    });
    expect(unsafe.warnings[0]).toMatch(/29990101000200-contract drops a column/);

    // A rollback by an agent is refused then, unless whoever asks for it says that they know.
    await recorder.agent('staging', 'host-1');
    const rollback = { environment: 'staging', to: first, reason: 'broken', idempotencyKey: 'rollback-check-1' };
    expect(await recorder.requestRollback(rollback)).toMatchObject({ code: 'BAD_INPUT', field: 'acceptUnsafe' });
    expect(await recorder.requestRollback({ ...rollback, acceptUnsafe: true })).toMatchObject({ replayed: false });

    // A deployment that was live after the contract step has seen its result.
    const third = await recorder.release('staging', 'v3');
    await recorder.release('staging', 'v4');
    expect(await check('staging', third)).toMatchObject({ safe: true, migrations: [] });
    await ran('29990101000300-nobody-knows');
    expect(await check('staging', third)).toMatchObject({
      safe: false,
      migrations: [{ name: '29990101000300-nobody-knows', known: false }],
    });
  });

  test('what is not inactive does not come back, and what is not there is not found', async () => {
    const failed = (await recorder.start({ environment: 'other', version: 'v1' })).deployment.id;
    await recorder.play(failed, 'PENDING', 'FAILURE');
    expect(await check('other', failed)).toMatchObject({ safe: false, live: null });
    await expect(check('other', randomUUID())).rejects.toThrow(/NOT_FOUND/);
    await expect(check('staging', failed)).rejects.toThrow(/NOT_FOUND/);
  });

  test('a backup is recorded once, verified later, and the newest verified one is named', async () => {
    const to = await recorder.release('backed', 'v1');
    await recorder.release('backed', 'v2');
    const older = dump({ environment: 'backed', verifiedAt: '2026-11-21T11:00:00.000Z', deploymentId: to });
    expect(await backup(older)).toMatchObject({
      replayed: false,
      backup: { kind: 'DATABASE', sizeBytes: 5_000_000_000, recordedBy: 'key:deploy-token' },
    });
    const newer = dump({
      environment: 'backed',
      takenAt: '2026-11-21T12:00:00.000Z',
      location: 'https://u:geheim12@store/b.dump',
    });
    expect(await backup(newer)).toMatchObject({ backup: { verifiedAt: null, location: 'https://u:***@store/b.dump' } });
    expect(await backup(newer)).toMatchObject({ replayed: true });
    expect((await check('backed', to)).latestBackup).toMatchObject({ id: older.id });
    const verified = { ...newer, verifiedAt: '2026-11-21T13:00:00.000Z' };
    expect(await backup(verified)).toMatchObject({ replayed: false, backup: { verifiedAt: verified.verifiedAt } });
    expect(await backup(verified)).toMatchObject({ replayed: true });
    // The record of the dump may come again, after that of its verification.
    expect(await backup(newer)).toMatchObject({ replayed: true, backup: { verifiedAt: verified.verifiedAt } });
    expect((await check('backed', to)).latestBackup).toMatchObject({ id: newer.id });
    await backup(
      dump({
        environment: 'backed',
        kind: 'REDIS',
        takenAt: '2026-11-22T12:00:00.000Z',
        verifiedAt: '2026-11-22T12:00:00.000Z',
      }),
    );
    expect((await check('backed', to)).latestBackup).toMatchObject({ id: newer.id });
    expect((await check('backed', to)).warnings).toEqual([]);
    expect(await backup({ ...newer, sha256: 'b'.repeat(64) })).toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
      field: 'id',
    });
    expect(await backup({ ...newer, sizeBytes: 1 })).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    const list = await recorder.call(
      'backups',
      '{ backups(filter: { environment: { eq: "backed" }, verifiedAt: { isNull: false } }) { totalCount nodes { id } } }',
      {},
    );
    expect(list.totalCount).toBe(3);
    expect(list.nodes.slice(1)).toEqual([{ id: newer.id }, { id: older.id }]);
  });

  test.each([
    [{ id: 'nonsense' }, 'id'],
    [{ environment: 'No' }, 'environment'],
    [{ sha256: 'abc' }, 'sha256'],
    [{ sizeBytes: 1.5 }, 'sizeBytes'],
    [{ sizeBytes: -1 }, 'sizeBytes'],
    [{ deploymentId: 'x' }, 'deploymentId'],
    [{ location: ' ' }, 'location'],
  ])('a backup with %p is refused', async (wrong, field) => {
    expect(await backup(dump(wrong))).toMatchObject({ code: 'BAD_INPUT', field });
  });
});
