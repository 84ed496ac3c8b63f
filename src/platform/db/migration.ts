import { Migration } from '@mikro-orm/migrations';

export interface MigrationEntry {
  name: string;
  /** What it runs, so that others can tell whether going back behind it is safe. */
  statements: readonly string[];
  migration: new (...args: ConstructorParameters<typeof Migration>) => Migration;
}

/** A forward-only migration out of SQL statements: one idea a file, expand then contract, never edited once merged. */
export function sqlMigration(name: string, statements: readonly string[]): MigrationEntry {
  class SqlMigration extends Migration {
    override up(): void {
      // The pool's sessions have a short time-out for requests; building an index on a large table takes longer.
      this.addSql('set local statement_timeout = 0');
      for (const statement of statements) this.addSql(statement);
    }
  }
  return { name, statements, migration: SqlMigration };
}

/** Triggers that keep a count of a table (kept-count.ts), all rows or those of a condition. */
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
