import type { Tx } from '../platform/db/transact.js';
import type { Database } from '../platform/db/orm.js';
import { PriceList } from '../catalog/price-list.entity.js';
import { normaliseText } from '../kernel/normalise.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { metadataField } from '../platform/metadata.js';
import { many, object, one, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { scopeText } from '../platform/read/page.js';
import { all, escapeLike, raw, slots, sql, type Params, type Sql } from '../platform/read/sql.js';
import type { Who } from '../platform/read/who.js';
import { Customer, CustomerAddress, CustomerContact } from './customer.entity.js';
import { Salesperson } from './salesperson.js';

export { Salesperson };

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/**
 * Whose customers a viewer sees, on every path to a customer: staff all; a client the own one; a salesperson or partner
 * those they look after.
 */
function ownCustomers(customer: Columns<Customer>, who: Who): Sql | boolean {
  if (can(who, 'customers:all')) return true;
  if (who.kind !== 'user') return false;
  if (who.hasCustomer) return sql`${customer.id} = ${slots.customerId}`;
  return sql`${customer.salesperson} = ${slots.userId}`;
}

export const addressRead = read(CustomerAddress);
export const contactRead = read(CustomerContact);

/** Archived customers are shown when the filter asks for them. */
export const isOpenCustomer = (customer: Columns<Customer>): Sql => sql`${customer.archivedAt} is null`;

export const customerRead = read(Customer, {
  always: ['externalRef', 'currency'],
  scope: ownCustomers,
  kept: [{ count: 'customers.open', when: [isOpenCustomer] }],
  fields: {
    // Who sees a customer sees by which list it buys.
    priceList: one(PriceList, (customer, list) => sql`${list.id} = ${customer.priceList}`, { scopedByParent: true }),
    salesperson: object(Salesperson, (customer) => ({
      from: sql`users u where u.id = ${customer.salesperson}`,
      always: { userId: raw('u.id') },
      fields: { name: raw('u.name') },
    })),
    addresses: many(CustomerAddress, (customer, address) => sql`${address.customer} = ${customer.id}`, {
      orderBy: (address) => sql`${address.isDefault} desc, ${address.id}`,
    }),
    contacts: many(CustomerContact, (customer, contact) => sql`${contact.customer} = ${customer.id}`, {
      orderBy: (contact) => contact.id,
    }),
    metadata: metadataField('customer'),
  },
});

export const priceListCode = (customer: Columns<Customer>): Sql =>
  sql`(select l.code from price_lists l where l.id = ${customer.priceList})`;

export type CustomerRow = RowOf<typeof customerRead>;

/** Whose customers `c` a viewer sees, for statements that are written as text. */
export const customerScope = (viewer: Viewer, params: Params): string =>
  scopeText(customerRead, 'c', { viewer, today: '' }, params);

/** The same for pieces of SQL that name customers by their id. */
export const visibleCustomers = (customerId: Sql, who: Who): Sql | boolean => {
  const scope = customerRead.scopeOf(customerRead.columns('c'), who);
  return typeof scope === 'boolean' ? scope : sql`${customerId} in (select c.id from customers c where ${scope})`;
};

const MAX_WORDS = 8;

/** Every word must occur in name, Arabic name, company, code, phone or e-mail. */
export function customerSearch(question: string, customerId: Sql): Sql {
  const words = normaliseText(question).split(' ').filter(Boolean).slice(0, MAX_WORDS);
  if (words.length === 0) return raw('true');
  const tests = words.map((word) => sql`s.search_text like ${`%${escapeLike(word)}%`}`);
  return sql`${customerId} = any (array(select s.id from customers s where ${all(tests)}))`;
}

/** Moves the rows of a duplicate to the customer that stays; answers those that moved. */
export function moveCustomerRows(run: Run, from: string, to: string): Promise<{ entityType: string; id: string }[]> {
  return run(
    `with addresses as (
       update customer_addresses set customer_id = $2, is_default = false where customer_id = $1 returning id
     ), contacts as (
       update customer_contacts set customer_id = $2 where customer_id = $1 returning id
     ), people as (
       update customer_users set customer_id = $2 where customer_id = $1 returning user_id as id
     )
     select 'CustomerAddress' as "entityType", id from addresses union all select 'CustomerContact', id from contacts
     union all select 'CustomerUser', id from people`,
    [from, to],
  );
}

/** Who signs in for a customer. */
export async function listCustomerUsers(run: Run, customerId: string): Promise<string[]> {
  const rows = await run<{ id: string }>('select user_id as id from customer_users where customer_id = $1', [
    customerId,
  ]);
  return rows.map((row) => row.id);
}

/** The next free number of a customer's code; gaps are no harm here. */
export async function takeCustomerNumber(run: Run): Promise<number> {
  const [row] = await run<{ n: unknown }>(`select nextval('customer_numbers') as n`);
  return Number(row?.n);
}

/** The customer that stays after a merge; null for one that was not merged. */
export async function findMergedInto(run: Tx['sql'], id: string): Promise<string | null> {
  const [row] = await run<{ keptId: string | null }>('select merged_into_id as "keptId" from customers where id = $1', [
    id,
  ]);
  return row?.keptId ?? null;
}

/** The ids at the source of all customers that are alive here. */
export async function listCustomerRefs(db: Pick<Database, 'read'>): Promise<string[]> {
  const rows = await db.read<{ ref: string }>(
    'select c.external_ref as ref from customers c where c.external_ref is not null and c.archived_at is null',
  );
  return rows.map((row) => row.ref);
}

/** What is open with a customer: balances in words, null for none, and how many orders whose goods are still to leave. */
export async function readOpenBusiness(run: Run, id: string): Promise<{ balances: string | null; orders: number }> {
  const [row] = await run<{ balances: string | null; orders: unknown }>(
    `select (select string_agg(trim_scale(b.balance)::text || ' ' || b.currency, ', ' order by b.currency)
         from customer_balances b where b.customer_id = $1 and b.balance <> 0) as balances,
       (select count(*) from orders o where o.customer_id = $1 and o.status = 'CONFIRMED') as orders`,
    [id],
  );
  return { balances: row?.balances ?? null, orders: Number(row?.orders ?? 0) };
}
