import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { FAULTS, faultsOfMutation } from '../support/faults.js';

describe('a form of the catalogue learns all its faults at once', () => {
  let t: TestApp;
  let owner: TestClient;
  let product: string;
  let list: string;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'full' } });
    owner = await t.as('OWNER');
    const made = await owner.query<any>(
      `mutation { createProduct(input: { name: "Known", sku: "K-1", barcode: "111" }) { ... on Product { id } } }`,
    );
    product = made.data.createProduct.id;
    const lists = await owner.query<any>(`{ priceLists(filter: { code: { eq: "retailer" } }) { nodes { id } } }`);
    list = lists.data.priceLists.nodes[0].id;
  });
  afterAll(() => t.stop());

  const CREATE = `mutation($input: CreateProductInput!) { createProduct(input: $input) { ${FAULTS} } }`;
  const UPDATE = `mutation($input: UpdateProductInput!) { updateProduct(input: $input) { ${FAULTS} } }`;
  const SET = `mutation($list: ID!, $prices: [PriceInput!]!, $key: ID!) {
    setPrices(priceListId: $list, prices: $prices, idempotencyKey: $key) { ${FAULTS} } }`;

  test('a new product', async () => {
    const input = {
      name: ' ',
      sku: 'K-1',
      barcode: '111',
      categoryId: newId(),
      basePrice: '-1',
      reorderLevel: '-2',
      tags: ['good', ' ', 'x'.repeat(51)],
      featured: null,
    };
    expect(await faultsOfMutation(owner, CREATE, { input })).toEqual([
      'categoryId: NOT_FOUND',
      'featured: BAD_INPUT',
      'name: BAD_INPUT',
      'tags.1: BAD_INPUT',
      'tags.2: BAD_INPUT',
      'reorderLevel: BAD_INPUT',
      'basePrice: BAD_INPUT',
      'sku: ALREADY_EXISTS',
      'barcode: ALREADY_EXISTS',
    ]);
  });

  test('months of warranty are written, found by a filter, and never negative', async () => {
    const { data } = await owner.query<any>(
      `mutation { createProduct(input: { name: "Lasting", warrantyMonths: 24 }) { ... on Product { warrantyMonths } } }`,
    );
    expect(data.createProduct).toEqual({ warrantyMonths: 24 });
    const found = await owner.query<any>(
      `{ products(filter: { warrantyMonths: { gte: 12 } }) { nodes { name warrantyMonths } } }`,
    );
    expect(found.data.products.nodes).toEqual([{ name: 'Lasting', warrantyMonths: 24 }]);
    const input = { name: 'Short', warrantyMonths: -1 };
    expect(await faultsOfMutation(owner, CREATE, { input })).toEqual(['warrantyMonths: BAD_INPUT']);
  });

  test('a product is found by a scanned barcode, else by its SKU, and by a consumer only if it is for sale', async () => {
    const find = (code: string, client = owner) =>
      client.query<any>('query($code: String!) { productByCode(code: $code) { name } }', { code });
    await owner.query(`mutation { createProduct(input: { name: "Named by 111", sku: "111" }) { __typename } }`);
    expect((await find('111')).data.productByCode).toEqual({ name: 'Known' });
    expect((await find('K-1')).data.productByCode).toEqual({ name: 'Known' });
    expect((await find('11')).data.productByCode).toBeNull();
    expect((await find('K-1', await t.as('CONSUMER'))).data.productByCode).toBeNull();
  });

  test('a changed product', async () => {
    const other = await owner.query<any>(`mutation { createProduct(input: { name: "x" }) { ... on Product { id } } }`);
    const { id } = other.data.createProduct;
    const input = { id, version: 1, name: null, active: null, sku: 'K-1', description: 'x'.repeat(2001) };
    expect(await faultsOfMutation(owner, UPDATE, { input })).toEqual([
      'name: BAD_INPUT',
      'active: BAD_INPUT',
      'description: BAD_INPUT',
      'sku: ALREADY_EXISTS',
    ]);
  });

  test('a category', async () => {
    const mutation = `mutation($p: ID!) { createCategory(input: { name: "", parentId: $p }) { ${FAULTS} } }`;
    expect(await faultsOfMutation(owner, mutation, { p: newId() })).toEqual(['name: BAD_INPUT', 'parentId: NOT_FOUND']);
  });

  test('a price list', async () => {
    const create = `mutation { createPriceList(input: { code: "retailer", name: "", currency: "EUR", effectiveFrom: "2026-02-01", effectiveTo: "2026-01-01" }) { ${FAULTS} } }`;
    expect(await faultsOfMutation(owner, create)).toEqual([
      'code: ALREADY_EXISTS',
      'name: BAD_INPUT',
      'currency: BAD_INPUT',
      'effectiveTo: BAD_INPUT',
    ]);
    const update = `mutation($id: ID!) { updatePriceList(input: { id: $id, version: 1, name: null, active: null, effectiveFrom: "2026-02-01", effectiveTo: "2026-01-01" }) { ${FAULTS} } }`;
    expect(await faultsOfMutation(owner, update, { id: list })).toEqual([
      'name: BAD_INPUT',
      'active: BAD_INPUT',
      'effectiveTo: BAD_INPUT',
    ]);
  });

  test('prices, each under its path', async () => {
    const prices = [
      { productId: product, amount: '1', currency: 'USD' },
      { productId: newId(), amount: '1', currency: 'USD', minQuantity: '0', discountPercent: '101' },
      { productId: product, amount: '1', currency: 'IQD' },
      { productId: product, amount: '1.555', currency: 'USD', effectiveFrom: '2026-02-01', effectiveTo: '2026-01-01' },
    ];
    expect(await faultsOfMutation(owner, SET, { list, prices, key: newId() })).toEqual([
      'prices.1.productId: NOT_FOUND',
      'prices.1.minQuantity: BAD_INPUT',
      'prices.1.discountPercent: BAD_INPUT',
      'prices.2.currency: BAD_INPUT',
      'prices.3.amount: BAD_INPUT',
      'prices.3.effectiveTo: BAD_INPUT',
      'prices.2: BAD_INPUT',
    ]);
    const [row] = await t.db.sql<any>('select count(*)::int as n from prices where price_list_id = $1', [list]);
    expect(row.n).toBe(0);
  });

  test('a row of a bulk', async () => {
    const answer = await owner.query<any>(
      `mutation($rows: [UpsertProductInput!]!, $key: ID!) { upsertProducts(rows: $rows, errorPolicy: IGNORE_FAILED, idempotencyKey: $key) {
         ... on ProductsUpserted { rows { outcome code field } } } }`,
      {
        key: newId(),
        rows: [
          { sku: 'B-1', name: '', basePrice: '-1' },
          { sku: 'B-2', name: 'Good', featured: null },
          { sku: 'B-3', name: 'Good' },
        ],
      },
    );
    // What may not be null fails its row, and no longer the whole bulk.
    expect(answer.data.upsertProducts.rows).toEqual([
      { outcome: 'FAILED', code: 'BAD_INPUT', field: 'name' },
      { outcome: 'FAILED', code: 'BAD_INPUT', field: 'featured' },
      { outcome: 'CREATED', code: null, field: null },
    ]);
  });
});

describe('the codes of products', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'full' } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());
  const create = async (input: object): Promise<any> =>
    (
      await owner.query<any>(
        `mutation($input: CreateProductInput!) { createProduct(input: $input) { ... on Product { id version } ${FAULTS} } }`,
        { input },
      )
    ).data.createProduct;
  const update = async (input: object): Promise<any> =>
    (
      await owner.query<any>(
        `mutation($input: UpdateProductInput!) { updateProduct(input: $input) { ... on Product { id version } ${FAULTS} } }`,
        { input },
      )
    ).data.updateProduct;

  test.each(['sku', 'barcode'])(
    'domain review 24: a %s belongs to one product, whoever comes first and however many at once',
    async (field) => {
      const first = await create({ name: 'First', [field]: 'T-1' });
      expect(first.__typename).toBe('Product');
      expect(await create({ name: 'Second', [field]: 'T-1' })).toMatchObject({
        __typename: 'AlreadyExistsError',
        code: 'ALREADY_EXISTS',
        field,
        message: expect.stringContaining('First'),
      });
      const other = await create({ name: 'Other', [field]: 'T-2' });
      expect(await update({ id: other.id, version: 1, [field]: 'T-1' })).toMatchObject({
        code: 'ALREADY_EXISTS',
        field,
      });
      expect(await update({ id: other.id, version: 1, [field]: 'T-2', nameAr: 'آخر' })).toMatchObject({ version: 2 });
      const racers = await Promise.all(Array.from({ length: 10 }, () => create({ name: 'Racer', [field]: 'T-3' })));
      expect(racers.filter((one) => one.__typename === 'Product')).toHaveLength(1);
      expect(racers.filter((one) => one.__typename === 'AlreadyExistsError')).toHaveLength(9);
      const changers = await Promise.all(
        [first, other].map(({ id }, index) => update({ id, version: index + 1, [field]: 'T-4' })),
      );
      expect(changers.map((one) => one.__typename).sort()).toEqual(['AlreadyExistsError', 'Product']);
    },
  );

  test('products without them are as many as there are, and two bulks of one SKU make one product', async () => {
    for (const sku of [null, null, '', '']) expect((await create({ name: 'None', sku })).__typename).toBe('Product');
    const bulk = (): Promise<any> =>
      owner.query<any>(
        `mutation($key: ID!) { upsertProducts(rows: [{ sku: "BULK", name: "Bulk" }], errorPolicy: IGNORE_FAILED, idempotencyKey: $key) {
           ... on ProductsUpserted { rows { outcome } } } }`,
        { key: newId() },
      );
    const answers = await Promise.all(Array.from({ length: 6 }, bulk));
    const outcomes = answers.map((answer) => answer.data.upsertProducts.rows[0].outcome).sort();
    expect(outcomes).toEqual(['CREATED', ...Array<string>(5).fill('UNCHANGED')]);
  });

  test('domain review 25: what was never stocked is among what is not available', async () => {
    const never = await create({ name: 'Never stocked' });
    const found = async (filter: string): Promise<string[]> =>
      (await owner.query<any>(`{ products(first: 100, filter: ${filter}) { nodes { id } } }`)).data.products.nodes.map(
        (one: any) => one.id,
      );
    expect(await found('{ available: { lte: "0" } }')).toContain(never.id);
    expect(await found('{ available: { eq: "0" } }')).toContain(never.id);
    expect(await found('{ available: { gt: "0" } }')).not.toContain(never.id);
    expect(await found('{ onHand: { isNull: true } }')).toContain(never.id);
  });

  test('an archived category is found as soon as a filter speaks of archiving, at any depth', async () => {
    await owner.query('mutation { createCategory(input: { name: "Old" }) { __typename } }');
    const [{ id }] = (await t.db.sql<any>(`select id from categories where name = 'Old'`)) as [{ id: string }];
    await owner.query('mutation($id: ID!) { archiveCategory(id: $id, version: 1) { __typename } }', { id });
    const names = async (filter: string): Promise<string[]> =>
      (await owner.query<any>(`{ categories(filter: ${filter}) { nodes { name } } }`)).data.categories.nodes.map(
        (one: any) => one.name,
      );
    expect(await names('{ name: { eq: "Old" } }')).toEqual([]);
    expect(await names('{ archivedAt: { isNull: false } }')).toEqual(['Old']);
    expect(await names('{ OR: [{ archivedAt: { isNull: false } }] }')).toEqual(['Old']);
    expect(await names('{ NOT: { AND: [{ archivedAt: { isNull: true } }] } }')).toEqual(['Old']);
    expect(await names('{ OR: [] }')).toEqual([]);
  });

  test.each(['products', 'customers', 'vendors'])(
    'a search of 201 characters in %s is refused however it is sent',
    async (list) => {
      const long = 'x'.repeat(201);
      const spoken = `{ ${list}(search: "${long}") { nodes { id } } }`;
      const given = `query($s: String) { ${list}(search: $s) { nodes { id } } }`;
      // The third time it is answered by compiled code.
      for (let round = 0; round < 3; round += 1) {
        expect((await owner.query<any>(given, { s: 'x'.repeat(200) })).data[list].nodes).toEqual([]);
        for (const [document, variables] of [
          [spoken, {}],
          [given, { s: long }],
        ] as const) {
          const [error] = (await owner.query(document, variables)).errors ?? [];
          expect(error?.extensions).toMatchObject({ code: 'BAD_INPUT', field: 'search', limit: 200 });
          expect(error?.message).toContain('at most 200 characters');
        }
      }
    },
  );
});
