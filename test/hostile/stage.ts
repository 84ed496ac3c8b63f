import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { createUser } from '../../src/identity/user.service.js';
import type { Role } from '../../src/kernel/viewer.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/app.js';
import { openLongSession } from '../bench/sessions.js';
import { createTestDatabase } from '../support/database.js';
import { sellable, Seller } from '../support/selling.js';
import type { Sender } from './hostile-request.js';
import type { Target } from './send.js';
import { startServerProcess, type ServerProcess } from './server-process.js';
import type { Known } from './values.js';

/** A company with trade, users of every kind, and the server as a process of its own over it. */
export interface Stage {
  schema: GraphQLSchema;
  known: Known;
  server: ServerProcess;
  target: Target;
  /** Somebody else, who only reads. */
  neighbourToken(): string;
  stop(): Promise<void>;
}

const USERS_OF_A_ROLE = 6;
const STAFF: readonly Role[] = [
  'OWNER',
  'ADMIN',
  'MANAGER',
  'ACCOUNTANT',
  'INVENTORY',
  'SALESPERSON',
  'CASHIER',
  'VIEWER',
];
const ROLES_OF: Record<Exclude<Sender['kind'], 'stranger'>, readonly Role[]> = {
  consumer: ['CONSUMER'],
  client: ['WHOLESALE_CLIENT', 'PARTNER'],
  staff: STAFF,
};

interface SignedIn {
  userId: string;
  token: string;
}

async function makeUsers(t: TestApp, kind: string, role: Role, count: number): Promise<SignedIn[]> {
  const { services } = t.app;
  const users: SignedIn[] = [];
  for (let index = 0; index < count; index += 1) {
    const email = `${kind}-${role.toLowerCase()}-${index}@hostile.example`;
    const { id } = await services.transact({ origin: 'system', actor: 'test' }, (tx) =>
      Promise.resolve(createUser(tx, { email, name: `${role} ${index}`, role, passwordHash: null })),
    );
    users.push({ userId: id, token: await openLongSession(t.db.sql, TEST_SECRETS.jwtSecret, id) });
  }
  return users;
}

async function trade(t: TestApp): Promise<void> {
  const seller = new Seller(t, await t.as('OWNER'));
  for (const list of ['wholesale_a', 'technical_iqd', 'retailer']) {
    const { customerId, products } = await sellable(t, list, 3);
    const lines = products.map(({ id }) => ({ productId: id, quantity: '1' }));
    await seller.order({ customerId, lines });
    const order = await seller.ship(await seller.confirm(await seller.order({ customerId, lines }), undefined, true));
    const invoice = await seller.invoice({ orderId: order.id });
    await seller.pay({ customerId, amount: '1', currency: invoice.total.currency, allocations: [] });
  }
}

const TABLES = ['products', 'customers', 'orders', 'order_lines', 'invoices', 'payments', 'price_lists', 'warehouses', 'categories', 'branches']; // prettier-ignore
const CURSORS = `{ a: products(first: 2) { edges { cursor } } b: products(first: 2, orderBy: PRICE_ASC) { edges { cursor } }
  c: orders(first: 2) { edges { cursor } } d: customers(first: 2) { edges { cursor } } e: stockLevels(first: 2) { edges { cursor } }
  f: invoices(first: 2) { edges { cursor } } g: auditLog(first: 2) { edges { cursor } } h: users(first: 2) { edges { cursor } } }`;

async function whatIsKnown(t: TestApp): Promise<Known> {
  const ids: string[] = [];
  for (const table of TABLES) {
    ids.push(...(await t.db.sql<{ id: string }>(`select id from ${table} order by id limit 4`)).map(({ id }) => id));
  }
  const { data } = await (await t.as('OWNER')).query<Record<string, { edges: { cursor: string }[] } | null>>(CURSORS);
  return { ids, cursors: Object.values(data).flatMap((list) => list?.edges.map(({ cursor }) => cursor) ?? []) };
}

export async function prepareStage(settings: Record<string, string> = {}): Promise<Stage> {
  const db = await createTestDatabase({ company: true });
  const t = await startTestApp({ db, settings: { SYNC_PHASE: 'gradual' } });
  const users = new Map<string, SignedIn[]>();
  let known: Known;
  try {
    await trade(t);
    for (const [kind, roles] of Object.entries(ROLES_OF)) {
      const made = await Promise.all(
        roles.map((role) => makeUsers(t, kind, role, kind === 'staff' ? 2 : USERS_OF_A_ROLE)),
      );
      users.set(kind, made.flat());
    }
    users.set('neighbour', await makeUsers(t, 'neighbour', 'PARTNER', 1));
    for (const [index, { userId }] of (users.get('client') ?? []).entries()) {
      await db.sql(
        `insert into customer_users (user_id, customer_id) select $1, id from customers where active order by code offset $2 limit 1`,
        [userId, index],
      );
    }
    known = await whatIsKnown(t);
  } finally {
    await t.stop();
  }
  await db.sql('vacuum analyze');
  const server = await startServerProcess({
    DATABASE_URL: db.url,
    REDIS_URL: process.env['TEST_REDIS'] ?? '',
    DB_POOL_SIZE: '12',
    DB_MAX_OVERFLOW: '0',
    DATA_DIR: '/tmp',
    SYNC_PHASE: 'gradual',
    JWT_SECRET_KEY: TEST_SECRETS.jwtSecret,
    ENCRYPTION_KEY: TEST_SECRETS.encryptionKey,
    ZOHO_WEBHOOK_SECRET: TEST_SECRETS.webhookSecret,
    TRUST_PROXY: 'true',
    ...settings,
  });
  const userOf = ({ kind, index }: Sender): SignedIn | undefined => {
    const ofKind = users.get(kind) ?? [];
    return ofKind[index % Math.max(1, ofKind.length)];
  };
  return {
    schema: buildSchema(readFileSync('schema.graphql', 'utf8')),
    known,
    server,
    target: {
      port: server.port,
      tokenOf: (sender) => userOf(sender)?.token ?? null,
      addressOf: ({ kind, index }) => `10.${kind.length}.${index >> 8}.${index & 255}`,
    },
    neighbourToken: () => users.get('neighbour')?.[0]?.token ?? '',
    async stop() {
      await server.stop();
      await db.drop();
    },
  };
}
