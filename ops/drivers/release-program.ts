import type { PendingMigration } from '../deploy/slot-driver.js';

/** How the program of a release is called, from its own folder: the same in a slot, a unit and an image. */
export const SERVE = ['dist/src/main.js'] as const;
export const MIGRATE = ['dist/src/main.js', 'migrate'] as const;
export const PENDING = ['dist/ops/cli.js', 'pending-migrations'] as const;

export const START_MS = 60_000;
export const MIGRATE_MS = 3_600_000;

/** The last line is the answer; a program may have said something before. */
export function parsePending(output: string): PendingMigration[] {
  const line = output.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as PendingMigration[];
  } catch {
    throw new Error(`The release does not report its pending migrations: ${line.slice(0, 200)}`);
  }
}
