import { sqlMigration } from '../src/platform/db/migration.js';

/** Gives the entries that the migrations before it wrote their numbers, and the accounts their balances by day. */
export const journalDays = sqlMigration('20261125000220-journal-days', [
  `insert into journal_numbers (number, entry_id) select row_number() over (order by id), id from journal_entries`,
  `update journal_head set number = (select count(*) from journal_numbers)`,
  `insert into journal_days (account, party_id, currency, day, debit, credit, base_debit, base_credit, balance, base)
   select account, party, currency, day, sum(greatest(amount, 0)), sum(greatest(-amount, 0)), sum(greatest(base, 0)),
     sum(greatest(-base, 0)), sum(sum(amount)) over key, sum(sum(base)) over key
   from (
     select account, '00000000-0000-0000-0000-000000000000'::uuid as party, currency, day, amount, base from journal_lines
     union all select account, party_id, currency, day, amount, base from journal_lines where party_id is not null
   ) l group by account, party, currency, day
   window key as (partition by account, party, currency order by day)`,
  `analyze journal_entries, journal_lines, journal_days, journal_numbers`,
]);
