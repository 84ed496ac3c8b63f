import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createReadPool, type ReadPool } from '../../src/platform/db/read-pool.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

describe('the connections for reads of clients', () => {
  let db: TestDatabase;
  let pool: ReadPool;
  beforeAll(async () => {
    db = await createTestDatabase();
    pool = createReadPool({ url: db.url, max: 1, applicationName: 'test', statementTimeoutMs: 200, statements: 10 });
  });
  afterAll(async () => {
    await pool.close();
    await db.drop();
  });

  const prepared = () =>
    pool.read<{ statement: string }>('select statement from pg_prepared_statements').then((rows) => rows.length);

  test('a text that comes once is not prepared, and of those that come again a bounded number is kept', async () => {
    for (let n = 0; n < 200; n += 1) await pool.read(`select ${n} as once`);
    expect(await prepared()).toBe(0);
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 40; n += 1) {
        expect(await pool.read(`select ${n} as n, $1::int as given`, [round])).toEqual([{ n, given: round }]);
      }
    }
    expect(await prepared()).toBeLessThanOrEqual(10);
  });

  test('a statement that fails while it is prepared does not spoil the next one', async () => {
    for (let round = 0; round < 4; round += 1) {
      await expect(pool.read('select no_such_column from products')).rejects.toThrow(/no_such_column/);
      expect(await pool.read('select 1 as one')).toEqual([{ one: 1 }]);
    }
  });

  test('a statement ends at its time-out and frees its connection', async () => {
    await expect(pool.read('select pg_sleep(30)')).rejects.toThrow(/statement timeout/);
    expect(await pool.read('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('nothing can be written', async () => {
    await expect(pool.read('delete from products')).rejects.toThrow(/read-only/);
  });

  test('a connection that Postgres closes is replaced', async () => {
    const [row] = await pool.read<{ pid: number }>('select pg_backend_pid() as pid');
    await db.sql('select pg_terminate_backend($1)', [row?.pid]);
    const [again] = await pool
      .read<{ pid: number }>('select pg_backend_pid() as pid')
      .catch(() => pool.read<{ pid: number }>('select pg_backend_pid() as pid'));
    expect(again?.pid).not.toBe(row?.pid);
  });
});
