import { sqlMigration } from '../src/platform/db/migration.js';

/** What an operator must look at: opened, escalated and recovered by the rules of the settings; one of a rule is open. */
export const syncAlerts = sqlMigration('20261127070600-sync-alerts', [
  `create table sync_alerts (
     id uuid primary key,
     rule text not null,
     level text not null,
     measured double precision not null,
     threshold double precision not null,
     opened_at timestamptz not null default now(),
     escalated_at timestamptz,
     acknowledged_at timestamptz,
     acknowledged_by text,
     recovered_at timestamptz,
     recovered_by text,
     constraint sync_alerts_level_check check (level in ('warning', 'critical'))
   )`,
  'create unique index sync_alerts_one_open on sync_alerts (rule) where recovered_at is null',
  'create index sync_alerts_keyset on sync_alerts (opened_at, id)',
]);
