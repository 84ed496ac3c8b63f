import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { ZohoClient, ZohoFile } from '../../src/sync/zoho/zoho-client.js';
import { ZohoFailure, ZohoFileTooLarge, ZohoThrottled } from '../../src/sync/zoho/zoho-errors.js';
import { itemMapper } from '../../src/sync/entities/item.mapper.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const picture = (colour: string, format: 'jpeg' | 'png' | 'gif' = 'jpeg'): Promise<Buffer> =>
  sharp({ create: { width: 20, height: 10, channels: 3, background: colour } })
    .toFormat(format)
    .toBuffer();

test('an item says which image it has, that it has none, or nothing', () => {
  const imageOf = (change: object) => itemMapper.toSnapshot({ item_id: '1', ...change }).snapshot.image;
  expect(imageOf({ image_document_id: 'd1', image_name: 'a.jpg' })).toEqual({ sourceRef: 'd1', fileName: 'a.jpg' });
  expect(imageOf({ image_name: 'a.jpg' })).toEqual({ sourceRef: 'a.jpg', fileName: 'a.jpg' });
  expect(imageOf({ image_document_id: '', image_name: '' })).toBeNull();
  expect([imageOf({}), imageOf({ image_name: '' })]).toEqual([undefined, undefined]);
});

describe('images of items', () => {
  let t: TestApp;
  let owner: TestClient;
  const folder = mkdtempSync(path.join(tmpdir(), 'tsh-images-'));
  /** What the source answers for an item. */
  const files = new Map<string, () => Promise<ZohoFile>>();
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  beforeAll(async () => {
    t = await startTestApp({
      simulator: { items: 12 },
      change: (config) => ({ ...config, uploadsDir: folder }),
    });
    owner = await t.as('OWNER');
    const getFile: ZohoClient['getFile'] = async (file) => {
      const ref = String(file.split('/').at(-2));
      asked.push(ref);
      most = Math.max(most, (open += 1));
      try {
        await new Promise((resolve) => setImmediate(resolve));
        const answer = files.get(ref);
        if (!answer) throw new ZohoFailure(404, 1002, 'Item image does not exist.');
        return await answer();
      } finally {
        open -= 1;
      }
    };
    const { zoho } = t.app.services;
    t.app.services.zoho = Object.assign(Object.create(zoho) as ZohoClient, {
      getFile,
      inLane: () => t.app.services.zoho,
    });
  });
  afterAll(async () => {
    await t.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const answer = (body: Buffer, contentType = 'image/jpeg') => ({ body, contentType, fileName: null });
  const refs = () => t.simulator!.items().map(({ itemId }) => itemId);
  const name = async (ref: string, sourceRef: string | null) => {
    await t.db.sql(
      `delete from product_images where product_id = (select id from products where external_ref = $1) and $2::text is null`,
      [ref, sourceRef],
    );
    if (sourceRef === null) return;
    await t.db.sql(
      `with p as (select id from products where external_ref = $1), m as (
         update product_images i set source_ref = $2, next_fetch_at = null from p where i.product_id = p.id returning i.id)
       insert into product_images (id, product_id, source_ref) select gen_random_uuid(), p.id, $2 from p
       where not exists (select 1 from m)`,
      [ref, sourceRef],
    );
  };
  const fetchAll = async (): Promise<void> => {
    await t.app.services.transact({ origin: 'system', actor: 'test' }, (tx) => {
      tx.enqueue({ kind: 'item-images', jobKey: 'item-images' });
      return Promise.resolve();
    });
    for (let round = 0; round < 4; round += 1) {
      await t.drain();
      await t.db.sql(`update tds_sync_queue set run_at = now() where status = 'pending'`);
    }
  };
  const stored = async (ref: string): Promise<any> =>
    (
      await t.db.sql<any>(
        `select i.source_ref, i.fetched_ref, i.fetch_fault, i.file_hash, i.width, i.next_fetch_at from product_images i
         join products p on p.id = i.product_id where p.external_ref = $1`,
        [ref],
      )
    )[0];

  test('come ten at a time, are shown, and are not asked for again', async () => {
    await owner.query('mutation { startSyncRun(entity: ITEM, mode: FULL) { __typename } }');
    for (let round = 0; round < 4; round += 1) {
      await t.drain();
      await t.db.sql(`update tds_sync_queue set run_at = now() where status = 'pending'`);
    }
    await t.db.sql('delete from product_images');
    for (const ref of refs()) {
      await name(ref, `doc-${ref}`);
      files.set(ref, async () => answer(await picture('#123456')));
    }
    await fetchAll();
    expect([asked.length, most]).toEqual([12, 10]);
    const [first] = refs() as [string];
    expect(await stored(first)).toMatchObject({ fetched_ref: `doc-${first}`, fetch_fault: null, width: 20 });
    const { data } = await owner.query('{ products(first: 1) { nodes { images { url(width: 160) fetchFault } } } }');
    const [image] = data['products'].nodes[0].images;
    expect(image.fetchFault).toBeNull();
    const shown = await fetch(`${t.url}${image.url as string}`);
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/webp']);
    await fetchAll();
    expect(asked.length).toBe(12);
  });

  test('another image takes the place of the first when it has come, whatever the source calls it', async () => {
    const [one, two] = refs() as [string, string];
    const before = (await stored(one)).file_hash as string;
    await name(one, 'other-1');
    expect((await stored(one)).file_hash).toBe(before);
    files.set(one, async () => answer(await picture('#ff0000', 'png'), 'application/octet-stream'));
    await name(two, 'other-2');
    files.set(two, async () => answer(await picture('#00ff00', 'gif'), ''));
    await fetchAll();
    const after = await stored(one);
    expect(after).toMatchObject({ fetched_ref: 'other-1', fetch_fault: null });
    expect(after.file_hash).not.toBe(before);
    expect(await stored(two)).toMatchObject({ fetched_ref: 'other-2', fetch_fault: null });
  });

  test.each<[string, string, () => Promise<ZohoFile>]>([
    ['missing', 'missing', () => Promise.reject(new ZohoFailure(404, 1002, 'gone'))],
    ['too_large', 'too large', () => Promise.reject(new ZohoFileTooLarge(1))],
    ['not_an_image', 'no image', () => Promise.resolve(answer(Buffer.from('<html></html>'), 'text/html'))],
  ])('one that is %s is named so and not asked for again', async (fault, _why, source) => {
    const [, , three] = refs() as [string, string, string];
    await name(three, `bad-${fault}`);
    files.set(three, source);
    await fetchAll();
    expect(await stored(three)).toMatchObject({ fetch_fault: fault, file_hash: null, fetched_ref: `bad-${fault}` });
    const before = asked.length;
    await fetchAll();
    expect(asked.length).toBe(before);
  });

  test('a failure that may pass puts one image off, a limit of Zoho all of them', async () => {
    const [, , , four, five] = refs() as [string, string, string, string, string];
    await name(four, 'later');
    files.set(four, () => Promise.reject(new ZohoFailure(500, 1000, 'broken')));
    await fetchAll();
    expect((await stored(four)).next_fetch_at).not.toBeNull();
    await name(five, 'limited');
    let refused = 0;
    files.set(five, async () => {
      refused += 1;
      if (refused === 1) throw new ZohoThrottled(60_000, 'the minute is used up');
      return answer(await picture('#0000ff'));
    });
    await fetchAll();
    expect([refused, (await stored(five)).fetched_ref]).toEqual([2, 'limited']);
  });

  test('an item that the source says has none loses its own, and keeps what was uploaded here', async () => {
    const [item] = t.simulator!.items();
    const productId = (await t.db.sql<any>('select id from products where external_ref = $1', [item!.itemId]))[0].id;
    await t.db.sql(
      `insert into product_images (id, product_id, source_ref, file_hash) values (gen_random_uuid(), $1, 'sha256:aa', 'aa')`,
      [productId],
    );
    const { transact } = t.app.services;
    const { upsertProduct } = await import('../../src/catalog/reported-product.service.js');
    await transact({ origin: 'zoho', actor: 'test' }, (tx) =>
      upsertProduct(
        tx,
        { externalRef: item!.itemId, image: null },
        { categoryId: undefined, moveStock: () => Promise.resolve(false) },
        'parallel',
      ),
    );
    expect(await t.db.sql('select source_ref from product_images where product_id = $1', [productId])).toEqual([
      { source_ref: 'sha256:aa' },
    ]);
  });
});
