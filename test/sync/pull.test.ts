import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SimulatedItem } from '../../src/simulator/company.js';
import { sendWebhook } from '../../src/simulator/webhooks.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/app.js';

describe('pulling one record', () => {
  let t: TestApp;
  let item: SimulatedItem;
  let next = 0;
  beforeAll(async () => {
    t = await startTestApp({ simulator: { items: 60, switches: { hangMs: 50 } } });
  });
  afterAll(() => t.stop());
  beforeEach(async () => {
    await t.drain();
    const sim = t.simulator!;
    sim.faults.clear();
    sim.switches.body = 'json';
    sim.switches.deleteBody = 'id_only';
    item = sim.items()[(next += 1)] as SimulatedItem;
    item.active = true;
  });

  const target = () => ({ url: t.url, secret: TEST_SECRETS.webhookSecret });
  const send = (one: SimulatedItem, event: 'edited' | 'deleted' | 'created' = 'edited') =>
    t.simulator!.send(target(), one, event);
  const sendRaw = (record: Record<string, unknown>) =>
    sendWebhook(
      target(),
      { route: 'products', object: 'item', id: 'item_id', event: 'edited', record },
      t.simulator!.switches,
    );
  const bodyOf = (one: SimulatedItem) => t.simulator!.webhookBody(one, 'edited');
  const product = async () => (await t.db.sql<any>('select * from products where external_ref = $1', [item.itemId]))[0];
  const outcomes = async () =>
    (
      await t.db.sql<any>(`select outcome from tds_sync_queue where zoho_entity_id = $1 order by queued_at, id`, [
        item.itemId,
      ])
    ).map((row) => row.outcome);
  const fetches = () => t.simulator!.calls().get('inventory GET items/:id') ?? 0;
  const lastJob = async () =>
    (
      await t.db.sql<any>(
        `select * from tds_sync_queue where zoho_entity_id = $1 order by queued_at desc, id desc limit 1`,
        [item.itemId],
      )
    )[0];

  test('a whole body is used without a fetch', async () => {
    const before = fetches();
    await send(item);
    await t.drain();
    expect(await product()).toMatchObject({ name: item.name, active: true });
    expect(Number((await product()).base_price_usd)).toBe(item.rate);
    expect(fetches()).toBe(before);
    const [link] = await t.db.sql<any>('select * from sync_links where external_ref = $1', [item.itemId]);
    expect(link).toMatchObject({ state: 'linked', local_id: (await product()).id });
  });

  test('an older body after a newer one is stale, and the newer stays', async () => {
    const older = { ...item, rate: 11, modifiedMs: item.modifiedMs + 1000 };
    await send({ ...item, rate: 22, modifiedMs: item.modifiedMs + 2000 });
    await t.drain();
    await send(older);
    await t.drain();
    expect(await outcomes()).toEqual(['applied', 'stale']);
    expect(Number((await product()).base_price_usd)).toBe(22);
  });

  test('of several waiting bodies the greatest source time wins, whatever came last, and all close together', async () => {
    await send({ ...item, rate: 33, modifiedMs: item.modifiedMs + 3000 });
    await send({ ...item, rate: 31, modifiedMs: item.modifiedMs + 1000 });
    await send({ ...item, rate: 32, modifiedMs: item.modifiedMs + 2000 });
    await t.drain();
    expect(Number((await product()).base_price_usd)).toBe(33);
    expect(await outcomes()).toEqual(['applied']);
    const inbox = await t.db.sql<any>('select status, outcome from tds_inbox_events where entity_id = $1', [
      item.itemId,
    ]);
    expect(inbox).toEqual(Array.from({ length: 3 }, () => ({ status: 'completed', outcome: 'applied' })));
  });

  test('two different bodies of the same second are settled by a fetch', async () => {
    await send(item);
    await t.drain();
    const before = fetches();
    t.simulator!.edit(item.itemId, { rate: 55 }, item.modifiedMs);
    await sendRaw({ ...bodyOf(item), rate: 54 });
    await t.drain();
    expect(fetches()).toBe(before + 1);
    expect(Number((await product()).base_price_usd)).toBe(55);
  });

  test('an equal snapshot is unchanged: no version, no event', async () => {
    await send(item);
    await t.drain();
    const before = await product();
    await sendRaw({ ...bodyOf(item), some_field_that_we_do_not_map: 1 });
    await t.drain();
    expect(await outcomes()).toEqual(['applied', 'unchanged']);
    expect(await product()).toEqual(before);
  });

  test('a partial body, an id alone and form pairs are fetched', async () => {
    const before = fetches();
    await sendRaw({ item_id: item.itemId, last_modified_time: '2026-01-01T00:00:00+0300', name: 'half' });
    await t.drain();
    t.simulator!.edit(item.itemId, { rate: 66 });
    t.simulator!.switches.body = 'form_pairs';
    await send(item);
    await t.drain();
    expect(fetches()).toBe(before + 2);
    expect(await product()).toMatchObject({ name: item.name });
    expect(Number((await product()).base_price_usd)).toBe(66);
  });

  test('stock moves without a new time and without a new version of the product', async () => {
    await send(item);
    await t.drain();
    const { version } = await product();
    t.simulator!.moveStock(item.itemId, 0, 7);
    await send(item);
    await t.drain();
    const [stock] = await t.db.sql<any>('select sum(on_hand) as on_hand from stock_levels where product_id = $1', [
      (await product()).id,
    ]);
    expect(Number(stock.on_hand)).toBe(item.stock.reduce((sum, one) => sum + one, 0));
    expect((await product()).version).toBe(version);
    const ledger = await t.db.sql<any>(
      `select actor, origin, quantity from stock_movements where product_id = $1 and quantity <> 0 order by id`,
      [(await product()).id],
    );
    expect(ledger.at(-1)).toEqual({ actor: 'zoho-sync', origin: 'zoho', quantity: '7.000' });
  });

  test.each(['id_only', 'full'] as const)(
    'a deletion (%s) archives after asking, and an edit that arrives later does not bring it back',
    async (shape) => {
      await send(item);
      await t.drain();
      t.simulator!.switches.deleteBody = shape;
      const late = { ...item, rate: 99, modifiedMs: item.modifiedMs + 1000 };
      t.simulator!.remove(item.itemId);
      await send(item, 'deleted');
      await t.drain();
      expect((await product()).archived_at).not.toBeNull();
      await send(late);
      await t.drain();
      expect((await product()).archived_at).not.toBeNull();
      const [link] = await t.db.sql<any>('select state from sync_links where external_ref = $1', [item.itemId]);
      expect(link.state).toBe('gone');
    },
  );

  test('a deletion of a record that is still there does not archive it', async () => {
    await send(item);
    await t.drain();
    await send(item, 'deleted');
    await t.drain();
    expect((await product()).archived_at).toBeNull();
  });

  test('a missing record answers 400 in some organisations: gone all the same', async () => {
    await send(item);
    await t.drain();
    t.simulator!.switches.missingRecordStatus = 400;
    t.simulator!.remove(item.itemId);
    await send(item, 'deleted');
    await t.drain();
    t.simulator!.switches.missingRecordStatus = 404;
    expect((await product()).archived_at).not.toBeNull();
  });

  test('missing and odd numbers never become 0: the old value stays and the row says why', async () => {
    await send({ ...item, rate: 12.5, stock: [5, 0, 0] });
    await t.drain();
    const body = bodyOf({ ...item, modifiedMs: item.modifiedMs + 1000 });
    const locations = (body['locations'] as object[]).map((place) => ({ ...place, location_stock_on_hand: 'None' }));
    await sendRaw({ ...body, locations, rate: '', purchase_rate: 'abc', stock_on_hand: 'None', reorder_level: null });
    await t.drain();
    const row = await product();
    expect(Number(row.base_price_usd)).toBe(12.5);
    expect(Number(row.cost_usd)).toBe(item.purchaseRate);
    const [stock] = await t.db.sql<any>('select sum(on_hand) as on_hand from stock_levels where product_id = $1', [
      row.id,
    ]);
    expect(Number(stock.on_hand)).toBe(5);
    expect((await lastJob()).warnings.map((one: any) => [one.field, one.code])).toEqual([
      ['stock_on_hand', 'MISSING_VALUE'],
      ['rate', 'MISSING_VALUE'],
      ['purchase_rate', 'ODD_VALUE'],
    ]);
  });

  test('duplicate SKUs at the source are no fault here', async () => {
    const twin = t.simulator!.items()[(next += 1)] as SimulatedItem;
    await send({ ...item, sku: 'SAME' });
    await send({ ...twin, sku: 'SAME' });
    await t.drain();
    expect((await t.db.sql(`select 1 from products where sku = 'SAME'`)).length).toBe(2);
  });

  test('what the ERP owns is not overwritten, what is empty here is filled', async () => {
    await send({ ...item, nameAr: 'اسم أول' });
    await t.drain();
    expect((await product()).name_ar).toBe('اسم أول');
    await t.db.sql(`update products set name_ar = 'اسمنا' where external_ref = $1`, [item.itemId]);
    await send({ ...item, nameAr: 'اسم ثان', modifiedMs: item.modifiedMs + 1000 });
    await t.drain();
    expect((await product()).name_ar).toBe('اسمنا');
  });

  test('items of one category at once make one category and never deadlock', async () => {
    const many = t.simulator!.items().slice(20, 50);
    await Promise.all(
      many.map((one) => send({ ...one, categoryName: 'Shared Room', modifiedMs: Date.UTC(2026, 3, 1) })),
    );
    await t.drain();
    expect((await t.db.sql(`select 1 from categories where folded_name = 'shared room'`)).length).toBe(1);
    expect(await t.db.sql(`select 1 from tds_sync_queue where status <> 'completed'`)).toEqual([]);
  });

  describe('when Zoho misbehaves', () => {
    // An id alone must be fetched, so that every fault is met.
    const fetchItem = async (): Promise<void> => {
      t.simulator!.edit(item.itemId, { rate: 71.25 });
      t.simulator!.switches.body = 'form_pairs';
      await send(item);
      await t.drain();
    };
    const unblock = () =>
      t.db.sql(
        `with a as (update zoho_budget set blocked_until = null), b as (update zoho_tokens set blocked_until = null)
         update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`,
      );
    const recover = async (): Promise<void> => {
      await unblock();
      await t.drain();
      expect(Number((await product()).base_price_usd)).toBe(71.25);
      expect(await lastJob()).toMatchObject({ status: 'completed', outcome: 'applied', error_message: null });
    };

    test.each(['server_error', 'truncated_json', 'time_out'] as const)(
      '%s is a failed try that is tried again',
      async (fault) => {
        t.simulator!.faults.arm(fault, 1);
        await fetchItem();
        const job = await lastJob();
        expect(['failed', 'completed']).toContain(job.status);
        const tries = await t.db.sql<any>(
          'select result from tds_sync_attempts where queue_id = $1 order by ended_at',
          [job.id],
        );
        expect(tries[0].result).toBe('failed');
        await recover();
      },
    );

    test.each([
      ['minute_limit', 55],
      ['day_limit', 55],
      ['concurrency_limit', 0.5],
    ] as const)('%s makes the job wait and costs no try', async (fault, atLeastSeconds) => {
      t.simulator!.faults.arm(fault, 1);
      await fetchItem();
      const job = await lastJob();
      expect(job).toMatchObject({ status: 'pending', retry_count: 0, snooze_count: 1 });
      expect((job.run_at - Date.now()) / 1000).toBeGreaterThan(atLeastSeconds);
      await recover();
    });

    test('an expired token is renewed and the call repeated', async () => {
      t.simulator!.faults.arm('expired_token', 1);
      await fetchItem();
      expect(await lastJob()).toMatchObject({ status: 'completed', retry_count: 0, snooze_count: 0 });
    });

    test.each([
      ['token_throttled', 'the token endpoint'],
      ['token_invalid_code', 'Connect again'],
      ['token_invalid_client', 'Connect again'],
    ] as const)('%s of the token endpoint waits, costs no try and says what to do', async (fault, says) => {
      t.simulator!.faults.arm('expired_token', 1);
      t.simulator!.faults.arm(fault, 1);
      await fetchItem();
      const job = await lastJob();
      expect(job).toMatchObject({ status: 'pending', retry_count: 0 });
      expect(job.error_message).toContain(says);
      await recover();
    });

    test('the token is stored encrypted and refreshed once for many at a time', async () => {
      const [row] = await t.db.sql<any>('select access_token from zoho_tokens');
      expect(row.access_token).toMatch(/^v1\./);
      await t.db.sql('update zoho_tokens set access_token = null, expires_at = null');
      const before = t.simulator!.calls().get('token') ?? 0;
      const many = t.simulator!.items().slice(50, 58);
      t.simulator!.switches.body = 'form_pairs';
      await Promise.all(many.map((one) => send(one)));
      await t.drain();
      expect(await t.db.sql(`select 1 from tds_sync_queue where status <> 'completed'`)).toEqual([]);
      // The process held the old token in memory, which was still good.
      expect(t.simulator!.calls().get('token')).toBe(before);
    });

    test('a poison record dies in its tries, can be requeued, and then has one effect', async () => {
      t.simulator!.faults.arm('server_error', 100);
      await fetchItem();
      for (let round = 0; round < 6; round += 1) {
        await unblock();
        await t.drain();
      }
      expect(await lastJob()).toMatchObject({ status: 'dead_letter', retry_count: 5 });
      const inbox = await t.db.sql<any>(
        `select status from tds_inbox_events where entity_id = $1 and status <> 'completed'`,
        [item.itemId],
      );
      expect(inbox).toEqual([{ status: 'dead_letter' }]);
      t.simulator!.faults.clear();
      const owner = await t.as('OWNER');
      const answer = await owner.query(
        `mutation { retrySyncItems(selection: { filter: { status: { eq: DEAD_LETTER } } }) { ... on SyncItemsChanged { count } } }`,
      );
      expect(answer.data['retrySyncItems']).toEqual({ count: 1 });
      await recover();
      expect(
        (
          await t.db.sql(`select 1 from audit_log where changes -> 'basePriceUsd' ->> 1 = '71.25' and entity_id = $1`, [
            (await product()).id,
          ])
        ).length,
      ).toBe(1);
    });

    test('a dead item can be discarded with a reason', async () => {
      t.simulator!.faults.arm('server_error', 100);
      await fetchItem();
      for (let round = 0; round < 6; round += 1) {
        await unblock();
        await t.drain();
      }
      t.simulator!.faults.clear();
      const owner = await t.as('OWNER');
      const discardOf = (reason: string) =>
        owner.query(
          `mutation($reason: String!) { discardSyncItems(selection: { filter: { status: { eq: DEAD_LETTER } } }, reason: $reason) {
            ... on SyncItemsChanged { count } ... on InvalidInputError { field } } }`,
          { reason },
        );
      expect((await discardOf(' ')).data['discardSyncItems']).toEqual({ field: 'reason' });
      expect((await discardOf('sold out for good')).data['discardSyncItems']).toEqual({ count: 1 });
      expect(await lastJob()).toMatchObject({ status: 'completed', outcome: 'discarded' });
    });
  });
});
