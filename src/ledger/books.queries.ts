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

/** How much of a rest may be written off with a payment, by currency. */
export type Tolerances = Readonly<Record<Currency, string>>;

export const DEFAULT_TOLERANCES: Tolerances = { IQD: '250', USD: '0.2', RMB: '1.5' };

export async function findTolerances(run: Run): Promise<Tolerances> {
  const [row] = await run<{ given: Partial<Tolerances> }>(
    `select value as given from settings where key = 'write_off_tolerances'`,
  );
  return { ...DEFAULT_TOLERANCES, ...row?.given };
}

export async function saveTolerances(run: Run, tolerances: Tolerances): Promise<void> {
  await run(
    `insert into settings (key, value) values ('write_off_tolerances', $1::jsonb)
     on conflict (key) do update set value = excluded.value`,
    [JSON.stringify(tolerances)],
  );
}
