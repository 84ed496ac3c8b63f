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
