import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { compactKeptCounts } from '../../src/platform/db/kept-count.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const UPSERT = `mutation($rows: [UpsertCustomerInput!]!, $policy: ErrorPolicy!, $key: ID!) {
  upsertCustomers(rows: $rows, errorPolicy: $policy, idempotencyKey: $key) {
    __typename
    ... on CustomersUpserted { replayed rows { index outcome id code field } }
    ... on UserError { code field }
  } }`;

describe('customers in bulk', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const upsert = async (rows: object[], policy: string, key: string = newId()): Promise<any> => {
    const answer = await owner.query<any>(UPSERT, { rows, policy, key });
    return answer.errors ?? answer.data.upsertCustomers;
  };
  const count = async (): Promise<number> =>
    (await owner.query<any>('{ customers { totalCount } }')).data.customers.totalCount;
  const outcomes = (answer: any): string[] => answer.rows.map((row: any) => row.outcome);

  test('rows are made, changed or left alone by their code, and a repetition answers the same', async () => {
    const key = newId();
    const rows = [
      { code: 'B-1', name: 'One', creditLimit: '1000' },
      { code: 'B-2', name: 'Two' },
    ];
    const first = await upsert(rows, 'IGNORE_FAILED', key);
    expect(outcomes(first)).toEqual(['CREATED', 'CREATED']);
    expect(await upsert(rows, 'IGNORE_FAILED', key)).toEqual({ ...first, replayed: true });
    expect(await upsert([{ code: 'B-3', name: 'x' }], 'IGNORE_FAILED', key)).toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
    const again = await upsert(
      [
        { code: 'B-1', name: 'One', phone: '1' },
        { code: 'B-2', name: 'Two' },
      ],
      'REJECT_EVERYTHING',
    );
    expect(outcomes(again)).toEqual(['UPDATED', 'UNCHANGED']);
    expect(await count()).toBe(2);
  });

  test('an invalid row fails alone, or takes all with it, as the policy says', async () => {
    const rows = [
      { code: 'C-1', name: 'Good' },
      { code: 'C-2', name: 'Odd', creditLimit: '0.5' },
      { code: 'C-3', name: 'Good too' },
      { code: 'small', name: 'Odd code' },
    ];
    const before = await count();
    const rejected = await upsert(rows, 'REJECT_EVERYTHING');
    expect(rejected.rows).toMatchObject([
      { index: 0, outcome: 'REJECTED', id: null },
      { index: 1, outcome: 'FAILED', code: 'BAD_INPUT', field: 'creditLimit' },
      { index: 2, outcome: 'REJECTED' },
      { index: 3, outcome: 'FAILED', field: 'code' },
    ]);
    expect(await count()).toBe(before);
    expect(outcomes(await upsert(rows, 'IGNORE_FAILED'))).toEqual(['CREATED', 'FAILED', 'CREATED', 'FAILED']);
    expect(await count()).toBe(before + 2);
  });

  test.each<[string, object[]]>([
    ['no rows', []],
    ['201 rows', Array.from({ length: 201 }, (_, index) => ({ code: `X${index}`, name: 'x' }))],
    [
      'a code twice',
      [
        { code: 'D-1', name: 'x' },
        { code: 'D-1', name: 'y' },
      ],
    ],
  ])('%s is refused', async (_name, rows) => {
    expect(await upsert(rows, 'IGNORE_FAILED')).toMatchObject({ code: 'BAD_INPUT', field: 'rows' });
  });

  test('the kept count is the counted one, while many write, archive and compact at once', async () => {
    const work = Array.from({ length: 60 }, async (_, index) => {
      const [row] = (await upsert([{ code: `K-${index}`, name: `K ${index}` }], 'REJECT_EVERYTHING')).rows;
      if (index % 3 === 0) {
        await owner.query(`mutation($id: ID!) { archiveCustomer(id: $id, version: 1) { __typename } }`, { id: row.id });
      }
      if (index % 7 === 0) await compactKeptCounts(t.app.services.db.read);
      if (index % 5 === 0) await upsert([{ code: `K-${index}`, name: '' }], 'REJECT_EVERYTHING');
    });
    await Promise.all(work);
    for (let round = 0; round < 2; round += 1) {
      const [real] = await t.db.sql<any>('select count(*)::int as n from customers where archived_at is null');
      expect(await count()).toBe(real.n);
      await Promise.all([compactKeptCounts(t.app.services.db.read), compactKeptCounts(t.app.services.db.read)]);
    }
    expect(await t.db.sql(`select 1 from kept_counts where name = 'customers.open'`)).toHaveLength(1);
    const filtered = await owner.query<any>('{ customers(filter: { code: { contains: "K-" } }) { totalCount } }');
    expect(filtered.data.customers.totalCount).toBe(40);
  });

  test('who comes second in a race is told so in words: one code, one address, one day', async () => {
    const race = async (mutation: string): Promise<string[]> => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => owner.query<any>(mutation)));
      expect(answers.flatMap((one) => one.errors ?? [])).toEqual([]);
      return answers.map((one) => Object.values<any>(one.data)[0].__typename).sort();
    };
    const once = (name: string): string[] => [...Array(19).fill('AlreadyExistsError'), name].sort();
    expect(await race('mutation { createCustomer(input: { name: "x", code: "RACE" }) { __typename } }')).toEqual(
      once('Customer'),
    );
    expect(await race('mutation { createCategory(input: { name: "Race" }) { __typename } }')).toEqual(once('Category'));
    expect(
      await race('mutation { createPriceList(input: { code: "race", name: "x", currency: "USD" }) { __typename } }'),
    ).toEqual(once('PriceList'));
    expect(
      await race('mutation { inviteUser(email: "race@test.example", name: "x", role: CASHIER) { __typename } }'),
    ).toEqual(once('OneTimeToken'));
    expect(await race('mutation { recordExchangeRate(currency: "USD", rate: "1310") { __typename } }')).toEqual(
      Array(20).fill('ExchangeRate'),
    );
    const nothing = await owner.query<any>(
      'mutation { createProduct(input: { name: "x", tags: null }) { __typename ... on UserError { field } } }',
    );
    expect(nothing.data.createProduct).toMatchObject({ __typename: 'InvalidInputError', field: 'tags' });
  });

  test('metadata is set by namespaced key, read beside the record, audited, and hidden from clients', async () => {
    const [row] = (await upsert([{ code: 'M-1', name: 'Meta' }], 'IGNORE_FAILED')).rows;
    const set = async (entries: object[]): Promise<any> =>
      (
        await owner.query<any>(
          `mutation($id: ID!, $e: [MetadataEntryInput!]!) { setCustomerMetadata(id: $id, entries: $e) {
             __typename ... on Customer { version metadata { key value } } ... on UserError { code field } } }`,
          { id: row.id, e: entries },
        )
      ).data.setCustomerMetadata;
    expect(
      await set([
        { key: 'shop.slug', value: 'meta' },
        { key: 'pos.id', value: '7' },
      ]),
    ).toMatchObject({
      version: 1,
      metadata: [
        { key: 'pos.id', value: '7' },
        { key: 'shop.slug', value: 'meta' },
      ],
    });
    expect((await set([{ key: 'pos.id' }])).metadata).toEqual([{ key: 'shop.slug', value: 'meta' }]);
    expect(await set([{ key: 'slug', value: 'x' }])).toMatchObject({ code: 'BAD_INPUT', field: 'entries.0.key' });
    expect(await set([{ key: 'a.b', value: 'x'.repeat(2001) }])).toMatchObject({ field: 'entries.0.value' });
    expect(await set(Array.from({ length: 50 }, (_, index) => ({ key: `n.k${index}`, value: 'x' })))).toMatchObject({
      code: 'BAD_INPUT',
      field: 'entries',
    });
    const audit = await owner.query<any>(
      'query($id: String!) { auditLog(filter: { entityId: { eq: $id } }) { nodes { changes } } }',
      { id: row.id },
    );
    expect(audit.data.auditLog.nodes[0].changes).toEqual({ 'metadata.pos.id': ['7', null] });
    const seller = await t.as('SALESPERSON');
    const refused = await seller.query(
      '{ customers { nodes { metadata { key } } } products { nodes { metadata { key } } } }',
    );
    expect(JSON.stringify(refused.data)).not.toContain('slug');
  });
});
