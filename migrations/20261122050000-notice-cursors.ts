import { sqlMigration } from '../src/platform/db/migration.js';

/** How far each sender of notices has come in the event log, and which process sends at present. */
export const noticeCursors = sqlMigration('20261122050000-notice-cursors', [
  `create table notice_cursors (
      name text primary key,
      epoch uuid not null,
      seq bigint not null,
      sending_seq bigint,
      holder text,
      leased_until timestamptz not null default '-infinity'
    )`,
]);
