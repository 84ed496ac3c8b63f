import 'reflect-metadata';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { migrations } from '../../migrations/list.js';
import { modules } from '../../src/modules.js';
import { openDatabase, type Database } from '../../src/platform/db/orm.js';
import { createTransact, type Transact } from '../../src/platform/db/transact.js';
import { claimJobs, reclaimJobs } from '../../src/platform/queue/claim.js';
import { discard, done, snooze, type JobHandler, type JobRun } from '../../src/platform/queue/job.js';
import { createScheduler } from '../../src/platform/queue/scheduler.js';
import { Worker } from '../../src/platform/queue/worker.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const log = pino({ level: 'silent' });
const who = { origin: 'system', actor: 'test' } as const;

describe('the queue', () => {
  let t: TestDatabase;
  let db: Database;
  let transact: Transact;
  beforeAll(async () => {
    t = await createTestDatabase();
    db = await openDatabase({
      url: t.url,
      poolMax: 20,
      applicationName: 'test',
      entities: modules.flatMap((module) => module.entities),
      migrations,
    });
    transact = createTransact({ db, listeners: new Map(), unaudited: new Set(), onCommit: () => undefined });
    await t.sql('create table effects (lane text, at int generated always as identity)');
  });
  afterAll(async () => {
    await db.close();
    await t.drop();
  });
  beforeEach(() => t.sql('truncate tds_sync_queue, tds_sync_attempts, event_outbox, effects'));

  const enqueue = (...lanes: string[]): Promise<void> =>
    transact(who, (tx) => {
      for (const lane of lanes) tx.enqueue({ kind: 'test', jobKey: lane, entityType: 'products', remoteId: lane });
      return Promise.resolve();
    });
  const workerOf = (run: (run: JobRun) => ReturnType<JobHandler['run']>, more: Partial<JobHandler> = {}): Worker =>
    new Worker({
      db,
      transact,
      handlers: [{ kind: 'test', run, ...more }],
      concurrency: 4,
      name: 'w1',
      version: 'v1',
      log,
      random: () => 0,
      onCommit: () => undefined,
    });
  const rows = () => t.sql<any>('select *, run_at <= now() as due from tds_sync_queue order by queued_at, id');
  const attempts = () => t.sql<any>('select * from tds_sync_attempts order by ended_at, id');
  const events = () => t.sql<any>('select name from event_outbox order by id');
  const effectOf = (run: JobRun) =>
    run.effect(async (tx) => {
      await tx.sql('insert into effects (lane) values ($1)', [run.job.jobKey]);
      return done('applied');
    });

  test('one row of a job key waits, and takes further changes in with its age kept', async () => {
    await enqueue('a');
    const [first] = await rows();
    await enqueue('a', 'a', 'b');
    const [a, b] = await rows();
    expect([a.coalesced_count, b.coalesced_count]).toEqual([1, 0]);
    expect(a.queued_at).toEqual(first.queued_at);
    expect(await events()).toEqual([{ name: 'queueItemEnqueued' }, { name: 'queueItemEnqueued' }]);
  });

  test('effect, end of the job, attempt and event are one commit', async () => {
    await enqueue('a');
    await workerOf(effectOf).drain();
    expect(await rows()).toEqual([
      expect.objectContaining({ status: 'completed', outcome: 'applied', lease_token: null, error_message: null }),
    ]);
    expect(await t.sql('select lane from effects')).toEqual([{ lane: 'a' }]);
    expect(await attempts()).toEqual([
      expect.objectContaining({ result: 'completed', outcome: 'applied', worker: 'w1', app_version: 'v1' }),
    ]);
    expect((await events()).map((event) => event.name)).toEqual(['queueItemEnqueued', 'queueItemCompleted']);
  });

  test('an effect that throws leaves nothing, and the failed try is recorded', async () => {
    await enqueue('a');
    const failing = workerOf((run) =>
      run.effect(async (tx) => {
        await tx.sql('insert into effects (lane) values ($1)', [run.job.jobKey]);
        throw new TypeError('the mapper broke');
      }),
    );
    const [claimed] = await Promise.all([failing.drain()]);
    expect(claimed).toBeUndefined();
    expect(await t.sql('select * from effects')).toEqual([]);
    const [row] = await rows();
    expect(row).toMatchObject({
      status: 'dead_letter',
      retry_count: 5,
      error_code: 'TypeError',
      error_message: 'the mapper broke',
    });
    expect((await attempts()).map((one) => one.result)).toEqual([
      'failed',
      'failed',
      'failed',
      'failed',
      'dead_letter',
    ]);
    expect((await events()).map((event) => event.name)).toEqual([
      'queueItemEnqueued',
      'queueItemFailed',
      'queueItemFailed',
      'queueItemFailed',
      'queueItemFailed',
      'queueItemDeadLettered',
    ]);
  });

  test('a later change of the record heals its dead letter', async () => {
    await enqueue('a');
    await workerOf(() => Promise.reject(new Error('no'))).drain();
    await enqueue('a');
    expect((await rows()).map((row) => [row.status, row.outcome])).toEqual([
      ['completed', 'superseded'],
      ['pending', null],
    ]);
  });

  test('a poison record blocks only itself', async () => {
    await enqueue('good1', 'poison', 'good2');
    await workerOf((run) =>
      run.job.jobKey === 'poison' ? Promise.reject(new Error('poison')) : effectOf(run),
    ).drain();
    expect((await rows()).map((row) => [row.lane, row.status]).sort()).toEqual([
      ['good1', 'completed'],
      ['good2', 'completed'],
      ['poison', 'dead_letter'],
    ]);
  });

  test('a snooze costs no try and is committed, a discard ends with its reason', async () => {
    await enqueue('snoozing', 'discarded');
    let round = 0;
    await workerOf((run) => {
      if (run.job.jobKey === 'discarded') return Promise.resolve(discard('nobody wants it'));
      round += 1;
      return Promise.resolve(round < 3 ? snooze(0, 'not yet') : done('unchanged'));
    }).drain();
    const byJobKey = new Map((await rows()).map((row) => [row.lane, row]));
    expect(byJobKey.get('snoozing')).toMatchObject({
      status: 'completed',
      outcome: 'unchanged',
      snooze_count: 2,
      retry_count: 0,
    });
    expect(byJobKey.get('discarded')).toMatchObject({ status: 'completed', outcome: 'discarded' });
    expect((await attempts()).find((one) => one.outcome === 'discarded')).toMatchObject({
      error_message: 'nobody wants it',
    });
  });

  test('a job that waits for a parent is woken when the parent ends', async () => {
    await enqueue('child');
    await workerOf((run) =>
      Promise.resolve(run.job.jobKey === 'child' ? snooze(3_600_000, 'parent first', 'parent') : done('applied')),
    ).drain();
    expect(await rows()).toEqual([expect.objectContaining({ lane: 'child', waits_for: 'parent', due: false })]);
    await enqueue('parent');
    const seen: string[] = [];
    await workerOf((run) => {
      seen.push(run.job.jobKey);
      return Promise.resolve(done('applied'));
    }).drain();
    expect(seen).toEqual(['parent', 'child']);
  });

  test('a worker whose lease was taken over writes nothing', async () => {
    await enqueue('a');
    let takeOver: () => void = () => undefined;
    const taken = new Promise<void>((resolve) => (takeOver = resolve));
    let entered: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (entered = resolve));
    const slow = workerOf(async (run) => {
      entered();
      await taken;
      return effectOf(run);
    });
    const draining = slow.drain();
    await started;
    await t.sql(`update tds_sync_queue set lease_until = now() - interval '1 second'`);
    const reclaimed = await transact(who, (tx) =>
      reclaimJobs(tx, { kinds: ['test'], limit: 10, concurrency: 4, worker: 'w2', version: 'v1' }),
    );
    expect(reclaimed.map(({ status }) => status)).toEqual(['processing']);
    takeOver();
    await draining;
    expect(await t.sql('select * from effects')).toEqual([]);
    expect(await rows()).toEqual([expect.objectContaining({ status: 'processing', leased_by: 'w2', lost_count: 1 })]);
    expect(await attempts()).toEqual([expect.objectContaining({ result: 'lost', worker: 'w1' })]);
  });

  test('a job that loses its worker three times is dead, unless a newer change waits', async () => {
    await enqueue('dying', 'renewed');
    await claimJobs(db, { worker: 'w1', kinds: ['test'], limit: 10, belowPriority: 10, oldestFirst: false });
    for (let round = 0; round < 3; round += 1) {
      if (round === 2) await enqueue('renewed');
      await t.sql(`update tds_sync_queue set lease_until = now() - interval '1 second' where status = 'processing'`);
      await transact(who, (tx) =>
        reclaimJobs(tx, { kinds: ['test'], limit: 10, concurrency: 4, worker: 'w2', version: 'v1' }),
      );
    }
    expect((await rows()).map((row) => [row.lane, row.status, row.outcome, row.error_code]).sort()).toEqual([
      ['dying', 'dead_letter', null, 'WORKER_LOST'],
      ['renewed', 'completed', 'superseded', null],
      ['renewed', 'pending', null, null],
    ]);
  });

  test('only what a lost worker had started is suspected, and a worker that lived to tell clears it', async () => {
    await enqueue('first', 'second', 'third');
    const claim = () =>
      claimJobs(db, { worker: 'w1', kinds: ['test'], limit: 10, belowPriority: 10, oldestFirst: false });
    const lose = async (): Promise<void> => {
      await t.sql(`update tds_sync_queue set lease_until = now() - interval '1 second' where status = 'processing'`);
      await transact(who, (tx) =>
        reclaimJobs(tx, { kinds: ['test'], limit: 10, concurrency: 1, worker: 'w2', version: 'v1' }),
      );
    };
    await claim();
    await lose();
    const counts = (await rows()).map((row) => row.lost_count).sort();
    // One at a time was running; the two that were only fetched in advance are innocent.
    expect(counts).toEqual([0, 0, 1]);
    await t.sql(
      `update tds_sync_queue set status = 'pending', lease_token = null, lease_until = null, lost_count = 2, run_at = now()`,
    );
    let rounds = 0;
    await workerOf((run) => {
      rounds += 1;
      return Promise.resolve(rounds <= 3 ? snooze(60_000, 'later') : effectOf(run));
    }).drain();
    expect((await rows()).map((row) => [row.status, row.lost_count])).toEqual(Array(3).fill(['pending', 0]));
  });

  test('where a newer row of the job key waits, a failed one is superseded', async () => {
    await enqueue('a');
    let first = true;
    await workerOf(async (run) => {
      if (!first) return effectOf(run);
      first = false;
      await enqueue('a');
      throw new Error('too late anyway');
    }).drain();
    expect((await rows()).map((row) => row.outcome)).toEqual(['superseded', 'applied']);
  });

  test('failures of ours cost no try', async () => {
    await enqueue('a');
    let failures = 3;
    await workerOf((run) => {
      failures -= 1;
      if (failures >= 0) return Promise.reject(Object.assign(new Error('deadlock detected'), { code: '40P01' }));
      return effectOf(run);
    }).drain();
    expect(await rows()).toEqual([expect.objectContaining({ status: 'completed', retry_count: 0, snooze_count: 3 })]);
  });

  test('many workers at once never run one job key twice', async () => {
    await enqueue(...Array.from({ length: 300 }, (_, index) => `lane${index}`));
    const workers = Array.from({ length: 5 }, () => workerOf(effectOf));
    await Promise.all(workers.map((worker) => worker.drain()));
    const counts = await t.sql<{ n: string }>('select count(*) as n from effects group by lane');
    expect(counts.length).toBe(300);
    expect(counts.every((row) => row.n === '1')).toBe(true);
  });

  test('urgent work goes first, a kind that nobody here knows stays for who knows it', async () => {
    await transact(who, (tx) => {
      tx.enqueue({ kind: 'test', jobKey: 'late', priority: 9 });
      tx.enqueue({ kind: 'test', jobKey: 'soon', priority: 1 });
      tx.enqueue({ kind: 'of-the-other-colour', jobKey: 'foreign' });
      return Promise.resolve();
    });
    const claimed = await claimJobs(db, {
      worker: 'w',
      kinds: ['test'],
      limit: 10,
      belowPriority: 10,
      oldestFirst: false,
    });
    expect(claimed.map((job) => job.jobKey)).toEqual(['soon', 'late']);
    expect((await rows()).find((row) => row.lane === 'foreign').status).toBe('pending');
  });

  test('a stopping worker gives unstarted claims back and waits for what runs', async () => {
    await enqueue(...Array.from({ length: 30 }, (_, index) => `lane${index}`));
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const worker = workerOf(async (run) => {
      await gate;
      return effectOf(run);
    });
    worker.wake();
    while (worker.running() < 4) await new Promise((resolve) => setImmediate(resolve));
    const stopped = worker.stop();
    release();
    await stopped;
    const counts = await t.sql<{ status: string; n: string }>(
      'select status, count(*) as n from tds_sync_queue group by status order by 1',
    );
    expect(counts).toEqual([
      { status: 'completed', n: '4' },
      { status: 'pending', n: '26' },
    ]);
  });

  test('a schedule fires once across processes, and again a period later', async () => {
    const schedules = [{ name: 's', everySeconds: 60, atOnce: true, job: { kind: 'test', jobKey: 'scheduled' } }];
    const options = { schedules, timeZone: 'Asia/Baghdad', log };
    const both = [createScheduler(transact, options), createScheduler(transact, options)];
    await Promise.all(both.map((one) => one.start()));
    await Promise.all([...both, ...both].map((one) => one.tick()));
    expect(await rows()).toEqual([expect.objectContaining({ lane: 'scheduled', coalesced_count: 0 })]);
    await t.sql(`update schedules set next_at = now() - interval '1 second' where name = 's'`);
    await Promise.all(both.map((one) => one.tick()));
    expect(await rows()).toEqual([expect.objectContaining({ coalesced_count: 1 })]);
    await Promise.all(both.map((one) => one.stop()));
  });

  test("the operators' statements run unchanged", async () => {
    await enqueue('a', 'b');
    await workerOf((run) => (run.job.jobKey === 'a' ? effectOf(run) : Promise.reject(new Error('bad item')))).drain();
    expect(await t.sql('select status, count(*) from tds_sync_queue group by status order by 1')).toEqual([
      { status: 'completed', count: '1' },
      { status: 'dead_letter', count: '1' },
    ]);
    const [delay] = await t.sql<any>(
      `select entity_type, avg(extract(epoch from (processing_completed_at - queued_at))) as avg_delay
       from tds_sync_queue where status = 'completed' group by entity_type`,
    );
    expect(delay.entity_type).toBe('products');
    expect(Number(delay.avg_delay)).toBeGreaterThan(0);
    expect(
      await t.sql(
        `select entity_type, error_message, count(*) from tds_sync_queue where status in ('failed', 'dead_letter')
         and queued_at > now() - interval '24 hours' group by entity_type, error_message`,
      ),
    ).toEqual([{ entity_type: 'products', error_message: 'bad item', count: '1' }]);
    expect(
      await t.sql(
        `select count(*) as total, count(*) filter (where status = 'completed') as completed,
           count(*) filter (where status = 'failed') as failed,
           round(100.0 * count(*) filter (where status = 'completed') / nullif(count(*), 0), 2) as success_rate
         from tds_inbox_events where received_at > now() - interval '24 hours'`,
      ),
    ).toEqual([{ total: '0', completed: '0', failed: '0', success_rate: null }]);
    await t.sql(`update tds_sync_queue set queued_at = now() - interval '31 days'`);
    await t.sql(
      `delete from tds_sync_queue where status in ('completed', 'dead_letter') and queued_at < now() - interval '30 days'`,
    );
    expect(await rows()).toEqual([]);
  });

  test('a listener runs inside the Tx: it may enqueue, and when it throws the command fails whole', async () => {
    const listening = createTransact({
      db,
      unaudited: new Set(),
      onCommit: () => undefined,
      listeners: new Map([
        ['good', [(tx) => tx.enqueue({ kind: 'test', jobKey: 'from-listener' })]],
        ['bad', [() => Promise.reject(new Error('listener refuses'))]],
      ]),
    });
    await listening(who, (tx) => Promise.resolve(tx.emit({ name: 'good', entityType: 'x', entityId: '1' })));
    expect((await rows()).map((row) => row.lane)).toEqual(['from-listener']);
    await expect(
      listening(who, async (tx) => {
        await tx.sql(`insert into effects (lane) values ('gone')`);
        tx.emit({ name: 'bad', entityType: 'x', entityId: '1' });
      }),
    ).rejects.toThrow('listener refuses');
    expect(await t.sql('select * from effects')).toEqual([]);
  });
});
