import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setClock } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

describe('what ends, ends', () => {
  let t: TestApp;
  let owner: TestClient;
  let restore: () => void = () => undefined;
  beforeAll(async () => {
    t = await startTestApp();
    owner = await t.as('OWNER');
  });
  afterEach(() => restore());
  afterAll(() => t.stop());

  test('a key is refused from the millisecond of its end, however fresh it is in the cache', async () => {
    const base = Date.now();
    restore = setClock(() => base);
    const expiresAt = new Date(base + 60_000).toISOString();
    const made = await owner.query<any>(
      `mutation($at: DateTime!) { createApiKey(name: "k", scopes: ["catalog:read"], expiresAt: $at) { ... on ApiKeyCreated { secret } ... on UserError { code message } } }`,
      { at: expiresAt },
    );
    const key = t.withToken(made.data.createApiKey.secret);
    restore();
    restore = setClock(() => base + 59_999);
    expect((await key.query('{ me { name } }')).status).toBe(200);
    restore();
    restore = setClock(() => base + 60_000);
    expect((await key.query('{ me { name } }')).status).toBe(401);
  });

  test('a session is refused from its end, however long its token lasts', async () => {
    const base = Date.now();
    restore = setClock(() => base);
    const cashier = await t.as('CASHIER');
    await t.db.sql(
      `update sessions set expires_at = $1 where user_id in (select id from users where role = 'CASHIER')`,
      [new Date(base + 60_000)],
    );
    expect((await cashier.query('{ me { name } }')).status).toBe(200);
    restore();
    restore = setClock(() => base + 59_999);
    expect((await cashier.query('{ me { name } }')).status).toBe(200);
    restore();
    restore = setClock(() => base + 60_000);
    expect((await cashier.query('{ me { name } }')).status).toBe(401);
  });

  test('the job of identity takes away what is over, and nothing else', async () => {
    const day = 86_400_000;
    const client = await t.as('VIEWER');
    const { me } = (await client.query<any>('{ me { userId } }')).data;
    /** Makes a session so many days ago, with a used and an unused refresh token. */
    const session = async (daysAgo: number, ended: boolean): Promise<string> => {
      const at = Date.now() - daysAgo * day;
      restore = setClock(() => at);
      const id = uuidAt(at);
      await t.db.sql(
        `insert into sessions (id, user_id, created_at, expires_at, ended_at) values ($1, $2, $3, $4, $5)`,
        [id, me.userId, new Date(at), new Date(at + 30 * day), ended ? new Date(at) : null],
      );
      for (const used of [true, false])
        await t.db.sql(
          `insert into refresh_tokens (id, session_id, token_hash, created_at, used_at) values ($1, $2, $3, $4, $5)`,
          [uuidAt(at), id, newId(), new Date(at), used ? new Date(at) : null],
        );
      restore();
      return id;
    };
    const [gone, kept, recent] = [await session(61, false), await session(29, true), await session(1, false)];
    await t.db.sql(`insert into sign_in_throttles (key, count, window_until) values
      ('old', 1, now() - interval '2 hours'), ('new', 1, now())`);
    await t.db.sql(`update known_networks set seen_at = now() - interval '91 days' where user_id = $1`, [me.userId]);
    await t.db.sql(
      `insert into one_time_links (id, user_id, purpose, token_hash, created_at, expires_at) values
         ($1, $3, 'reset', 'old', now(), now() - interval '31 days'), ($2, $3, 'reset', 'new', now(), now())`,
      [newId(), newId(), me.userId],
    );
    await t.app.services.transact({ origin: 'system', actor: 'test' }, async (tx) =>
      tx.enqueue({ kind: 'prune', jobKey: 'prune' }),
    );
    await t.drain();
    const ids = (await t.db.sql<any>('select id from sessions where user_id = $1', [me.userId])).map((one) => one.id);
    expect(ids).toEqual(expect.arrayContaining([kept, recent]));
    expect(ids).not.toContain(gone);
    const tokens = await t.db.sql<any>(
      `select session_id as id, used_at is not null as used from refresh_tokens where session_id = any ($1::uuid[])`,
      [[kept, recent]],
    );
    expect(tokens).toHaveLength(3);
    expect(tokens.filter((one) => one.used).map((one) => one.id)).toEqual([recent]);
    expect(await t.db.sql(`select key from sign_in_throttles where key in ('old', 'new')`)).toEqual([{ key: 'new' }]);
    expect(await t.db.sql('select 1 from known_networks where user_id = $1', [me.userId])).toEqual([]);
    expect(await t.db.sql(`select token_hash as hash from one_time_links where user_id = $1`, [me.userId])).toEqual([
      { hash: 'new' },
    ]);
    expect(await t.db.sql(`select kind from schedules where name = 'prune'`)).toEqual([]);
    await t.app.scheduler?.start();
    await t.app.scheduler?.stop();
    expect(await t.db.sql(`select kind from schedules where name = 'prune'`)).toEqual([{ kind: 'prune' }]);
  });
});

/** A UUIDv7 of an instant, as newId makes it. */
function uuidAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-${newId().slice(14)}`;
}

describe('ids that are none', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp();
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const UNKNOWN = '01970000-0000-7000-8000-000000000000';
  const cases: string[][] = ['x', '', UNKNOWN, 'x'.repeat(10_000)].flatMap((id) => [
    ['revokeApiKey', `mutation($id: ID!) { revokeApiKey(id: $id) { ... on UserError { code field } } }`, id],
    ['revokeSession', `mutation($id: ID!) { revokeSession(id: $id) { ... on UserError { code field } } }`, id],
    [
      'createPasswordReset',
      `mutation($id: ID!) { createPasswordReset(userId: $id) { ... on UserError { code field } } }`,
      id,
    ],
    [
      'updateUser',
      `mutation($id: ID!) { updateUser(input: { id: $id, version: 1 }) { ... on UserError { code field } } }`,
      id,
    ],
  ]);
  test.each(cases)('%s answers a typed NotFound: %#', async (field = '', query = '', id = '') => {
    const answer = await owner.query<any>(query, { id });
    expect(answer.errors).toBeUndefined();
    expect(answer.data[field].code).toBe('NOT_FOUND');
  });

  test('sessions of somebody who cannot be there are not found either', async () => {
    for (const id of ['x', '']) {
      const answer = await owner.query('query($id: ID) { sessions(userId: $id) { nodes { id } } }', { id });
      expect(answer.errors?.[0]?.extensions['code']).toBe('NOT_FOUND');
    }
  });
});
