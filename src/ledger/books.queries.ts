type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export async function saveClosedUntil(run: Run, day: string): Promise<void> {
  await run(
    `insert into settings (key, value) values ('books_closed_until', to_jsonb($1::text))
     on conflict (key) do update set value = excluded.value`,
    [day],
  );
}
