import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { normaliseText } from '../../src/kernel/normalise.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

describe('products', () => {
  let t: TestApp;
  let owner: TestClient;
  let consumer: TestClient;
  // Without those of the hub and the worker, which look at the log and write their row by themselves.
  const statements: string[] = [];
  beforeAll(async () => {
    t = await startTestApp({
      simulator: { items: 300 },
      onStatement: (text) => /event_|number_events|queue_workers/.test(text) || statements.push(text),
    });
    owner = await t.as('OWNER');
    consumer = await t.as('CONSUMER');
    await owner.query(`mutation { startSyncRun(entity: ITEM, mode: FULL) { __typename } }`);
    for (let round = 0; round < 4; round += 1) {
      await t.db.sql(`update tds_sync_queue set run_at = now() where status = 'pending'`);
      await t.drain();
    }
  });
  afterAll(() => t.stop());

  const LIST = `query($first: Int, $last: Int, $after: String, $before: String, $orderBy: ProductSort, $filter: ProductFilter, $search: String) {
    products(first: $first, last: $last, after: $after, before: $before, orderBy: $orderBy, filter: $filter, search: $search) {
      totalCount
      nodes { id name sku active basePrice { amount currency } stock { onHand } updatedAt }
      edges { cursor }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`;
  const list = async (variables: Record<string, unknown>, client = owner) => {
    const answer = await client.query<any>(LIST, variables);
    if (!answer.data?.products) throw new Error(JSON.stringify(answer.errors));
    return answer.data.products;
  };
  const refusal = async (variables: Record<string, unknown>) =>
    (await owner.query(LIST, variables)).errors?.[0]?.extensions;

  test.each(['NAME_ASC', 'NAME_DESC', 'PRICE_ASC', 'PRICE_DESC', 'UPDATED_DESC'])(
    '%s walks every product once, forwards and backwards',
    async (orderBy) => {
      const forward: string[] = [];
      let after: string | null = null;
      do {
        const page: any = await list({ first: 37, after, orderBy });
        forward.push(...page.nodes.map((one: any) => one.id));
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      } while (after);
      expect(forward.length).toBe(300);
      expect(new Set(forward).size).toBe(300);
      const backward: string[] = [];
      let before: string | null = null;
      do {
        const page: any = await list({ last: 41, before, orderBy });
        backward.unshift(...page.nodes.map((one: any) => one.id));
        before = page.pageInfo.hasPreviousPage ? page.pageInfo.startCursor : null;
      } while (before);
      expect(backward).toEqual(forward);
    },
  );

  test('pages are stable under inserts', async () => {
    const first = await list({ first: 10, orderBy: 'NAME_ASC' });
    await t.db.sql(
      `insert into products (id, name, search_text, created_at, updated_at) values (gen_random_uuid(), '!first of all', '', now(), now())`,
    );
    const second = await list({ first: 10, after: first.pageInfo.endCursor, orderBy: 'NAME_ASC' });
    await t.db.sql(`delete from products where name = '!first of all'`);
    const both = await list({ first: 20, orderBy: 'NAME_ASC' });
    expect([...first.nodes, ...second.nodes].map((one: any) => one.id)).toEqual(both.nodes.map((one: any) => one.id));
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a page of 1,000', { first: 1000 }, 'first'],
    ['a negative page', { first: -1 }, 'first'],
    ['first and last', { first: 1, last: 1 }, 'last'],
    ['a cursor that is no base64', { after: '%%%' }, 'after'],
    ['a cursor of nonsense', { after: Buffer.from('[1]').toString('base64url') }, 'after'],
    [
      'a cursor with SQL in it',
      { after: Buffer.from(`["NAME_ASC","x'; drop table products; --","1"]`).toString('base64url') },
      'after',
    ],
    [
      'a cursor of another order',
      { after: Buffer.from(`["PRICE_ASC","1","01a1fa90-4c7b-711e-973e-7193c36bccbe"]`).toString('base64url') },
      'after',
    ],
    [
      'a number that is none',
      {
        orderBy: 'PRICE_ASC',
        after: Buffer.from(`["PRICE_ASC","1e5","01a1fa90-4c7b-711e-973e-7193c36bccbe"]`).toString('base64url'),
      },
      'after',
    ],
    [
      'too deep a filter',
      { filter: { NOT: { NOT: { NOT: { NOT: { NOT: { NOT: { sku: { eq: 'x' } } } } } } } } },
      'filter',
    ],
    ['too many values', { filter: { sku: { in: Array.from({ length: 101 }, () => 'x') } } }, 'filter.sku.in'],
    ['too long a search', { search: 'x'.repeat(201) }, 'search'],
  ])('%s is refused by name', async (_name, variables, field) => {
    expect(await refusal(variables)).toMatchObject({ code: 'BAD_INPUT', field });
  });

  test('filters combine, and a search is normalised', async () => {
    const all = (await list({ first: 100 })).totalCount as number;
    const active = (await list({ first: 1, filter: { active: { eq: true } } })).totalCount as number;
    const inactive = (await list({ first: 1, filter: { NOT: { active: { eq: true } } } })).totalCount as number;
    expect(active + inactive).toBe(all);
    const cheap = await list({
      first: 100,
      filter: { AND: [{ basePrice: { gte: '1' } }, { basePrice: { lte: '5.5' } }] },
    });
    expect(
      cheap.nodes.every((one: any) => Number(one.basePrice.amount) >= 1 && Number(one.basePrice.amount) <= 5.5),
    ).toBe(true);
    const without = await list({ first: 1, filter: { sku: { isNull: true } } });
    expect(without.totalCount).toBeGreaterThan(100);
    const cables = await list({ first: 100, search: 'كابل' });
    expect(cables.totalCount).toBeGreaterThan(5);
    for (const spelling of ['كَابِل', 'کابل', 'كابـــل', '  كابل ']) {
      expect((await list({ first: 1, search: spelling })).totalCount).toBe(cables.totalCount);
    }
    expect((await list({ first: 1, search: '%' })).totalCount).toBe(0);
    expect((await list({ first: 1, search: `'; drop table products; --` })).totalCount).toBe(0);
  });

  test('any filter text is data, never SQL: it finds what a plain comparison finds', async () => {
    const stored = await t.db.sql<{ brand: string | null; text: string }>(
      'select brand, search_text as text from products',
    );
    const brands = stored.flatMap(({ brand }) => (brand === null ? [] : [brand]));
    const texts = fc.oneof(fc.string(), fc.constantFrom(...brands, "'", '%', '_', '\\\\', "' or true --"));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const clean = text.replaceAll('\u0000', '');
        const page = await list({
          first: 1,
          filter: { OR: [{ brand: { eq: clean } }, { name: { contains: clean } }] },
        });
        const wanted = normaliseText(clean);
        expect(page.totalCount).toBe(stored.filter((one) => one.brand === clean || one.text.includes(wanted)).length);
      }),
      { numRuns: 40 },
    );
  });

  test('100 products with category and sync status cost the same statements as one', async () => {
    const query = (first: number) =>
      `{ products(first: ${first}) { nodes { id name category { name } stock { onHand } images { sourceRef } sync { state syncedAt pendingEvents } } } }`;
    const count = async (first: number): Promise<number> => {
      // Twice before: the third is answered from compiled code like all that follow.
      for (let round = 0; round < 2; round += 1) await owner.query(query(first));
      statements.length = 0;
      const answer = await owner.query<any>(query(first));
      expect(answer.data.products.nodes.length).toBe(first);
      // Who asks is read again after a few seconds, which is no statement of the query.
      return statements.filter((text) => !/\b(sessions|customer_users)\b/.test(text)).length;
    };
    // The list with category, stock, images and sync states; the deliveries that wait.
    expect(await count(1)).toBe(2);
    expect(await count(100)).toBe(2);
  });

  test('compiled and ordinary execution answer the same, errors too', async () => {
    const documents: [string, Record<string, unknown>][] = [
      [LIST, { first: 3 }],
      [LIST, { first: 1000 }],
      [`{ me { name permissions } syncStats { pending byEntity { entityType } } }`, {}],
      [`query($id: ID!) { product(id: $id) { name cost { amount } } }`, { id: 'nonsense' }],
      [
        `query($if: Boolean!) { products(first: 2) { nodes { id name @include(if: $if) ...F } } } fragment F on Product { sku stock { onHand } }`,
        { if: false },
      ],
      [
        `{ a: products(first: 1) { nodes { x: name } } b: products(first: 1, orderBy: NAME_DESC) { nodes { x: name } } }`,
        {},
      ],
      [
        `{ categories(first: 5) { nodes { name productCount } } syncRuns(first: 1) { nodes { status mode } } deployments { nodes { id } } }`,
        {},
      ],
    ];
    for (const client of [owner, consumer]) {
      for (const [document, variables] of documents) {
        const answers = [];
        for (let round = 0; round < 3; round += 1) {
          const { data, errors } = await client.query(document, variables);
          answers.push(
            JSON.stringify({
              data,
              errors: errors?.map(({ message, extensions, path }) => ({ message, extensions, path })),
            }),
          );
        }
        expect(new Set(answers).size).toBe(1);
      }
    }
  });

  describe('what a viewer may see', () => {
    test('consumers see what is for sale, in stock and priced for them, on every path', async () => {
      await t.db.sql(
        `insert into prices (id, price_list_id, product_id, amount, updated_at)
         select gen_random_uuid(), l.id, p.id, 1500, now() from price_lists l, products p
         where l.code = 'consumer_iqd' and (('x' || right(p.external_ref, 2))::bit(8)::int % 2 = 0)`,
      );
      const [hidden] = await t.db.sql<any>('select id, name, category_id from products where not active limit 1');
      const all = await list({ first: 1 });
      const seen = await list({ first: 100 }, consumer);
      expect(seen.totalCount).toBeLessThan(all.totalCount);
      expect(seen.nodes.length).toBeGreaterThan(5);
      expect(seen.nodes.every((one: any) => one.active && Number(one.stock.onHand) > 0)).toBe(true);
      const priced = await consumer.query<any>(`{ products(first: 100) { nodes { price { amount currency } } } }`);
      expect(new Set(priced.data.products.nodes.map((one: any) => JSON.stringify(one.price)))).toEqual(
        new Set([JSON.stringify({ amount: '1500', currency: 'IQD' })]),
      );
      expect(
        (await consumer.query<any>(`query($id: ID!) { product(id: $id) { id } }`, { id: hidden.id })).data.product,
      ).toBeNull();
      expect((await list({ first: 5, search: hidden.name }, consumer)).nodes.map((one: any) => one.id)).not.toContain(
        hidden.id,
      );
      const counts = `{ categories(first: 100) { nodes { name productCount } } }`;
      const mine = (await consumer.query<any>(counts)).data.categories.nodes;
      const theirs = (await owner.query<any>(counts)).data.categories.nodes;
      const sum = (nodes: any[]) => nodes.reduce((total, one) => total + one.productCount, 0);
      expect(sum(mine)).toBeLessThan(sum(theirs));
    });

    test('cost is refused on every path to it', async () => {
      for (const role of ['CONSUMER', 'SALESPERSON', 'WHOLESALE_CLIENT', 'CASHIER'] as const) {
        const client = await t.as(role);
        for (const path of [
          'products(first: 1) { nodes { cost { amount } } }',
          'products(first: 1) { edges { node { c: cost { amount } } } }',
        ]) {
          for (let round = 0; round < 3; round += 1) {
            const answer = await client.query(`{ ${path} }`);
            expect(answer.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
            expect(JSON.stringify(answer.data)).not.toMatch(/amount/);
          }
        }
      }
      expect(
        (await owner.query<any>(`{ products(first: 1) { nodes { cost { amount } } } }`)).data.products.nodes[0].cost
          .amount,
      ).toMatch(/^\d/);
    });
  });

  describe('changing one', () => {
    const UPDATE = `mutation($input: UpdateProductInput!) { updateProduct(input: $input) {
      __typename
      ... on Product { id version nameAr reorderLevel name sync { state } }
      ... on UserError { code message field }
      ... on StaleVersionError { currentVersion }
      ... on FieldOwnedElsewhereError { phase fields { field owner } } } }`;
    const update = async (input: object, headers = {}) =>
      (await owner.query<any>(UPDATE, { input }, headers)).data.updateProduct;
    // One and the same through these tests.
    let chosen: string | null = null;
    const some = async () => {
      const [row] = await t.db.sql<any>(
        `select id, version, name from products
         where id = $1 or ($1::uuid is null and active and reorder_level is null and name_ar is not null) order by id limit 1`,
        [chosen],
      );
      chosen = row.id;
      return row;
    };

    test('what the ERP owns changes, with version, audit and event', async () => {
      const before = await some();
      const changed = await update({
        id: before.id,
        version: before.version,
        nameAr: 'اسم جديد',
        reorderLevel: '12.5',
      });
      expect(changed).toMatchObject({
        __typename: 'Product',
        nameAr: 'اسم جديد',
        reorderLevel: '12.5',
        version: before.version + 1,
        sync: { state: 'linked' },
      });
      const audit = await owner.query<any>(
        `query($id: String!) { auditLog(first: 1, filter: { entityId: { eq: $id } }) { nodes { actor origin action changes requestId } } }`,
        { id: before.id },
      );
      expect(audit.data.auditLog.nodes[0]).toMatchObject({
        actor: expect.stringMatching(/^user:/),
        origin: 'user',
        action: 'update',
        changes: expect.objectContaining({ nameAr: [expect.anything(), 'اسم جديد'], reorderLevel: [null, '12.5'] }),
      });
      expect((await list({ first: 5, search: 'اسم جديد' })).nodes.map((one: any) => one.id)).toContain(before.id);
    });

    test('equal values are no change', async () => {
      const before = await some();
      expect(await update({ id: before.id, version: before.version, reorderLevel: '12.500' })).toMatchObject({
        version: before.version,
      });
    });

    test("in the parallel phase Zoho's fields refuse, all or nothing, in Arabic too", async () => {
      const before = await some();
      const refused = await update({
        id: before.id,
        version: before.version,
        name: 'New',
        basePrice: '1.25',
        nameAr: 'لا',
      });
      expect(refused).toMatchObject({
        __typename: 'FieldOwnedElsewhereError',
        code: 'FIELD_OWNED_ELSEWHERE',
        phase: 'parallel',
        fields: expect.arrayContaining([
          { field: 'name', owner: 'ZOHO' },
          { field: 'basePrice', owner: 'ZOHO' },
        ]),
      });
      expect((await some()).version).toBe(before.version);
      expect(
        (await update({ id: before.id, version: before.version, name: 'New' }, { 'accept-language': 'ar' })).message,
      ).toMatch(/زوهو/);
    });

    test('in the full phase the ERP owns them', async () => {
      await t.db.sql(`update settings set value = '"full"' where key = 'sync_phase'`);
      const before = await some();
      expect(await update({ id: before.id, version: before.version, name: 'Renamed here' })).toMatchObject({
        name: 'Renamed here',
      });
      await t.db.sql(`update settings set value = '"parallel"' where key = 'sync_phase'`);
    });

    test('a stale version, a wrong id and a bad shape are typed answers', async () => {
      const before = await some();
      expect(await update({ id: before.id, version: before.version - 1, nameAr: 'x' })).toMatchObject({
        __typename: 'StaleVersionError',
        currentVersion: before.version,
      });
      expect(await update({ id: 'nonsense', version: 1 })).toMatchObject({ __typename: 'NotFoundError', field: 'id' });
      expect(await update({ id: before.id, version: before.version, reorderLevel: '-1' })).toMatchObject({
        __typename: 'InvalidInputError',
        field: 'reorderLevel',
      });
      expect(await update({ id: before.id, version: before.version, name: null })).toMatchObject({
        __typename: 'InvalidInputError',
        field: 'name',
      });
      // Text that no database can store is refused once, in front of every operation.
      for (const text of ['a\u0000b', 'a\ud800b']) {
        const refused = await owner.query(UPDATE, { input: { id: before.id, version: before.version, nameAr: text } });
        expect([refused.status, refused.errors?.[0]?.extensions]).toEqual([
          400,
          { code: 'BAD_INPUT', field: 'input.nameAr' },
        ]);
      }
      const float = await owner.query(UPDATE, { input: { id: before.id, version: 1, basePrice: 1.5 } });
      expect(float.errors?.[0]?.message).toMatch(/decimal number as text/);
    });

    test('of two editors at once one wins and the other is told', async () => {
      const before = await some();
      const answers = await Promise.all(
        ['أول', 'ثان', 'ثالث'].map((nameAr) => update({ id: before.id, version: before.version, nameAr })),
      );
      expect(answers.map((one) => one.__typename).sort()).toEqual([
        'Product',
        'StaleVersionError',
        'StaleVersionError',
      ]);
    });
  });
});
