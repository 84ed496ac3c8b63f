/**
 * Triggers that keep a count of a table (platform/db/kept-count.ts reads it), all rows or those of a condition. Merged
 * migrations are made of it, so it never changes: another way to count is another file.
 */
export const keepCount = (table: string, name: string, condition: string | null): string[] => {
  const where = condition === null ? '' : ` where ${condition}`;
  const trigger = (event: string, tables: string): string =>
    `create trigger kept_count_${event} after ${event} on ${table} referencing ${tables}
      for each statement execute function keep_${name.replace('.', '_')}()`;
  return [
    `create function keep_${name.replace('.', '_')}() returns trigger language plpgsql as $$
      declare
        delta bigint := 0;
      begin
        if tg_op <> 'DELETE' then delta := (select count(*) from after_rows${where}); end if;
        if tg_op <> 'INSERT' then delta := delta - (select count(*) from before_rows${where}); end if;
        if delta <> 0 then insert into kept_counts (name, n) values ('${name}', delta); end if;
        return null;
      end $$`,
    trigger('insert', 'new table as after_rows'),
    trigger('delete', 'old table as before_rows'),
    // Without a condition an update changes no count.
    ...(condition === null ? [] : [trigger('update', 'old table as before_rows new table as after_rows')]),
    `insert into kept_counts (name, n) select '${name}', count(*) from ${table}${where}`,
  ];
};
