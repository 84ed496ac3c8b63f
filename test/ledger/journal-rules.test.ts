import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createTestDatabase, sqlClient, type TestDatabase } from '../support/database.js';

interface Line {
  account: number;
  amount: string;
  base: string;
  currency?: string;
  party?: string;
  day?: string;
}

const DAY = '2026-05-10';
const PARTY = '00000000-0000-7000-8000-000000000001';

/** Writes an entry with its lines in one statement, past the services: only the database's own rules stand in the way. */
async function write(client: Pick<pg.Client, 'query'>, lines: readonly Line[], day = DAY): Promise<number> {
  const { rows } = await client.query(
    `with entry as (insert into journal_entries (day, event, actor, origin) values ($1, 'TEST', 'test', 'system') returning id),
       lines as (insert into journal_lines (entry_id, line, account, amount, base, currency, party_id, day)
         select entry.id, t.* from entry, unnest($2::int[], $3::int[], $4::numeric[], $5::numeric[], $6::text[], $7::uuid[], $8::date[]) t)
     select id::int from entry`,
    [
      day,
      lines.map((_, index) => index + 1),
      lines.map(({ account }) => account),
      lines.map(({ amount }) => amount),
      lines.map(({ base }) => base),
      lines.map(({ currency = 'USD' }) => currency),
      lines.map(({ party = null }) => party),
      lines.map((line) => line.day ?? day),
    ],
  );
  return rows[0].id;
}

const sale = (amount: string): Line[] => [
  { account: 1210, amount, base: amount, party: PARTY },
  { account: 4100, amount: `-${amount}`, base: `-${amount}` },
];

describe('what the database holds of the journal', () => {
  let t: TestDatabase;
  const work = <T>(run: (client: pg.Client) => Promise<T>): Promise<T> => sqlClient(t.url, run);
  beforeAll(async () => {
    t = await createTestDatabase();
    await work((client) => write(client, sale('1'), '2026-01-01'));
  });
  afterAll(() => t.drop());

  const REFUSED: [string, string, Line[]][] = [
    [
      'does not balance in the base currency',
      'does not balance in the base currency',
      [
        { account: 1210, amount: '5', base: '5', party: PARTY },
        { account: 4100, amount: '-5', base: '-4' },
      ],
    ],
    [
      'balances in base and not in each currency',
      'does not balance in every currency',
      [
        { account: 1130, amount: '1320', base: '1', currency: 'IQD' },
        { account: 1210, amount: '-1', base: '-1', party: PARTY },
      ],
    ],
    [
      'has a line of another day',
      'another day',
      [...sale('5').slice(0, 1), { ...sale('5')[1], day: '2026-05-11' } as Line],
    ],
    ['has one side only', 'does not balance', sale('5').slice(0, 1)],
  ];

  test.each(REFUSED)('an entry that %s is refused', async (_, reason, lines) => {
    const before = await t.sql('select count(*)::int as n from journal_lines');
    await expect(work((client) => write(client, lines))).rejects.toThrow(reason);
    expect(await t.sql('select count(*)::int as n from journal_lines')).toEqual(before);
  });

  test('both currencies of an entry pass through the account between them', async () => {
    const id = await work((client) =>
      write(client, [
        { account: 1130, amount: '132000', base: '100', currency: 'IQD' },
        { account: 1190, amount: '-132000', base: '-100', currency: 'IQD' },
        { account: 1190, amount: '100', base: '100' },
        { account: 1210, amount: '-100', base: '-100', party: PARTY },
      ]),
    );
    expect(await t.sql('select count(*)::int as n from journal_lines where entry_id = $1', [id])).toEqual([{ n: 4 }]);
  });

  test('a later transaction adds no line to an entry, even lines that balance', async () => {
    const id = await work((client) => write(client, sale('3')));
    const add = t.sql(
      `insert into journal_lines (entry_id, line, account, amount, base, currency, day)
       values ($1, 8, 4100, 1, 1, 'USD', $2), ($1, 9, 4200, -1, -1, 'USD', $2)`,
      [id, DAY],
    );
    await expect(add).rejects.toThrow('transaction');
  });

  test('entries, lines and numbers refuse an update, a delete and a truncate', async () => {
    await t.sql('select number_entries(1000)');
    for (const [table, column] of [
      ['journal_entries', 'day = day'],
      ['journal_lines', 'amount = 0'],
      ['journal_numbers', 'number = 0'],
    ]) {
      await expect(t.sql(`update ${table} set ${column}`)).rejects.toThrow('append-only');
      await expect(t.sql(`delete from ${table}`)).rejects.toThrow('append-only');
      await expect(t.sql(`truncate ${table} cascade`)).rejects.toThrow('append-only');
    }
  });

  test('an event of a document is posted once, and an entry is reversed once', async () => {
    const insert = (event: string, reverses: number | null) =>
      t.sql(
        `insert into journal_entries (day, event, document_id, reverses, actor, origin) values ($1, $2, $3, $4, 'test', 'system')`,
        [DAY, event, PARTY, reverses],
      );
    const id = await work((client) => write(client, sale('2')));
    await insert('INVOICE', id);
    await expect(insert('INVOICE', null)).rejects.toThrow('journal_entries_document_revision_unique');
    await expect(insert('INVOICE_VOID', id)).rejects.toThrow('journal_entries_reverses_unique');
  });

  test('the base currency is fixed by the first posting', async () => {
    await expect(t.sql(`update settings set value = '"IQD"' where key = 'base_currency'`)).rejects.toThrow('fixed');
    await expect(t.sql(`delete from settings where key = 'base_currency'`)).rejects.toThrow('fixed');
    await t.sql(`update settings set value = '"USD"' where key = 'base_currency'`);
  });

  test('a day of closed books takes no entry', async () => {
    const close = (day: string) =>
      t.sql(
        `insert into settings (key, value) values ('books_closed_until', to_jsonb($1::text))
         on conflict (key) do update set value = excluded.value`,
        [day],
      );
    await close('2026-03-31');
    await expect(work((client) => write(client, sale('5'), '2026-03-31'))).rejects.toThrow('closed books');
    await work((client) => write(client, sale('5'), '2026-04-01'));
    await t.sql(`delete from settings where key = 'books_closed_until'`);
  });
});

describe('numbers and the balances of days', () => {
  let t: TestDatabase;
  beforeAll(async () => {
    t = await createTestDatabase();
  });
  afterAll(() => t.drop());

  /** Each account, party and day on which it moved, by its lines alone. */
  const NAIVE = `select account, party, currency, day::text, trim_scale(sum(sum(amount)) over k)::text as balance, trim_scale(sum(sum(base)) over k)::text as base,
      trim_scale(sum(greatest(amount, 0)))::text as debit, trim_scale(sum(greatest(-amount, 0)))::text as credit
    from (select account, coalesce(party_id, '00000000-0000-0000-0000-000000000000') as party, currency, day, amount, base from journal_lines
      union all select account, '00000000-0000-0000-0000-000000000000', currency, day, amount, base from journal_lines where party_id is not null) l
    group by account, party, currency, day window k as (partition by account, party, currency order by day) order by 1, 2, 3, 4`;

  test('have no gap and no error under eight writers of whom some go back, while three give numbers', async () => {
    const random = (n: number): number => Math.floor(Math.random() * n);
    let writing = true;
    const writer = (index: number): Promise<void> =>
      sqlClient(t.url, async (client) => {
        for (let round = 0; round < 40; round += 1) {
          const day = `2026-05-${String(1 + (random(10) === 0 ? random(20) : 20 + random(3))).padStart(2, '0')}`;
          const party = `00000000-0000-7000-8000-00000000000${random(4)}`;
          await client.query('begin');
          await write(
            client,
            sale(String(1 + random(500))).map((line) => (line.party ? { ...line, party } : line)),
            day,
          );
          await client.query((round + index) % 10 === 0 ? 'rollback' : 'commit');
        }
      });
    const numberer = (): Promise<void> =>
      sqlClient(t.url, async (client) => {
        while (writing) await client.query('select number_entries(25)');
      });
    const numbering = Promise.all(Array.from({ length: 3 }, numberer));
    await Promise.all(Array.from({ length: 8 }, (_, index) => writer(index)));
    writing = false;
    await numbering;
    while ((await t.sql<{ n: number }>('select number_entries(1000) as n'))[0]?.n !== 0);

    expect(
      await t.sql(
        `select count(*)::int as numbers, max(number)::int as last, count(distinct entry_id)::int as entries,
           (select count(*)::int from journal_entries) as all_entries, (select number::int from journal_head) as head
         from journal_numbers`,
      ),
    ).toEqual([{ numbers: 288, last: 288, entries: 288, all_entries: 288, head: 288 }]);
    expect(
      await t.sql(
        `select account, party_id as party, currency, day::text, trim_scale(balance)::text as balance, trim_scale(base)::text as base,
           trim_scale(debit)::text as debit, trim_scale(credit)::text as credit
         from journal_days order by 1, 2, 3, 4`,
      ),
    ).toEqual(await t.sql(NAIVE));
  });
});
