import type { Currency } from '../kernel/money.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** Null: no day is closed. */
export async function saveClosedUntil(run: Run, day: string | null): Promise<void> {
  if (day === null) {
    await run(`delete from settings where key = 'books_closed_until'`);
    return;
  }
  await run(
    `insert into settings (key, value) values ('books_closed_until', to_jsonb($1::text))
     on conflict (key) do update set value = excluded.value`,
    [day],
  );
}

/** The currency in which the books are kept; the migration of the journal sets it. */
export async function findBaseCurrency(run: Run): Promise<Currency> {
  const [row] = await run<{ code: Currency }>(
    `select value #>> '{}' as code from settings where key = 'base_currency'`,
  );
  return row?.code ?? 'USD';
}

export async function saveBaseCurrency(run: Run, currency: string): Promise<void> {
  await run(`update settings set value = to_jsonb($1::text) where key = 'base_currency'`, [currency]);
}

export async function hasEntries(run: Run): Promise<boolean> {
  return (await run('select 1 from journal_entries limit 1')).length > 0;
}
