import { sqlMigration } from '../src/platform/db/migration.js';

const keep = (table: string, name: string, condition: string | null): string[] => {
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

/**
 * Counts that lists show, kept as the sum of rows that only arrive: a writer adds its difference in its own Tx and waits
 * for nobody, so the sum is exact at every snapshot and two writers cannot lock each other. Folded now and then.
 */
export const keptCounts = sqlMigration('20261120001300-kept-counts', [
  `create table kept_counts (
      id bigint generated always as identity primary key,
      name text not null,
      n bigint not null
    )`,
  `create index kept_counts_name on kept_counts (name)`,
  ...keep('products', 'products', null),
  ...keep('customers', 'customers.open', 'archived_at is null'),
  ...keep('stock_movements', 'stock_movements', null),
  ...keep('stock_levels', 'stock_levels', null),
  ...keep('price_changes', 'price_changes', null),
  `create table record_metadata (
      entity_type text not null,
      entity_id uuid not null,
      key text not null,
      value text not null,
      updated_at timestamptz not null default now(),
      primary key (entity_type, entity_id, key)
    )`,
  `create index record_metadata_key on record_metadata (entity_type, key, value) where (length(value) <= 200)`,
]);
