import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SimulatedContact } from '../../src/simulator/company-contacts.js';
import type { WebhookEvent } from '../../src/simulator/webhooks.js';
import { startTestApp, TEST_SECRETS, type TestApp, type TestClient } from '../support/app.js';

describe('contacts of Zoho', () => {
  let t: TestApp;
  let owner: TestClient;
  let contact: SimulatedContact;
  let time = Date.UTC(2026, 0, 1);
  beforeAll(async () => {
    t = await startTestApp({ simulator: { items: 5, contacts: 60 } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());
  beforeEach(async () => {
    await t.drain();
    t.simulator!.faults.clear();
    Object.assign(t.simulator!.switches, { body: 'json', deleteBody: 'id_only' });
    contact = newContact({ type: 'customer' });
  });

  const newContact = (change: Partial<SimulatedContact>) =>
    t.simulator!.addContact({
      currency: 'USD',
      active: true,
      street: 'Street 7, shop 3',
      firstName: 'Zainab',
      lastName: 'Example',
      modifiedMs: (time += 1000),
      ...change,
    });
  const target = () => ({ url: t.url, secret: TEST_SECRETS.webhookSecret });
  const send = (one: SimulatedContact, event: WebhookEvent = 'edited', route?: 'customers' | 'vendors') =>
    t.simulator!.sendContact(target(), one, event, route);
  const row = async (table: string, id: string) =>
    (await t.db.sql<any>(`select * from ${table} where external_ref = $1`, [id]))[0];
  const customer = () => row('customers', contact.contactId);
  const outcomes = async (entity = 'customers', id = contact.contactId) =>
    (
      await t.db.sql<any>(
        `select outcome from tds_sync_queue where entity_type = $1 and zoho_entity_id = $2 order by queued_at, id`,
        [entity, id],
      )
    ).map((one) => one.outcome);
  const fetches = () => t.simulator!.calls().get('books GET contacts/:id') ?? 0;
  const phaseIs = (phase: string) =>
    t.db.sql(`update settings set value = to_jsonb($1::text) where key = 'sync_phase'`, [phase]);
  const run = async (entity: string, mode: string): Promise<any> => {
    const answer = await owner.query(
      `mutation($e: SyncEntity!, $m: SyncRunMode!) { startSyncRun(entity: $e, mode: $m) { ... on SyncRun { id } ... on UserError { message } } }`,
      { e: entity, m: mode },
    );
    const id = answer.data['startSyncRun'].id as string;
    for (;;) {
      await t.drain();
      await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
      const { data } = await owner.query(
        `query($id: ID!) { syncRun(id: $id) { status totalItems processedItems failedItems } }`,
        { id },
      );
      if (!['PENDING', 'IN_PROGRESS'].includes(data['syncRun'].status)) return data['syncRun'];
    }
  };

  test('a webhook makes a customer with its addresses and persons, and its list shows where it stands', async () => {
    const before = fetches();
    await send(contact);
    await t.drain();
    expect(fetches()).toBe(before);
    const { data } = await owner.query(
      `query($id: ID!) { customer(id: $id) { name nameAr code currency paymentTermsDays active
         addresses { label line city isDefault } contacts { name } sync { state sourceModifiedAt pendingEvents } } }`,
      { id: (await customer()).id },
    );
    expect(data['customer']).toMatchObject({
      name: contact.name,
      currency: 'USD',
      paymentTermsDays: contact.paymentTerms,
      active: true,
      addresses: [
        { label: 'shipping', line: 'Street 7, shop 3', isDefault: true },
        { label: 'billing', line: 'Street 7, shop 3', isDefault: false },
      ],
      contacts: [{ name: 'Zainab Example' }],
      sync: { state: 'linked', sourceModifiedAt: new Date(contact.modifiedMs).toISOString(), pendingEvents: 0 },
    });
    expect(data['customer'].code).toMatch(/^C\d{5}$/);
  });

  test('a webhook becomes a live event of the customer', async () => {
    const live = owner.subscribe('subscription { entityChanged(types: ["customer"]) { entityType entityId type } }');
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    await send(contact);
    await t.drain();
    const entityId = (await customer()).id as string;
    // The log is numbered after the commit, so what the test before has changed may be told first.
    const frames = await live.untilTrue((received) =>
      received.some((one) => one['entityChanged'].entityId === entityId),
    );
    live.stop();
    expect(frames.filter((one) => one['entityChanged'].entityId === entityId)).toEqual([
      { entityChanged: { entityType: 'customer', entityId, type: 'created' } },
    ]);
  });

  test('a contact of the type vendor becomes a vendor', async () => {
    const vendor = newContact({ type: 'vendor', currency: 'CNY' });
    await send(vendor);
    await t.drain();
    expect(await row('vendors', vendor.contactId)).toMatchObject({
      name: vendor.name,
      currency: 'RMB',
      archived_at: null,
    });
    expect(await row('customers', vendor.contactId)).toBeUndefined();
    const { data } = await owner.query(`{ vendors(search: "${vendor.name}") { nodes { name code sync { state } } } }`);
    expect(data['vendors'].nodes).toEqual([
      { name: vendor.name, code: expect.stringMatching(/^V\d{5}$/), sync: { state: 'linked' } },
    ]);
  });

  test('an inactive vendor is archived, and comes back when it is active again', async () => {
    const vendor = newContact({ type: 'vendor' });
    await send(vendor);
    await send(t.simulator!.contacts.edit(vendor.contactId, { active: false }, (time += 1000)));
    await t.drain();
    expect((await row('vendors', vendor.contactId)).archived_at).not.toBeNull();
    await send(t.simulator!.contacts.edit(vendor.contactId, { active: true }, (time += 1000)));
    await t.drain();
    expect((await row('vendors', vendor.contactId)).archived_at).toBeNull();
  });

  test('a vendor at the door of the customers is handed over, whatever its webhook holds', async () => {
    for (const body of ['json', 'form_pairs'] as const) {
      t.simulator!.switches.body = body;
      const vendor = newContact({ type: 'vendor' });
      await send(vendor, 'edited', 'customers');
      await t.drain();
      expect(await row('customers', vendor.contactId)).toBeUndefined();
      expect(await row('vendors', vendor.contactId)).toMatchObject({ name: vendor.name });
      expect(await outcomes('customers', vendor.contactId)).toEqual(['ignored']);
      expect(await outcomes('vendors', vendor.contactId)).toEqual(['applied']);
    }
  });

  test('the deletion of a vendor at the door of the customers archives the vendor', async () => {
    const vendor = newContact({ type: 'vendor' });
    await send(vendor);
    await t.drain();
    t.simulator!.contacts.remove(vendor.contactId);
    await send(vendor, 'deleted', 'customers');
    await t.drain();
    expect((await row('vendors', vendor.contactId)).archived_at).not.toBeNull();
    expect(await t.db.sql(`select 1 from tds_sync_queue where status <> 'completed'`)).toEqual([]);
  });

  test('an older body after a newer one is stale, and of several waiting ones the latest wins', async () => {
    const at = contact.modifiedMs;
    await send({ ...contact, phone: '2', modifiedMs: at + 2000 });
    await send({ ...contact, phone: '1', modifiedMs: at + 1000 });
    await t.drain();
    expect((await customer()).phone).toBe('2');
    await send({ ...contact, phone: '0', modifiedMs: at });
    await t.drain();
    expect((await customer()).phone).toBe('2');
    expect(await outcomes()).toEqual(['applied', 'stale']);
  });

  test('an equal snapshot is unchanged: no version, no event', async () => {
    await send(contact);
    await t.drain();
    const before = await customer();
    const [{ n }] = (await t.db.sql<any>(`select count(*) as n from event_log where entity_type = 'customer'`)) as [
      any,
    ];
    await send({ ...contact, modifiedMs: contact.modifiedMs + 1000 });
    await t.drain();
    expect(await outcomes()).toEqual(['applied', 'unchanged']);
    expect(await customer()).toEqual(before);
    expect(await t.db.sql(`select count(*) as n from event_log where entity_type = 'customer'`)).toEqual([{ n }]);
  });

  test.each(['id_only', 'full'] as const)(
    'a deletion (%s) archives after asking, and an edit that arrives later does not bring it back',
    async (shape) => {
      await send(contact);
      await t.drain();
      t.simulator!.switches.deleteBody = shape;
      t.simulator!.contacts.remove(contact.contactId);
      await send(contact, 'deleted');
      await t.drain();
      expect((await customer()).archived_at).not.toBeNull();
      await send({ ...contact, phone: 'late', modifiedMs: contact.modifiedMs + 1000 });
      await t.drain();
      expect((await customer()).archived_at).not.toBeNull();
      const [link] = await t.db.sql<any>('select state from sync_links where external_ref = $1', [contact.contactId]);
      expect(link.state).toBe('gone');
    },
  );

  test('a report changes the addresses and persons that it knows, and leaves our own alone', async () => {
    await send(contact);
    await t.drain();
    const { id } = await customer();
    await t.db.sql(
      `insert into customer_addresses (id, customer_id, label, line, city, is_default)
       values (gen_random_uuid(), $1, 'store', 'Ours', 'Basra', false)`,
      [id],
    );
    await send({ ...contact, street: 'Street 9, shop 1', firstName: '', lastName: '', modifiedMs: (time += 1000) });
    await t.drain();
    const addresses = await t.db.sql<any>(
      'select label, line from customer_addresses where customer_id = $1 order by 1',
      [id],
    );
    expect(addresses).toEqual([
      { label: 'billing', line: 'Street 9, shop 1' },
      { label: 'shipping', line: 'Street 9, shop 1' },
      { label: 'store', line: 'Ours' },
    ]);
    expect(await t.db.sql('select 1 from customer_contacts where customer_id = $1', [id])).toEqual([]);
  });

  test('while Zoho owns customers it overwrites them and people here may not; afterwards it is the other way', async () => {
    await send(contact);
    await t.drain();
    const before = await customer();
    const update = (version: number, phone: string) =>
      owner.query(
        `mutation($id: ID!, $v: Int!, $p: String) { updateCustomer(input: { id: $id, version: $v, phone: $p }) {
           __typename ... on UserError { code } } }`,
        { id: before.id, v: version, p: phone },
      );
    const details = (version: number) =>
      owner.query(
        `mutation($id: ID!, $v: Int!) { replaceCustomerDetails(id: $id, version: $v, contacts: [{ name: "Ali" }]) {
           __typename ... on UserError { code } } }`,
        { id: before.id, v: version },
      );
    expect((await update(before.version, 'ours')).data['updateCustomer'].code).toBe('FIELD_OWNED_ELSEWHERE');
    expect((await details(before.version)).data['replaceCustomerDetails'].code).toBe('FIELD_OWNED_ELSEWHERE');
    await phaseIs('gradual');
    try {
      expect((await update(before.version, 'ours')).data['updateCustomer'].__typename).toBe('Customer');
      await send({ ...contact, phone: 'theirs', modifiedMs: (time += 1000) });
      await t.drain();
      expect((await customer()).phone).toBe('ours');
    } finally {
      await phaseIs('parallel');
    }
    await send({ ...contact, phone: 'theirs again', modifiedMs: (time += 1000) });
    await t.drain();
    expect((await customer()).phone).toBe('theirs again');
  });

  test('a customer that was merged into another one stays merged', async () => {
    const kept = newContact({ type: 'customer' });
    await send(contact);
    await send(kept);
    await t.drain();
    await t.db.sql(
      `update customers set archived_at = now(), active = false,
         merged_into_id = (select id from customers where external_ref = $2) where external_ref = $1`,
      [contact.contactId, kept.contactId],
    );
    await send({ ...contact, phone: '5', modifiedMs: (time += 1000) });
    await t.drain();
    expect((await customer()).archived_at).not.toBeNull();
  });

  test('what is odd is left as it was, and the row of the queue says so', async () => {
    await send({ ...contact, currency: 'SAR' as never, paymentTerms: -2 });
    await t.drain();
    expect(await customer()).toMatchObject({ currency: 'IQD', payment_terms_days: 0 });
    const [job] = await t.db.sql<any>('select warnings from tds_sync_queue where zoho_entity_id = $1', [
      contact.contactId,
    ]);
    expect(job.warnings.map((one: any) => one.field)).toEqual(['currency_code', 'payment_terms']);
  });

  test('a full run loads customers and vendors, each by their own list, and fetches each once', async () => {
    const alive = t.simulator!.contacts.alive();
    const known = new Set(
      (await t.db.sql<any>(`select external_ref from sync_links where state = 'linked'`)).map(
        (one) => one.external_ref,
      ),
    );
    const fresh = alive.filter((one) => !known.has(one.contactId)).length;
    const before = fetches();
    const customers = alive.filter((one) => one.type === 'customer').length;
    expect(await run('CONTACT', 'FULL')).toMatchObject({ status: 'COMPLETED', totalItems: customers, failedItems: 0 });
    expect(await run('VENDOR', 'FULL')).toMatchObject({ status: 'COMPLETED', totalItems: alive.length - customers });
    const [{ n }] = (await t.db.sql<any>(
      'select count(*) as n from customers where (archived_at is null or merged_into_id is not null) and external_ref is not null',
    )) as [any];
    expect(Number(n)).toBe(customers);
    expect(fetches() - before).toBeGreaterThanOrEqual(fresh);
    // Again: nothing is new, so nothing is fetched and nothing changes.
    const again = fetches();
    const versions = await t.db.sql('select id, version from customers order by id');
    expect(await run('CONTACT', 'FULL')).toMatchObject({ status: 'COMPLETED' });
    expect(fetches()).toBe(again);
    expect(await t.db.sql('select id, version from customers order by id')).toEqual(versions);
  });

  test('an incremental run lists only what changed, and a full one finds what was deleted without a word', async () => {
    await run('CONTACT', 'FULL');
    const alive = t.simulator!.contacts.alive().filter((one) => one.type === 'customer');
    const [changed, gone] = alive as [SimulatedContact, SimulatedContact];
    const lists = () => t.simulator!.calls().get('books GET contacts') ?? 0;
    t.simulator!.contacts.edit(changed.contactId, { phone: '777' });
    const before = [lists(), fetches()] as const;
    await run('CONTACT', 'INCREMENTAL');
    expect(lists() - before[0]).toBe(1);
    expect((await row('customers', changed.contactId)).phone).toBe('777');
    t.simulator!.contacts.remove(gone.contactId);
    await run('CONTACT', 'FULL');
    expect((await row('customers', gone.contactId)).archived_at).not.toBeNull();
  });

  test('a list that answers both types is read for its own', async () => {
    t.simulator!.switches.contactTypeFilters = false;
    const customers = t.simulator!.contacts.alive().filter((one) => one.type === 'customer').length;
    expect(await run('CONTACT', 'FULL')).toMatchObject({ status: 'COMPLETED', totalItems: customers });
    t.simulator!.switches.contactTypeFilters = true;
  });

  test('the REST door starts a run of any entity of the registry', async () => {
    const headers = { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' };
    const bulk = (body: object) =>
      fetch(`${t.url}/api/zoho/bulk-sync`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect((await bulk({ entity_type: 'vendors', mode: 'incremental' })).status).toBe(202);
    const refused = await bulk({ entity_type: 'ships' });
    expect((await refused.json()).message).toBe(
      'Use one of: locations, taxes, currencies, users, products, prices, customers, vendors, orders, invoices, payments, credit_notes, stock.',
    );
    const unknown = await fetch(`${t.url}/api/zoho/webhooks/ships`, { method: 'POST', body: '{}' });
    expect(unknown.status).toBe(404);
  });
});
