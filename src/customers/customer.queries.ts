import type { Tx } from '../platform/db/transact.js';
import { normaliseText } from '../kernel/normalise.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { priceListColumn } from '../catalog/price.queries.js';
import type { Database } from '../platform/db/orm.js';
import { escapeLike, Params } from '../platform/graphql/filters.js';
import {
  nestedRow,
  readOne,
  type Ask,
  type ListSpec,
  type NestedColumn,
  type Reader,
} from '../platform/graphql/connections.js';
import type { Selection } from '../platform/graphql/selection.js';
import { metadataColumn } from '../platform/metadata.js';
import type { Customer } from './customer.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/**
 * The row-level filter of customers, used by every path to a customer `c`: staff see all; a client only itself; a
 * salesperson or partner those they look after.
 */
export function customerScope(viewer: Viewer, params: Params): string {
  if (can(viewer, 'customers:all')) return 'true';
  if (viewer.kind !== 'user') return 'false';
  if (viewer.rowScope.customerId) return `c.id = ${params.add(viewer.rowScope.customerId)}::uuid`;
  return `c.salesperson_id = ${params.add(viewer.userId)}::uuid`;
}

const ADDRESSES: NestedColumn = {
  nested: 'customer_addresses a where a.customer_id = c.id',
  orderBy: 'a.is_default desc, a.id',
  columns: {
    id: 'a.id',
    label: 'a.label',
    line: 'a.line',
    city: 'a.city',
    governorate: 'a.governorate',
    phone: 'a.phone',
    instructions: 'a.instructions',
    isDefault: 'a.is_default',
  },
};

const CONTACTS: NestedColumn = {
  nested: 'customer_contacts k where k.customer_id = c.id',
  orderBy: 'k.id',
  columns: { id: 'k.id', name: 'k.name', position: 'k.position', phone: 'k.phone', email: 'k.email' },
};

export const customerList: ListSpec = {
  from: 'customers c',
  idSql: 'c.id',
  always: { id: 'c.id', externalRef: 'c.external_ref', currency: 'c.currency' },
  decimals: ['creditLimit', 'discountPercent'],
  columns: {
    code: 'c.code',
    name: 'c.name',
    nameAr: 'c.name_ar',
    company: 'c.company',
    phone: 'c.phone',
    email: 'c.email',
    city: 'c.city',
    taxNumber: 'c.tax_number',
    creditLimit: 'c.credit_limit',
    paymentTermsDays: 'c.payment_terms_days',
    discountPercent: 'c.discount_percent',
    notes: 'c.notes',
    active: 'c.active',
    mergedIntoId: 'c.merged_into_id',
    version: 'c.version',
    createdAt: 'c.created_at',
    updatedAt: 'c.updated_at',
    archivedAt: 'c.archived_at',
    priceList: priceListColumn('c.price_list_id'),
    salesperson: {
      nested: 'users u where u.id = c.salesperson_id',
      always: { userId: 'u.id' },
      columns: { name: 'u.name' },
    },
    addresses: ADDRESSES,
    contacts: CONTACTS,
    metadata: metadataColumn('customer', 'c.id'),
  },
  orders: {
    NAME_ASC: { sql: 'c.name collate "C"', type: 'text', direction: 'asc' },
    NAME_DESC: { sql: 'c.name collate "C"', type: 'text', direction: 'desc' },
    CREATED_DESC: { sql: 'c.created_at', type: 'timestamptz', direction: 'desc' },
  },
  kept: [{ when: ['c.archived_at is null'], count: 'customers.open' }],
};

/** The customer of a row that holds its id, as far as the viewer may see it. */
export const customerColumn =
  (customerId: string) =>
  (ask: Ask): NestedColumn =>
    nestedRow(customerList, ask, `c.id = ${customerId} and ${customerScope(ask.viewer, ask.params)}`);

const MAX_WORDS = 8;

/** Every word must occur in name, Arabic name, company, code, phone or e-mail. */
export function customerSearch(question: string, params: Params): string {
  const words = normaliseText(question).split(' ').filter(Boolean).slice(0, MAX_WORDS);
  if (words.length === 0) return 'true';
  const tests = words.map((word) => `s.search_text like ${params.add(`%${escapeLike(word)}%`)}`);
  return `c.id = any (array(select s.id from customers s where ${tests.join(' and ')}))`;
}

/** A customer that the viewer may see, with the columns of the selection. */
export function findCustomer(reader: Reader, id: string, selection: Selection): Promise<Customer | null> {
  const params = new Params();
  const where = [customerScope(reader.viewer, params)];
  return readOne<Customer>(reader, customerList, id, { selection, where, params });
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
