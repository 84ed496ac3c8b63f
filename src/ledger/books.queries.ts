import type { Currency } from '../kernel/money.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export async function saveClosedUntil(run: Run, day: string): Promise<void> {
  await run(
    `insert into settings (key, value) values ('books_closed_until', to_jsonb($1::text))
     on conflict (key) do update set value = excluded.value`,
    [day],
  );
}

export async function readBaseCurrency(run: Run): Promise<Currency> {
  const [row] = await run<{ code: Currency }>(
    `select value #>> '{}' as code from settings where key = 'base_currency'`,
  );
  return row?.code ?? 'USD';
}
