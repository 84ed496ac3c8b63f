import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const QUERY = `query($first: Int, $after: String, $search: String) {
  customers(first: $first, after: $after, search: $search) { totalCount nodes { code name } pageInfo { hasNextPage endCursor } } }`;
const START = `mutation($query: String!, $variables: JSONObject) { startExport(query: $query, variables: $variables) {
  __typename ... on Export { id status url } ... on UserError { code field message } } }`;
const ONE = `query($id: ID!) { export(id: $id) { status objectCount totalCount errorMessage connection } }`;

describe('exports', () => {
  let t: TestApp;
  let manager: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    manager = await t.as('MANAGER');
    await t.db.sql(
      `insert into customers (id, code, name, name_ar, search_text, created_at, updated_at)
       select gen_random_uuid(), 'E' || lpad(g::text, 5, '0'), 'محل ' || g, 'محل ' || g, 'محل', now(), now() from generate_series(1, 2350) g`,
    );
  });
  afterAll(() => t.stop());

  const start = async (client: TestClient, query = QUERY, variables: object = {}): Promise<any> => {
    const answer = await client.query<any>(START, { query, variables });
    return answer.errors?.[0]?.extensions ?? answer.data.startExport;
  };
  const one = async (client: TestClient, id: string): Promise<any> =>
    (await client.query<any>(ONE, { id })).data.export;
  const fetchFile = (client: TestClient, id: string): Promise<Response> =>
    fetch(`${t.url}/files/${id}`, { headers: { authorization: `Bearer ${client.token}` } });

  test('all pages are written, one node a line, in order and once, with progress that others do not see', async () => {
    const other = await t.as('MANAGER');
    const live = manager.subscribe<any>('subscription { entityChanged(types: ["export"]) { entityId type } }');
    const foreign = other.subscribe<any>('subscription { entityChanged(types: ["export"]) { entityId } }');
    while (t.app.services.hub.stats().subscriptions < 2) await new Promise((resolve) => setImmediate(resolve));
    const made = await start(manager);
    expect(made).toMatchObject({ status: 'PENDING', url: `/files/${made.id}` });
    await t.drain();
    expect(await one(manager, made.id)).toEqual({
      status: 'COMPLETED',
      objectCount: 2350,
      totalCount: 2350,
      errorMessage: null,
      connection: 'customers',
    });
    const response = await fetchFile(manager, made.id);
    expect(response.headers.get('content-type')).toMatch('application/jsonl');
    const lines = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const expected = await t.db.sql<any>('select code, name from customers order by name collate "C", id');
    expect(lines).toEqual(expected);
    // Created, three claims of ten pages.
    expect((await live.until(4)).map((frame) => frame.entityChanged.type)).toEqual([
      'created',
      'updated',
      'updated',
      'updated',
    ]);
    expect(foreign.received).toEqual([]);
    expect(await one(other, made.id)).toBeNull();
    expect((await fetchFile(other, made.id)).status).toBe(404);
    expect((await fetch(`${t.url}/files/${made.id}`)).status).toBe(401);
    expect((await fetchFile(manager, 'nonsense')).status).toBe(404);
    expect((await other.query<any>('{ exports { nodes { id } } }')).data.exports.nodes).toEqual([]);
  });

  test('a page that is read again after a crash is written once', async () => {
    const made = await start(manager);
    const { events } = t.app.services;
    const [before] = await t.db.sql<any>('select count(*)::int as n from tds_sync_attempts');
    // The first claim's commit fails as if the process had ended: nothing of it is there.
    await t.db.sql(
      `create function fail_once() returns trigger language plpgsql as $$ begin raise exception 'gone' using errcode = '40P01'; end $$`,
    );
    await t.db.sql('create trigger fail_once before insert on export_chunks for each row execute function fail_once()');
    await t.drain();
    expect(await one(manager, made.id)).toMatchObject({ status: 'PENDING', objectCount: 0 });
    await t.db.sql('drop trigger fail_once on export_chunks');
    await t.db.sql(`update tds_sync_queue set run_at = now() where kind = 'export' and status = 'pending'`);
    events.nudge();
    await t.drain();
    expect(await one(manager, made.id)).toMatchObject({ status: 'COMPLETED', objectCount: 2350 });
    expect((await (await fetchFile(manager, made.id)).text()).trim().split('\n')).toHaveLength(2350);
    const [after] = await t.db.sql<any>('select count(*)::int as n from tds_sync_attempts');
    expect(after.n).toBeGreaterThan(before.n);
  });

  test('rights that are taken away end it, and a filter holds on every page', async () => {
    const leaving = await t.as('ACCOUNTANT');
    const made = await start(leaving);
    const { userId } = (await leaving.query<any>('{ me { userId } }')).data.me;
    await t.db.sql(`update users set role = 'CONSUMER' where id = $1`, [userId]);
    await t.drain();
    const [row] = await t.db.sql<any>('select status, object_count, error_message from exports where id = $1', [
      made.id,
    ]);
    expect(row).toMatchObject({
      status: 'FAILED',
      object_count: 0,
      error_message: expect.stringMatching('permission'),
    });
    const some = await start(
      manager,
      QUERY.replace('search: $search', 'filter: { code: { in: ["E00001", "E00777"] } }').replace(
        ', $search: String',
        '',
      ),
    );
    await t.drain();
    expect(await one(manager, some.id)).toMatchObject({ status: 'COMPLETED', objectCount: 2, totalCount: 2 });
  });

  test('one that is cancelled stays as it is; again is a no-op, and of others it is not there', async () => {
    const made = await start(manager);
    const cancel = async (client: TestClient): Promise<any> =>
      (
        await client.query<any>(
          'mutation($id: ID!) { cancelExport(id: $id) { ... on Export { status } ... on UserError { code } } }',
          { id: made.id },
        )
      ).data.cancelExport;
    expect(await cancel(await t.as('MANAGER'))).toEqual({ code: 'NOT_FOUND' });
    expect(await cancel(manager)).toEqual({ status: 'CANCELLED' });
    expect(await cancel(manager)).toEqual({ status: 'CANCELLED' });
    await t.drain();
    expect(await one(manager, made.id)).toMatchObject({ status: 'CANCELLED', objectCount: 0 });
  });

  test('five at once, then one must wait', async () => {
    const busy = await t.as('MANAGER');
    for (let index = 0; index < 5; index += 1) expect(await start(busy)).toMatchObject({ __typename: 'Export' });
    expect(await start(busy)).toMatchObject({ code: 'THROTTLED' });
    await t.drain();
    expect(await start(busy)).toMatchObject({ __typename: 'Export' });
  });

  const page = 'nodes { code } pageInfo { hasNextPage endCursor }';
  test.each<[string, string]>([
    ['no query at all', 'nonsense {'],
    ['a mutation', 'mutation { signOut }'],
    [
      'a field that is not there',
      `query($first: Int, $after: String) { customers(first: $first, after: $after) { nodes { secret } pageInfo { hasNextPage endCursor } } }`,
    ],
    [
      'two fields',
      `query($first: Int, $after: String) { customers(first: $first, after: $after) { ${page} } me { name } }`,
    ],
    ['no connection', `query($first: Int, $after: String) { me { name } }`],
    ['an alias', `query($first: Int, $after: String) { c: customers(first: $first, after: $after) { ${page} } }`],
    ['a page of its own', `query($after: String) { customers(first: 5, after: $after) { ${page} } }`],
    [
      'no pageInfo',
      `query($first: Int, $after: String) { customers(first: $first, after: $after) { nodes { code } } }`,
    ],
    [
      'a renamed cursor',
      `query($first: Int, $after: String) { customers(first: $first, after: $after) { nodes { code } pageInfo { hasNextPage x: endCursor } } }`,
    ],
  ])('%s is refused', async (_name, query) => {
    const answer = await start(manager, query);
    expect(['BAD_INPUT', 'GRAPHQL_PARSE_FAILED']).toContain(answer.code);
  });

  test('a salesperson exports nothing', async () => {
    expect(await start(await t.as('SALESPERSON'))).toMatchObject({ code: 'FORBIDDEN' });
  });
});
