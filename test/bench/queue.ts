import { run as runGraphile, makeWorkerUtils } from 'graphile-worker';
import pg from 'pg';
import { pino } from 'pino';
import { migrations } from '../../migrations/list.js';
import { modules } from '../../src/modules.js';
import { openDatabase } from '../../src/platform/db/orm.js';
import { createTransact } from '../../src/platform/db/transact.js';
import { done } from '../../src/platform/queue/job.js';
import { createQueueListener, createQueueSignal } from '../../src/platform/queue/wake.js';
import { Worker } from '../../src/platform/queue/worker.js';
import { table } from './load.js';

const JOBS = 20_000;
const LATENCY_JOBS = 300;
const CONCURRENCY = 8;
const p99 = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;

/** No-op jobs: ours against the bare claim loop and graphile-worker, in one process each, on the same server. */
export async function benchQueue(url: string): Promise<void> {
  const log = pino({ level: 'silent' });
  const db = await openDatabase({
    url,
    poolMax: 12,
    applicationName: 'bench',
    entities: modules.flatMap((module) => module.entities),
    migrations,
  });
  const signal = createQueueSignal(db);
  const transact = createTransact({
    db,
    listeners: new Map(),
    unaudited: new Set(),
    onCommit: ({ jobs }) => jobs && signal.notify(),
  });
  const who = { origin: 'system', actor: 'bench' } as const;

  // Ours: rate.
  await db.read(
    `insert into tds_sync_queue (id, kind, lane) select gen_random_uuid(), 'noop', 'noop:' || g from generate_series(1, ${JOBS}) g`,
  );
  await db.read('analyze tds_sync_queue');
  let onJob: (lane: string) => void = () => undefined;
  const make = () =>
    new Worker({
      db,
      transact,
      concurrency: CONCURRENCY,
      name: 'bench',
      version: 'bench',
      log,
      onCommit: () => undefined,
      handlers: [
        {
          kind: 'noop',
          run: (run) => {
            onJob(run.job.jobKey);
            return Promise.resolve(done('unchanged'));
          },
        },
      ],
    });
  let begun = performance.now();
  await make().drain();
  const ours = JOBS / ((performance.now() - begun) / 1000);

  // Ours: latency from the commit of the enqueue to the start of the handler, through LISTEN.
  const worker = make();
  const listener = createQueueListener(url, log, () => worker.wake());
  await listener.start();
  worker.start();
  const oursLatency: number[] = [];
  for (let index = 0; index < LATENCY_JOBS; index += 1) {
    const lane = `late:${index}`;
    const seen = new Promise<number>((resolve) => {
      onJob = (begun) => begun === lane && resolve(performance.now());
    });
    await transact(who, (tx) => Promise.resolve(tx.enqueue({ kind: 'noop', jobKey: lane })));
    const committed = performance.now();
    oursLatency.push(Math.max(0, (await seen) - committed));
  }
  await listener.stop();
  await worker.stop();
  await signal.close();
  await db.close();

  // The bare loop: claim one, complete one.
  const pool = new pg.Pool({ connectionString: url, max: CONCURRENCY });
  await pool.query('create table bare_queue (id int primary key, status text not null)');
  await pool.query(`insert into bare_queue select g, 'pending' from generate_series(1, ${JOBS}) g`);
  await pool.query(`create index on bare_queue (id) where status = 'pending'`);
  await pool.query('analyze bare_queue');
  begun = performance.now();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (;;) {
        const { rows } = await pool.query<{ id: number }>({
          name: 'claim',
          text: `update bare_queue set status = 'processing' where id = (select id from bare_queue where status = 'pending' order by id limit 1 for update skip locked) returning id`,
        });
        if (!rows[0]) return;
        await pool.query({
          name: 'done',
          text: `update bare_queue set status = 'completed' where id = $1`,
          values: [rows[0].id],
        });
      }
    }),
  );
  const bare = JOBS / ((performance.now() - begun) / 1000);
  await pool.query('drop table bare_queue');

  // graphile-worker.
  const utils = await makeWorkerUtils({ connectionString: url });
  await utils.migrate();
  await pool.query(`select graphile_worker.add_job('noop', '{}') from generate_series(1, ${JOBS})`);
  let count = 0;
  let reached: () => void = () => undefined;
  let onGraphileJob: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (reached = resolve));
  begun = performance.now();
  const quiet = new (await import('graphile-worker')).Logger(() => () => undefined);
  const runner = await runGraphile({
    connectionString: url,
    concurrency: CONCURRENCY,
    noHandleSignals: true,
    pollInterval: 1000,
    logger: quiet,
    taskList: {
      noop: () => {
        count += 1;
        onGraphileJob();
        if (count === JOBS) reached();
      },
    },
  });
  await all;
  const graphile = JOBS / ((performance.now() - begun) / 1000);
  const graphileLatency: number[] = [];
  for (let index = 0; index < LATENCY_JOBS; index += 1) {
    const seen = new Promise<number>((resolve) => (onGraphileJob = () => resolve(performance.now())));
    await utils.addJob('noop', {});
    const committed = performance.now();
    graphileLatency.push(Math.max(0, (await seen) - committed));
  }
  await runner.stop();
  await utils.release();
  await pool.query('drop schema graphile_worker cascade');
  await pool.end();

  table(
    'No-op jobs, one process, 8 at a time',
    ['', 'jobs/s', 'ours / it', 'start p99 ms'],
    [
      ['ours (attempts, events and outcome written)', ours, 1, p99(oursLatency)],
      ['graphile-worker', graphile, ours / graphile, p99(graphileLatency)],
      ['bare claim loop, one a time', bare, ours / bare, '-'],
    ],
  );
}
