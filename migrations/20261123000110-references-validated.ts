import { sqlMigration } from '../src/platform/db/migration.js';
import { references } from './frozen/references-20261123.js';

/** Reads the old rows of each new foreign key, under a lock that lets others write. */
export const foreignKeysValidated = sqlMigration(
  '20261123000110-references-validated',
  references.map(([table, column]) => `alter table "${table}" validate constraint "${table}_${column}_foreign"`),
);
