import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

describe('images of products', () => {
  let t: TestApp;
  let owner: TestClient;
  let product: string;
  const uploads = mkdtempSync(path.join(tmpdir(), 'tsh-uploads-'));
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual', UPLOADS_DIR: uploads } });
    owner = await t.as('OWNER');
    const made = await owner.query<any>(
      'mutation { createProduct(input: { name: "Pictured" }) { ... on Product { id } } }',
    );
    product = made.data.createProduct.id;
  });
  afterAll(async () => {
    await t.stop();
    rmSync(uploads, { recursive: true, force: true });
  });

  const picture = (width: number, height: number, red = 200): Promise<Buffer> =>
    sharp({ create: { width, height, channels: 3, background: { r: red, g: 30, b: 30 } } })
      .withExif({ IFD0: { Copyright: 'somebody' } })
      .jpeg()
      .toBuffer();
  const upload = async (
    body: Buffer | string,
    options: { client?: TestClient; type?: string; id?: string } = {},
  ): Promise<{ status: number; body: any }> => {
    const { client = owner, type = 'image/jpeg', id = product } = options;
    const response = await fetch(`${t.url}/api/products/${id}/images?name=front.jpg`, {
      method: 'POST',
      headers: { 'content-type': type, ...(client.token ? { authorization: `Bearer ${client.token}` } : {}) },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    return { status: response.status, body: await response.json() };
  };
  const images = async (client = owner): Promise<any[]> =>
    (
      await client.query<any>(
        `query($id: ID!) { product(id: $id) { images { id fileName width height url small: url(width: 200) } } }`,
        { id: product },
      )
    ).data.product?.images ?? [];

  test('an upload is stored in its widths without the camera’s data, and shown by a signed link', async () => {
    const made = await upload(await picture(1600, 800));
    expect(made).toMatchObject({
      status: 201,
      body: { id: expect.any(String), url: expect.stringMatching(/^\/files\//) },
    });
    const [image] = await images();
    expect(image).toMatchObject({ id: made.body.id, fileName: 'front.jpg', width: 1600, height: 800 });
    const full = await fetch(`${t.url}${image.url}`);
    expect(full.headers.get('content-type')).toBe('image/webp');
    const bytes = Buffer.from(await full.arrayBuffer());
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 1600, height: 800 });
    expect((await sharp(bytes).metadata()).exif).toBeUndefined();
    const small = await fetch(`${t.url}${image.small}`);
    expect((await sharp(Buffer.from(await small.arrayBuffer())).metadata()).width).toBe(480);
  });

  test('the same bytes again are the same image', async () => {
    const bytes = await picture(300, 300, 10);
    const answers = await Promise.all([upload(bytes), upload(bytes), upload(bytes)]);
    expect(answers.map((one) => one.status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map((one) => one.body.id)).size).toBe(1);
  });

  test('a link is good for exactly its path and its time; without one the right to the product counts', async () => {
    const [image] = await images();
    const link = new URL(`${t.url}${image.url}`);
    const status = async (change: (url: URL) => void, token?: string | null): Promise<number> => {
      const url = new URL(link);
      change(url);
      return (await fetch(url, token ? { headers: { authorization: `Bearer ${token}` } } : {})).status;
    };
    expect(await status(() => undefined)).toBe(200);
    expect(await status((url) => url.searchParams.set('width', '160'))).toBe(401);
    expect(
      await status((url) => url.searchParams.set('until', String(Number(url.searchParams.get('until')) + 1))),
    ).toBe(401);
    expect(await status((url) => url.searchParams.delete('signature'))).toBe(401);
    const bare = (url: URL): void => void (url.search = '');
    expect(await status(bare, owner.token)).toBe(200);
    // A consumer does not see a product that is not in stock, so there is no such file either.
    expect(await status(bare, (await t.as('CONSUMER')).token)).toBe(404);
    expect(await status((url) => void (url.pathname = `/files/${product}`), owner.token)).toBe(404);
  });

  test.each<[string, () => Promise<{ status: number; body: any }>, number, string]>([
    ['text that calls itself an image', () => upload('<svg onload="alert(1)"/>'), 400, 'BAD_INPUT'],
    ['half an image', async () => upload((await picture(2000, 2000)).subarray(0, 600)), 400, 'BAD_INPUT'],
    ['nothing', () => upload(''), 400, 'BAD_INPUT'],
    ['another type', () => upload('x', { type: 'image/svg+xml' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['11 MB', () => upload(Buffer.alloc(11 * 1024 * 1024)), 413, 'BODY_TOO_LARGE'],
    ['an unknown product', async () => upload(await picture(10, 10), { id: 'nonsense' }), 404, 'NOT_FOUND'],
    ['a stranger', async () => upload(await picture(10, 10), { client: t.anonymous }), 401, 'UNAUTHENTICATED'],
    [
      'a salesperson',
      async () => upload(await picture(10, 10), { client: await t.as('SALESPERSON') }),
      403,
      'FORBIDDEN',
    ],
  ])('%s is refused', async (_name, run, status, code) => {
    const before = (await images()).length;
    expect(await run()).toMatchObject({ status, body: { code } });
    expect(await images()).toHaveLength(before);
  });

  test('a picture of too many pixels is refused without being unpacked', async () => {
    // 81 million pixels of one colour in a small file.
    const bomb = await sharp({
      create: { width: 9000, height: 9000, channels: 3, background: '#fff' },
      limitInputPixels: false,
    })
      .png({ compressionLevel: 9 })
      .toBuffer();
    expect(await upload(bomb, { type: 'image/png' })).toMatchObject({ status: 400, body: { code: 'BAD_INPUT' } });
  });

  test('one is taken away; what the source names stays', async () => {
    const remove = async (id: string): Promise<any> =>
      (
        await owner.query<any>(
          `mutation($id: ID!) { removeProductImage(id: $id) { __typename ... on UserError { code field } } }`,
          { id },
        )
      ).data.removeProductImage;
    const [image, ...rest] = await images();
    expect(await remove(image.id)).toEqual({ __typename: 'ProductImageRemoved' });
    expect(await remove(image.id)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await images()).toHaveLength(rest.length);
    expect((await fetch(`${t.url}${image.url}`)).status).toBe(401);
    const [named] = await t.db.sql<any>(
      `insert into product_images (id, product_id, source_ref) values (gen_random_uuid(), $1, '527') returning id`,
      [product],
    );
    expect(await remove(named.id)).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
    expect((await images()).find((one) => one.id === named.id)).toMatchObject({ url: null, width: null });
  });
});
