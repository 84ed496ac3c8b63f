import { sqlMigration } from '../src/platform/db/migration.js';

const refuse = (table: string, event: 'update' | 'delete' | 'truncate'): string =>
  `create trigger "${table}_append_only_${event}" before ${event} on "${table}"
     for each ${event === 'truncate' ? 'statement' : 'row'} execute function refuse_change_of_history()`;

const refuseAll = (table: string): string[] =>
  (['update', 'delete', 'truncate'] as const).map((event) => refuse(table, event));

/**
 * History can only be appended to, whoever writes. Entries of a ledger name who posted them (null: posted before they
 * did); a merge of customers moves them to the one that stays, and nothing else of them ever changes.
 */
export const ledgerHistory = sqlMigration('20261123000200-ledger-history', [
  `alter table "account_entries" add column "actor" text null, add column "origin" text null`,
  `create function keep_account_entry() returns trigger language plpgsql as $$
     begin
       if (to_jsonb(new) - 'customer_id') is distinct from (to_jsonb(old) - 'customer_id')
         or not exists (select 1 from customers c where c.id = old.customer_id and c.merged_into_id = new.customer_id)
       then
         raise exception 'account_entries is append-only: update is refused' using errcode = 'restrict_violation';
       end if;
       return new;
     end $$`,
  `create trigger "account_entries_append_only_update" before update on "account_entries"
     for each row execute function keep_account_entry()`,
  refuse('account_entries', 'delete'),
  refuse('account_entries', 'truncate'),
  ...refuseAll('audit_log'),
  ...refuseAll('price_changes'),
  ...refuseAll('allocations'),
  ...refuseAll('bill_allocations'),
  // Its rows were kept already; these two are what a row trigger does not see.
  refuse('stock_movements', 'truncate'),
  refuse('event_log', 'truncate'),
  // Retention deletes old attempts; nobody changes one.
  refuse('tds_sync_attempts', 'update'),
]);
