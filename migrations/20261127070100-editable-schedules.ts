import { sqlMigration } from '../src/platform/db/migration.js';

/** A schedule runs by interval or by a time of day, can be edited and paused, and keeps what was edited over releases. */
export const editableSchedules = sqlMigration('20261127070100-editable-schedules', [
  `alter table schedules
     add column at_time text check (at_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
     add column enabled boolean not null default true,
     add column edited boolean not null default false,
     add column version int not null default 1`,
]);
