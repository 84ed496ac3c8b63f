import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROLES, type Role } from '../../src/kernel/viewer.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

/** Who may do what to whom, as a table over all roles: only an owner touches owners. */
describe('roles and the people who have them', () => {
  let t: TestApp;
  const clients = new Map<Role, TestClient>();
  beforeAll(async () => {
    t = await startTestApp();
    for (const role of ROLES) clients.set(role, await t.as(role));
  });
  afterAll(() => t.stop());

  const clientOf = (role: Role): TestClient => clients.get(role) as TestClient;
  const codeOf = (answer: any, field: string): string =>
    answer.errors?.[0]?.extensions.code ?? answer.data[field].code ?? 'DONE';
  /** A fresh person of a role, with a session. */
  const target = async (role: Role): Promise<{ id: string; sessionId: string; version: number }> => {
    const client = await t.as(role);
    const { me } = (await client.query<any>('{ me { userId } }')).data;
    const [session] = await t.db.sql<any>('select id from sessions where user_id = $1', [me.userId]);
    return { id: me.userId, sessionId: session.id, version: 1 };
  };
  const update = async (client: TestClient, input: object): Promise<string> =>
    codeOf(
      await client.query(
        `mutation($input: UpdateUserInput!) { updateUser(input: $input) { ... on UserError { code } } }`,
        { input },
      ),
      'updateUser',
    );
  const reset = async (client: TestClient, id: string): Promise<string> =>
    codeOf(
      await client.query(`mutation($id: ID!) { createPasswordReset(userId: $id) { ... on UserError { code } } }`, {
        id,
      }),
      'createPasswordReset',
    );
  const revoke = async (client: TestClient, id: string): Promise<string> =>
    codeOf(
      await client.query(`mutation($id: ID!) { revokeSession(id: $id) { ... on UserError { code } } }`, { id }),
      'revokeSession',
    );
  const invite = async (client: TestClient, role: Role): Promise<string> =>
    codeOf(
      await client.query(
        `mutation($e: String!, $r: Role!) { inviteUser(email: $e, name: "Somebody", role: $r) { ... on UserError { code } } }`,
        { e: `i${Math.random()}@test.example`, r: role },
      ),
      'inviteUser',
    );

  test.each(ROLES)('what %s may do to an owner, to an administrator and to a cashier', async (role) => {
    const client = clientOf(role);
    const may = (whom: Role): string =>
      role === 'OWNER' || (role === 'ADMIN' && whom !== 'OWNER') ? 'DONE' : 'FORBIDDEN';
    for (const whom of ['OWNER', 'ADMIN', 'CASHIER'] as const) {
      const person = await target(whom);
      expect([whom, await reset(client, person.id)]).toEqual([whom, may(whom)]);
      // Who may not look after people does not learn whether there is such a session.
      const hidden = role === 'OWNER' || role === 'ADMIN' ? may(whom) : 'NOT_FOUND';
      expect([whom, await revoke(client, person.sessionId)]).toEqual([whom, hidden]);
      expect([whom, await invite(client, whom)]).toEqual([whom, may(whom)]);
      expect([whom, await update(client, { ...bare(person), name: 'Renamed' })]).toEqual([whom, may(whom)]);
      const changed = { ...bare(person), version: may(whom) === 'DONE' ? 2 : 1 };
      expect([whom, await update(client, { ...changed, active: false })]).toEqual([whom, may(whom)]);
    }
  });
  const bare = ({ id, version }: { id: string; version: number }) => ({ id, version });

  test('an administrator makes nobody an owner, itself included, nor by a key', async () => {
    const admin = clientOf('ADMIN');
    const { me } = (await admin.query<any>('{ me { userId permissions } }')).data;
    expect(me.permissions).not.toContain('owners:manage');
    const [{ version }] = (await t.db.sql<any>('select version from users where id = $1', [me.userId])) as [any];
    expect(await update(admin, { id: me.userId, version, role: 'OWNER' })).toBe('FORBIDDEN');
    const cashier = await target('CASHIER');
    expect(await update(admin, { ...bare(cashier), role: 'OWNER' })).toBe('FORBIDDEN');
    const key = `mutation($s: [String!]!) { createApiKey(name: "k", scopes: $s) { ... on ApiKeyCreated { secret } ... on UserError { code } } }`;
    expect(codeOf(await clientOf('OWNER').query(key, { s: ['owners:manage'] }), 'createApiKey')).toBe('BAD_INPUT');
    const made = await clientOf('OWNER').query<any>(key, { s: ['users:manage', 'users:read'] });
    const program = t.withToken(made.data.createApiKey.secret);
    const owner = await target('OWNER');
    expect(await reset(program, owner.id)).toBe('FORBIDDEN');
    expect(await revoke(program, owner.sessionId)).toBe('FORBIDDEN');
    expect(await update(program, { ...bare(owner), active: false })).toBe('FORBIDDEN');
  });

  test('a link from before does not open an account that has become an owner since', async () => {
    const manager = await target('MANAGER');
    const answer = await clientOf('ADMIN').query<any>(
      `mutation($id: ID!) { createPasswordReset(userId: $id) { ... on OneTimeToken { token } } }`,
      { id: manager.id },
    );
    expect(await update(clientOf('OWNER'), { ...bare(manager), role: 'OWNER' })).toBe('DONE');
    const redeemed = await t.anonymous.query<any>(
      `mutation($t: String!) { redeemLink(token: $t, password: "another horse battery") { ... on UserError { code } } }`,
      { t: answer.data.createPasswordReset.token },
    );
    expect(redeemed.data.redeemLink.code).toBe('INVALID_CREDENTIALS');
  });

  test('the last owner who can sign in stays, even when another one was only invited', async () => {
    const owner = clientOf('OWNER');
    const { me } = (await owner.query<any>('{ me { userId } }')).data;
    await t.db.sql(`update users set active = false where role = 'OWNER' and id <> $1`, [me.userId]);
    expect(await invite(owner, 'OWNER')).toBe('DONE');
    const versionOf = async (): Promise<number> =>
      (await t.db.sql<any>('select version from users where id = $1', [me.userId]))[0].version;
    expect(await update(owner, { id: me.userId, version: await versionOf(), role: 'ADMIN' })).toBe('BAD_INPUT');
    expect(await update(owner, { id: me.userId, version: await versionOf(), active: false })).toBe('BAD_INPUT');
  });

  test('of two owners who end each other at once one stays', async () => {
    await t.db.sql(`update users set active = false where role = 'OWNER'`);
    const pair = [await t.as('OWNER'), await t.as('OWNER')];
    const ids = (await t.db.sql<any>(
      `select id, version from users where role = 'OWNER' and active order by id`,
    )) as any;
    await Promise.all([
      update(pair[0] as TestClient, { ...ids[1], active: false }),
      update(pair[1] as TestClient, { ...ids[0], active: false }),
    ]);
    const left = await t.db.sql(`select 1 from users where role = 'OWNER' and active`);
    expect(left).toHaveLength(1);
  });
});
