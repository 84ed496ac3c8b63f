import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROLES } from '../src/kernel/viewer.js';
import { permissionsOf, ROLE_PERMISSIONS } from '../src/identity/permissions.js';
import { SCOPES } from '../src/kernel/scopes.js';
import { modules } from '../src/modules.js';
import { permissionTable } from '../src/platform/graphql/access.js';
import { startTestApp, type TestApp, type TestClient } from './support/app.js';
import { operationOf, type RootField, rootFields } from './support/operations.js';

const table = permissionTable(modules);

const roots = (['Query', 'Mutation', 'Subscription'] as const).flatMap((type) =>
  rootFields(type).map((field): [string, string, RootField] => [`${type}.${field.name}`, type.toLowerCase(), field]),
);
/** Types of entities that an export or a recording names. */
const GIVEN = { types: '["product"]' };

describe('the permission table', () => {
  let t: TestApp;
  const clients = new Map<string, TestClient>();
  beforeAll(async () => {
    t = await startTestApp();
    clients.set('anonymous', t.anonymous);
    for (const role of ROLES) clients.set(role, await t.as(role));
  });
  afterAll(() => t.stop());

  test('has an entry for every root field, and every permission it names can be granted', () => {
    expect(roots.map(([name]) => name).filter((name) => !table[name])).toEqual([]);
    const named = Object.values(table).flatMap((access) => (typeof access === 'string' ? [] : [access.permission]));
    expect(named.filter((name) => !(name in SCOPES))).toEqual([]);
  });

  test.each(roots)('%s is open to exactly the roles of the table', async (name, kind, field) => {
    const access = table[name];
    const differences: string[] = [];
    for (const [who, client] of clients) {
      const allowed =
        access === 'public' ||
        (who !== 'anonymous' &&
          (access === 'signed-in' || permissionsOf(who as never).has((access as { permission: string }).permission)));
      let code: string | undefined;
      if (kind === 'subscription') {
        const live = client.subscribe(operationOf(kind, field, GIVEN));
        if (allowed) {
          // It counts as allowed only when the hub has it; a refusal ends it instead.
          const { hub } = t.app.services;
          while (!live.closed && hub.stats().subscriptions === 0) await new Promise((resolve) => setImmediate(resolve));
          if (live.closed && live.errors.length === 0) differences.push(`${who}: ended without a word`);
          live.stop();
          while (hub.stats().subscriptions > 0) await new Promise((resolve) => setImmediate(resolve));
        } else {
          await live.ended;
        }
        const [error] = live.errors;
        code = error?.extensions?.code ?? (error?.code === 4403 ? 'UNAUTHENTICATED' : undefined);
      } else {
        // Signing out ends a session, so it is not that of the other fields.
        const asking = field.name === 'signOut' && allowed ? await t.as(who as never) : client;
        const answer = await asking.query(operationOf(kind, field, GIVEN));
        code = answer.errors?.[0]?.extensions['code'] as string | undefined;
      }
      const refused = code === 'FORBIDDEN' || code === 'UNAUTHENTICATED';
      if (refused === allowed) differences.push(`${who}: ${code ?? 'answered'}`);
      if (!allowed && who === 'anonymous' && code !== 'UNAUTHENTICATED')
        differences.push(`anonymous: ${code ?? 'answered'}`);
    }
    expect(differences).toEqual([]);
  });

  test('clients and salespersons have neither cost nor the inside of the sync, and write documents only', () => {
    const selling = ['orders:write', 'invoices:write', 'payments:write'];
    const writes: Record<string, string[]> = { SALESPERSON: selling, CASHIER: selling, PARTNER: ['orders:write'] };
    for (const role of ['SALESPERSON', 'CASHIER', 'PARTNER', 'WHOLESALE_CLIENT', 'CONSUMER'] as const) {
      expect(
        ROLE_PERMISSIONS[role].filter(
          (one) => one === 'catalog:cost' || one.startsWith('sync:') || one.endsWith(':write'),
        ),
      ).toEqual(writes[role] ?? []);
    }
    expect(ROLE_PERMISSIONS.VIEWER.filter((one) => /:(write|place|ship|approve|void|free)$/.test(one))).toEqual([]);
  });
});
