import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { recorderOf } from '../support/deployments.js';

/** Every record can be sent again: a recorder that is not sure replays its journal from any point. */
describe('the recorder of a deployment', () => {
  let t: TestApp;
  let deployer: TestClient;
  let recorder: ReturnType<typeof recorderOf>;
  beforeAll(async () => {
    t = await startTestApp({ settings: { DEPLOY_TOKEN: 'deploy-token-deploy-token-1' } });
    deployer = t.withToken('deploy-token-deploy-token-1');
    recorder = recorderOf(deployer);
  });
  afterAll(() => t.stop());

  const begun = async (environment: string): Promise<string> =>
    (await recorder.start({ environment, version: 'v1' })).deployment.id;
  const steps = async (id: string) =>
    (
      await recorder.read(
        id,
        'events { sequence status step message durationMs recordedAt evidence { logLines health backupId smoke { name ok status } } }',
      )
    ).events;

  test('a start is known again by its id, and another start under the same id is told', async () => {
    const input = {
      id: randomUUID(),
      environment: 'ids',
      version: 'v1',
      slot: 'BLUE',
      commit: 'abcdef1',
      trigger: 'PUSH',
    };
    expect(await recorder.start(input)).toMatchObject({
      replayed: false,
      deployment: { id: input.id, slot: 'BLUE', trigger: 'PUSH' },
    });
    expect(await recorder.start(input)).toMatchObject({ replayed: true, deployment: { id: input.id } });
    expect(await recorder.start({ ...input, version: 'v2' })).toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
      field: 'id',
    });
    // Also when it has ended and another one runs, because a journal may come late.
    await recorder.play(input.id, 'CANCELLED');
    await begun('ids');
    expect(await recorder.start(input)).toMatchObject({ replayed: true, deployment: { status: 'CANCELLED' } });
    // The older word for the slot means the same.
    const { id, slot, ...rest } = { ...input, environment: 'ids-colour' };
    expect(id && slot).toBeTruthy();
    expect(await recorder.start({ ...rest, colour: 'green' })).toMatchObject({ deployment: { slot: 'GREEN' } });
  });

  test('steps have a sequence, a name, a duration and evidence without secrets', async () => {
    const id = await begun('steps');
    const at = '2026-11-21T10:00:00.000Z';
    await recorder.record(id, 'PENDING', { sequence: 1, step: 'lock', durationMs: 12, recordedAt: at });
    const evidence = {
      logLines: ['connecting to postgresql://tsh:hunter2hunter2@db/tsh', 'ready'],
      health: '{"status":"healthy"}',
      smoke: [{ name: 'graphql', ok: true, status: 200, durationMs: 9 }],
      backupId: 'b1',
    };
    await recorder.record(id, 'PENDING', { sequence: 2, step: 'backup', message: 'TOKEN=geheim123', evidence });
    expect(await steps(id)).toEqual([
      expect.objectContaining({ sequence: null, status: 'QUEUED', step: null, evidence: null }),
      expect.objectContaining({ sequence: 1, status: 'PENDING', step: 'lock', durationMs: 12, recordedAt: at }),
      expect.objectContaining({
        sequence: 2,
        status: 'PENDING',
        step: 'backup',
        message: 'TOKEN=***',
        evidence: {
          logLines: ['connecting to postgresql://tsh:***@db/tsh', 'ready'],
          health: '{"status":"healthy"}',
          smoke: [{ name: 'graphql', ok: true, status: 200 }],
          backupId: 'b1',
        },
      }),
    ]);
    const [row] = await t.db.sql<{ text: string }>(
      `select string_agg(e::text, ' ') as text from deployment_events e where deployment_id = $1`,
      [id],
    );
    expect(row?.text).not.toMatch(/hunter2|geheim/);
    expect(await recorder.record(id, 'PENDING', { step: 'nameless' })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'sequence',
    });
    expect(await recorder.record(id, 'PENDING', { sequence: 3, step: 'No Name' })).toMatchObject({ field: 'step' });
    expect(await recorder.record(id, 'PENDING', { sequence: 0 })).toMatchObject({ field: 'sequence' });
  });

  test('a journal may be replayed from any point, once or five times at once, without a double and in order', async () => {
    const id = await begun('journal');
    const journal: [string, Record<string, unknown>][] = [
      ['PENDING', { sequence: 1, step: 'lock' }],
      ['IN_PROGRESS', { sequence: 2, step: 'start', message: 'TOKEN=geheim123' }],
      ['IN_PROGRESS', { sequence: 3, step: 'migrate' }],
      ['HEALTH_CHECK', { sequence: 4, step: 'health' }],
      ['SMOKE_TEST', { sequence: 5, step: 'switch' }],
      ['SUCCESS', { sequence: 6, step: 'public-smoke' }],
      ['SUCCESS', { sequence: 7, step: 'drain' }],
    ];
    const live = deployer.subscribe<any>(
      `subscription { deploymentUpdated(environment: "journal") { status event { sequence step } } }`,
    );
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    for (const [status, more] of journal.slice(0, 4))
      expect(await recorder.record(id, status, more)).toMatchObject({ replayed: false });
    for (const from of [0, 2, 4]) {
      for (const [status, more] of journal.slice(from, 5)) {
        expect(await recorder.record(id, status, more)).toMatchObject({ __typename: 'DeploymentRecorded' });
      }
    }
    for (const [status, more] of journal.slice(5)) {
      const answers = await Promise.all(Array.from({ length: 5 }, () => recorder.record(id, status, more)));
      expect(answers.map((one) => one.replayed).sort()).toEqual([false, true, true, true, true]);
    }
    expect((await steps(id)).map((one: any) => one.sequence)).toEqual([null, 1, 2, 3, 4, 5, 6, 7]);
    // The frame of the creation, which has no step, comes along when it was numbered after the subscription.
    const stepsOf = (frames: any[]) => frames.flatMap((frame) => frame.deploymentUpdated.event.step ?? []);
    const frames = await live.untilTrue((received) => stepsOf(received).length >= 7);
    expect(stepsOf(frames)).toEqual(['lock', 'start', 'migrate', 'health', 'switch', 'public-smoke', 'drain']);
    live.stop();
    const after = await recorder.read(id);
    expect(after).toMatchObject({ lastSequence: 7, status: 'SUCCESS' });
    // The watch began at the switch, not at the success.
    expect(Date.parse(after.watchStartedAt)).toBeLessThanOrEqual(Date.parse(after.liveAt));
    expect(await recorder.record(id, 'FAILURE', { sequence: 6 })).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(await recorder.record(id, 'SUCCESS', { sequence: 6, step: 'other' })).toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
  });

  test('a record that comes too early is told which one is missing, and changes nothing', async () => {
    const id = await begun('early');
    await recorder.record(id, 'PENDING', { sequence: 1 });
    expect(await recorder.record(id, 'IN_PROGRESS', { sequence: 4 })).toMatchObject({
      __typename: 'OutOfOrderError',
      code: 'OUT_OF_ORDER',
      expectedSequence: 2,
    });
    expect(await recorder.read(id)).toMatchObject({ status: 'PENDING', lastSequence: 1 });
    await recorder.record(id, 'CANCELLED');
    expect(await recorder.record(id, 'IN_PROGRESS', { sequence: 2 })).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
  });

  test('the database refuses to change or delete an event, and to take a deployment out of a final status', async () => {
    const id = await begun('history');
    await recorder.play(id, 'CANCELLED');
    const refused = (sql: string) =>
      expect(t.db.sql(sql, sql.includes('$1') ? [id] : [])).rejects.toThrow(/append-only/);
    await refused(`update deployment_events set message = 'nicer' where deployment_id = $1`);
    await refused('delete from deployment_events where deployment_id = $1');
    await refused('delete from deployments where id = $1');
    await refused('truncate deployment_events');
    await expect(t.db.sql(`update deployments set status = 'SUCCESS' where id = $1`, [id])).rejects.toThrow(
      /has ended as CANCELLED/,
    );
    expect((await steps(id)).length).toBe(2);
  });

  test('log lines are known by their number, masked, bounded, and followed live', async () => {
    const id = await begun('logs');
    const live = deployer.subscribe<any>(
      `subscription($id: ID!) { deploymentLogAppended(id: $id) { cursor lines { line text } } }`,
      { id },
    );
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await recorder.log(id, 1, ['one', 'PASSWORD=geheim12 two'])).toMatchObject({
      nextLine: 3,
      stored: 2,
      replayed: false,
    });
    expect(await recorder.log(id, 1, ['one', 'other'])).toMatchObject({ nextLine: 3, stored: 0, replayed: true });
    expect(await recorder.log(id, 2, ['two', 'three'])).toMatchObject({ nextLine: 4, stored: 1 });
    expect(await recorder.log(id, 6, ['six'])).toMatchObject({ code: 'OUT_OF_ORDER', expectedSequence: 4 });
    expect(await recorder.log(id, 4, [])).toMatchObject({ code: 'BAD_INPUT', field: 'lines' });
    expect(await recorder.log(id, 0, ['x'])).toMatchObject({ code: 'BAD_INPUT', field: 'fromLine' });
    expect(
      await recorder.log(
        id,
        4,
        Array.from({ length: 201 }, () => 'x'),
      ),
    ).toMatchObject({ field: 'lines' });
    expect(await recorder.log(id, 4, ['x'.repeat(3000)])).toMatchObject({ stored: 1 });
    const frames = await live.until(3);
    expect(frames[0].deploymentLogAppended.lines).toEqual([
      { line: 1, text: 'one' },
      { line: 2, text: 'PASSWORD=*** two' },
    ]);
    expect(frames[1].deploymentLogAppended.lines).toEqual([{ line: 3, text: 'three' }]);
    expect(frames[2].deploymentLogAppended.lines[0].text.length).toBe(1000);
    const late = deployer.subscribe<any>(
      `subscription($id: ID!, $after: String) { deploymentLogAppended(id: $id, after: $after) { lines { line } } }`,
      { id, after: frames[0].deploymentLogAppended.cursor },
    );
    expect((await late.until(2)).map((frame) => frame.deploymentLogAppended.lines[0].line)).toEqual([3, 4]);
    for (const one of [live, late]) one.stop();
    const page = (afterLine: number, first: number) =>
      recorder.call(
        'deploymentLog',
        `query($id: ID!, $afterLine: Int!, $first: Int!) { deploymentLog(id: $id, afterLine: $afterLine, first: $first) { lastLine hasMore lines { line } } }`,
        { id, afterLine, first },
      );
    expect(await page(0, 3)).toEqual({ lastLine: 3, hasMore: true, lines: [{ line: 1 }, { line: 2 }, { line: 3 }] });
    expect(await page(3, 3)).toEqual({ lastLine: 4, hasMore: false, lines: [{ line: 4 }] });
    expect(await page(4, 3)).toEqual({ lastLine: 4, hasMore: false, lines: [] });
  });

  test('a log has a bound: what is above it is dropped and counted', async () => {
    const id = await begun('bound');
    await t.db.sql('update deployments set last_log_line = 19999 where id = $1', [id]);
    expect(await recorder.log(id, 20_000, ['last', 'too much', 'more'])).toMatchObject({
      stored: 1,
      dropped: 2,
      nextLine: 20_001,
    });
    expect(await recorder.log(id, 20_003, ['more'])).toMatchObject({ stored: 0, dropped: 1, replayed: false });
  });
});
