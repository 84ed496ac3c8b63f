import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { recorderOf } from '../support/deployments.js';

describe('the figures of deployments and backups', () => {
  let t: TestApp;
  let recorder: ReturnType<typeof recorderOf>;
  beforeAll(async () => {
    t = await startTestApp({ settings: { DEPLOY_TOKEN: 'deploy-token-deploy-token-1' } });
    recorder = recorderOf(t.withToken('deploy-token-deploy-token-1'));
  });
  afterAll(() => t.stop());

  const lines = async (metric: string): Promise<string[]> =>
    (await (await fetch(`${t.url}/metrics`)).text()).split('\n').filter((line) => line.startsWith(`${metric}{`));
  const backup = (takenAt: string, verifiedAt: string | null) =>
    recorder.call(
      'recordBackup',
      `mutation($input: RecordBackupInput!) { recordBackup(input: $input) { __typename ... on UserError { message } } }`,
      {
        input: {
          id: newId(),
          environment: 'production',
          sha256: 'a'.repeat(64),
          sizeBytes: 1000,
          location: '/backups/x.dump',
          takenAt,
          verifiedAt,
        },
      },
    );

  test('deployments are counted by environment and status, and a status that nothing has any more is gone', async () => {
    expect(await lines('tsh_deployments')).toEqual([]);
    await recorder.release('production', 'v1');
    const { deployment } = await recorder.start({ environment: 'staging', version: 'v2' });
    expect((await lines('tsh_deployments')).sort()).toEqual([
      'tsh_deployments{environment="production",status="SUCCESS"} 1',
      'tsh_deployments{environment="staging",status="QUEUED"} 1',
    ]);
    await recorder.record(deployment.id, 'CANCELLED');
    await recorder.release('production', 'v3');
    expect((await lines('tsh_deployments')).sort()).toEqual([
      'tsh_deployments{environment="production",status="INACTIVE"} 1',
      'tsh_deployments{environment="production",status="SUCCESS"} 1',
      'tsh_deployments{environment="staging",status="CANCELLED"} 1',
    ]);
  });

  test('a deployment whose deployer is silent counts as stuck', async () => {
    const { deployment } = await recorder.start({ environment: 'staging', version: 'v4' });
    await recorder.play(deployment.id, 'PENDING', 'IN_PROGRESS');
    expect(await lines('tsh_deployments_stuck')).toContain('tsh_deployments_stuck{environment="staging"} 0');
    await t.db.sql('update deployments set stuck = true where id = $1', [deployment.id]);
    expect(await lines('tsh_deployments_stuck')).toContain('tsh_deployments_stuck{environment="staging"} 1');
  });

  test('the last good backup is the newest one that a restore has proved', async () => {
    expect(await lines('tsh_backup_last_good_timestamp_seconds')).toEqual([]);
    await backup('2026-01-31T02:30:00.000Z', '2026-01-31T02:40:00.000Z');
    await backup('2026-01-30T02:30:00.000Z', '2026-01-30T02:40:00.000Z');
    await backup('2026-02-01T02:30:00.000Z', null);
    const seconds = Date.parse('2026-01-31T02:30:00.000Z') / 1000;
    expect(await lines('tsh_backup_last_good_timestamp_seconds')).toEqual([
      `tsh_backup_last_good_timestamp_seconds{environment="production",kind="DATABASE"} ${seconds}`,
    ]);
  });

  test('the delay of synchronisation has its p95 over the last 15 minutes', async () => {
    await t.db.sql(
      `insert into tds_sync_queue (id, kind, lane, entity_type, priority, status, queued_at, processing_completed_at, run_at)
       select gen_random_uuid(), 'pull', 'pull:products:' || n, 'products', 5, 'completed',
         now() - interval '1 minute' - n * interval '1 second', now() - interval '1 minute', now()
       from generate_series(1, 100) n
       union all select gen_random_uuid(), 'pull', 'pull:products:old', 'products', 5, 'completed',
         now() - interval '20 hours', now() - interval '16 minutes', now()`,
    );
    const text = await (await fetch(`${t.url}/metrics`)).text();
    const p95 = Number(/^tsh_sync_delay_p95_seconds (\S+)$/m.exec(text)?.[1]);
    expect(p95).toBeCloseTo(95.05, 1);
    const owner = await t.as('OWNER');
    const { data } = await owner.query<any>('{ syncStats { syncDelayP95Seconds } }');
    expect(data.syncStats.syncDelayP95Seconds).toBeCloseTo(95.05, 1);
  });
});
