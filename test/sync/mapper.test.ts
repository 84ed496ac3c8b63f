import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { itemMapper } from '../../src/sync/entities/item.mapper.js';
import { readDelivery, parseEvent } from '../../src/sync/inbox/delivery.js';
import { signWebhook, verifyWebhook } from '../../src/sync/zoho/signature.js';
import { chooseBody } from '../../src/sync/choose-body.js';
import { registryOf } from '../../src/sync/entities/registry.js';
import { itemSync } from '../../src/sync/entities/item.handler.js';

const fixture = (name: string): any => JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8'));
const map = (item: Record<string, unknown>) => itemMapper.toSnapshot(itemMapper.parse(item).remote);

describe('recorded items', () => {
  test('the default webhook payload is whole and maps to a snapshot', () => {
    const { item } = fixture('webhook-default-payload-item');
    const parsed = itemMapper.parse(item);
    expect(parsed.whole).toBe(true);
    expect(parsed.modifiedAt?.toISOString()).toBe('2025-03-02T06:30:44.000Z');
    expect(itemMapper.toSnapshot(parsed.remote)).toEqual({
      warnings: [],
      snapshot: expect.objectContaining({
        externalRef: '5270413000000091003',
        name: 'Copper Pipe 15mm',
        sku: 'CP-15',
        unit: 'pcs',
        basePriceUsd: '125.5',
        costUsd: '80',
        reorderLevel: '10',
        active: true,
        stock: {
          onHand: '34',
          committed: '4',
          warehouses: [
            { externalRef: '5270413000000030001', name: 'Head Office', primary: true, onHand: '20' },
            { externalRef: '5270413000000030055', name: 'Jeddah DC', primary: false, onHand: '14' },
          ],
        },
        image: { sourceRef: '5270413000000050011', fileName: 'pipe.jpg' },
      }),
    });
  });

  test('Books has no stock and the bulk answer no times: both are partial', () => {
    expect(itemMapper.parse(fixture('books-item-detail').item).whole).toBe(false);
    expect(itemMapper.parse(fixture('inventory-itemdetails-bulk').items[0]).whole).toBe(false);
  });

  test('a list row completed by the bulk answer is whole, with locations and with warehouses', () => {
    const row = { ...fixture('inventory-items-list').items[0], ...fixture('inventory-itemdetails-bulk').items[0] };
    expect(itemMapper.parse(row).whole).toBe(true);
    expect(map(row).snapshot.stock?.onHand).toBe('34');
    expect(itemMapper.parse(fixture('inventory-item-detail-legacy-warehouses').item).whole).toBe(true);
  });
});

describe('odd items', () => {
  const base = fixture('webhook-default-payload-item').item as Record<string, unknown>;
  test.each<[string, Record<string, unknown>, string, unknown, string | null]>([
    ['an empty rate is no claim', { rate: '' }, 'basePriceUsd', undefined, 'MISSING_VALUE'],
    ['"None" is no claim', { rate: 'None' }, 'basePriceUsd', undefined, 'MISSING_VALUE'],
    ['a grouped number is read', { rate: '1,234.50' }, 'basePriceUsd', '1234.5', null],
    ['a percent is odd', { rate: '10%' }, 'basePriceUsd', undefined, 'ODD_VALUE'],
    ['a negative price is odd', { rate: -5 }, 'basePriceUsd', undefined, 'ODD_VALUE'],
    ['a true 0 stays 0', { rate: 0 }, 'basePriceUsd', '0', null],
    ['an empty reorder level is silent', { reorder_level: '' }, 'reorderLevel', undefined, null],
    [
      '"12.5" as text is a quantity',
      { stock_on_hand: '12.5', locations: undefined },
      'stock',
      { onHand: '12.5', committed: '4', warehouses: [] },
      null,
    ],
    [
      'an odd stock keeps the old one',
      { stock_on_hand: 'many', locations: undefined },
      'stock',
      { onHand: null, committed: '4', warehouses: [] },
      'ODD_VALUE',
    ],
    [
      'negative stock is kept and reported',
      { stock_on_hand: -3, locations: undefined },
      'stock',
      { onHand: '-3', committed: '4', warehouses: [] },
      'NEGATIVE_STOCK',
    ],
    [
      'warehouses that do not add up to the total are reported',
      { stock_on_hand: 35 },
      'stock',
      expect.objectContaining({ onHand: '35' }),
      'STOCK_MISMATCH',
    ],
    [
      'an invalid warehouse level is ignored',
      { locations: [{ location_id: '1', location_name: 'Shop', location_stock_on_hand: 'few' }] },
      'stock',
      expect.objectContaining({ warehouses: [{ externalRef: '1', name: 'Shop', primary: false, onHand: null }] }),
      'ODD_VALUE',
    ],
    ['a missing SKU is null', { sku: '' }, 'sku', null, null],
    ['an absent brand is no claim', { brand: undefined }, 'brand', undefined, null],
    ['an empty brand is empty', { brand: '' }, 'brand', null, null],
    ['an unknown status keeps the old one', { status: 'confirmation_pending' }, 'active', undefined, 'ODD_VALUE'],
    ['inactive is inactive', { status: 'inactive' }, 'active', false, null],
    [
      'an Arabic custom field is the Arabic name',
      { custom_fields: [{ label: 'الاسم العربي', value: 'أنبوب' }] },
      'nameAr',
      'أنبوب',
      null,
    ],
    ['a NUL is cut out', { name: 'a\u0000b' }, 'name', 'ab', null],
    ['a name of 500 characters is cut', { name: 'x'.repeat(500) }, 'name', 'x'.repeat(200), null],
  ])('%s', (_name, change, field, expected, code) => {
    const { snapshot, warnings } = map({ ...base, ...change });
    expect((snapshot as unknown as Record<string, unknown>)[field]).toEqual(expected);
    expect(warnings.map((warning) => warning.code)).toEqual(code === null ? [] : [code]);
  });

  test('an item without an id is refused', () => {
    expect(() => itemMapper.parse({ name: 'x' })).toThrow('item_id');
  });
});

describe('signatures', () => {
  const { secret, vectors } = fixture('webhook-signature-vectors') as {
    secret: string;
    vectors: {
      name: string;
      query: Record<string, string>;
      content_type: string;
      raw_body: string;
      x_zoho_webhook_signature_hex: string;
    }[];
  };
  const requestOf = (vector: (typeof vectors)[number]) => ({
    query: new URLSearchParams(vector.query),
    form: vector.content_type.startsWith('application/x-www') ? new URLSearchParams(vector.raw_body) : null,
    rawBody: Buffer.from(vector.raw_body),
  });

  test.each(vectors)('$name', (vector) => {
    const request = requestOf(vector);
    expect(signWebhook(secret, request)).toBe(vector.x_zoho_webhook_signature_hex);
    expect(verifyWebhook(vector.x_zoho_webhook_signature_hex, request, [secret], false)).toBe(true);
    expect(verifyWebhook(vector.x_zoho_webhook_signature_hex, request, ['other', secret], false)).toBe(true);
    expect(verifyWebhook(vector.x_zoho_webhook_signature_hex, request, ['other'], false)).toBe(false);
    const base64 = Buffer.from(vector.x_zoho_webhook_signature_hex, 'hex').toString('base64');
    expect(verifyWebhook(base64, request, [secret], true)).toBe(true);
    expect(verifyWebhook(base64, request, [secret], false)).toBe(false);
  });

  test('any bytes in the header are a plain no', () => {
    const request = requestOf(vectors[0] as never);
    for (const given of [undefined, '', 'ü'.repeat(64), '\u0000'.repeat(64), 'x'.repeat(100_000), '🙂'.repeat(16)]) {
      expect(verifyWebhook(given, request, [secret], true)).toBe(false);
    }
  });
});

describe('body shapes', () => {
  const shape = itemSync.remote;
  const record = '{"item_id":"123","last_modified_time":"2025-03-02T09:30:44+0300"}';
  test.each<[string, string | undefined, string]>([
    ['wrapped JSON', 'application/json', `{"item":${record}}`],
    ['data', 'application/json; charset=utf-8', `{"data":${record}}`],
    ['bare', 'application/json', record],
    ['raw text', 'text/plain', `{"item":${record}}`],
    ['no type', undefined, record],
    [
      'form JSONString',
      'application/x-www-form-urlencoded',
      new URLSearchParams({ JSONString: `{"item":${record}}` }).toString(),
    ],
    ['form pairs', 'application/x-www-form-urlencoded;charset=UTF-8', 'item_id=123&name=x'],
    ['JSON JSONString', 'application/json', JSON.stringify({ JSONString: record })],
    ['unquoted id', 'application/json', '{"item":{"item_id":123}}'],
  ])('%s holds the id', (_name, type, body) => {
    expect(readDelivery(shape, type, Buffer.from(body)).remoteId).toBe('123');
  });

  test('a 19-digit number keeps its digits', () => {
    expect(
      readDelivery(shape, 'application/json', Buffer.from('{"item":{"item_id":2646610000000001001}}')).remoteId,
    ).toBe('2646610000000001001');
  });

  test.each<[string, string | Buffer]>([
    ['empty', ''],
    ['no JSON', '{"item":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no id', '{"item":{"name":"x"}}'],
    ['an account id is no item id', '{"item":{"item_account_id":"1"}}'],
    ['an id with spaces', '{"item":{"item_id":"1 or 1=1"}}'],
    ['an object as id', '{"item":{"item_id":{}}}'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ])('%s is refused', (_name, body) => {
    expect(() => readDelivery(shape, 'application/json', Buffer.from(body as string))).toThrow();
  });

  test('unknown events are refused, none means changed', () => {
    expect(parseEvent(undefined)).toBe('changed');
    expect(parseEvent('Deleted')).toBe('deleted');
    expect(() => parseEvent('exploded')).toThrow('event');
    expect(() => parseEvent('listed')).toThrow('event');
  });
});

describe('choosing a body', () => {
  const open = (time: string | null, body = 'x', event = 'edited') =>
    ({ event, sourceModifiedAt: time ? new Date(time) : null, rawBody: Buffer.from(body) }) as never;
  const link = (time: string | null, gone = false) => ({ remoteModifiedAt: time ? new Date(time) : null, gone });

  test.each<[string, unknown[], ReturnType<typeof link> | null, string]>([
    ['nothing open: fetch', [], null, 'asked'],
    ['a delete: fetch', [open('2025-01-01T00:00:00Z'), open(null, 'x', 'deleted')], null, 'deleted'],
    ['no time: fetch', [open('2025-01-01T00:00:00Z'), open(null)], null, 'timeless'],
    [
      'two bodies of one second: fetch',
      [open('2025-01-01T00:00:00Z', 'a'), open('2025-01-01T00:00:00Z', 'b')],
      null,
      'tie',
    ],
    ['the same body twice: use', [open('2025-01-01T00:00:00Z', 'a'), open('2025-01-01T00:00:00Z', 'a')], null, 'use'],
    ['all older than the link: stale', [open('2025-01-01T00:00:00Z')], link('2025-02-01T00:00:00Z'), 'stale'],
    ['an edit after a deletion: fetch', [open('2025-03-01T00:00:00Z')], link('2025-02-01T00:00:00Z', true), 'gone'],
    [
      'a listed row of the time that is known: nothing new',
      [open('2025-02-01T00:00:00Z', 'row', 'listed')],
      link('2025-02-01T00:00:00Z'),
      'known',
    ],
    ['a webhook of the same time: use', [open('2025-02-01T00:00:00Z')], link('2025-02-01T00:00:00Z'), 'use'],
    [
      'a late one replaces no newer one',
      [open('2025-01-01T00:00:00Z', 'old'), open('2025-01-02T00:00:00Z', 'new')],
      link(null),
      'use',
    ],
  ])('%s', (_name, events, known, expected) => {
    const choice = chooseBody(events as never, known, { refetch: false, timeCoversAll: true });
    expect(choice.kind === 'fetch' ? choice.why : choice.kind).toBe(expected);
    if (choice.kind === 'use' && events.length === 2) {
      const times = (events as { sourceModifiedAt: Date }[]).map((one) => one.sourceModifiedAt.getTime());
      expect(choice.event.sourceModifiedAt?.getTime()).toBe(Math.max(...times));
    }
  });
});

test('a listed row of a known time is used all the same where more than the time can change', () => {
  const at = new Date('2025-02-01T00:00:00Z');
  const row = { event: 'listed', sourceModifiedAt: at, rawBody: Buffer.from('row') } as never;
  expect(chooseBody([row], { remoteModifiedAt: at, gone: false }, itemSync).kind).toBe('use');
});

test('the registry refuses duplicates, one route for two, and unknown needs', () => {
  expect(() => registryOf([itemSync, itemSync])).toThrow('Two handlers are named products');
  expect(() => registryOf([itemSync, { ...itemSync, name: 'things' }])).toThrow('webhook route products');
  expect(() => registryOf([{ ...itemSync, needs: ['customers'] }])).toThrow('needs customers');
});
