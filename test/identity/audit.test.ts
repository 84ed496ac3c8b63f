import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAttemptLog, maskEmail, type Attempt } from '../../src/identity/attempts.service.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const PASSWORD = 'correct horse battery';

describe('what the audit log keeps of sign-ins, exports and grants', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ settings: { ADMIN_EMAIL: 'owner@test.example', ADMIN_PASSWORD: PASSWORD } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const entries = async (entityType: string): Promise<any[]> => {
    const answer = await owner.query<any>(
      `query($type: String!) { auditLog(first: 100, filter: { entityType: { eq: $type } }) { nodes { actor action entityId changes requestId } } }`,
      { type: entityType },
    );
    return answer.data.auditLog.nodes.toReversed();
  };
  const signIn = (email: string, password = 'wrong wrong wrong') =>
    t.anonymous.query(`mutation($e: String!, $p: String!) { signIn(email: $e, password: $p) { __typename } }`, {
      e: email,
      p: password,
    });

  test('failed and throttled sign-ins leave rows without the password and without the whole address', async () => {
    const [{ id }] = (await t.db.sql<any>(`select id from users where email = 'owner@test.example'`)) as [any];
    for (let index = 0; index < 7; index += 1) await signIn('owner@test.example');
    await signIn('somebody.else@elsewhere.example');
    const rows = await entries('SignIn');
    expect(rows.map((one) => [one.action, one.changes.outcome[1], one.changes.tries[1]])).toEqual([
      ['refuse', 'failed', 1],
      ['refuse', 'failed', 5],
      ['refuse', 'throttled', 1],
      ['refuse', 'failed', 1],
    ]);
    expect(rows[0]).toMatchObject({ entityId: id, actor: 'anonymous', requestId: expect.any(String) });
    expect(rows[3].entityId).toMatch(/^unknown:[0-9a-f]{32}$/);
    expect(rows[3].changes.email).toEqual([null, 's***@elsewhere.example']);
    expect(JSON.stringify(rows)).not.toMatch(/wrong wrong|somebody|owner@/);
  });

  test('an export that was started, a role that was changed, keys made and revoked, and sessions revoked', async () => {
    const query =
      'query($first: Int, $after: String) { products(first: $first, after: $after) { nodes { sku } pageInfo { hasNextPage endCursor } } }';
    const started = await owner.query<any>(
      `mutation($q: String!) { startExport(query: $q) { __typename ... on UserError { code message } } }`,
      { q: query },
    );
    expect(started.errors).toBeUndefined();
    const [exported] = await entries('Export');
    expect(exported).toMatchObject({ action: 'create', changes: { connection: [null, 'products'] } });
    expect(exported.actor).toMatch(/^user:/);

    const cashier = await t.as('CASHIER');
    const { me } = (await cashier.query<any>('{ me { userId } sessions { nodes { id } } }')).data;
    await owner.query(
      `mutation($id: ID!) { updateUser(input: { id: $id, version: 1, role: MANAGER }) { __typename } }`,
      { id: me.userId },
    );
    expect((await entries('User')).find((one) => one.entityId === me.userId && one.changes.role[0])).toMatchObject({
      action: 'update',
      changes: { role: ['CASHIER', 'MANAGER'] },
    });
    const made = await owner.query<any>(
      `mutation { createApiKey(name: "bridge", scopes: ["sync:read"]) { ... on ApiKeyCreated { apiKey { id } } } }`,
    );
    const keyId = made.data.createApiKey.apiKey.id;
    await owner.query('mutation($id: ID!) { revokeApiKey(id: $id) { __typename } }', { id: keyId });
    const keys = (await entries('ApiKey')).filter((one) => one.entityId === keyId);
    expect(keys.map((one) => [one.action, Object.keys(one.changes).includes('revokedAt')])).toEqual([
      ['create', expect.any(Boolean)],
      ['update', true],
    ]);
    const [session] = await t.db.sql<any>('select id from sessions where user_id = $1', [me.userId]);
    await owner.query('mutation($id: ID!) { revokeSession(id: $id) { __typename } }', { id: session.id });
    const sessions = (await entries('Session')).filter((one) => one.entityId === session.id);
    expect(sessions.at(-1)).toMatchObject({ action: 'update', changes: { endReason: [null, 'revoked'] } });
  });

  test('a flood leaves a handful of rows an account and address, and a bounded number in all', async () => {
    const before = (await t.db.sql<any>(`select count(*)::int as n from audit_log`))[0].n;
    const log = createAttemptLog(t.app.services.transact);
    const attempt = (index: number): Attempt => ({
      outcome: 'failed',
      userId: null,
      email: 'x@test.example',
      fingerprint: String(index),
      network: '192.0.2.1',
      requestId: null,
    });
    for (let index = 0; index < 20_000; index += 1) await log(attempt(0));
    const [one] = await t.db.sql<any>(`select count(*)::int as n from audit_log`);
    expect(one.n - before).toBe(6);
    for (let index = 1; index < 3000; index += 1) await log(attempt(index));
    const [all] = await t.db.sql<any>(`select count(*)::int as n from audit_log`);
    expect(all.n - before).toBeLessThan(520);
    const rows = await t.db.sql<any>(`select changes from audit_log where entity_id = 'flood' order by id`);
    expect(rows.map((row) => row.changes.notListed[1])).toEqual([1, 5, 10, 100, 1000]);
  });

  test.each([
    ['hassan@tsh.example', 'h***@tsh.example'],
    ['nobody', 'n***@'],
    ['', '***@'],
  ])('%s is shown as %s', (email, shown) => {
    expect(maskEmail(email)).toBe(shown);
  });
});
