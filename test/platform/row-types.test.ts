import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/platform/db/orm.js';
import { createTransact } from '../../src/platform/db/transact.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const STATEMENT = `select '2026-11-21 09:30:00.123456+00'::timestamptz as instant, '2026-11-21'::date as day,
  9007199254740991::bigint as big, 12.500000::numeric(18,6) as amount, 7 as small, '{"a": 1}'::jsonb as json,
  '{1,2}'::int[] as list, true as flag, null::timestamptz as nothing, $1::text as param`;

const ROW = {
  instant: new Date('2026-11-21T09:30:00.123Z'),
  day: '2026-11-21',
  big: 9_007_199_254_740_991,
  amount: '12.500000',
  small: 7,
  json: { a: 1 },
  list: [1, 2],
  flag: true,
  nothing: null,
  param: 'given',
};

describe('the types of rows', () => {
  let t: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    t = await createTestDatabase({ empty: true });
    const clientReads = { max: 1, statementTimeoutMs: 5000 };
    db = await openDatabase({
      url: t.url,
      poolMax: 2,
      clientReads,
      applicationName: 'types',
      entities: [],
      migrations: [],
    });
  });
  afterAll(async () => {
    await db.close();
    await t.drop();
  });

  test('are the same in a read, in a read for a client and in a Tx', async () => {
    const transact = createTransact({
      db,
      listeners: new Map(),
      unaudited: new Set(),
      onCommit: () => undefined,
    });
    const inTx = await transact({ origin: 'system', actor: 'system' }, (tx) => tx.sql(STATEMENT, ['given']));
    expect(await db.read(STATEMENT, ['given'])).toEqual([ROW]);
    expect(await db.readForClient(STATEMENT, ['given'])).toEqual([ROW]);
    expect(inTx).toEqual([ROW]);
  });
});
