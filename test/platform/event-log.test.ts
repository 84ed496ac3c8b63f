import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { seededRandom } from '../../src/simulator/company.js';

/** Writers hold transactions open and roll some back while several numberers run: the log must be dense and miss nothing. */
describe('the event log', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
  });
  afterAll(() => db.drop());

  test('is dense, misses nothing, keeps the order of each record, whatever order transactions begin and end in', async () => {
    const random = seededRandom(11);
    const pool = new pg.Pool({ connectionString: db.url, max: 20 });
    await pool.query('create table counters (id int primary key, n int not null)');
    await pool.query('insert into counters select g, 0 from generate_series(1, 20) g');
    let committed = 0;
    let writing = true;

    const writer = async (): Promise<void> => {
      for (let round = 0; round < 120; round += 1) {
        const client = await pool.connect();
        const record = 1 + Math.floor(random() * 20);
        try {
          await client.query('begin');
          // The record is locked before the event is written, as a command does it.
          const { rows } = await client.query('update counters set n = n + 1 where id = $1 returning n', [record]);
          await client.query(
            `insert into event_outbox (name, entity_type, entity_id, data) values ('counted', 'counter', $1, $2)`,
            [String(record), JSON.stringify({ n: rows[0].n })],
          );
          // Held open across other commits and numberings.
          if (random() < 0.3) await client.query('select pg_sleep($1)', [random() * 0.01]);
          if (random() < 0.2) await client.query('rollback');
          else {
            await client.query('commit');
            committed += 1;
          }
        } finally {
          client.release();
        }
      }
    };
    let readUpTo = 0;
    const read: { seq: number }[] = [];
    const numberer = async (): Promise<void> => {
      while (writing) await pool.query('select * from number_events(50)');
    };
    // A tail that only ever asks for more than it has seen, as subscribers do.
    const tail = async (): Promise<void> => {
      while (writing) {
        const { rows } = await pool.query('select seq::int from event_log where seq > $1 order by seq', [readUpTo]);
        read.push(...rows);
        readUpTo = rows.at(-1)?.seq ?? readUpTo;
      }
    };
    const background = [numberer(), numberer(), numberer(), tail()];
    await Promise.all(Array.from({ length: 8 }, writer));
    writing = false;
    await Promise.all(background);
    for (;;) {
      const { rows } = await pool.query('select moved from number_events(1000)');
      if (rows[0].moved === 0) break;
    }
    const rest = await pool.query('select seq::int from event_log where seq > $1 order by seq', [readUpTo]);
    read.push(...rest.rows);

    const { rows: log } = await pool.query(
      `select seq::int, entity_id, (data ->> 'n')::int as n from event_log order by seq`,
    );
    expect(log.length).toBe(committed);
    expect(log.map((row) => row.seq)).toEqual(Array.from({ length: committed }, (_, index) => index + 1));
    expect(read.map((row) => row.seq)).toEqual(log.map((row) => row.seq));
    const last = new Map<string, number>();
    for (const { entity_id: id, n } of log) {
      expect(n).toBeGreaterThan(last.get(id) ?? 0);
      last.set(id, n);
    }
    const [head] = await db.sql<{ seq: string }>('select seq from event_head');
    expect(Number(head?.seq)).toBe(committed);
    await pool.end();
  });

  test('knows no update', async () => {
    await expect(db.sql(`update event_log set name = 'x'`)).rejects.toThrow('knows no update');
  });
});
