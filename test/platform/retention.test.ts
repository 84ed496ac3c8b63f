import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { modules } from '../../src/modules.js';
import { deleteOldRows, idBefore } from '../../src/platform/queue/retention.js';
import { startTestApp, type TestApp } from '../support/app.js';

describe('retention', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp();
    await t.db.sql('create table kept_things (id int primary key, at timestamptz not null)');
  });
  afterAll(() => t.stop());

  const things = { table: 'kept_things', old: `at < now() - interval '10 days'`, age: 'at' };
  const left = async () =>
    (await t.db.sql<{ id: number }>('select id from kept_things order by id')).map(({ id }) => id);

  test('takes the oldest first, a batch at a time, and says whether there may be more', async () => {
    await t.db.sql(
      `insert into kept_things select n, now() - ((n * 7) % 40) * interval '1 day' from generate_series(1, 8) n`,
    );
    // Ages in days: 7 14 21 28 35 2 9 16.
    expect(await deleteOldRows(t.app.services.db, [things], 2)).toBe(true);
    expect(await left()).toEqual([1, 2, 3, 6, 7, 8]);
    expect(await deleteOldRows(t.app.services.db, [things], 4)).toBe(false);
    expect(await left()).toEqual([1, 6, 7]);
  });

  test('the smallest id of an instant lies before the ids of today and behind those of long ago', async () => {
    const [row] = await t.db.sql<any>(
      `select '00000000-0000-7000-8000-000000000000'::uuid < ${idBefore('1 day')} as old,
         $1::uuid > ${idBefore('1 day')} as fresh, $1::uuid > ${idBefore('-1 day')} as future`,
      [newId()],
    );
    expect(row).toEqual({ old: true, fresh: true, future: false });
  });

  test('every statement of every module runs, and names a table and column that are there', async () => {
    const all = modules.flatMap((module) => module.retention ?? []);
    expect(all.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['sessions', 'tds_inbox_events', 'exports', 'deployment_log_lines']),
    );
    await expect(deleteOldRows(t.app.services.db, all, 10)).resolves.toBe(false);
  });

  test('a key of a command is forgotten after 30 days and not before', async () => {
    await t.db.sql(
      `insert into idempotency_keys (actor, operation, key, request_hash, created_at) values
        ('a', 'o', 'old', 'h', now() - interval '31 days'), ('a', 'o', 'new', 'h', now() - interval '29 days')`,
    );
    await t.app.services.transact({ origin: 'system', actor: 'test' }, async (tx) =>
      tx.enqueue({ kind: 'prune', jobKey: 'prune' }),
    );
    await t.drain();
    expect(await t.db.sql(`select key from idempotency_keys where actor = 'a'`)).toEqual([{ key: 'new' }]);
  });
});
