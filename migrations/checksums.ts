import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { MigrationEntry } from '../src/platform/db/migration.js';

export const CHECKSUM_FILE = 'migrations/checksums.json';

/** Of the statements, so that a comment or an import may change and nothing that runs on a database may. */
export const checksumOf = ({ statements }: Pick<MigrationEntry, 'statements'>): string =>
  createHash('sha256').update(JSON.stringify(statements)).digest('hex');

export type Checksums = Record<string, string>;

export const readChecksums = (file = CHECKSUM_FILE): Checksums => JSON.parse(readFileSync(file, 'utf8')) as Checksums;

/** Why the migrations and the sealed checksums disagree, one line each. */
export function checksumFaults(migrations: readonly MigrationEntry[], sealed: Checksums): string[] {
  const names = new Set(migrations.map(({ name }) => name));
  return [
    ...migrations.flatMap((migration) => {
      const known = sealed[migration.name];
      if (known === undefined) return [`${migration.name} is not sealed. Run: npm run migration:seal`];
      return known === checksumOf(migration)
        ? []
        : [`${migration.name} was changed after it was sealed. Undo that, and add a migration instead.`];
    }),
    ...Object.keys(sealed)
      .filter((name) => !names.has(name))
      .map((name) => `${name} was sealed and is gone.`),
  ];
}

/** Adds the checksums of new migrations and touches no other; answers the names it added. */
export function seal(migrations: readonly MigrationEntry[], file = CHECKSUM_FILE): string[] {
  const sealed = readChecksums(file);
  const fresh = migrations.filter(({ name }) => sealed[name] === undefined);
  const all = { ...sealed, ...Object.fromEntries(fresh.map((one) => [one.name, checksumOf(one)])) };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
  return fresh.map(({ name }) => name);
}
