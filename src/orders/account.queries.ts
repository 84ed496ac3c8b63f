import { can, type Viewer } from '../kernel/viewer.js';
import type { Customer } from '../customers/customer.entity.js';
import { customerRead, visibleCustomers } from '../customers/customer.queries.js';
import { computed, extend, objects, read, type Condition } from '../platform/read/definition.js';
import type { Sort } from '../platform/read/sort.js';
import { inline, raw, slots, sql, type Params, type Sql } from '../platform/read/sql.js';
import { whoOf, type Who } from '../platform/read/who.js';
import type { Tx } from '../platform/db/transact.js';
import { AccountEntry, CustomerAccount, type EntryKind } from './account-entry.js';

type Run = Tx['sql'];

/**
 * Whose documents a viewer sees, for every path to a row with a `customer_id`: staff all; a client or consumer the own
 * ones; a salesperson or partner those of the customers they look after.
 */
export function ownDocuments(customerId: Sql, who: Who): Sql | boolean {
  if (can(who, 'orders:all')) return true;
  if (who.kind !== 'user') return false;
  if (who.hasCustomer) return sql`${customerId} = ${slots.customerId}`;
  return can(who, 'customers:read') ? visibleCustomers(customerId, who) : false;
}

/** `ownDocuments` for statements that are written as text. */
export function documentScope({ viewer, params }: { viewer: Viewer; params: Params }, customerId: string): string {
  const scope = ownDocuments(raw(customerId), whoOf(viewer));
  return typeof scope === 'boolean' ? String(scope) : inline(scope, { viewer, today: '' }, params);
}

/** One line of a customer's account: positive is owed by the customer. Append-only. */
export interface AccountEntryRow {
  id: string;
  customerId: string;
  currency: string;
  kind: EntryKind;
  documentId: string;
  number: string;
  /** Business date. */
  enteredOn: string;
  amount: string;
}

/**
 * Locks what a customer owes in a currency, made when it is new; every command that moves money takes this lock before
 * any document, so balances and credit are exact under concurrency and two commands never wait in a circle.
 */
export async function lockAccount(run: Run, customerId: string, currency: string): Promise<string> {
  await run(`insert into customer_balances (customer_id, currency) values ($1, $2) on conflict do nothing`, [
    customerId,
    currency,
  ]);
  const [row] = await run<{ balance: string }>(
    'select balance from customer_balances where customer_id = $1 and currency = $2 for update',
    [customerId, currency],
  );
  return row?.balance ?? '0';
}

/** Writes one line of the account and brings the kept balance to it. The caller holds the account's lock. */
export async function writeEntry(run: Run, entry: AccountEntryRow): Promise<void> {
  await run(
    `with line as (
       insert into account_entries (id, customer_id, currency, kind, document_id, number, entered_on, amount)
       values ($1, $2, $3, $4, $5, $6, $7, $8) returning customer_id, currency, amount
     )
     update customer_balances b set balance = b.balance + line.amount, updated_at = now()
     from line where b.customer_id = line.customer_id and b.currency = line.currency`,
    [
      entry.id,
      entry.customerId,
      entry.currency,
      entry.kind,
      entry.documentId,
      entry.number,
      entry.enteredOn,
      entry.amount,
    ],
  );
}

export interface CreditState {
  /** What is due before today and not settled. */
  overdue: string;
  /** Agreed on account and not billed yet. */
  agreed: string;
}

/** What a customer's credit is used by besides the balance. The caller holds the account's lock. */
export async function readCreditState(
  run: Run,
  customerId: string,
  currency: string,
  today: string,
): Promise<CreditState> {
  const [row] = await run<CreditState>(
    `select
       (select coalesce(sum(i.balance), 0)::text from invoices i
        where i.customer_id = $1 and i.currency = $2 and i.balance > 0 and i.due_on < $3::date) as overdue,
       (select coalesce(sum(ol.line_total - ol.discount_share + ol.tax_amount) filter (where ol.invoiced = 0), 0)
          + coalesce(sum((ol.line_total - ol.discount_share + ol.tax_amount) * (ol.quantity - ol.invoiced) / ol.quantity)
              filter (where ol.invoiced > 0), 0)
        from orders o join order_lines ol on ol.order_id = o.id
        where o.customer_id = $1 and o.currency = $2 and o.payment_method = 'CREDIT'
          and o.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED'))::text as agreed`,
    [customerId, currency, today],
  );
  return row ?? { overdue: '0', agreed: '0' };
}

export const accountEntryRead = read(AccountEntry, {
  always: ['currency'],
  scope: (entry, who) => ownDocuments(entry.customerId, who),
  fields: {
    balanceAfter: computed(
      (entry) => sql`(select sum(b.amount)::text from account_entries b where b.customer_id = ${entry.customerId}
        and b.currency = ${entry.currency} and (b.entered_on, b.seq) <= (${entry.enteredOn}, ${entry.seq}))`,
    ),
  },
});

type EntryCondition = Condition<AccountEntry>;

export const ofAccount =
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
export const BY_ENTRY: Sort<AccountEntry> = {
  name: 'ENTERED',
  key: (entry) => sql`to_char(${entry.enteredOn}, 'YYYYMMDD') || lpad(${entry.seq}::text, 12, '0')`,
  type: 'text',
  direction: 'asc',
  // The key counts the entries of the whole company.
  hidden: true,
};

/**
 * Accounts of a customer, one a currency, never added together. Risk by the share of the credit that is used: overdue is
 * HIGH, above 80 % MEDIUM, above 50 % LOW (domain.md 5). Credit counts in the agreed currency only.
 */
const customerAccounts = objects<Customer>(CustomerAccount, (customer) => {
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
      creditLeft: sql`greatest(${limit} - b.balance, 0)::text`,
      risk: sql`case when ${overdue} > 0 then 'HIGH'
        when ${limit} <= 0 then case when b.balance > 0 then 'MEDIUM' else 'NONE' end
        when b.balance > 0.8 * ${limit} then 'MEDIUM' when b.balance > 0.5 * ${limit} then 'LOW' else 'NONE' end`,
    },
  };
});

export const customerAccountsOf = extend(customerRead, { accounts: customerAccounts });

/** Gives everything of a merged customer to the one that stays; both accounts are locked, in the order of their ids. */
export async function moveDocuments(run: Run, duplicateId: string): Promise<void> {
  const [merged] = await run<{ keepId: string }>('select merged_into_id as "keepId" from customers where id = $1', [
    duplicateId,
  ]);
  if (!merged?.keepId) return;
  const params = [duplicateId, merged.keepId];
  await run(
    `insert into customer_balances (customer_id, currency) select $2, currency from customer_balances where customer_id = $1
     on conflict do nothing`,
    params,
  );
  await run(
    'select 1 from customer_balances where customer_id in ($1, $2) order by customer_id, currency for update',
    params,
  );
  for (const table of ['orders', 'invoices', 'payments', 'credit_notes', 'refunds', 'account_entries']) {
    await run(`update ${table} set customer_id = $2 where customer_id = $1`, params);
  }
  await run(
    `update customer_balances k set balance = k.balance + d.balance, updated_at = now() from customer_balances d
     where k.customer_id = $2 and d.customer_id = $1 and d.currency = k.currency`,
    params,
  );
  await run('delete from customer_balances where customer_id = $1', [duplicateId]);
}
