import { sqlMigration } from '../src/platform/db/migration.js';

/** Calls to Zoho by lane and minute, the line of refused callers, and the circuit breaker that all processes share. */
export const zohoCallLanes = sqlMigration('20261127070000-zoho-call-lanes', [
  `alter table zoho_budget
     add column failures int not null default 0,
     add column circuit_opens int not null default 0,
     add column circuit_until timestamptz,
     add column probing_until timestamptz,
     add column told_at timestamptz not null default '-infinity'`,
  `create table zoho_lanes (
     account text not null,
     lane text not null,
     line_at timestamptz not null default '-infinity',
     calls_of_day int not null default 0,
     primary key (account, lane)
   )`,
  `create table zoho_calls (
     account text not null,
     lane text not null,
     minute timestamptz not null,
     calls int not null,
     primary key (account, lane, minute)
   )`,
  'create index zoho_calls_minute on zoho_calls (minute)',
]);
