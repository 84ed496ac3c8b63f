import { computed, many, read, type RowOf } from '../platform/read/definition.js';
import { type Sql, sql } from '../platform/read/sql.js';
import { JournalEntry, JournalLine } from './journal.entity.js';

export const journalLineRead = read(JournalLine, {
  always: ['currency'],
  id: (line) => sql`${line.line}`,
  fields: {
    base: computed(
      (line) =>
        sql`json_build_object('currency', (select s.value #>> '{}' from settings s where s.key = 'base_currency'), 'amount', ${line.base}::text)`,
    ),
  },
});

const idOf = (value: Sql): Sql => sql`${value}::text`;

export const journalEntryRead = read(JournalEntry, {
  fields: {
    id: computed((entry) => idOf(entry.id)),
    number: computed((entry) => sql`(select n.number::text from journal_numbers n where n.entry_id = ${entry.id})`),
    reverses: computed((entry) => idOf(entry.reverses)),
    reversedBy: computed((entry) => sql`(select v.id::text from journal_entries v where v.reverses = ${entry.id})`),
    lines: many(JournalLine, (entry, line) => sql`${line.entryId} = ${entry.id}`, { orderBy: (line) => line.line }),
  },
});

export type JournalEntryRow = RowOf<typeof journalEntryRead>;
