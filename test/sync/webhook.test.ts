import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { msg } from '../../src/kernel/message.js';
import { inventoryDetail } from '../../src/simulator/item-body.js';
import { generateItems, type SimulatedItem } from '../../src/simulator/company.js';
import { DEFAULT_SWITCHES } from '../../src/simulator/switches.js';
import { sign } from '../../src/simulator/webhooks.js';
import { sqlClient } from '../support/database.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/app.js';

const SECRET = TEST_SECRETS.webhookSecret;
const items = generateItems(40);
let counter = 0;

/** A body that no other test has sent. */
function freshBody(change: Partial<SimulatedItem> = {}): string {
  counter += 1;
  const item = {
    ...(items[counter % items.length] as SimulatedItem),
    modifiedMs: Date.UTC(2026, 1, 1) + counter * 1000,
    ...change,
  };
  return JSON.stringify({ item: inventoryDetail(item, DEFAULT_SWITCHES) });
}

interface Post {
  path?: string;
  query?: string;
  body?: string | Buffer;
  signature?: string | null;
  signedBody?: string;
  headers?: Record<string, string>;
}

describe('the webhook door', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({
      simulator: { items: 40 },
      settings: { ZOHO_WEBHOOK_SECRET: SECRET, ZOHO_WEBHOOK_SECRET_PREVIOUS: 'PreviousSecret1' },
    });
  });
  afterAll(() => t.stop());

  const post = async ({
    path = 'products',
    query = 'event=edited',
    body = freshBody(),
    signature,
    signedBody,
    headers = {},
  }: Post) => {
    const type = headers['Content-Type'] ?? 'application/json';
    const text = signedBody ?? body.toString();
    const form = type.startsWith('application/x-www-form') ? new URLSearchParams(text) : null;
    const given = signature === undefined ? sign(SECRET, new URLSearchParams(query), form, text, 'hex') : signature;
    const response = await fetch(`${t.url}/api/zoho/webhooks/${path}${query ? `?${query}` : ''}`, {
      method: 'POST',
      body: body as never,
      headers: { 'Content-Type': type, ...(given === null ? {} : { 'X-Zoho-Webhook-Signature': given }), ...headers },
    });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };
  const inboxCount = async (): Promise<number> =>
    Number((await t.db.sql<{ n: string }>('select count(*) as n from tds_inbox_events'))[0]?.n);

  test('answers 202 after the row is stored and its pull is queued', async () => {
    const body = freshBody();
    const { status, body: answer } = await post({ body });
    expect([status, answer['status']]).toEqual([202, 'accepted']);
    const [row] = await t.db.sql<any>('select * from tds_inbox_events where event_id = $1', [answer['event_id']]);
    expect(row.raw_payload.toString()).toBe(body);
    expect(row).toMatchObject({ status: 'pending', source_type: 'webhook', event_type: 'edited' });
    const [queued] = await t.db.sql<any>('select * from tds_sync_queue where inbox_event_id = $1', [row.id]);
    expect(queued).toMatchObject({
      status: 'pending',
      kind: 'pull',
      entity_type: 'products',
      zoho_entity_id: row.entity_id,
    });
  });

  test('a delivery whose job a lost worker holds is kept when the lock ends, and holds up no other', async () => {
    const [first, second] = [freshBody(), freshBody()];
    const { body: answer } = await post({ body: first });
    const later = JSON.parse(first) as { item: { last_modified_time: string } };
    later.item.last_modified_time = '2026-11-01T10:00:00+0300';
    const row = `select q.id from tds_sync_queue q join tds_inbox_events e on e.id = q.inbox_event_id where e.event_id = $1`;
    await sqlClient(t.db.url, async (lost) => {
      await lost.query('begin');
      await lost.query(`${row} for update of q`, [answer['event_id']]);
      const kept = post({ body: JSON.stringify(later) });
      while ((await t.db.sql(`select 1 from pg_locks where not granted`)).length === 0);
      // It comes while the first wait for the lock lasts, and is stored when that ends.
      expect((await post({ body: second })).status).toBe(202);
      await lost.query('rollback');
      expect((await kept).status).toBe(202);
    });
  });

  test('the same delivery again is a duplicate: counted, not stored, not queued', async () => {
    const body = freshBody();
    const first = await post({ body });
    await t.drain();
    const second = await post({ body });
    expect(second).toEqual({ status: 202, body: { event_id: first.body['event_id'], status: 'duplicate' } });
    const [row] = await t.db.sql<any>('select duplicate_count, status from tds_inbox_events where event_id = $1', [
      first.body['event_id'],
    ]);
    expect(row).toEqual({ duplicate_count: 1, status: 'completed' });
    expect(await t.db.sql(`select 1 from tds_sync_queue where status = 'pending'`)).toEqual([]);
  });

  test('100 equal webhooks at once make one row and one effect', async () => {
    const item = { ...(items[3] as SimulatedItem), rate: 4321.5, modifiedMs: Date.UTC(2026, 5, 1) };
    const body = freshBody(item);
    const answers = await Promise.all(Array.from({ length: 100 }, () => post({ body })));
    expect(answers.map((one) => one.status)).toEqual(Array.from({ length: 100 }, () => 202));
    expect(answers.filter((one) => one.body['status'] === 'accepted').length).toBe(1);
    expect(new Set(answers.map((one) => one.body['event_id'])).size).toBe(1);
    const [row] = await t.db.sql<any>('select duplicate_count from tds_inbox_events where event_id = $1', [
      answers[0]?.body['event_id'],
    ]);
    expect(row.duplicate_count).toBe(99);
    await t.drain();
    const effects = await t.db.sql(`select 1 from audit_log where changes -> 'basePriceUsd' ->> 1 = '4321.5'`);
    expect(effects.length).toBe(1);
  });

  test('many at once share commits, and a bad one among them falls alone', async () => {
    const before = await inboxCount();
    const bodies = Array.from({ length: 60 }, () => freshBody());
    // A NUL in the content type is refused by Postgres in a text column; the others of its batch must not notice.
    const writes = bodies.map((body, index) =>
      t.app.services.inbox.write({
        eventId: `batch-${index}`,
        sourceType: 'webhook',
        entityType: 'products',
        remoteId: index === 30 ? 'bad\u0000id' : `batch${index}`,
        event: 'edited',
        rawBody: Buffer.from(body),
        contentType: 'application/json',
        headers: null,
        sourceModifiedAt: new Date(Date.UTC(2026, 0, 1)),
        runId: null,
        priority: 3,
        invalid: null,
      }),
    );
    const results = await Promise.allSettled(writes);
    expect(results.map((one) => one.status).filter((one) => one === 'rejected').length).toBe(1);
    expect(await inboxCount()).toBe(before + 59);
    await t.db.sql(`delete from tds_sync_queue where zoho_entity_id like 'batch%'`);
    await t.db.sql(`delete from tds_inbox_events where event_id like 'batch-%'`);
  });

  test('a body without its own time is counted and queued each time, or later changes would be lost', async () => {
    const body = 'item_id=' + (items[5] as SimulatedItem).itemId;
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect((await post({ body, headers })).body['status']).toBe('accepted');
    await t.drain();
    const again = await post({ body, headers });
    expect(again.body['status']).toBe('duplicate');
    const open = await t.db.sql<any>(`select status, duplicate_count from tds_inbox_events where event_id = $1`, [
      again.body['event_id'],
    ]);
    expect(open).toEqual([{ status: 'pending', duplicate_count: 1 }]);
    expect((await t.db.sql(`select 1 from tds_sync_queue where status = 'pending'`)).length).toBe(1);
    await t.drain();
  });

  test.each<[string, Post, number, string]>([
    ['a wrong signature', { signature: 'a'.repeat(64) }, 401, 'BAD_SIGNATURE'],
    ['no signature', { signature: null }, 401, 'BAD_SIGNATURE'],
    ['64 bytes that are no ASCII', { signature: 'ü'.repeat(64) }, 401, 'BAD_SIGNATURE'],
    [
      'a base64 signature while the setting is off',
      { signature: Buffer.alloc(32, 7).toString('base64') },
      401,
      'BAD_SIGNATURE',
    ],
    ['a tampered body', { signedBody: '{"item":{}}' }, 401, 'BAD_SIGNATURE'],
    ['no JSON', { body: '{"item":' }, 400, 'BAD_INPUT'],
    ['an unknown shape', { body: '{"hello":"world"}' }, 400, 'BAD_INPUT'],
    ['a list', { body: '[1,2,3]' }, 400, 'BAD_INPUT'],
    ['nothing', { body: '' }, 400, 'BAD_INPUT'],
    ['no id', { body: '{"item":{"name":"x"}}' }, 400, 'BAD_INPUT'],
    ['an unknown event', { query: 'event=exploded' }, 400, 'BAD_INPUT'],
    ['an unknown entity', { path: 'spaceships' }, 404, 'NOT_FOUND'],
    ['the name of a method', { path: 'constructor' }, 404, 'NOT_FOUND'],
    ['an image', { headers: { 'Content-Type': 'image/png' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['10 MB', { body: `{"item":{"item_id":"1","x":"${'y'.repeat(10 * 1024 * 1024)}"}}` }, 413, 'BODY_TOO_LARGE'],
    [
      'a gzip bomb',
      { body: gzipSync(Buffer.alloc(50 * 1024 * 1024, 97)), headers: { 'Content-Encoding': 'gzip' }, signature: 'x' },
      413,
      'BODY_TOO_LARGE',
    ],
    ['an unknown encoding', { headers: { 'Content-Encoding': 'snappy' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['broken gzip', { headers: { 'Content-Encoding': 'gzip' } }, 400, 'BAD_REQUEST'],
  ])('%s is a clear %p', async (_name, request, status, code) => {
    const valid = await t.db.sql(`select 1 from tds_inbox_events where status <> 'invalid'`);
    const answer = await post(request);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(answer.body['message']).not.toMatch(/ at |select|Error:/);
    expect((await t.db.sql(`select 1 from tds_inbox_events where status <> 'invalid'`)).length).toBe(valid.length);
  });

  test('a tampered query is refused', async () => {
    const body = freshBody();
    const signature = sign(SECRET, new URLSearchParams('event=edited'), null, body, 'hex');
    expect((await post({ body, signature, query: 'event=deleted' })).status).toBe(401);
    expect((await post({ body, signature, query: 'event=edited&x=1' })).status).toBe(401);
    expect((await post({ body, signature, query: 'event=edited' })).status).toBe(202);
  });

  test('the previous secret is valid beside the present one', async () => {
    const body = freshBody();
    const signature = sign('PreviousSecret1', new URLSearchParams('event=edited'), null, body, 'hex');
    expect((await post({ body, signature })).status).toBe(202);
  });

  test('what is signed and unreadable is kept as invalid; what is not signed is only counted', async () => {
    const [invalid] = await t.db.sql<{ n: string }>(
      `select count(*) as n from tds_inbox_events where status = 'invalid'`,
    );
    expect(Number(invalid?.n)).toBeGreaterThan(3);
    await t.app.services.inbox.drain();
    const refusals = await t.db.sql<any>('select reason, count, sample from webhook_refusals order by reason');
    expect(refusals.map((one) => one.reason)).toEqual(['bad_signature', 'unsupported_media_type']);
    expect(Number(refusals[0].count)).toBeGreaterThan(4);
    expect(JSON.stringify(refusals[0].sample).length).toBeLessThan(2000);
  });

  test('\\u0000 in a body is kept byte for byte and does not stop the record', async () => {
    const item = items[7] as SimulatedItem;
    const body = freshBody({ ...item, name: 'before\u0000after', modifiedMs: Date.UTC(2026, 6, 1) });
    expect(body).toContain('\\u0000');
    const { status, body: answer } = await post({ body });
    expect(status).toBe(202);
    await t.drain();
    const [row] = await t.db.sql<any>('select raw_payload, outcome from tds_inbox_events where event_id = $1', [
      answer['event_id'],
    ]);
    expect(row.raw_payload.toString()).toBe(body);
    expect(row.outcome).toBe('applied');
    expect(await t.db.sql('select name from products where external_ref = $1', [item.itemId])).toEqual([
      { name: 'beforeafter' },
    ]);
  });

  test.each<[string, string, (json: string) => string]>([
    [
      'application/x-www-form-urlencoded;charset=UTF-8',
      'JSONString form',
      (json) => new URLSearchParams({ JSONString: json }).toString(),
    ],
    ['text/plain', 'raw text', (json) => json],
  ])('%s (%s) passes the same door', async (type, _name, wrap) => {
    expect((await post({ body: wrap(freshBody()), headers: { 'Content-Type': type } })).status).toBe(202);
  });

  test('too much waiting answers 503 with Retry-After, before the body is read', async () => {
    const { inbox } = t.app.services;
    const original = inbox.assertCapacity;
    const { unavailable } = await import('../../src/kernel/errors.js');
    inbox.assertCapacity = () => {
      throw unavailable(msg`Too many webhooks at once. Send it again.`, 1);
    };
    const response = await fetch(`${t.url}/api/zoho/webhooks/products`, { method: 'POST', body: freshBody() });
    inbox.assertCapacity = original;
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('the bridge mutation is the same door', async () => {
    const owner = await t.as('OWNER');
    const payload = freshBody();
    const mutation = `mutation($input: ZohoWebhookInput!) { receiveZohoWebhook(input: $input) {
      ... on WebhookReceipt { eventId status } ... on InvalidInputError { code field message } } }`;
    const signature = sign(SECRET, new URLSearchParams(), null, payload, 'hex');
    const send = (input: object) =>
      owner.query(mutation, { input: { entity: 'ITEM', event: 'EDITED', payload, signature, ...input } });
    const first = await send({});
    expect(first.data['receiveZohoWebhook']).toMatchObject({ status: 'ACCEPTED' });
    expect((await send({})).data['receiveZohoWebhook']).toMatchObject({ status: 'DUPLICATE' });
    expect((await send({ signature: null })).data['receiveZohoWebhook']).toMatchObject({
      code: 'BAD_INPUT',
      field: 'signature',
    });
    const http = await post({ body: payload });
    expect(http.body).toEqual({ event_id: first.data['receiveZohoWebhook'].eventId, status: 'duplicate' });
  });

  test('after all this everything drains and no row is stuck', async () => {
    await t.drain();
    await t.drain();
    expect(
      await t.db.sql(`select lane, status, error_message from tds_sync_queue where status <> 'completed'`),
    ).toEqual([]);
    expect(
      await t.db.sql(`select event_id, status from tds_inbox_events where status not in ('completed', 'invalid')`),
    ).toEqual([]);
  });
});
