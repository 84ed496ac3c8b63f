import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const PASSWORD = 'correct horse battery';

describe('identity', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({
      settings: {
        ADMIN_EMAIL: 'Owner@Test.example',
        ADMIN_PASSWORD: PASSWORD,
        DEPLOY_TOKEN: 'deploy-token-deploy-token-1',
      },
    });
  });
  afterAll(() => t.stop());
  beforeEach(() => t.db.sql('delete from sign_in_throttles'));

  const SIGN_IN = `mutation($email: String!, $password: String!) { signIn(email: $email, password: $password) {
    __typename ... on Session { accessToken refreshToken expiresAt } ... on UserError { code message } ... on ThrottledError { retryAfterSeconds } } }`;
  const signIn = async (email: string, password = PASSWORD) =>
    (await t.anonymous.query<any>(SIGN_IN, { email, password })).data.signIn;
  const me = async (client: TestClient) =>
    (await client.query<any>('{ me { name role permissions } }')).data?.me ?? null;
  /** The log has told everybody; caches are dropped by it. */
  const settled = async (): Promise<void> => {
    t.app.services.events.nudge();
    const position = () => t.app.services.hub.stats().position;
    for (;;) {
      const [head] = await t.db.sql<{ seq: string; waiting: string }>(
        'select seq, (select count(*) from event_outbox) as waiting from event_head',
      );
      t.app.services.hub.hint();
      if (head?.waiting === '0' && position() >= Number(head.seq)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  test('the first owner is made once on an empty database and can sign in, whatever the case of the address', async () => {
    const session = await signIn('OWNER@test.example ');
    expect(session.__typename).toBe('Session');
    expect(await me(t.withToken(session.accessToken))).toMatchObject({ name: 'Owner', role: 'OWNER' });
    const [row] = await t.db.sql<any>('select password_hash from users');
    expect(row.password_hash).toMatch(/^\$argon2id\$/);
  });

  test('an unknown account and a wrong password answer the same', async () => {
    const unknown = await signIn('nobody@test.example');
    const wrong = await signIn('owner@test.example', 'wrong password');
    expect(unknown).toEqual(wrong);
    expect(unknown).toMatchObject({ __typename: 'InvalidCredentialsError', code: 'INVALID_CREDENTIALS' });
  });

  test('five tries an account, then the right password too must wait - through aliases as well', async () => {
    const aliases = Array.from(
      { length: 8 },
      (_, index) => `a${index}: signIn(email: "owner@test.example", password: "no") { __typename }`,
    );
    const answer = await t.anonymous.query<any>(`mutation { ${aliases.join('\n')} }`);
    const kinds = Object.values(answer.data).map((one: any) => one.__typename);
    expect(kinds.filter((kind) => kind === 'InvalidCredentialsError').length).toBe(5);
    expect(kinds.filter((kind) => kind === 'ThrottledError').length).toBe(3);
    const right = await signIn('owner@test.example');
    expect(right).toMatchObject({ __typename: 'ThrottledError' });
    expect(right.retryAfterSeconds).toBeGreaterThan(0);
  });

  test('twenty tries an address, forged forwarding headers or not', async () => {
    const kinds: string[] = [];
    for (let index = 0; index < 22; index += 1) {
      const answer = await t.anonymous.query<any>(
        SIGN_IN,
        { email: `x${index}@test.example`, password: 'no' },
        { 'x-forwarded-for': `10.0.0.${index}` },
      );
      kinds.push(answer.data.signIn.__typename);
    }
    expect(kinds.filter((kind) => kind === 'ThrottledError').length).toBe(2);
  });

  test('a success forgets the failed tries of the account', async () => {
    for (let index = 0; index < 4; index += 1) await signIn('owner@test.example', 'no');
    expect((await signIn('owner@test.example')).__typename).toBe('Session');
    expect((await signIn('owner@test.example', 'no')).__typename).toBe('InvalidCredentialsError');
  });

  test('signing out ends the token at once and closes its sockets with 4403', async () => {
    const { accessToken } = await signIn('owner@test.example');
    const client = t.withToken(accessToken);
    const live = client.subscribe('subscription { syncStatsUpdated { pending } }');
    await live.until(1);
    expect((await client.query<any>('mutation { signOut }')).data.signOut).toBe(true);
    await live.ended;
    expect(JSON.stringify(live.errors)).toBe('[{}]');
    expect((live.errors[0] as { code: number }).code).toBe(4403);
    await settled();
    expect(await me(client)).toBeNull();
  });

  test.each([
    ['nonsense', 'Bearer nonsense'],
    ['another scheme', 'Basic b3duZXI6cGFzcw=='],
    ['an unknown key', 'Bearer tsh_unknown'],
    [
      'an unsigned token',
      `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x","sid":"x","exp":9999999999}').toString('base64url')}.`,
    ],
  ])('%s is 401, and the answer says so in GraphQL', async (_name, authorization) => {
    const answer = await t.anonymous.query('{ me { name } }', {}, { authorization });
    expect([answer.status, answer.errors?.[0]?.extensions['code']]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('API keys: shown once, stored hashed, scoped, revocable, and nobody grants more than they have', async () => {
    const owner = await t.as('OWNER');
    const create = `mutation($scopes: [String!]!) { createApiKey(name: "bridge", scopes: $scopes) { ... on ApiKeyCreated { secret apiKey { id scopes } } ... on InvalidInputError { field message } } }`;
    const made = (await owner.query<any>(create, { scopes: ['sync:read', 'keys:manage'] })).data.createApiKey;
    const [row] = await t.db.sql<any>('select key_hash from api_keys where id = $1', [made.apiKey.id]);
    expect(row.key_hash).not.toContain(made.secret);
    const key = t.withToken(made.secret);
    expect((await key.query<any>('{ me { name permissions } }')).data.me).toEqual({
      name: 'bridge',
      permissions: ['keys:manage', 'sync:read'],
    });
    expect((await key.query<any>('{ syncStats { pending } }')).data.syncStats).toEqual({ pending: expect.any(Number) });
    expect((await key.query('{ products { totalCount } }')).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect((await key.query(create, { scopes: ['deploy:write'] })).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect((await owner.query<any>(create, { scopes: ['everything'] })).data.createApiKey).toMatchObject({
      field: 'scopes',
    });
    const header = await fetch(`${t.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': made.secret },
      body: JSON.stringify({ query: '{ me { name } }' }),
    });
    expect((await header.json()).data.me.name).toBe('bridge');
    await owner.query(`mutation($id: ID!) { revokeApiKey(id: $id) { __typename } }`, { id: made.apiKey.id });
    await settled();
    expect((await key.query('{ me { name } }')).status).toBe(401);
    const keys = (await owner.query<any>('{ apiKeys { nodes { id revokedAt lastUsedAt } } }')).data.apiKeys.nodes;
    expect(keys[0]).toMatchObject({
      id: made.apiKey.id,
      revokedAt: expect.any(String),
      lastUsedAt: expect.any(String),
    });
  });

  test('the deploy token deploys and nothing else', async () => {
    const deployer = t.withToken('deploy-token-deploy-token-1');
    expect((await deployer.query('{ deployments { totalCount } }')).errors).toBeUndefined();
    expect((await deployer.query('{ users { totalCount } }')).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });

  test('every write is audited with its actor, and no secret is in it', async () => {
    const owner = await t.as('OWNER');
    const { nodes } = (await owner.query<any>('{ auditLog(first: 100) { nodes { actor entityType action changes } } }'))
      .data.auditLog;
    expect(new Set(nodes.map((one: any) => one.entityType))).toEqual(
      new Set(['User', 'Session', 'ApiKey', 'Setting', 'SignIn']),
    );
    expect(nodes.every((one: any) => /^(user:|system|test|anonymous)/.test(one.actor))).toBe(true);
    expect(JSON.stringify(nodes)).not.toMatch(/argon2|tsh_|tshr_/);
    expect(JSON.stringify(nodes)).toContain('[hidden]');
  });
});
