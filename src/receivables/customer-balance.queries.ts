import type { Ask, NestedColumn } from '../platform/graphql/connections.js';

/**
 * Accounts of a customer row `c`, one a currency, never added together. Risk by the share of the credit that is used:
 * overdue is HIGH, above 80 % MEDIUM, above 50 % LOW (domain.md 5). Credit counts in the agreed currency only.
 */
export const customerBalances = ({ params, today }: Ask): NestedColumn => {
  // A parameter that no asked field uses would have no type.
  const overdue = (): string =>
    `(select coalesce(sum(i.balance), 0) from invoices i where i.customer_id = c.id and i.currency = b.currency
      and i.balance > 0 and i.due_on < ${params.add(today)}::date)`;
  const unapplied = `((select coalesce(sum(y.unapplied), 0) from payments y where y.customer_id = c.id and y.currency = b.currency)
    + (select coalesce(sum(n.unapplied), 0) from credit_notes n where n.customer_id = c.id and n.currency = b.currency))`;
  const limit = `case when b.currency = c.currency then c.credit_limit else 0 end`;
  return {
    nested: 'customer_balances b where b.customer_id = c.id',
    orderBy: 'b.currency',
    always: { currency: 'b.currency' },
    columns: {
      balance: 'b.balance::text',
      overdue: () => `${overdue()}::text`,
      unapplied: `${unapplied}::text`,
      creditLimit: `(${limit})::text`,
      creditLeft: `greatest((${limit}) - b.balance, 0)::text`,
      risk: () =>
        `case when ${overdue()} > 0 then 'HIGH' when (${limit}) <= 0 then case when b.balance > 0 then 'MEDIUM' else 'NONE' end
          when b.balance > 0.8 * (${limit}) then 'MEDIUM' when b.balance > 0.5 * (${limit}) then 'LOW' else 'NONE' end`,
    },
  };
};
