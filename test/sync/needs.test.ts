import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Worker } from '../../src/platform/queue/worker.js';
import { fixtureResource } from '../../src/simulator/fixture-resource.js';
import type { SimulatedContact } from '../../src/simulator/company-contacts.js';
import { sendWebhook } from '../../src/simulator/webhooks.js';
import { customerSync } from '../../src/sync/entities/customer.handler.js';
import { defineEntitySync, type RemoteRecords } from '../../src/sync/entities/entity-sync.js';
import { entitySyncs, registryOf } from '../../src/sync/entities/registry.js';
import { fetchRecord } from '../../src/sync/entities/remote-records.js';
import { pullJob } from '../../src/sync/pull.job.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/app.js';

interface Note {
  note_id: string;
  customer_id: string;
  text: string;
}

const remote: RemoteRecords = { path: '/books/v3/notes', object: 'note', list: 'notes', id: 'note_id' };

/** An entity as a later release would add it: a record that hangs on a customer. */
const noteSync = defineEntitySync<Note, Note, null>({
  name: 'notes',
  route: 'notes',
  graphqlName: 'NOTE',
  local: customerSync.local,
  remote,
  needs: ['customers'],
  refetch: false,
  timeCoversAll: true,
  parse: (record) => ({
    remote: record as unknown as Note,
    remoteId: String(record['note_id']),
    modifiedAt: new Date(String(record['last_modified_time'])),
    whole: record['text'] !== undefined,
  }),
  toSnapshot: (note) => ({
    snapshot: note,
    warnings: [],
    parents: [{ entity: 'customers', remoteId: note.customer_id }],
  }),
  fetch: (services, remoteId, signal) => fetchRecord(services, remote, remoteId, signal),
  list: () => Promise.resolve({ records: [], hasMore: false }),
  localRefs: () => Promise.resolve([]),
  prepare: () => Promise.resolve(null),
  async apply(tx, note) {
    const [row] = await tx.sql<{ id: string }>(
      `insert into test_notes (customer_id, text) select c.id, $2 from customers c where c.external_ref = $1
       returning customer_id as id`,
      [note.customer_id, note.text],
    );
    if (!row) throw new Error('The customer is not here.');
    return { id: row.id, changed: true };
  },
  applyGone: () => Promise.resolve(null),
});

describe('a record whose parent is not here', () => {
  let t: TestApp;
  let worker: Worker;
  let contact: SimulatedContact;
  let next = 0;
  const notes = fixtureResource({
    name: 'notes',
    object: 'note',
    id: 'note_id',
    product: 'books',
    bodies: Array.from({ length: 9 }, (_none, index) => ({
      note_id: `n${index}`,
      customer_id: 'none',
      text: 'fetched',
      last_modified_time: '2026-01-01T00:00:00+0300',
    })),
  });
  beforeAll(async () => {
    t = await startTestApp({ simulator: { items: 1, contacts: 20, resources: [notes] } });
    const { services } = t.app;
    Object.assign(services, { syncs: registryOf([...entitySyncs, noteSync]) });
    worker = new Worker({
      db: services.db,
      transact: services.transact,
      handlers: [pullJob(services, services.syncs)],
      concurrency: 4,
      name: 'notes',
      version: 'test',
      log: pino({ level: 'silent' }),
      random: () => 0,
      onCommit: () => undefined,
    });
    await t.db.sql('create table test_notes (customer_id uuid, text text)');
  });
  afterAll(async () => {
    await worker.stop();
    await t.stop();
  });
  beforeEach(async () => {
    await t.db.sql('truncate test_notes, tds_sync_queue, tds_sync_attempts');
    t.simulator!.faults.clear();
    contact = t.simulator!.contacts.alive().filter((one) => one.type === 'customer')[(next += 1)] as SimulatedContact;
  });

  const send = (noteId: string, customerId: string) =>
    sendWebhook(
      { url: t.url, secret: TEST_SECRETS.webhookSecret },
      {
        route: 'notes',
        object: 'note',
        id: 'note_id',
        event: 'created',
        record: {
          note_id: noteId,
          customer_id: customerId,
          text: noteId,
          last_modified_time: '2026-02-01T00:00:00+0300',
        },
      },
      t.simulator!.switches,
    );
  const job = async (lane: string) =>
    (await t.db.sql<any>('select * from tds_sync_queue where lane = $1 order by queued_at desc limit 1', [lane]))[0];

  test('has the parent fetched first, waits for it without spending a try, and is applied then', async () => {
    await send('n1', contact.contactId);
    await worker.drain();
    expect(await t.db.sql('select text from test_notes')).toEqual([{ text: 'n1' }]);
    expect(await job('pull:notes:n1')).toMatchObject({ status: 'completed', outcome: 'applied', retry_count: 0 });
    expect(await job('pull:notes:n1')).toMatchObject({ snooze_count: 1, waits_for: null });
    expect(await job(`pull:customers:${contact.contactId}`)).toMatchObject({ outcome: 'applied', system: false });
  });

  test('waits by name of the parent while that one is tried again', async () => {
    t.simulator!.faults.arm('minute_limit', 1);
    await send('n2', contact.contactId);
    await worker.drain();
    expect(await job('pull:notes:n2')).toMatchObject({
      status: 'pending',
      waits_for: `pull:customers:${contact.contactId}`,
      error_message: `waits for customers ${contact.contactId}`,
      retry_count: 0,
    });
    await t.db.sql('update zoho_budget set blocked_until = null');
    await t.db.sql(`update tds_sync_queue set run_at = now() where entity_type = 'customers'`);
    await worker.drain();
    expect(await t.db.sql('select text from test_notes')).toEqual([{ text: 'n2' }]);
  });

  test('many children of one parent wait for one fetch of it', async () => {
    const calls = () => t.simulator!.calls().get('books GET contacts/:id') ?? 0;
    const before = calls();
    // The parent is held up, so that all children find it missing.
    t.simulator!.faults.arm('minute_limit', 1);
    await Promise.all(['n3', 'n4', 'n5'].map((noteId) => send(noteId, contact.contactId)));
    await worker.drain();
    expect(await t.db.sql('select 1 from test_notes')).toEqual([]);
    await t.db.sql('update zoho_budget set blocked_until = null');
    await t.db.sql(`update tds_sync_queue set run_at = now() where entity_type = 'customers'`);
    await worker.drain();
    expect((await t.db.sql('select 1 from test_notes')).length).toBe(3);
    expect(calls() - before).toBe(2);
  });

  test('dies and says why when the source does not have the parent', async () => {
    await send('n6', 'nobody');
    for (let round = 0; round < 3; round += 1) {
      await worker.drain();
      await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
    }
    expect(await job('pull:notes:n6')).toMatchObject({
      status: 'dead_letter',
      retry_count: 0,
      error_code: 'PARENT_MISSING',
      error_message: 'customers nobody is needed first, and the source does not have it.',
    });
    const [inbox] = await t.db.sql<any>(`select status from tds_inbox_events where entity_id = 'n6'`);
    expect(inbox.status).toBe('dead_letter');
  });

  test('waits no longer than a day', async () => {
    t.simulator!.faults.arm('minute_limit', 1);
    await send('n7', contact.contactId);
    await worker.drain();
    await t.db.sql(
      `update tds_sync_queue set queued_at = now() - interval '25 hours', run_at = now() where entity_type = 'notes'`,
    );
    await worker.drain();
    expect(await job('pull:notes:n7')).toMatchObject({
      status: 'dead_letter',
      error_message: `customers ${contact.contactId} is needed first, and it has not come.`,
    });
    await t.db.sql('update zoho_budget set blocked_until = null');
  });

  test('names no parent of an entity that it does not need', async () => {
    const stray = { ...noteSync, name: 'stray', route: 'stray', needs: [] };
    const handler = pullJob(t.app.services, registryOf([...entitySyncs, stray]));
    const run = {
      job: { entityType: 'stray', remoteId: 'n8', inboxEventId: null },
      signal: new AbortController().signal,
    };
    await expect(handler.run(run as never)).rejects.toThrow('stray names a parent of customers');
  });
});
