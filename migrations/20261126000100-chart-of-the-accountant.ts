import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * What an accountant does with the chart: accounts are made and changed, under a row version. Control accounts hold what
 * documents post (receivables, stock ...); no other entry names them, so they stay equal to the documents behind them.
 */
export const chartOfTheAccountant = sqlMigration('20261126000100-chart-of-the-accountant', [
  `alter table "accounts" add column "version" int not null default 1`,
  `alter table "accounts" add column "control" boolean not null default false`,
  `update "accounts" set "control" = true where "code" in (1180, 1190, 1210, 1290, 1310, 1320, 2110, 2120, 2160, 4810, 4820)`,
  `create index "journal_entries_day" on "journal_entries" ("day", "id")`,
]);
