import { takeLock } from '../platform/db/locks.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** Whether a day lies in books that are closed; null: no day is closed. */
export async function closedUntil(run: Run): Promise<string | null> {
  const [row] = await run<{ day: string }>(
    `select value #>> '{}' as day from settings where key = 'books_closed_until'`,
  );
  return row?.day ?? null;
}

export async function saveClosedUntil(run: Run, day: string): Promise<void> {
  await run(
    `insert into settings (key, value) values ('books_closed_until', to_jsonb($1::text))
     on conflict (key) do update set value = excluded.value`,
    [day],
  );
}

/**
 * Posting takes a shared lock, closing an exclusive one, so neither overlaps with the other. Held until the Tx ends.
 */
export async function lockBooks(run: Run, as: 'posting' | 'closing'): Promise<void> {
  await takeLock(run, 'books', as === 'posting' ? 'shared' : 'alone');
}
