import { Migration } from '@mikro-orm/migrations';

export interface MigrationEntry {
  name: string;
  migration: new (...args: ConstructorParameters<typeof Migration>) => Migration;
}

/** A forward-only migration out of SQL statements: one idea a file, expand then contract, never edited once merged. */
export function sqlMigration(name: string, statements: readonly string[]): MigrationEntry {
  class SqlMigration extends Migration {
    override up(): void {
      for (const statement of statements) this.addSql(statement);
    }
  }
  return { name, migration: SqlMigration };
}
