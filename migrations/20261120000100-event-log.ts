import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * Outbox, log and head, and the function that numbers after the commit.
 * number_events() locks the head in one statement and moves rows in the next: in READ COMMITTED each statement of a
 * volatile function takes a new snapshot, so the move sees everything committed before the lock was granted.
 */
export const eventLog = sqlMigration('20261120000100-event-log', [
  `create extension if not exists pg_trgm`,
  `create table event_outbox (
      id bigint generated always as identity primary key,
      name text not null,
      entity_type text not null,
      entity_id text not null,
      data jsonb not null default '{}',
      occurred_at timestamptz not null default clock_timestamp()
    )`,
  `create table event_log (
      seq bigint primary key,
      name text not null,
      entity_type text not null,
      entity_id text not null,
      data jsonb not null,
      occurred_at timestamptz not null
    )`,
  `create index event_log_occurred_at on event_log (occurred_at)`,
  `create table event_head (
      id smallint primary key check (id = 1),
      epoch uuid not null default gen_random_uuid(),
      seq bigint not null default 0
    )`,
  `insert into event_head (id) values (1)`,
  `alter table event_outbox set (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0)`,
  `create function number_events(max_rows int) returns table (epoch uuid, seq bigint, moved int)
    language plpgsql volatile as $$
    declare
      head event_head%rowtype;
      n int;
    begin
      select * into head from event_head h where h.id = 1 for update;
      with batch as (
        delete from event_outbox o
        where o.id in (select i.id from event_outbox i order by i.id limit max_rows)
        returning o.*
      ), numbered as (
        insert into event_log (seq, name, entity_type, entity_id, data, occurred_at)
        select head.seq + row_number() over (order by b.id), b.name, b.entity_type, b.entity_id, b.data, b.occurred_at
        from batch b
        returning 1
      )
      select count(*)::int into n from numbered;
      if n > 0 then
        update event_head h set seq = head.seq + n where h.id = 1;
      end if;
      return query select head.epoch, head.seq + n, n;
    end $$`,
  `create function event_log_is_append_only() returns trigger language plpgsql as $$
    begin
      raise exception 'event_log knows no update';
    end $$`,
  `create trigger event_log_no_update before update on event_log
    for each row execute function event_log_is_append_only()`,
]);
