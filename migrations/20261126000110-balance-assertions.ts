import { sqlMigration } from '../src/platform/db/migration.js';

/** What somebody counted or read on a bank's paper: the balance of an account, or of a party in it, at the end of a day. */
export const balanceAssertions = sqlMigration('20261126000110-balance-assertions', [
  `create table "balance_assertions" (
     "id" uuid not null, "account" int not null, "party_id" uuid null,
     "currency" text not null constraint "balance_assertions_currency" check ("currency" in ('IQD', 'USD', 'RMB')),
     "on" date not null, "balance" numeric(18,6) not null, "notes" text null, "created_by" text not null,
     "created_at" timestamptz not null,
     constraint "balance_assertions_pkey" primary key ("id"),
     constraint "balance_assertions_account_fkey" foreign key ("account") references "accounts" ("code"))`,
  `create index "balance_assertions_on" on "balance_assertions" ("on", "id")`,
]);
