import type { ListSpec } from '../platform/graphql/connections.js';

export const statementEntryList: ListSpec = {
  from: 'account_entries e',
  idSql: 'e.id',
  always: { id: 'e.id', currency: 'e.currency' },
  decimals: ['amount', 'balanceAfter'],
  columns: {
    kind: 'e.kind',
    documentId: 'e.document_id',
    number: 'e.number',
    enteredOn: 'e.entered_on',
    amount: 'e.amount',
    createdAt: 'e.created_at',
    balanceAfter: `(select sum(b.amount) from account_entries b where b.customer_id = e.customer_id
      and b.currency = e.currency and (b.entered_on, b.seq) <= (e.entered_on, e.seq))`,
  },
  orders: {
    // A statement reads from the oldest line; lines of a day keep the order in which they were written.
    ENTERED: {
      sql: `to_char(e.entered_on, 'YYYYMMDD') || lpad(e.seq::text, 12, '0')`,
      type: 'text',
      direction: 'asc',
      // The key counts the entries of the whole company.
      hidden: true,
    },
  },
};
