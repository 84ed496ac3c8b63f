import { sqlMigration } from '../src/platform/db/migration.js';

/** Small tables that only SQL touches: settings, schedules, throttles, refused webhooks, and Zoho's token and budget. */
export const operations = sqlMigration('20261120000600-operations', [
  `create table settings (
      key text primary key,
      value jsonb not null,
      updated_at timestamptz not null default now()
    )`,
  `create table schedules (
      name text primary key,
      kind text not null,
      every_seconds int not null check (every_seconds > 0),
      next_at timestamptz not null default now(),
      last_at timestamptz
    )`,
  // Losing these counts in a crash frees a guesser of at most one window; writing them must stay cheap.
  `create unlogged table sign_in_throttles (
      key text primary key,
      count int not null,
      window_until timestamptz not null
    )`,
  `create table webhook_refusals (
      day date not null,
      entity_type text not null,
      reason text not null,
      count bigint not null,
      last_at timestamptz not null,
      sample jsonb not null,
      primary key (day, entity_type, reason)
    )`,
  `create table zoho_tokens (
      account text primary key,
      access_token text,
      api_domain text,
      expires_at timestamptz,
      refreshing_until timestamptz,
      blocked_until timestamptz,
      last_error text
    )`,
  `create table zoho_budget (
      account text primary key,
      tokens double precision not null,
      refilled_at timestamptz not null default clock_timestamp(),
      blocked_until timestamptz,
      blocked_reason text,
      day_limit int,
      day_remaining int,
      day_resets_at timestamptz
    )`,
  `create table zoho_slots (
      account text not null,
      slot int not null,
      leased_until timestamptz not null default '-infinity',
      primary key (account, slot)
    )`,
]);
