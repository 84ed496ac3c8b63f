import { sqlMigration } from '../src/platform/db/migration.js';

/** How many records a run will list, as far as anybody knows, and which ones a selective run is asked for. */
export const expectedOfRuns = sqlMigration('20261127070300-expected-of-runs', [
  'alter table tds_sync_runs add column expected_items int, add column selected_ids text[]',
]);
