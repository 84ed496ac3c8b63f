import { sqlMigration } from '../src/platform/db/migration.js';

/** The shift into whose drawer the money of a void refund came back, which need not be the one that gave it. */
export const refundsVoidedAtTills = sqlMigration('20261127022000-refunds-voided-at-tills', [
  `alter table "refunds" add column "void_till_session_id" uuid null`,
  `alter table "refunds" add constraint "refunds_void_till_session_id_foreign"
     foreign key ("void_till_session_id") references "till_sessions" ("id") on update no action on delete restrict`,
  `create index "refunds_void_till" on "refunds" ("void_till_session_id")`,
]);
