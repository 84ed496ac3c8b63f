import { ownDocuments } from '../documents/document.queries.js';
import { computed, read, type Condition } from '../platform/read/definition.js';
import type { Sort } from '../platform/read/sort.js';
import { sql } from '../platform/read/sql.js';
import { StatementEntry } from './statement-entry.js';

export const statementEntryRead = read(StatementEntry, {
  always: ['currency'],
  scope: (entry, who) => ownDocuments(entry.customerId, who),
  fields: {
    balanceAfter: computed(
      (entry) => sql`(select sum(b.amount)::text from account_entries b where b.customer_id = ${entry.customerId}
        and b.currency = ${entry.currency} and (b.entered_on, b.seq) <= (${entry.enteredOn}, ${entry.seq}))`,
    ),
  },
});

type EntryCondition = Condition<StatementEntry>;

export const ofCustomer =
  (customerId: string, currency: string): EntryCondition =>
  (entry) =>
    sql`${entry.customerId} = ${customerId}::uuid and ${entry.currency} = ${currency}`;

export const enteredFrom =
  (day: string): EntryCondition =>
  (entry) =>
    sql`${entry.enteredOn} >= ${day}::date`;

export const enteredUntil =
  (day: string): EntryCondition =>
  (entry) =>
    sql`${entry.enteredOn} <= ${day}::date`;

/** A statement reads from the oldest line; lines of a day keep the order in which they were written. */
export const BY_ENTRY: Sort<StatementEntry> = {
  name: 'ENTERED',
  key: (entry) => sql`to_char(${entry.enteredOn}, 'YYYYMMDD') || lpad(${entry.seq}::text, 12, '0')`,
  type: 'text',
  direction: 'asc',
  // The key counts the entries of the whole company.
  hidden: true,
};
