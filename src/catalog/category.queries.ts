type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export async function findCategoryId(run: Run, normalisedName: string): Promise<string | null> {
  const [row] = await run<{ id: string }>('select id from categories where folded_name = $1', [normalisedName]);
  return row?.id ?? null;
}

/** Makes a category; false when another Tx made one of that name first. */
export async function insertCategory(
  run: Run,
  category: { id: string; name: string; normalisedName: string; at: Date },
): Promise<boolean> {
  const made = await run(
    `insert into categories (id, name, folded_name, created_at) values ($1, $2, $3, $4)
     on conflict (folded_name) do nothing returning id`,
    [category.id, category.name, category.normalisedName, category.at],
  );
  return made.length > 0;
}
