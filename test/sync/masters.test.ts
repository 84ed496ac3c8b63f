import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fixtureResource, type FixtureOptions } from '../../src/simulator/fixture-resource.js';
import type { Body, Resource } from '../../src/simulator/resource.js';
import { locationResource } from '../../src/simulator/resources/master-resources.js';
import { sendWebhook } from '../../src/simulator/webhooks.js';
import { adjustmentMapper } from '../../src/sync/entities/adjustment.mapper.js';
import { currencyMapper } from '../../src/sync/entities/currency.mapper.js';
import { priceListMapper } from '../../src/sync/entities/price-list.mapper.js';
import { taxMapper } from '../../src/sync/entities/tax.mapper.js';
import { userMapper } from '../../src/sync/entities/user.mapper.js';
import { startTestApp, TEST_SECRETS, type TestApp, type TestClient } from '../support/app.js';

const fixture = (name: string): any => JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8'));
const map = (mapper: { parse: any; toSnapshot: any }, body: object): any =>
  mapper.toSnapshot(mapper.parse({ ...body }).remote);

const dinar = { currency_id: '1', currency_code: 'IQD', is_base_currency: false, exchange_rate: 0.00076 };

describe('the mappers of masters', () => {
  test('a recorded tax is read, and odd ones are left out', () => {
    const [tax] = fixture('books-taxes-list').taxes;
    expect(map(taxMapper, tax)).toEqual({
      snapshot: { externalRef: '5270413000000035011', name: 'VAT 15', ratePercent: '15', active: true },
      warnings: [],
    });
    for (const [change, code] of [
      [{ tax_percentage: '' }, 'MISSING_VALUE'],
      [{ tax_percentage: 'none of it' }, 'ODD_VALUE'],
      [{ tax_percentage: 101 }, 'ODD_VALUE'],
      [{ tax_percentage: -1 }, 'ODD_VALUE'],
    ] as const) {
      const { snapshot, warnings } = map(taxMapper, { ...tax, ...change });
      expect([snapshot.ratePercent, warnings[0].code]).toEqual([undefined, code]);
    }
    expect(map(taxMapper, { ...tax, status: 'Inactive' }).snapshot.active).toBe(false);
    expect(() => taxMapper.parse({})).toThrow('tax_id');
  });

  test('recorded currencies in which the company does not trade say nothing', () => {
    for (const body of fixture('books-currencies-list').currencies) {
      expect(map(currencyMapper, body)).toEqual({
        snapshot: { externalRef: body.currency_id, currency: null, rate: undefined, effectiveOn: undefined },
        warnings: [],
      });
    }
    expect(() => currencyMapper.parse({})).toThrow('currency_id');
  });

  test.each<[string, object, object, unknown]>([
    [
      'rates in dinars are taken as they are',
      { currency_code: 'USD', exchange_rate: 1310, effective_date: '2026-01-05' },
      { ...dinar, is_base_currency: true, exchange_rate: 0 },
      ['USD', '1310', '2026-01-05'],
    ],
    [
      'rates in dollars are turned, and the later day counts',
      { currency_code: 'USD', is_base_currency: true, exchange_rate: 0, effective_date: '' },
      { ...dinar, effective_date: '2026-01-07' },
      ['USD', '1315.789474', '2026-01-07'],
    ],
    [
      'the ISO code of the yuan is the RMB',
      { currency_code: 'CNY', exchange_rate: '0.14', effective_date: '2026-01-08' },
      { ...dinar, effective_date: '2026-01-07' },
      ['RMB', '184.210526', '2026-01-08'],
    ],
    ['RMB is the RMB too', { currency_code: 'RMB', exchange_rate: 0.14 }, dinar, ['RMB', '184.210526', undefined]],
    ['no rate is no rate', { currency_code: 'USD', exchange_rate: 0 }, dinar, ['USD', undefined, undefined]],
    ['the dinar has none', { currency_code: 'IQD' }, dinar, [null, undefined, undefined]],
  ])('%s', (_name, body, dinarRow, expected) => {
    const { snapshot } = map(currencyMapper, { currency_id: '7', ...body, dinar: dinarRow });
    expect([snapshot.currency, snapshot.rate, snapshot.effectiveOn]).toEqual(expected);
  });

  test('a user is read from a row and from its record; without an address nobody is made', () => {
    const row = { user_id: 'u1', name: 'Sara Haddad', email: 'Sara@Example.com', status: 'active' };
    const expected = { externalRef: 'u1', name: 'Sara Haddad', email: 'sara@example.com', active: true };
    expect(map(userMapper, row)).toEqual({ snapshot: expected, warnings: [] });
    const { email, ...record } = row;
    expect(map(userMapper, { ...record, email_ids: [{ email, is_selected: true }] }).snapshot).toEqual(expected);
    expect(map(userMapper, { ...row, status: 'inactive' }).snapshot.active).toBe(false);
    expect(map(userMapper, { user_id: 'u2', email: 'nonsense' })).toMatchObject({
      snapshot: { email: undefined },
      warnings: [{ code: 'ODD_VALUE' }, { code: 'MISSING_VALUE' }],
    });
    expect(() => userMapper.parse({})).toThrow('user_id');
  });

  test('recorded price books: by percentage, by item and by quantity, in a currency that is not ours', () => {
    const [percentage, perItem, volume] = fixture('inventory-pricebooks-list').pricebooks;
    expect(map(priceListMapper, percentage)).toMatchObject({
      snapshot: { currency: null, percentage: { percent: '-10', rounding: 'no_rounding' }, prices: [] },
      warnings: [{ code: 'ODD_VALUE', field: 'currency_code' }],
      parents: [],
    });
    expect(map(priceListMapper, { ...perItem, currency_code: 'USD' })).toEqual({
      snapshot: {
        externalRef: '5270413000000066042',
        name: 'Project rates',
        currency: 'USD',
        isForSales: true,
        active: true,
        percentage: null,
        prices: [
          {
            itemRef: '5270413000000091003',
            tiers: [{ minQuantity: '1', amount: '112.95', discountPercent: '0' }],
          },
        ],
      },
      warnings: [],
      parents: [{ entity: 'products', remoteId: '5270413000000091003', optional: true }],
    });
    const tiers = [
      { minQuantity: '1', amount: '125.5', discountPercent: '0' },
      { minQuantity: '10', amount: '115', discountPercent: '0' },
    ];
    expect(map(priceListMapper, { ...volume, currency_code: 'USD' }).snapshot.prices[0].tiers).toEqual(tiers);
    const created = fixture('inventory-pricebook-create-response').pricebook;
    expect(map(priceListMapper, created)).toEqual(map(priceListMapper, perItem));
  });

  test.each<[string, object, unknown]>([
    ['a discount as text', { pricebook_rate: 5, pricebook_discount: '10%' }, [['1', '5', '10']]],
    ['a discount as a number', { pricebook_rate: 5, pricebook_discount: 10 }, [['1', '5', '10']]],
    ['the key of older webhooks', { rate: '1,250.50' }, [['1', '1250.5', '0']]],
    ['an odd price keeps the old one', { pricebook_rate: 'soon' }, null],
    ['a negative price keeps the old one', { pricebook_rate: -1 }, null],
    [
      'below the first bracket the own price holds',
      { pricebook_rate: 9, price_brackets: [{ minimum_quantity: 10, rate: 7 }] },
      [
        ['10', '7', '0'],
        ['1', '9', '0'],
      ],
    ],
    ['one odd bracket keeps them all', { pricebook_rate: 9, price_brackets: [{ start_quantity: 'x', rate: 7 }] }, null],
  ])('a price of a book: %s', (_name, item, expected) => {
    const body = { pricebook_id: '1', name: 'A', currency_code: 'USD', pricebook_items: [{ item_id: 'i', ...item }] };
    const { tiers } = map(priceListMapper, body).snapshot.prices[0];
    expect(tiers && tiers.map((tier: any) => [tier.minQuantity, tier.amount, tier.discountPercent])).toEqual(expected);
  });
});

/** A resource of the test's own bodies, which it changes and takes away. */
function changing({ list, ...options }: FixtureOptions & { list?: string }): { resource: Resource; gone: Set<string> } {
  const base = { ...fixtureResource(options), ...(list ? { list } : {}) } as Resource<any>;
  const gone = new Set<string>();
  const resource = {
    ...base,
    alive: () => base.alive().filter((record) => !gone.has(base.idOf(record))),
    find: (id: string) => (gone.has(id) ? undefined : base.find(id)),
    listRow: (record: any) => ({ ...record.body }),
  };
  return { resource: resource, gone };
}

test('a recorded adjustment is read with its lines, an odd one is refused', () => {
  const recorded = fixture('inventory-adjustment-detail').inventory_adjustment;
  expect(map(adjustmentMapper, recorded)).toEqual({
    snapshot: {
      externalRef: '5270413000000118220',
      kind: 'QUANTITY',
      status: 'adjusted',
      adjustedOn: '2025-02-28',
      reason: 'Stocktaking results',
      description: 'cycle count',
      reference: 'ERP-ADJ-77',
      locationRef: '5270413000000030055',
      value: '-240',
      lines: [
        {
          itemRef: '5270413000000091003',
          locationRef: '5270413000000030055',
          name: 'Copper Pipe 15mm',
          unit: 'pcs',
          quantity: '-3',
          value: '-240',
        },
      ],
    },
    warnings: [],
    parents: [
      { entity: 'locations', remoteId: '5270413000000030055', optional: true },
      { entity: 'products', remoteId: '5270413000000091003', optional: true },
    ],
  });
  const [row] = fixture('inventory-adjustments-list').inventory_adjustments;
  expect(map(adjustmentMapper, row).snapshot).toMatchObject({ lines: [], locationRef: null });
  expect(map(adjustmentMapper, { ...row, adjustment_type: 'value' }).snapshot.kind).toBe('VALUE');
  expect(() => map(adjustmentMapper, { ...row, date: '28/02/2025' })).toThrow('date');
  expect(() => adjustmentMapper.parse({})).toThrow('inventory_adjustment_id');
});

describe('masters of Zoho', () => {
  const tax: Body = { tax_id: 't1', tax_name: 'Import duty', tax_percentage: 5 };
  const ourTax: Body = { tax_id: 't2', tax_name: 'Sales Tax', tax_percentage: 15 };
  const dollar: Body = { currency_id: 'c2', currency_code: 'USD', exchange_rate: 1320, effective_date: '2026-01-05' };
  const base: Body = { currency_id: 'c1', currency_code: 'IQD', is_base_currency: true, exchange_rate: 0 };
  const riyal: Body = { currency_id: 'c3', currency_code: 'SAR', exchange_rate: 350, effective_date: '2026-01-05' };
  const seller: Body = { user_id: 'u1', name: 'Sara Haddad', email: 'sara@example.com', status: 'active' };
  const book: Body = {
    pricebook_id: 'p1',
    name: 'Wholesale A',
    currency_code: 'USD',
    pricebook_type: 'per_item',
    sales_or_purchase_type: 'sales',
    status: 'active',
    pricebook_items: [],
  };
  const lower: Body = {
    pricebook_id: 'p2',
    name: 'Ten percent off',
    currency_code: 'USD',
    pricebook_type: 'fixed_percentage',
    percentage: 10,
    is_increase: false,
    rounding_type: 'round_to_half_dollar',
    status: 'active',
  };
  const taxes = changing({
    name: 'settings/taxes',
    object: 'tax',
    id: 'tax_id',
    product: 'books',
    bodies: [tax, ourTax],
  });
  const currencies = changing({
    name: 'settings/currencies',
    object: 'currency',
    id: 'currency_id',
    product: 'books',
    bodies: [base, dollar, riyal],
  });
  const users = changing({ name: 'users', object: 'user', id: 'user_id', product: 'books', bodies: [seller] });
  const books = changing({
    name: 'pricebooks',
    object: 'pricebook',
    id: 'pricebook_id',
    product: 'books',
    bodies: [book, lower],
  });
  const adjustment: Body = {
    inventory_adjustment_id: 'a1',
    date: '2026-01-03',
    reason: 'Stocktaking results',
    reference_number: 'ADJ-7',
    adjustment_type: 'quantity',
    status: 'adjusted',
    line_items: [],
  };
  const adjustments = changing({
    name: 'inventoryadjustments',
    list: 'inventory_adjustments',
    object: 'inventory_adjustment',
    id: 'inventory_adjustment_id',
    product: 'inventory',
    bodies: [adjustment],
  });
  const locations = { ...locationResource() };
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    const resources = [taxes, currencies, users, books, adjustments].map(({ resource }) => resource);
    resources.push(locations);
    t = await startTestApp({ simulator: { items: 4, resources } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());
  beforeEach(() => t.drain());

  const load = async (entity: string, mode = 'FULL'): Promise<any> => {
    const { data } = await owner.query(
      `mutation($e: SyncEntity!, $m: SyncRunMode!) { startSyncRun(entity: $e, mode: $m) { ... on SyncRun { id } ... on UserError { message } } }`,
      { e: entity, m: mode },
    );
    const { id } = data['startSyncRun'];
    for (;;) {
      await t.drain();
      await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
      const answer = await owner.query(`query($id: ID!) { syncRun(id: $id) { status totalItems failedItems } }`, {
        id,
      });
      if (!['PENDING', 'IN_PROGRESS'].includes(answer.data['syncRun'].status)) return answer.data['syncRun'];
    }
  };
  const calls = (name: string): number => t.simulator!.calls().get(name) ?? 0;
  const webhook = (route: string, object: string, id: string, record: Body, event: 'edited' | 'deleted' = 'edited') =>
    sendWebhook(
      { url: t.url, secret: TEST_SECRETS.webhookSecret },
      { route, object, id, event, record },
      t.simulator!.switches,
    );
  const prices = async (ref: string): Promise<string[][]> =>
    (
      await t.db.sql<any>(
        `select p.external_ref as item, t.min_quantity::float8 as quantity, t.amount::float8 as amount,
           t.discount_percent::float8 as discount
         from prices t join price_lists l on l.id = t.price_list_id join products p on p.id = t.product_id
         where l.external_ref = $1 order by 1, 2`,
        [ref],
      )
    ).map((row) => [row.item, row.quantity, row.amount, row.discount]);

  test('taxes come by a run of one call, bind to ours, follow the source, and end with it', async () => {
    await owner.query(
      'mutation { createTax(input: { code: "SALES", name: "Sales tax", nameAr: "ضريبة", ratePercent: "15" }) { __typename } }',
    );
    expect(await load('TAX')).toEqual({ status: 'COMPLETED', totalItems: 2, failedItems: 0 });
    const read = async (): Promise<any[]> =>
      (
        await owner.query(
          '{ taxes(filter: { code: { ne: "NONE" } }) { nodes { id code name nameAr ratePercent active version externalRef sync { state } } } }',
        )
      ).data['taxes'].nodes;
    const all = await read();
    expect(all).toMatchObject([
      { code: 'SALES', nameAr: 'ضريبة', externalRef: 't2', sync: { state: 'linked' } },
      { code: 'ZT1', name: 'Import duty', ratePercent: '5', externalRef: 't1' },
    ]);
    expect(calls('books GET settings/taxes/:id')).toBe(0);
    const refused = await owner.query(
      'mutation($id: ID!) { updateTax(input: { id: $id, version: 1, ratePercent: "9" }) { ... on UserError { code } } }',
      { id: all[1].id },
    );
    expect(refused.data['updateTax']).toEqual({ code: 'FIELD_OWNED_ELSEWHERE' });
    tax['tax_percentage'] = 7.5;
    taxes.gone.add('t2');
    await load('TAX');
    expect(await read()).toMatchObject([
      { code: 'SALES', active: false },
      { ratePercent: '7.5', active: true },
    ]);
    taxes.gone.delete('t2');
    await webhook('taxes', 'tax', 'tax_id', { tax_id: 't2' });
    await t.drain();
    expect((await read())[0]).toMatchObject({ active: true });
  });

  test('rates come with the currencies, hold from their day, and are corrected', async () => {
    expect(await load('CURRENCY')).toMatchObject({ status: 'COMPLETED', totalItems: 3 });
    const rates = async (): Promise<any[]> =>
      (
        await owner.query(
          '{ exchangeRates(filter: { effectiveOn: { gte: "2026-01-01" } }) { nodes { currency rate effectiveOn sync { state } } } }',
        )
      ).data['exchangeRates'].nodes;
    const held = { currency: 'USD', rate: '1320', effectiveOn: '2026-01-05', sync: { state: 'linked' } };
    expect(await rates()).toEqual([held]);
    Object.assign(dollar, { exchange_rate: 1330, effective_date: '2026-01-09' });
    await load('CURRENCY', 'INCREMENTAL');
    expect(await rates()).toEqual([
      { ...held, rate: '1330', effectiveOn: '2026-01-09' },
      { ...held, sync: null },
    ]);
    const before = (await t.db.sql<any>('select count(*) as n from exchange_rates'))[0].n;
    await load('CURRENCY');
    expect((await t.db.sql<any>('select count(*) as n from exchange_rates'))[0].n).toBe(before);
  });

  test('a rate of closed books holds from the first open day', async () => {
    await t.db.sql(
      `insert into settings (key, value) values ('books_closed_until', to_jsonb('2026-01-31'::text))
       on conflict (key) do update set value = excluded.value`,
    );
    Object.assign(dollar, { exchange_rate: 1340, effective_date: '2026-01-20' });
    await load('CURRENCY');
    await t.db.sql(`delete from settings where key = 'books_closed_until'`);
    expect(await t.db.sql(`select rate::float8 as rate from exchange_rates where effective_on = '2026-02-01'`)).toEqual(
      [{ rate: 1340 }],
    );
  });

  test('a user becomes a salesperson who cannot sign in until somebody invites them', async () => {
    await load('USER');
    const row = async () => (await t.db.sql<any>(`select * from users where external_ref = 'u1'`))[0];
    expect(await row()).toMatchObject({
      role: 'SALESPERSON',
      password_hash: null,
      email_verified_at: null,
      active: true,
    });
    seller['name'] = 'Sara H.';
    seller['status'] = 'inactive';
    await load('USER');
    expect(await row()).toMatchObject({ name: 'Sara H.', active: false });
    const { data } = await owner.query(
      'mutation { inviteUser(email: "sara@example.com", name: "Sara Haddad", role: MANAGER) { __typename } }',
    );
    expect(data['inviteUser'].__typename).not.toMatch(/Error/);
    users.gone.add('u1');
    await load('USER');
    expect(await row()).toMatchObject({ name: 'Sara Haddad', role: 'MANAGER', active: true });
  });

  test('a price book brings the items that it needs, its tiers, and takes away what vanished', async () => {
    const [one, two, three] = t.simulator!.items().map(({ itemId }) => itemId) as [string, string, string];
    book['pricebook_items'] = [
      { item_id: one, pricebook_rate: 5.5, pricebook_discount: '' },
      {
        item_id: two,
        pricebook_rate: 0,
        price_brackets: [
          { start_quantity: 1, pricebook_rate: 4 },
          { start_quantity: 10, pricebook_rate: 3.5 },
        ],
      },
      { item_id: 'gone', pricebook_rate: 1 },
    ];
    await webhook('prices', 'pricebook', 'pricebook_id', { pricebook_id: 'p1' });
    for (let round = 0; round < 4; round += 1) {
      await t.drain();
      await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
    }
    const [list] = await t.db.sql<any>(`select * from price_lists where external_ref = 'p1'`);
    expect(list).toMatchObject({ code: 'wholesale_a', name: 'Wholesale A', currency: 'USD' });
    const first = [one, 1, 5.5, 0];
    expect(await prices('p1')).toEqual([first, [two, 1, 4, 0], [two, 10, 3.5, 0]].sort());
    const jobs = await t.db.sql<any>(`select warnings from tds_sync_queue where entity_type = 'prices'`);
    expect(JSON.stringify(jobs)).toContain('1 of 3 prices are of items that are not here: gone.');
    book['pricebook_items'] = [
      { item_id: two, pricebook_rate: 'soon' },
      { item_id: three, pricebook_rate: 8, pricebook_discount: '5%' },
    ];
    await webhook('prices', 'pricebook', 'pricebook_id', { pricebook_id: 'p1' });
    for (let round = 0; round < 4; round += 1) {
      await t.drain();
      await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
    }
    expect(await prices('p1')).toEqual(
      [
        [two, 1, 4, 0],
        [two, 10, 3.5, 0],
        [three, 1, 8, 5],
      ].sort(),
    );
    const { data } = await owner.query('{ priceHistory(first: 20) { nodes { origin } } }');
    expect(new Set(data['priceHistory'].nodes.map((node: any) => node.origin))).toEqual(new Set(['ZOHO']));
  });

  test('a list by percentage follows the base prices, is corrected, and ends with the source', async () => {
    const [item] = t.simulator!.items();
    await load('ITEM');
    t.simulator!.edit(item!.itemId, { rate: 20.3 });
    await load('ITEM');
    await load('PRICE_LIST');
    const priced = async () => (await prices('p2')).find(([ref]) => ref === item!.itemId);
    // 18.27, to the nearest half dollar.
    expect(await priced()).toEqual([item!.itemId, 1, 18.5, 0]);
    t.simulator!.edit(item!.itemId, { rate: 30 }, Date.now() + 2000);
    await load('ITEM');
    expect(await priced()).toEqual([item!.itemId, 1, 27, 0]);
    Object.assign(lower, { is_increase: true, percentage: 50, rounding_type: 'no_rounding' });
    await load('PRICE_LIST');
    expect(await priced()).toEqual([item!.itemId, 1, 45, 0]);
    const { data } = await owner.query('{ priceLists { nodes { externalRef basePercent sync { state } } } }');
    expect(data['priceLists'].nodes).toContainEqual({
      externalRef: 'p2',
      basePercent: '50',
      sync: { state: 'linked' },
    });
    books.gone.add('p2');
    await load('PRICE_LIST');
    expect(await t.db.sql(`select archived_at is null as alive from price_lists where external_ref = 'p2'`)).toEqual([
      { alive: false },
    ]);
  });

  test('an adjustment is kept as Zoho says it, moves nothing by itself, and has its items read again', async () => {
    const [item] = t.simulator!.items();
    await load('ITEM');
    adjustment['line_items'] = [
      { item_id: item!.itemId, name: item!.name, quantity_adjusted: -3, item_total: -12.5, unit: 'pcs' },
      { item_id: 'gone', name: 'A thing of the past', quantity_adjusted: '2' },
    ];
    t.simulator!.moveStock(item!.itemId, 0, -3);
    const onHand = async () =>
      (
        await t.db.sql<any>(
          `select sum(s.on_hand)::float8 as n from stock_levels s join products p on p.id = s.product_id where p.external_ref = $1`,
          [item!.itemId],
        )
      )[0].n as number;
    const before = await onHand();
    await webhook('stock', 'inventory_adjustment', 'inventory_adjustment_id', { inventory_adjustment_id: 'a1' });
    for (let round = 0; round < 4; round += 1) {
      await t.drain();
      await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
    }
    const read = async (): Promise<any> =>
      (
        await owner.query(
          '{ stockAdjustments { nodes { kind status adjustedOn reference goneAt sync { state } lines { name quantity product { externalRef } } } } }',
        )
      ).data['stockAdjustments'].nodes;
    expect(await read()).toEqual([
      {
        kind: 'QUANTITY',
        status: 'adjusted',
        adjustedOn: '2026-01-03',
        reference: 'ADJ-7',
        goneAt: null,
        sync: { state: 'linked' },
        lines: [
          { name: item!.name, quantity: '-3', product: { externalRef: item!.itemId } },
          { name: 'A thing of the past', quantity: '2', product: null },
        ],
      },
    ]);
    expect(await onHand()).toBe(before - 3);
    await load('STOCK');
    const fetches = calls('inventory GET inventoryadjustments/:id');
    await load('STOCK', 'INCREMENTAL');
    expect(calls('inventory GET inventoryadjustments/:id')).toBe(fetches);
    adjustment['status'] = 'void';
    await load('STOCK');
    expect(calls('inventory GET inventoryadjustments/:id')).toBe(fetches + 1);
    expect(await read()).toMatchObject([{ status: 'void', lines: [{}, {}] }]);
    adjustments.gone.add('a1');
    await load('STOCK');
    expect((await read())[0]).toMatchObject({ goneAt: expect.any(String), sync: { state: 'gone' } });
  });

  test('an organisation that was not moved to Locations answers its warehouses', async () => {
    const none = { alive: () => [], find: () => undefined };
    Object.assign(locations, none);
    expect(await load('LOCATION')).toMatchObject({ status: 'COMPLETED', totalItems: 3 });
  });
});
