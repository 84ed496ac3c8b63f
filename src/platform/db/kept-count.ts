type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** A count that triggers keep (migration kept-counts); exact at every snapshot. */
export async function readKeptCount(run: Run, name: string): Promise<number> {
  const [row] = await run<{ count: number }>(`select ${keptCountSql('$1')} as count`, [name]);
  return row?.count ?? 0;
}

/** The same as an expression of a larger statement; `name` is a parameter. */
export const keptCountSql = (name: string): string =>
  `(select coalesce(sum(n), 0)::bigint from kept_counts where name = ${name})`;

/**
 * Compacts the differences of each count into one row. One statement: a reader sees either all of the old rows or the
 * new one, and of two concurrent runs each sums only the rows that it deleted itself.
 */
export async function compactKeptCounts(run: Run): Promise<void> {
  await run(
    `with gone as (delete from kept_counts returning name, n)
     insert into kept_counts (name, n) select name, sum(n) from gone group by name`,
  );
}
