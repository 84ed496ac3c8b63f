import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { imageSweepJob } from '../../src/catalog/image-sweep.job.js';
import { imagePath } from '../../src/catalog/image-file.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const UPSERT = `mutation($rows: [UpsertProductInput!]!, $policy: ErrorPolicy!, $key: ID!) {
  upsertProducts(rows: $rows, errorPolicy: $policy, idempotencyKey: $key) {
    __typename
    ... on ProductsUpserted { replayed rows { index outcome id code field } }
    ... on UserError { code field }
  } }`;

describe('lists of products', () => {
  let t: TestApp;
  let owner: TestClient;
  let consumer: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    consumer = await t.as('CONSUMER');
  });
  afterAll(() => t.stop());

  const all = async (client: TestClient, args: string): Promise<any[]> => {
    const nodes: any[] = [];
    const list = /priceList: "\w+"/.exec(args)?.[0];
    let after: string | null = null;
    for (;;) {
      const answer: any = await client.query(
        `query($after: String) { products(first: 100, after: $after, ${args}) {
           nodes { id active featured createdAt price${list ? `(${list})` : ''} { amount currency } } pageInfo { hasNextPage endCursor } totalCount } }`,
        { after },
      );
      expect(answer.errors).toBeUndefined();
      const { products } = answer.data;
      nodes.push(...products.nodes);
      if (!products.pageInfo.hasNextPage) {
        expect(products.totalCount).toBe(nodes.length);
        expect(new Set(nodes.map((node) => node.id)).size).toBe(nodes.length);
        return nodes;
      }
      after = products.pageInfo.endCursor;
    }
  };
  const prices = (nodes: any[]): number[] => nodes.map((node) => Number(node.price?.amount ?? -1));

  test('a consumer orders by the own price, pages through it, and filters by its range', async () => {
    const nodes = await all(consumer, 'orderBy: PRICE_ASC');
    expect(nodes.length).toBeGreaterThan(100);
    expect(prices(nodes)).toEqual([...prices(nodes)].sort((a, b) => a - b));
    expect(new Set(nodes.map((node) => node.price.currency))).toEqual(new Set(['IQD']));
    const down = await all(consumer, 'orderBy: PRICE_DESC');
    expect(prices(down)).toEqual([...prices(nodes)].reverse());
    const inRange = await all(consumer, 'filter: { price: { gte: "5000", lte: "20000" } }');
    expect(inRange.map((node) => node.id).sort()).toEqual(
      nodes
        .filter((node) => Number(node.price.amount) >= 5000 && Number(node.price.amount) <= 20_000)
        .map((node) => node.id)
        .sort(),
    );
    expect(inRange.length).toBeGreaterThan(0);
  });

  test('staff order and filter by a named list, with the discount counted in', async () => {
    await t.db.sql(
      `update prices set discount_percent = 50 where price_list_id = (select id from price_lists where code = 'retailer')
         and product_id in (select id from products order by id limit 300)`,
    );
    const nodes = await all(owner, 'priceList: "retailer", orderBy: PRICE_DESC');
    expect(prices(nodes)).toEqual([...prices(nodes)].sort((a, b) => b - a));
    const cheap = await all(
      owner,
      'priceList: "retailer", filter: { NOT: { price: { gte: "3" } }, active: { eq: true } }',
    );
    const expected = nodes.filter((node) => node.active && !(Number(node.price?.amount ?? -1) >= 3));
    expect(cheap.map((node) => node.id).sort()).toEqual(expected.map((node) => node.id).sort());
    const noPrice = await all(owner, 'priceList: "retailer", filter: { price: { isNull: true } }');
    expect(noPrice.map((node) => node.price)).toEqual(noPrice.map(() => null));
    expect(noPrice.length).toBe(nodes.filter((node) => node.price === null).length);
  });

  test('newest, featured and popular come first, and low stock is found', async () => {
    await t.db.sql(
      `update products set featured = true where id in (select id from products order by md5(id::text) limit 5)`,
    );
    await t.db.sql(
      `update products set popularity = 7 where id in (select id from products order by md5(id::text) desc limit 3)`,
    );
    const first = async (args: string): Promise<any[]> =>
      (await owner.query<any>(`{ products(first: 6, ${args}) { nodes { id featured createdAt } } }`)).data.products
        .nodes;
    expect((await first('orderBy: FEATURED')).map((node) => node.featured)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
    const popular = await t.db.sql<any>('select id from products where popularity = 7 order by id desc');
    expect((await first('orderBy: POPULAR')).slice(0, 3).map((node) => node.id)).toEqual(popular.map((row) => row.id));
    const times = (await first('orderBy: NEWEST')).map((node) => node.createdAt);
    expect(times).toEqual([...times].sort().reverse());
    expect(await all(owner, 'filter: { featured: { eq: true } }')).toHaveLength(5);
    const [low] = await t.db.sql<any>(
      `select p.id from products p left join (select product_id, sum(on_hand - reserved) as free from stock_levels group by 1) s
         on s.product_id = p.id where coalesce(s.free, 0) < 3 order by p.id limit 1`,
    );
    await t.db.sql('update products set reorder_level = null');
    await t.db.sql('update products set reorder_level = 3 where id = $1', [low.id]);
    expect((await all(owner, 'filter: { isLow: { eq: true } }')).map((node) => node.id)).toEqual([low.id]);
  });

  describe('in bulk', () => {
    const upsert = async (rows: object[], policy = 'IGNORE_FAILED', key: string = newId()): Promise<any> => {
      const answer = await owner.query<any>(UPSERT, { rows, policy, key });
      return answer.errors ?? answer.data.upsertProducts;
    };

    test('rows are made, changed or left alone by their SKU, and a repetition answers the same', async () => {
      const key = newId();
      const rows = [
        { sku: 'BULK-1', name: 'One', basePrice: '4.50', tags: ['new'] },
        { sku: 'BULK-2', name: 'Two', featured: true },
      ];
      const made = await upsert(rows, 'REJECT_EVERYTHING', key);
      expect(made.rows.map((row: any) => row.outcome)).toEqual(['CREATED', 'CREATED']);
      expect(await upsert(rows, 'REJECT_EVERYTHING', key)).toEqual({ ...made, replayed: true });
      const again = await upsert([{ ...rows[0], brand: 'TP-Link' }, rows[1] as object]);
      expect(again.rows.map((row: any) => [row.outcome, row.id])).toEqual([
        ['UPDATED', made.rows[0].id],
        ['UNCHANGED', made.rows[1].id],
      ]);
    });

    test("Zoho's fields, a SKU of several, negative prices and no SKU fail alone, or take all with them", async () => {
      const [owned] = await t.db.sql<any>(
        `select sku, name from products where external_ref is not null and sku is not null order by id limit 1`,
      );
      await t.db.sql(
        `update products set sku = 'TWICE' where id in (select id from products where sku is null order by id limit 2)`,
      );
      const rows = [
        { sku: 'BULK-3', name: 'Three' },
        { sku: owned.sku, name: `${owned.name} by hand` },
        { sku: 'TWICE', name: 'x' },
        { sku: 'BULK-4', name: 'Four', basePrice: '-1' },
        { sku: ' ', name: 'Five' },
      ];
      const codes = [null, 'FIELD_OWNED_ELSEWHERE', 'BAD_INPUT', 'BAD_INPUT', 'BAD_INPUT'];
      const rejected = await upsert(rows, 'REJECT_EVERYTHING');
      expect(rejected.rows.map((row: any) => row.outcome)).toEqual([
        'REJECTED',
        'FAILED',
        'FAILED',
        'FAILED',
        'FAILED',
      ]);
      expect(await t.db.sql(`select 1 from products where sku = 'BULK-3'`)).toHaveLength(0);
      const alone = await upsert(rows);
      expect(alone.rows.map((row: any) => row.code)).toEqual(codes);
      expect(await t.db.sql(`select 1 from products where sku in ('BULK-3', 'BULK-4')`)).toHaveLength(1);
      expect(await upsert([rows[0] as object, rows[0] as object])).toMatchObject({ code: 'BAD_INPUT', field: 'rows' });
    });
  });

  test('files that no product names are swept after a day; what is named or young stays', async () => {
    const { services } = t.app;
    const [product] = await t.db.sql<any>('select id from products limit 1');
    const hashes = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];
    const folder = path.join(services.config.uploadsDir, 'images');
    const old = new Date(Date.now() - 2 * 86_400_000);
    for (const [index, hash] of hashes.entries()) {
      const file = imagePath(services.config.uploadsDir, hash, 160);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, 'x');
      if (index < 2) await utimes(file, old, old);
    }
    await t.db.sql(
      `insert into product_images (id, product_id, source_ref, file_hash) values (gen_random_uuid(), $1, $2, $3)`,
      [product.id, `sha256:${hashes[0]}`, hashes[0]],
    );
    await imageSweepJob(services).run({} as never);
    const left = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.webp'));
    expect(left.map((name) => path.basename(name)[0]).sort()).toEqual(['a', 'c']);
  });
});
