import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../../src/kernel/ids.js';
import { codeOfName, tierFor, unitPrice, type Tier } from '../../src/catalog/price-resolution.js';
import { upsertPriceList } from '../../src/catalog/price-list.service.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const SET = `mutation($list: ID!, $prices: [PriceInput!]!, $key: ID!) {
  setPrices(priceListId: $list, prices: $prices, idempotencyKey: $key) {
    __typename
    ... on PricesWritten { changed replayed }
    ... on UserError { code field message }
  } }`;

describe('price resolution', () => {
  test.each<[string, string | null]>([
    ['Wholesale A', 'wholesale_a'],
    ['TSH wholesale b (new)', 'wholesale_b'],
    ['Retailer', 'retailer'],
    ['Technical IQD', 'technical_iqd'],
    ['technical dinar', 'technical_iqd'],
    ['Technical USD', 'technical_usd'],
    ['Consumer', 'consumer_iqd'],
    ['Standard', 'consumer_iqd'],
    ['Cancel', null],
  ])('the list %s has the code %s', (name, code) => expect(codeOfName(name)).toBe(code));

  test.each<[string, string, 'IQD' | 'USD', string]>([
    ['1500', '0', 'IQD', '1500'],
    ['1500', '33.333', 'IQD', '1000'],
    ['0.25', '0', 'USD', '0.25'],
    ['9.99', '12.5', 'USD', '8.74'],
    ['10', '100', 'USD', '0.00'],
  ])('%s less %s%% in %s is %s', (amount, discountPercent, currency, expected) =>
    expect(unitPrice({ amount, discountPercent }, currency)).toBe(expected),
  );
});

describe('price lists', () => {
  let t: TestApp;
  let owner: TestClient;
  const lists = new Map<string, string>();
  let product: string;

  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    const answer = await owner.query<any>('{ priceLists { nodes { id code currency productCount } } }');
    for (const node of answer.data.priceLists.nodes) lists.set(node.code, node.id);
    product = (
      await owner.query<any>(
        `mutation { createProduct(input: { name: "Router", basePrice: "40" }) { ... on Product { id } } }`,
      )
    ).data.createProduct.id;
  });
  afterAll(() => t.stop());

  const set = async (code: string, prices: object[], key: string = newId()): Promise<any> => {
    const answer = await owner.query<any>(SET, { list: lists.get(code), prices, key });
    return answer.errors ?? answer.data.setPrices;
  };
  /** A client of a customer with this list. */
  const buyer = async (code: string): Promise<TestClient> => {
    const made = await owner.query<any>(
      `mutation($l: ID!) { createCustomer(input: { name: "Buyer", currency: "USD", priceListId: $l }) { ... on Customer { id } } }`,
      { l: lists.get(code) },
    );
    const client = await t.as('WHOLESALE_CLIENT');
    const me = (await client.query<any>('{ me { userId } }')).data.me.userId;
    await owner.query(`mutation($c: ID!, $u: ID!) { linkCustomerUser(customerId: $c, userId: $u) { __typename } }`, {
      c: made.data.createCustomer.id,
      u: me,
    });
    // The viewer is cached until the change has come round through the log.
    for (;;) {
      const seen = await client.query<any>('{ customers { nodes { id } } }');
      if (seen.data.customers.nodes.length === 1) return client;
    }
  };
  const priceFor = async (client: TestClient, quantity?: string): Promise<any> => {
    const field =
      quantity === undefined
        ? 'price { amount currency }'
        : `price: priceAt(quantity: "${quantity}") { amount currency }`;
    const answer = await client.query<any>(`query($id: ID!) { product(id: $id) { ${field} } }`, { id: product });
    return answer.data.product?.price ?? null;
  };

  test('the seven lists are there', () => {
    expect([...lists.keys()]).toEqual([
      'consumer_iqd',
      'custom',
      'retailer',
      'technical_iqd',
      'technical_usd',
      'wholesale_a',
      'wholesale_b',
    ]);
  });

  test('a client pays by the own list, by tier and discount; nothing else steps in', async () => {
    const a = await buyer('wholesale_a');
    const b = await buyer('wholesale_b');
    const written = await set('wholesale_a', [
      { productId: product, amount: '35', currency: 'USD' },
      { productId: product, amount: '30', currency: 'USD', minQuantity: '10' },
      { productId: product, amount: '30', currency: 'USD', minQuantity: '100', discountPercent: '12.5' },
    ]);
    expect(written).toEqual({ __typename: 'PricesWritten', changed: 3, replayed: false });
    expect(await priceFor(a)).toEqual({ amount: '35', currency: 'USD' });
    expect(await priceFor(a, '9.999')).toEqual({ amount: '35', currency: 'USD' });
    expect(await priceFor(a, '10')).toEqual({ amount: '30', currency: 'USD' });
    expect(await priceFor(a, '250')).toEqual({ amount: '26.25', currency: 'USD' });
    expect(await priceFor(b)).toBeNull();
    expect(await priceFor(await t.as('SALESPERSON'))).toBeNull();
    expect((await a.query<any>('{ priceLists { nodes { code } } }')).data.priceLists.nodes).toEqual([
      { code: 'wholesale_a' },
    ]);
    const refused = await a.query(`query($id: ID!) { product(id: $id) { prices { unitPrice { amount } } } }`, {
      id: product,
    });
    expect(refused.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    const shown = await owner.query<any>(
      `{ products(search: "router") { nodes { price(priceList: "wholesale_a") { amount } prices { minQuantity unitPrice { amount } priceList { code } } } } }`,
    );
    expect(shown.data.products.nodes).toEqual([
      {
        price: { amount: '35' },
        prices: [
          { minQuantity: '1', unitPrice: { amount: '35' }, priceList: { code: 'wholesale_a' } },
          { minQuantity: '10', unitPrice: { amount: '30' }, priceList: { code: 'wholesale_a' } },
          { minQuantity: '100', unitPrice: { amount: '26.25' }, priceList: { code: 'wholesale_a' } },
        ],
      },
    ]);
    expect(
      (await a.query(`{ products(priceList: "wholesale_b") { nodes { id } } }`)).errors?.[0]?.extensions['code'],
    ).toBe('FORBIDDEN');
  });

  test('who gets another list pays by it at once, over an open socket too; an archived customer pays by none', async () => {
    const client = await buyer('wholesale_a');
    await set('retailer', [{ productId: product, amount: '39', currency: 'USD' }]);
    const live = client.subscribe('subscription { entityChanged(types: ["product"]) { entityId } }');
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    const { id, version } = (await client.query<any>('{ customers { nodes { id version } } }')).data.customers.nodes[0];
    await owner.query(
      `mutation($id: ID!, $v: Int!, $l: ID!) { updateCustomer(input: { id: $id, version: $v, priceListId: $l }) { __typename } }`,
      { id, v: version, l: lists.get('retailer') },
    );
    // Its viewer was the old one.
    await live.ended;
    while ((await priceFor(client))?.amount !== '39') await new Promise((resolve) => setImmediate(resolve));
    await owner.query(`mutation($id: ID!, $v: Int!) { archiveCustomer(id: $id, version: $v) { __typename } }`, {
      id,
      v: version + 1,
    });
    while ((await priceFor(client)) !== null) await new Promise((resolve) => setImmediate(resolve));
    await set('retailer', [{ productId: product, amount: null, currency: 'USD' }]);
  });

  test('each change leaves its line in the history; equal prices leave none', async () => {
    const same = [{ productId: product, amount: '1250', currency: 'IQD' }];
    expect(await set('technical_iqd', same)).toMatchObject({ changed: 1 });
    expect(await set('technical_iqd', same)).toMatchObject({ changed: 0 });
    const key = newId();
    const gone = [{ productId: product, amount: null, currency: 'IQD' }];
    expect(await set('technical_iqd', gone, key)).toMatchObject({ changed: 1, replayed: false });
    expect(await set('technical_iqd', gone, key)).toMatchObject({ changed: 1, replayed: true });
    expect(await set('technical_iqd', same, key)).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    const answer = await owner.query<any>(
      `query($id: ID!) { priceHistory(productId: $id, first: 2) { nodes { before { amount } after { amount currency } priceList { code } actor } } }`,
      { id: product },
    );
    expect(answer.data.priceHistory.nodes).toMatchObject([
      { before: { amount: '1250' }, after: null, priceList: { code: 'technical_iqd' } },
      { before: null, after: { amount: '1250', currency: 'IQD' } },
    ]);
  });

  test('domain review 16: taking the price of a coming period away leaves that of today; without a day all of the tier goes', async () => {
    const price = (amount: string | null, effectiveFrom: string | null) => [
      { productId: product, amount, currency: 'USD', minQuantity: '7', ...(effectiveFrom ? { effectiveFrom } : {}) },
    ];
    const stored = async (): Promise<string[]> =>
      (
        await t.db.sql<any>(
          `select x.effective_from::text as day from prices x join price_lists l on l.id = x.price_list_id
           where l.code = 'retailer' and x.product_id = $1 and x.min_quantity = 7 order by 1`,
          [product],
        )
      ).map(({ day }) => day);
    await set('retailer', price('20', null));
    await set('retailer', price('21', '2098-01-01'));
    await set('retailer', price('22', '2099-01-01'));
    expect(await set('retailer', price(null, '2098-01-01'))).toMatchObject({ changed: 1 });
    expect(await stored()).toEqual(['2000-01-01', '2099-01-01']);
    expect(await set('retailer', price(null, '2097-01-01'))).toMatchObject({ changed: 0 });
    expect(await set('retailer', price(null, null))).toMatchObject({ changed: 2 });
    expect(await stored()).toEqual([]);
  });

  test.each<[string, string, object, string, string]>([
    [
      'a dollar price on a dinar list',
      'consumer_iqd',
      { amount: '1.00', currency: 'USD' },
      'BAD_INPUT',
      'prices.0.currency',
    ],
    ['a fraction of a dinar', 'consumer_iqd', { amount: '1.5', currency: 'IQD' }, 'BAD_INPUT', 'prices.0.amount'],
    ['a third decimal of a dollar', 'retailer', { amount: '1.555', currency: 'USD' }, 'BAD_INPUT', 'prices.0.amount'],
    ['a negative price', 'retailer', { amount: '-1', currency: 'USD' }, 'BAD_INPUT', 'prices.0.amount'],
    [
      'a quantity of 0',
      'retailer',
      { amount: '1', currency: 'USD', minQuantity: '0' },
      'BAD_INPUT',
      'prices.0.minQuantity',
    ],
    [
      'a discount of 101',
      'retailer',
      { amount: '1', currency: 'USD', discountPercent: '101' },
      'BAD_INPUT',
      'prices.0.discountPercent',
    ],
    [
      'an end before the beginning',
      'retailer',
      { amount: '1', currency: 'USD', effectiveFrom: '2026-02-01', effectiveTo: '2026-01-01' },
      'BAD_INPUT',
      'prices.0.effectiveTo',
    ],
    [
      'an unknown product',
      'retailer',
      { productId: newId(), amount: '1', currency: 'USD' },
      'NOT_FOUND',
      'prices.0.productId',
    ],
  ])('%s is refused by name, and nothing is set', async (_name, code, price, error, field) => {
    expect(await set(code, [{ productId: product, ...price }])).toMatchObject({ code: error, field });
    const [row] = await t.db.sql<any>('select count(*)::int as n from prices where price_list_id = $1', [
      lists.get(code),
    ]);
    expect(row.n).toBe(0);
  });

  test('a day that does not exist, a stale version and a taken code are typed answers', async () => {
    const odd = await owner.query(SET, {
      list: lists.get('retailer'),
      prices: [{ productId: product, amount: '1', currency: 'USD', effectiveFrom: '2026-02-30' }],
      key: newId(),
    });
    expect(odd.errors?.[0]?.extensions['code']).toBe('BAD_INPUT');
    const update = (version: number) =>
      owner.query<any>(
        `mutation($id: ID!, $v: Int!) { updatePriceList(input: { id: $id, version: $v, name: "Retail" }) { __typename ... on PriceList { code name version } ... on StaleVersionError { currentVersion } } }`,
        { id: lists.get('retailer'), v: version },
      );
    // Renamed, the code stays: it was bound once.
    expect((await update(1)).data.updatePriceList).toMatchObject({ code: 'retailer', name: 'Retail', version: 2 });
    expect((await update(1)).data.updatePriceList).toMatchObject({
      __typename: 'StaleVersionError',
      currentVersion: 2,
    });
    const taken = await owner.query<any>(
      `mutation { createPriceList(input: { code: "retailer", name: "X", currency: "USD" }) { __typename ... on UserError { code field } } }`,
    );
    expect(taken.data.createPriceList).toMatchObject({ code: 'ALREADY_EXISTS', field: 'code' });
  });

  test('a price book of Zoho is bound to its code once, and keeps it when it is renamed', async () => {
    const { transact } = t.app.services;
    const zoho = { origin: 'zoho', actor: 'zoho-sync' } as const;
    const claim = async (externalRef: string, name: string, currency: string): Promise<any> => {
      const { changed } = await transact(zoho, (tx) =>
        upsertPriceList(tx, { externalRef, name, currency, active: true }, 'gradual'),
      );
      const [row] = await t.db.sql<any>('select code, name, currency from price_lists where external_ref = $1', [
        externalRef,
      ]);
      return { ...row, changed };
    };
    expect(await claim('PB1', 'Wholesale B', 'USD')).toMatchObject({ code: 'wholesale_b', changed: true });
    expect(await claim('PB1', 'Wholesale B', 'USD')).toMatchObject({ code: 'wholesale_b', changed: false });
    expect(await claim('PB1', 'Retail of old', 'USD')).toMatchObject({ code: 'wholesale_b', name: 'Retail of old' });
    // Taken, of another currency, or without a meaning: a list of its own, never another one's code.
    const twins = await Promise.all([
      claim('PB2', 'Wholesale B', 'USD'),
      claim('PB3', 'Consumer', 'USD'),
      claim('PB4', 'Cancel', 'IQD'),
    ]);
    expect(twins.map((one) => one.code)).toEqual(['custom_pb2', 'custom_pb3', 'custom_pb4']);
    await expect(claim('PB1', 'Wholesale B', 'IQD')).rejects.toThrow('its prices cannot change to another currency');
  });

  test('the resolution equals a naive oracle over random tiers and days, in SQL and in code', async () => {
    const client = await buyer('technical_usd');
    const listId = lists.get('technical_usd') as string;
    const [{ today }] = (await t.db.sql<any>(
      `select to_char(now() at time zone 'Asia/Baghdad', 'YYYY-MM-DD') as today`,
    )) as [{ today: string }];
    const day = (offset: number): string =>
      new Date(Date.parse(`${today}T12:00:00Z`) + offset * 86_400_000).toISOString().slice(0, 10);
    const tier = fc.record({
      minQuantity: fc.constantFrom('1', '2.5', '10', '100'),
      from: fc.integer({ min: -5, max: 5 }),
      length: fc.option(fc.integer({ min: 0, max: 6 })),
      cents: fc.integer({ min: 0, max: 99_999 }),
      discountPercent: fc.constantFrom('0', '10', '12.5', '33.333'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(tier, { maxLength: 8, selector: (one) => `${one.minQuantity} ${one.from}` }),
        fc.constantFrom('1', '2', '2.5', '9.999', '10', '1000'),
        async (given, quantity) => {
          const tiers = given.map((one): Tier => ({
            minQuantity: one.minQuantity,
            effectiveFrom: day(one.from),
            effectiveTo: one.length === null ? null : day(one.from + one.length),
            amount: (one.cents / 100).toFixed(2),
            discountPercent: one.discountPercent,
          }));
          await t.db.sql('delete from prices where price_list_id = $1', [listId]);
          for (const one of tiers) {
            await t.db.sql(
              `insert into prices (id, price_list_id, product_id, min_quantity, effective_from, effective_to, amount, discount_percent, updated_at)
               values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, now())`,
              [listId, product, one.minQuantity, one.effectiveFrom, one.effectiveTo, one.amount, one.discountPercent],
            );
          }
          // The oracle sorts all that hold and takes the first.
          const oracle = (wanted: string) =>
            tiers
              .filter(
                (one) =>
                  Number(one.minQuantity) <= Number(wanted) &&
                  one.effectiveFrom <= today &&
                  (one.effectiveTo ?? '9999') >= today,
              )
              .sort(
                (x, y) => Number(y.minQuantity) - Number(x.minQuantity) || (x.effectiveFrom < y.effectiveFrom ? 1 : -1),
              )[0] ?? null;
          expect(tierFor(tiers, quantity, today)).toEqual(oracle(quantity));
          const amount = (one: Tier | null) => (one ? Number(unitPrice(one, 'USD')) : null);
          const number = (price: any) => (price ? Number(price.amount) : null);
          expect(number(await priceFor(client, quantity))).toBe(amount(oracle(quantity)));
          expect(number(await priceFor(client))).toBe(amount(oracle('1')));
        },
      ),
      { numRuns: 25 },
    );
  });
});
