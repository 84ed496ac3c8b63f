import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const PASSWORD = 'correct horse battery';
const NEW = 'another horse battery';
const TOKENS = `__typename ... on Session { accessToken refreshToken } ... on UserError { code field message }`;

describe('accounts', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ settings: { ADMIN_EMAIL: 'owner@test.example', ADMIN_PASSWORD: PASSWORD } });
    owner = t.withToken((await signIn('owner@test.example', PASSWORD)).accessToken);
  });
  afterAll(() => t.stop());
  beforeEach(() => t.db.sql('delete from sign_in_throttles'));

  const signIn = async (email: string, password: string): Promise<any> =>
    (
      await t.anonymous.query<any>(
        `mutation($e: String!, $p: String!) { signIn(email: $e, password: $p) { ${TOKENS} } }`,
        { e: email, p: password },
      )
    ).data.signIn;
  const invite = async (email: string, role: string, client = owner): Promise<any> => {
    const answer = await client.query<any>(
      `mutation($e: String!, $r: Role!) { inviteUser(email: $e, name: "Somebody", role: $r) { __typename ... on OneTimeToken { userId token expiresAt } ... on UserError { code field } } }`,
      { e: email, r: role },
    );
    return answer.errors?.[0]?.extensions ?? answer.data.inviteUser;
  };
  const redeem = async (token: string, password = NEW): Promise<any> =>
    (
      await t.anonymous.query<any>(
        `mutation($t: String!, $p: String!) { redeemLink(token: $t, password: $p) { ${TOKENS} } }`,
        { t: token, p: password },
      )
    ).data.redeemLink;
  const update = async (client: TestClient, input: object): Promise<any> => {
    const answer = await client.query<any>(
      `mutation($input: UpdateUserInput!) { updateUser(input: $input) { __typename ... on User { role active version } ... on UserError { code field } } }`,
      { input },
    );
    return answer.errors?.[0]?.extensions ?? answer.data.updateUser;
  };
  const versionOf = async (id: string): Promise<number> =>
    (await t.db.sql<any>('select version from users where id = $1', [id]))[0].version;

  test('an invitation works once: it sets the password and signs in; before that nobody gets in', async () => {
    const link = await invite('Hassan@test.example', 'SALESPERSON');
    expect(link).toMatchObject({ __typename: 'OneTimeToken', token: expect.stringMatching(/^tshl_/) });
    expect(await signIn('hassan@test.example', '')).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(await redeem(link.token, 'short')).toMatchObject({ code: 'BAD_INPUT', field: 'password' });
    const answers = await Promise.all([redeem(link.token), redeem(link.token), redeem(link.token)]);
    expect(answers.filter((one) => one.__typename === 'Session')).toHaveLength(1);
    expect(await redeem(link.token)).toMatchObject({ __typename: 'InvalidCredentialsError', field: 'token' });
    expect(await signIn('hassan@test.example', NEW)).toMatchObject({ __typename: 'Session' });
    const audit = await owner.query<any>(
      'query($id: String!) { auditLog(filter: { entityId: { eq: $id } }) { nodes { action changes } } }',
      { id: link.userId },
    );
    expect(audit.data.auditLog.nodes.map((one: any) => one.action)).toEqual(
      expect.arrayContaining(['create', 'update']),
    );
    expect(JSON.stringify(audit.data)).not.toContain('argon2');
    expect(await t.db.sql(`select 1 from one_time_links where token_hash = $1`, [link.token])).toEqual([]);
  });

  test('a link that is too old, unknown or replaced is refused the same way', async () => {
    const link = await invite('late@test.example', 'CASHIER');
    await t.db.sql(`update one_time_links set expires_at = now() - interval '1 second' where user_id = $1`, [
      link.userId,
    ]);
    expect(await redeem(link.token)).toEqual(await redeem('tshl_unknown'));
  });

  test('nobody gives or takes a role beyond their own, and one owner stays', async () => {
    const link = await invite('admin@test.example', 'ADMIN');
    const admin = t.withToken((await redeem(link.token)).accessToken);
    const manager = await t.as('MANAGER');
    expect(await invite('x@test.example', 'CASHIER', manager)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await invite('owner@test.example', 'CASHIER')).toMatchObject({ code: 'ALREADY_EXISTS', field: 'email' });
    expect(await invite('nobody', 'CASHIER')).toMatchObject({ code: 'BAD_INPUT', field: 'email' });
    const me = (await owner.query<any>('{ me { userId } }')).data.me.userId;
    await t.db.sql(`update users set active = false where role = 'OWNER' and id <> $1`, [me]);
    expect(await update(admin, { id: me, version: await versionOf(me), role: 'VIEWER' })).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await update(owner, { id: me, version: await versionOf(me), role: 'VIEWER' })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'role',
    });
    expect(await update(owner, { id: me, version: await versionOf(me), active: false })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'active',
    });
    expect(await update(owner, { id: me, version: 99, name: 'X' })).toMatchObject({ code: 'STALE_VERSION' });
    expect(await update(owner, { id: 'nonsense', version: 1 })).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a closed account is out at once, its sockets too', async () => {
    const link = await invite('gone@test.example', 'MANAGER');
    const client = t.withToken((await redeem(link.token)).accessToken);
    const live = client.subscribe('subscription { entityChanged(types: ["product"]) { entityId } }');
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    expect(
      await update(owner, { id: link.userId, version: await versionOf(link.userId), active: false }),
    ).toMatchObject({ active: false });
    await live.ended;
    for (;;) if ((await client.query('{ me { name } }')).errors?.[0]?.extensions['code'] === 'UNAUTHENTICATED') break;
    expect(await signIn('gone@test.example', NEW)).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    const reset = await owner.query<any>(
      `mutation($id: ID!) { createPasswordReset(userId: $id) { __typename ... on UserError { code field } } }`,
      { id: link.userId },
    );
    expect(reset.data.createPasswordReset).toMatchObject({ code: 'BAD_INPUT', field: 'userId' });
  });

  test('a new password ends the other sessions, a reset all of them', async () => {
    const link = await invite('change@test.example', 'CASHIER');
    const first = t.withToken((await redeem(link.token)).accessToken);
    const second = t.withToken((await signIn('change@test.example', NEW)).accessToken);
    const change = async (current: string, next: string): Promise<any> =>
      (
        await first.query<any>(
          `mutation($c: String!, $n: String!) { changePassword(currentPassword: $c, newPassword: $n) { __typename ... on UserError { code field } } }`,
          { c: current, n: next },
        )
      ).data.changePassword;
    expect(await change('wrong', PASSWORD)).toMatchObject({ code: 'INVALID_CREDENTIALS', field: 'currentPassword' });
    expect(await change(NEW, 'short')).toMatchObject({ code: 'BAD_INPUT', field: 'newPassword' });
    expect(await change(NEW, PASSWORD)).toEqual({ __typename: 'PasswordChanged' });
    for (;;) if ((await second.query('{ me { name } }')).errors) break;
    expect((await first.query<any>('{ me { name } }')).data.me).not.toBeNull();
    const reset = await owner.query<any>(
      `mutation($id: ID!) { createPasswordReset(userId: $id) { ... on OneTimeToken { token } } }`,
      { id: link.userId },
    );
    expect(await redeem(reset.data.createPasswordReset.token)).toMatchObject({ __typename: 'Session' });
    for (;;) if ((await first.query('{ me { name } }')).errors) break;
    expect(await signIn('change@test.example', PASSWORD)).toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  test('sessions are listed and revoked: one’s own, and those of others with the right to', async () => {
    const consumer = await t.as('CONSUMER');
    const cashier = await t.as('CASHIER');
    const own = (await consumer.query<any>('{ sessions { nodes { id userId endedAt } } me { userId } }')).data;
    expect(own.sessions.nodes).toEqual([{ id: expect.any(String), userId: own.me.userId, endedAt: null }]);
    const others = await cashier.query(`query($u: ID!) { sessions(userId: $u) { nodes { id } } }`, {
      u: own.me.userId,
    });
    expect(others.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    const revoke = async (client: TestClient): Promise<any> =>
      (
        await client.query<any>(
          `mutation($id: ID!) { revokeSession(id: $id) { __typename ... on UserError { code } } }`,
          { id: own.sessions.nodes[0].id },
        )
      ).data.revokeSession;
    expect(await revoke(cashier)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await revoke(owner)).toEqual({ __typename: 'SessionRevoked' });
    expect(await revoke(owner)).toEqual({ __typename: 'SessionRevoked' });
    for (;;) if ((await consumer.query('{ me { name } }')).errors) break;
  });

  test('consumers sign up themselves, each address once, and see what a consumer sees', async () => {
    const signUp = async (email: string, password: string): Promise<any> =>
      (
        await t.anonymous.query<any>(
          `mutation($e: String!, $p: String!) { signUp(email: $e, password: $p, name: "زينب") { ${TOKENS} } }`,
          { e: email, p: password },
        )
      ).data.signUp;
    const session = await signUp('Zainab@shop.example', NEW);
    const client = t.withToken(session.accessToken);
    expect((await client.query<any>('{ me { role name permissions } }')).data.me).toEqual({
      role: 'CONSUMER',
      name: 'زينب',
      permissions: ['catalog:read', 'orders:place', 'orders:read'],
    });
    expect(await signUp('zainab@shop.example', NEW)).toMatchObject({ code: 'ALREADY_EXISTS', field: 'email' });
    expect(await signUp('y@shop.example', 'short')).toMatchObject({ code: 'BAD_INPUT', field: 'password' });
    expect(await signUp('no address', NEW)).toMatchObject({ code: 'BAD_INPUT', field: 'email' });
    let kind = '';
    for (let tries = 0; tries < 25 && kind !== 'ThrottledError'; tries += 1)
      kind = (await signUp(`n${tries}@shop.example`, 'short')).__typename;
    expect(kind).toBe('ThrottledError');
  });
});
