import type { Customer } from '../customers/customer.entity.js';
import { creditUsed } from '../orders/credit.queries.js';
import { CustomerBalance } from './customer-balance.js';
import { customerRead } from '../customers/customer.queries.js';
import { extend, objects } from '../platform/read/definition.js';
import { raw, slots, sql } from '../platform/read/sql.js';

/**
 * Accounts of a customer, one a currency, never added together. Risk by the share of the credit that is used: overdue is
 * HIGH, above 80 % MEDIUM, above 50 % LOW (domain.md 5). Credit counts in the agreed currency only.
 */
const balances = objects<Customer>(CustomerBalance, (customer) => {
  const overdue = sql`(select coalesce(sum(i.balance), 0) from invoices i where i.customer_id = ${customer.id}
    and i.currency = b.currency and i.balance > 0 and i.due_on < ${slots.today})`;
  const unapplied = sql`((select coalesce(sum(y.unapplied), 0) from payments y where y.customer_id = ${customer.id} and y.currency = b.currency)
    + (select coalesce(sum(n.unapplied), 0) from credit_notes n where n.customer_id = ${customer.id} and n.currency = b.currency))`;
  const limit = sql`(case when b.currency = ${customer.currency} then ${customer.creditLimit} else 0 end)`;
  return {
    from: sql`customer_balances b where b.customer_id = ${customer.id}`,
    orderBy: raw('b.currency'),
    always: { currency: raw('b.currency') },
    fields: {
      balance: raw('b.balance::text'),
      overdue: sql`${overdue}::text`,
      unapplied: sql`${unapplied}::text`,
      creditLimit: sql`${limit}::text`,
      creditLeft: () =>
        sql`(case when b.currency = ${customer.currency}
          then greatest(${customer.creditLimit} - ${creditUsed(customer, slots.today)}, 0) else 0 end)::text`,
      risk: sql`case when ${overdue} > 0 then 'HIGH'
        when ${limit} <= 0 then case when b.balance > 0 then 'MEDIUM' else 'NONE' end
        when b.balance > 0.8 * ${limit} then 'MEDIUM' when b.balance > 0.5 * ${limit} then 'LOW' else 'NONE' end`,
    },
  };
});

export const customerBalances = extend(customerRead, { balances });
