import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, isNonNullType, isObjectType, type GraphQLField, type GraphQLObjectType } from 'graphql';
import { ROLE_PERMISSIONS } from '../src/identity/permissions.js';
import { ROLES, type Role } from '../src/kernel/viewer.js';
import { modules } from '../src/modules.js';
import { permissionTable } from '../src/platform/graphql/access.js';
import { buildAppSchema } from '../src/platform/graphql/schema.js';
import { startTestApp, type TestApp, type TestClient } from './support/app.js';
import { sellable, Seller } from './support/selling.js';

/**
 * Rights to the row and to the column, walked through the schema: what a role may not see must not come out on any path
 * from any root, and what it may see must be exactly the rows that an oracle in SQL names.
 */
const schema = buildAppSchema(modules);
const table = permissionTable(modules);
const MAX_DEPTH = 5;

type Fields = readonly GraphQLField<unknown, unknown>[];
const fieldsOf = (type: GraphQLObjectType): Fields => Object.values(type.getFields());
const required = (field: GraphQLField<unknown, unknown>): string[] =>
  field.args.filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined).map((arg) => arg.name);

interface Path {
  fields: string[];
  guarded: string;
}

/** Every path from a root of Query to a guarded field, through fields that need no argument but the root's id. */
function guardedPaths(): Path[] {
  const paths: Path[] = [];
  const walk = (type: GraphQLObjectType, fields: string[], seen: readonly string[]): void => {
    for (const field of fieldsOf(type)) {
      const name = `${type.name}.${field.name}`;
      const isRoot = type.name === 'Query';
      const needs = required(field);
      if (isRoot ? needs.some((one) => one !== 'id') : needs.length > 0) continue;
      const path = [...fields, field.name];
      if (!isRoot && table[name]) paths.push({ fields: path, guarded: name });
      const inner = getNamedType(field.type);
      // One round through a type is enough: a second one meets the same guards.
      if (isObjectType(inner) && path.length < MAX_DEPTH && !seen.includes(inner.name)) {
        walk(inner, path, [...seen, inner.name]);
      }
    }
  };
  walk(schema.getQueryType() as GraphQLObjectType, [], []);
  return paths;
}

function selectionOf(fields: readonly string[], ids: Record<string, string>): string {
  const type = schema.getQueryType() as GraphQLObjectType;
  const root = type.getFields()[fields[0] as string] as GraphQLField<unknown, unknown>;
  const leaf = ((): string => {
    let at: GraphQLObjectType = type;
    let field: GraphQLField<unknown, unknown> | undefined;
    for (const name of fields) {
      field = at.getFields()[name];
      const named = getNamedType((field as GraphQLField<unknown, unknown>).type);
      if (isObjectType(named)) at = named;
    }
    return isObjectType(getNamedType((field as GraphQLField<unknown, unknown>).type)) ? ' { __typename }' : '';
  })();
  const args = [
    ...(required(root).includes('id') ? [`id: "${ids[fields[0] as string] ?? ''}"`] : []),
    ...(root.args.some((arg) => arg.name === 'first') ? ['first: 3'] : []),
  ];
  const [head, ...rest] = fields;
  const inner = rest.map((name, index) => `{ ${index === rest.length - 1 ? `hidden: ${name}` : name}`).join(' ');
  return `{ ${head}${args.length > 0 ? `(${args.join(', ')})` : ''} ${inner}${leaf} ${'}'.repeat(rest.length)} }`;
}

const may = (role: Role, name: string): boolean => {
  const access = table[name];
  return typeof access === 'object' && ROLE_PERMISSIONS[role].includes(access.permission);
};

describe('what a role sees', () => {
  let t: TestApp;
  const clients = new Map<Role, TestClient>();
  const userIds = new Map<Role, string>();
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    for (const role of ROLES) {
      const client = await t.as(role);
      clients.set(role, client);
      userIds.set(role, (await client.query<any>('{ me { userId } }')).data.me.userId);
    }
    // Somebody's own rows among those of others.
    await t.db.sql(`update customers set salesperson_id = $1 where code like 'G0000%'`, [userIds.get('SALESPERSON')]);
    await t.db.sql(`update customers set salesperson_id = $1 where code like 'G0001%'`, [userIds.get('PARTNER')]);
    const [customer] = await t.db.sql<any>(
      `select c.id from customers c join price_lists l on l.id = c.price_list_id
       where l.code = 'wholesale_a' and c.active order by c.code limit 1`,
    );
    await t.db.sql('insert into customer_users (user_id, customer_id) values ($1, $2)', [
      userIds.get('WHOLESALE_CLIENT'),
      customer.id,
    ]);
    await t.db.sql(
      `insert into user_warehouses (user_id, warehouse_id) select $1, id from warehouses where not is_primary order by code limit 1`,
      [userIds.get('INVENTORY')],
    );
    const [product] = await t.db.sql<any>(
      `select s.product_id as id from stock_levels s join products p on p.id = s.product_id join warehouses w on w.id = s.warehouse_id and w.is_primary where p.active and s.on_hand > s.reserved limit 1`,
    );
    Object.assign(ids, { product: product.id, customer: customer.id });
    await t.db.sql(
      `insert into cash_boxes (id, account, name, name_ar, branch_id, keeper_id, created_at)
       select gen_random_uuid(), 1120, 'Own', 'عهدة', (select id from branches limit 1), u.id, now() from users u
       where u.role in ('SALESPERSON', 'CASHIER', 'OWNER')`,
    );
    await t.db.sql(
      `insert into expenses (id, number, status, branch_id, account, description, currency, amount, spent_on, requested_by, created_at)
       select gen_random_uuid(), 'E-' || u.id, 'DRAFT', (select id from branches limit 1), 6900, 'Fuel', 'IQD', 250, current_date, u.id, now()
       from users u where u.role in ('SALESPERSON', 'CASHIER', 'OWNER')`,
    );
    await t.db.sql(
      `insert into cash_transfers (id, number, kind, status, branch_id, from_box_id, to_box_id, created_at)
       select gen_random_uuid(), 'T-' || b.id, 'TRANSFER', 'REQUESTED', b.branch_id, b.id, (select id from cash_boxes where account = 1130 limit 1), now()
       from cash_boxes b where b.keeper_id is not null`,
    );
    // Documents of customers of everybody: the client's own, those of the salesperson and the partner, and others.
    const owner = new Seller(t, clients.get('OWNER') as TestClient);
    const [shelf] = (await sellable(t, 'wholesale_a', 1)).products;
    const buyers = await t.db.sql<any>(
      `(select c.id from customers c join price_lists l on l.id = c.price_list_id where l.code = 'wholesale_a' and c.active and c.code like 'G0000%' order by c.code limit 2)
       union all (select c.id from customers c join price_lists l on l.id = c.price_list_id where l.code = 'wholesale_a' and c.active and c.code like 'G0001%' order by c.code limit 2)
       union all (select c.id from customers c join price_lists l on l.id = c.price_list_id where l.code = 'wholesale_a' and c.active and c.code > 'G0002' order by c.code limit 2)`,
    );
    for (const customerId of new Set<string>([customer.id, ...buyers.map((row: any) => row.id)])) {
      const draft = await owner.order({ customerId, lines: [{ productId: shelf?.id, quantity: '1' }] });
      await owner.confirm(draft);
      const invoice = await owner.invoice({ orderId: draft.id });
      await owner.pay({ customerId, amount: '0.1', currency: 'USD', oldestFirst: true });
      await owner.credit({ invoiceId: invoice.id, amount: '0.1' });
      ids['order'] ??= draft.id;
      ids['invoice'] ??= invoice.id;
    }
    for (const role of ROLES.filter((one) => may(one, 'Mutation.startExport'))) {
      await (clients.get(role) as TestClient).query(
        'mutation { startExport(query: "{ customers { nodes { code } } }", variables: {}) { __typename } }',
      );
    }
    // Accounts are found with the session; what was cached before is let go.
    for (const role of ROLES) {
      t.app.services.authenticator.onEvent({
        seq: 0,
        name: 'userChanged',
        entityType: 'user',
        entityId: userIds.get(role) as string,
        data: {},
        occurredAt: new Date(0),
      });
    }
  });
  afterAll(() => t.stop());

  const paths = guardedPaths();

  test('the walk finds the hidden columns, each by several paths', () => {
    const guarded = Object.keys(table).filter((name) => !/^(Query|Mutation|Subscription)\./.test(name));
    const reached = new Set(paths.map((path) => path.guarded));
    // What only mutations answer is asked in field-rights.test.ts.
    const answered = ['AdjustedStock.value', 'StockAdjustmentPreview.value', 'StockAdjustmentRecorded.value'];
    expect(guarded.filter((name) => !reached.has(name))).toEqual(answered);
    expect(paths.length).toBeGreaterThan(guarded.length * 2);
  });

  test.each(ROLES)('%s gets a hidden column on no path', async (role) => {
    const client = clients.get(role) as TestClient;
    const differences: string[] = [];
    for (const path of paths) {
      const root = `Query.${path.fields[0]}`;
      const answer = await client.query(selectionOf(path.fields, ids));
      const codes = (answer.errors ?? []).map((error) => error.extensions['code'] as string);
      if (codes.length > 1) differences.push(`${path.fields.join('.')}: ${codes.length} errors`);
      const odd = codes.filter((code) => code !== 'FORBIDDEN');
      if (odd.length > 0) differences.push(`${path.fields.join('.')}: ${odd[0]}`);
      const shown = /"hidden":(?!null)/.test(JSON.stringify(answer.data ?? null));
      const allowed = may(role, root) || table[root] === 'signed-in' || table[root] === 'public';
      if (!may(role, path.guarded) && shown) differences.push(`${path.fields.join('.')} is shown`);
      if (allowed && may(role, path.guarded) && codes.length > 0 && path.fields.length === 3) {
        differences.push(`${path.fields.join('.')} is refused`);
      }
    }
    expect(differences).toEqual([]);
  });

  /** For each list the rows that each role may see, said once more, in SQL of its own. */
  const forSale = 'p.active and p.archived_at is null';
  const consumer = `${forSale} and p.external_ref is not null
    and p.id in (select s.product_id from stock_levels s join warehouses w on w.id = s.warehouse_id
      where w.is_primary and s.on_hand - s.reserved > 0)
    and p.id in (select t.product_id from prices t join price_lists l on l.id = t.price_list_id where l.code = 'consumer_iqd' and t.amount > 0)`;
  interface Oracle {
    from: string;
    /** What is asked of a node, and what tells the rows apart, where a row has no id. */
    nodes?: string;
    idOf?: (node: any) => string;
    /** Null: the list itself is refused. */
    sees(role: Role, user: string): string | null;
  }
  const oracle: Record<string, Oracle> = {
    products: {
      from: 'products p',
      sees: (role) =>
        role === 'CONSUMER' ? consumer : ['PARTNER', 'WHOLESALE_CLIENT'].includes(role) ? forSale : 'true',
    },
    customers: {
      from: 'customers p',
      sees: (role, user) =>
        ({
          INVENTORY: null,
          CONSUMER: null,
          SALESPERSON: `p.salesperson_id = '${user}'`,
          PARTNER: `p.salesperson_id = '${user}'`,
          WHOLESALE_CLIENT: `p.id in (select customer_id from customer_users where user_id = '${user}')`,
        })[role as string] ?? (['INVENTORY', 'CONSUMER'].includes(role) ? null : 'true'),
    },
    stockMovements: {
      from: 'stock_movements p',
      sees: (role, user) =>
        role === 'INVENTORY'
          ? `p.warehouse_id in (select warehouse_id from user_warehouses where user_id = '${user}')`
          : ['SALESPERSON', 'CASHIER', 'PARTNER', 'WHOLESALE_CLIENT', 'CONSUMER'].includes(role)
            ? null
            : 'true',
    },
    stockLevels: {
      from: `(select s.*, s.product_id || ' ' || s.warehouse_id as id from stock_levels s) p`,
      nodes: 'product { id } warehouse { id }',
      idOf: (node) => `${node.product.id} ${node.warehouse.id}`,
      sees: (role, user) => (oracle['stockMovements'] as Oracle).sees(role, user),
    },
    ...Object.fromEntries(
      ['orders', 'invoices', 'payments', 'creditNotes'].map((list): [string, Oracle] => [
        list,
        {
          from: `${list === 'creditNotes' ? 'credit_notes' : list} p`,
          sees: (role, user) =>
            ({
              CONSUMER: 'false',
              SALESPERSON: `p.customer_id in (select id from customers where salesperson_id = '${user}')`,
              PARTNER: `p.customer_id in (select id from customers where salesperson_id = '${user}')`,
              WHOLESALE_CLIENT: `p.customer_id in (select customer_id from customer_users where user_id = '${user}')`,
            })[role as string] ?? 'true',
        },
      ]),
    ),
    cashBoxes: {
      from: 'cash_boxes p',
      sees: (role, user) =>
        ['SALESPERSON', 'CASHIER'].includes(role)
          ? `p.keeper_id = '${user}'`
          : may(role, 'Query.cashBoxes')
            ? 'true'
            : null,
    },
    expenses: {
      from: 'expenses p',
      sees: (role, user) =>
        ['SALESPERSON', 'CASHIER'].includes(role)
          ? `p.requested_by = '${user}'`
          : may(role, 'Query.expenses')
            ? 'true'
            : null,
    },
    cashTransfers: {
      from: 'cash_transfers p',
      sees: (role, user) =>
        ['SALESPERSON', 'CASHIER'].includes(role)
          ? `p.from_box_id in (select id from cash_boxes where keeper_id = '${user}')`
          : may(role, 'Query.cashTransfers')
            ? 'true'
            : null,
    },
    sessions: {
      from: 'sessions p',
      sees: (_role, user) => `p.user_id = '${user}'`,
    },
    exports: {
      from: 'exports p',
      sees: (role, user) => (may(role, 'Query.exports') ? `p.actor = 'user:${user}'` : null),
    },
    priceLists: {
      from: 'price_lists p',
      sees: (role, user) =>
        role === 'CONSUMER'
          ? `p.code = 'consumer_iqd'`
          : role === 'PARTNER'
            ? 'false'
            : role === 'WHOLESALE_CLIENT'
              ? `p.id = (select c.price_list_id from customers c join customer_users u on u.customer_id = c.id where u.user_id = '${user}')`
              : 'true',
    },
  };

  test.each(Object.keys(oracle).flatMap((list) => ROLES.map((role) => [list, role] as [string, Role])))(
    '%s of %s are exactly the own ones: rows, count, and by the cursor',
    async (list, role) => {
      const client = clients.get(role) as TestClient;
      const rule = oracle[list] as Oracle;
      const condition = rule.sees(role, userIds.get(role) as string);
      const seen: string[] = [];
      let after: string | null = null;
      let total = -1;
      for (;;) {
        const answer: any = await client.query(
          `query($after: String) { list: ${list}(first: 100, after: $after) { totalCount nodes { ${rule.nodes ?? 'id'} } pageInfo { hasNextPage endCursor } } }`,
          { after },
        );
        if (condition === null) {
          expect(answer.errors[0].extensions.code).toBe('FORBIDDEN');
          return;
        }
        expect(answer.errors).toBeUndefined();
        seen.push(...answer.data.list.nodes.map(rule.idOf ?? ((node: any) => node.id)));
        total = answer.data.list.totalCount;
        if (!answer.data.list.pageInfo.hasNextPage) break;
        after = answer.data.list.pageInfo.endCursor;
      }
      const rows = await t.db.sql<any>(`select p.id from ${rule.from} where ${condition}`);
      expect(total).toBe(rows.length);
      expect([...seen].sort()).toEqual(rows.map((row) => row.id).sort());
    },
  );

  /** For each report the records that each role may see in it, said once more in SQL. Null: it is refused. */
  interface ReportOracle {
    ask: string;
    id: string;
    /** Which records the whole report names. */
    all: string;
    /** Which of them are of the role; those of the list of documents by default. */
    sees?: (role: Role, user: string) => string;
  }
  const ofCustomers = (role: Role, user: string): string => (oracle['invoices'] as Oracle).sees(role, user) ?? 'false';
  const ofWarehouses = (role: Role, user: string): string =>
    (oracle['stockMovements'] as Oracle).sees(role, user) ?? 'false';
  const reports: Record<string, ReportOracle> = {
    sales: { ask: 'by: CUSTOMER', id: 'recordId', all: `select customer_id, customer_id as id from invoices` },
    receivablesAgeing: {
      ask: '',
      id: 'recordId',
      all: `select b.customer_id, b.customer_id as id from customer_balances b where b.balance <> 0
        union select customer_id, customer_id from invoices where balance > 0`,
    },
    collections: { ask: '', id: 'number', all: 'select customer_id, number as id from payments' },
    orderBook: { ask: '', id: 'orderId', all: `select customer_id, id from orders where status <> 'CANCELLED'` },
    inventoryFlow: {
      ask: '',
      id: 'productId',
      all: `select m.warehouse_id, m.product_id as id from stock_movements m where m.quantity <> 0
        union select warehouse_id, product_id from stock_levels where on_hand <> 0`,
      sees: ofWarehouses,
    },
    inventoryValue: {
      ask: '',
      id: 'productId',
      all: 'select warehouse_id, product_id as id from stock_levels where on_hand <> 0',
      sees: ofWarehouses,
    },
  };

  test.each(Object.keys(reports).flatMap((root) => ROLES.map((role) => [root, role] as [string, Role])))(
    'the report %s shows %s the own records, and no others',
    async (root, role) => {
      const { ask, id, all, sees = ofCustomers } = reports[root] as ReportOracle;
      const shown = new Set<string>();
      for (let more = true, skip = 0; more; skip += 2000) {
        const answer = await (clients.get(role) as TestClient).query<any>(
          `{ report: ${root}(${ask} first: 2000, skip: ${skip}) { rows { id: ${id} } hasMore } }`,
        );
        if (!may(role, `Query.${root}`)) {
          expect(answer.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
          return;
        }
        expect(answer.errors).toBeUndefined();
        for (const row of answer.data.report.rows) shown.add(row.id);
        more = answer.data.report.hasMore;
      }
      const rows = await t.db.sql<any>(
        `select distinct p.id from (${all}) p where ${sees(role, userIds.get(role) as string)}`,
      );
      expect([...shown].sort()).toEqual(rows.map((row) => row.id).sort());
    },
  );

  test('the documents of the oracle are of several people, so that equal sets mean something', async () => {
    const [counts] = await t.db.sql<any>(
      `select count(*)::int as n, count(*) filter (where c.salesperson_id = $1)::int as mine from orders o join customers c on c.id = o.customer_id`,
      [userIds.get('SALESPERSON')],
    );
    expect(counts.n).toBeGreaterThan(4);
    expect(counts.mine).toBeGreaterThan(0);
    expect(counts.mine).toBeLessThan(counts.n);
  });

  test('nobody records for, or reads the balance of, a customer of others', async () => {
    const [foreign] = await t.db.sql<any>(
      `select o.id, o.version, o.customer_id, o.currency, i.id as invoice, i.version as invoice_version from orders o
         join invoices i on i.order_id = o.id join customers c on c.id = o.customer_id
       where c.salesperson_id is distinct from $1 and c.salesperson_id is distinct from $2
         and c.id not in (select customer_id from customer_users) limit 1`,
      [userIds.get('SALESPERSON'), userIds.get('PARTNER')],
    );
    for (const role of ['SALESPERSON', 'PARTNER', 'WHOLESALE_CLIENT', 'CONSUMER'] as const) {
      const client = clients.get(role) as TestClient;
      const seller = new Seller(t, client);
      expect(await seller.readOrder(foreign.id)).toBeNull();
      expect(await seller.readInvoice(foreign.invoice)).toBeNull();
      const entries = await client.query<any>(
        `{ statementEntries(customerId: "${foreign.customer_id}", currency: "${foreign.currency}") { totalCount nodes { id } } }`,
      );
      expect(entries.data.statementEntries).toEqual({ totalCount: 0, nodes: [] });
      const answers = [
        await seller.order({ customerId: foreign.customer_id, lines: [{ productId: foreign.id, quantity: '1' }] }),
        await seller.updateOrder({ id: foreign.id, version: foreign.version, lines: [] }),
        await seller.confirm(foreign),
        await seller.ship(foreign),
        await seller.cancel(foreign),
        await seller.invoice({ orderId: foreign.id }),
        await seller.pay({ customerId: foreign.customer_id, amount: '1', currency: 'USD' }),
        await seller.credit({ invoiceId: foreign.invoice, amount: '0.1' }),
        await seller.voidInvoice({ id: foreign.invoice, version: foreign.invoice_version }),
      ];
      expect(answers.map((one) => one.code).filter((code) => code !== 'NOT_FOUND' && code !== 'FORBIDDEN')).toEqual([]);
    }
  });

  test('a foreign row is not there, by its id either', async () => {
    const [foreign] = await t.db.sql<any>(`select id from customers where code = 'G002000'`);
    for (const role of ['SALESPERSON', 'PARTNER', 'WHOLESALE_CLIENT'] as const) {
      const answer = await (clients.get(role) as TestClient).query<any>(`{ customer(id: "${foreign.id}") { id } }`);
      expect(answer.data).toEqual({ customer: null });
    }
    const [hidden] = await t.db.sql<any>('select id from products where not active limit 1');
    for (const role of ['CONSUMER', 'PARTNER', 'WHOLESALE_CLIENT'] as const) {
      const answer = await (clients.get(role) as TestClient).query<any>(`{ product(id: "${hidden.id}") { id } }`);
      expect(answer.data).toEqual({ product: null });
    }
  });
});
