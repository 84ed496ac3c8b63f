import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkAlerts } from '../../src/sync/alert.service.js';
import { fieldChanges } from '../../src/sync/field-changes.js';
import { fingerprintOf, patternOf } from '../../src/sync/issue.queries.js';
import { signWebhook } from '../../src/sync/zoho/signature.js';
import { startTestApp, TEST_SECRETS, type TestApp, type TestClient } from '../support/app.js';

let t: TestApp;
let owner: TestClient;
const where = () => ({ url: t.url, secret: TEST_SECRETS.webhookSecret });
const settle = async (rounds = 6): Promise<void> => {
  for (let round = 0; round < rounds; round += 1) {
    await t.drain();
    await t.db.sql(
      `with free as (update zoho_budget set circuit_until = null, failures = 0)
       update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`,
    );
  }
  await t.drain();
};
const itemAt = (index: number) => t.simulator!.items()[index]!;
/** Deliveries that must be fetched, and whose calls Zoho refuses for good. */
const kill = async (from: number, to: number): Promise<void> => {
  t.simulator!.faults.arm('refused', 10_000);
  t.simulator!.switches.body = 'form_pairs';
  for (let index = from; index < to; index += 1) await t.simulator!.send(where(), itemAt(index));
  await t.drain();
  t.simulator!.faults.clear();
  t.simulator!.switches.body = 'json';
};
beforeAll(async () => {
  t = await startTestApp({ simulator: { items: 80 } });
  owner = await t.as('OWNER');
});
afterAll(() => t.stop());

describe('issues', () => {
  test('errors that differ only in their values are one', () => {
    expect(patternOf('Zoho answers 400, code 2: item 460000000038080 "Fan" is bad')).toBe(
      'Zoho answers ? code ? item ? ? is bad',
    );
    const error = { kind: 'pull', entityType: 'products', code: 'X', appVersion: '1', deploymentId: null };
    const printOf = (message: string): string => fingerprintOf({ ...error, message });
    expect(printOf('item 17 has no name')).toBe(printOf('item 18 has no name'));
    expect(printOf('item 17 has no name')).not.toBe(printOf('item 17 has no unit'));
  });

  test('equal errors are one issue, with the release that ran when it was met first', async () => {
    await kill(0, 5);
    const { data } = await owner.query<any>(`{ syncIssues(filter: { status: { eq: OPEN } }) { totalCount nodes {
      id kind entityType errorCode errorMessage count openItems firstSeenVersion firstSeenDeploymentId version } } }`);
    expect(data.syncIssues.totalCount).toBe(1);
    expect(data.syncIssues.nodes[0]).toMatchObject({
      kind: 'pull',
      entityType: 'products',
      count: 5,
      openItems: 5,
      firstSeenVersion: t.config.version,
    });
    const issue = data.syncIssues.nodes[0];
    const items = await owner.query<any>(
      `query($id: ID!) { syncQueue(filter: { issueId: { eq: $id } }) { nodes { status retryCount issueId attempts { errorMessage durationMs worker } } } }`,
      { id: issue.id },
    );
    expect(items.data.syncQueue.nodes.length).toBe(5);
    for (const item of items.data.syncQueue.nodes) {
      expect(item).toMatchObject({ status: 'DEAD_LETTER', retryCount: 0, issueId: issue.id });
      expect(item.attempts[0]).toMatchObject({
        durationMs: expect.any(Number),
        errorMessage: expect.stringMatching(/code 2/),
      });
    }
  });

  test('items are found by entity, id at Zoho, text of the error, and number in the delivery', async () => {
    const found = async (search: string): Promise<number> =>
      (await owner.query<any>('query($s: String) { syncQueue(search: $s) { totalCount } }', { s: search })).data
        .syncQueue.totalCount;
    expect(await found('products')).toBe(5);
    expect(await found(itemAt(2).itemId)).toBe(1);
    expect(await found('CODE 2')).toBe(5);
    expect(await found('INV-000042')).toBe(0);
    await t.db.sql(
      `update tds_inbox_events set raw_payload = raw_payload || convert_to('&number=INV-000042', 'UTF8') where entity_id = $1`,
      [itemAt(3).itemId],
    );
    expect(await found('INV-000042')).toBe(1);
  });

  test('are resolved and ignored by their version, and a resolved one opens again when it is met', async () => {
    const read = async () =>
      (await owner.query<any>('{ syncIssues { nodes { id status count version } } }')).data.syncIssues.nodes[0];
    const update = async (status: string, version: number) => {
      const { id } = await read();
      const { data } = await owner.query<any>(
        `mutation($id: ID!, $version: Int!) { updateSyncIssue(id: $id, status: ${status}, version: $version) {
          ... on SyncIssue { status version } ... on StaleVersionError { currentVersion } } }`,
        { id, version },
      );
      return data.updateSyncIssue;
    };
    const { version } = await read();
    expect(await update('RESOLVED', version)).toEqual({ status: 'RESOLVED', version: version + 1 });
    expect(await update('OPEN', version)).toEqual({ currentVersion: version + 1 });
    await kill(5, 6);
    expect(await read()).toMatchObject({ status: 'OPEN', count: 6 });
    await update('IGNORED', version + 1);
    await kill(6, 7);
    expect(await read()).toMatchObject({ status: 'IGNORED', count: 7 });
    await update('OPEN', version + 2);
  });
});

describe('a replay', () => {
  const start = async (reason = 'the defect is fixed') =>
    (
      await owner.query<any>(
        `mutation($reason: String!) { startSyncReplay(selection: { filter: { status: { eq: DEAD_LETTER } } }, reason: $reason) {
        ... on SyncReplay { id status totalItems } ... on InvalidInputError { faults { field } } } }`,
        { reason },
      )
    ).data.startSyncReplay;
  /** What is due runs, and then the replay looks again, before anything is tried again. */
  const lookAgain = async (): Promise<void> => {
    await t.drain();
    await t.db.sql(`update tds_sync_queue set run_at = now() where kind = 'replay' and status = 'pending'`);
  };
  const replayOf = async (id: string) =>
    (
      await owner.query<any>(
        'query($id: ID!) { syncReplay(id: $id) { status reached totalItems doneItems failedItems stoppedBy completedAt } }',
        { id },
      )
    ).data.syncReplay;
  const tries = async (): Promise<number> =>
    Number(
      (
        await t.db.sql<any>(`select count(*) as n from tds_sync_attempts a join tds_sync_queue q on q.id = a.queue_id
      where q.kind = 'pull' and a.result <> 'snoozed'`)
      )[0].n,
    );

  test('of 60 dead letters uses one try while the defect is there, and leaves the rest alone', async () => {
    await kill(7, 60);
    const before = await tries();
    t.simulator!.faults.arm('refused', 10_000);
    const { id, totalItems } = await start();
    expect(totalItems).toBe(60);
    await settle(4);
    t.simulator!.faults.clear();
    expect(await tries()).toBe(before + 1);
    const stopped = await replayOf(id);
    expect(stopped).toMatchObject({ status: 'STOPPED', reached: 1, failedItems: 1 });
    const { data } = await owner.query<any>('{ syncIssues { nodes { id } } }');
    expect(stopped.stoppedBy).toBe(data.syncIssues.nodes[0].id);
    expect((await t.db.sql(`select 1 from tds_sync_queue where status = 'dead_letter'`)).length).toBe(60);
  });

  test('a transient error that is met again stops it as well, and is not tried four more times', async () => {
    t.simulator!.faults.arm('server_error', 10_000);
    t.simulator!.switches.body = 'form_pairs';
    await t.simulator!.send(where(), itemAt(70));
    for (let round = 0; round < 7; round += 1) await settle(1);
    const dead = await t.db.sql<any>(`select id, status from tds_sync_queue where zoho_entity_id = $1`, [
      itemAt(70).itemId,
    ]);
    expect(dead[0].status).toBe('dead_letter');
    const before = await tries();
    const answer = await owner.query<any>(
      `mutation($ids: [ID!]) { startSyncReplay(selection: { ids: $ids }, reason: "again") { ... on SyncReplay { id } } }`,
      { ids: [dead[0].id] },
    );
    for (let look = 0; look < 3; look += 1) await lookAgain();
    t.simulator!.faults.clear();
    t.simulator!.switches.body = 'json';
    expect(await replayOf(answer.data.startSyncReplay.id)).toMatchObject({ status: 'STOPPED' });
    expect(await tries()).toBeLessThanOrEqual(before + 2);
  });

  test('passes in stages of one, ten and the rest when the defect is fixed', async () => {
    const { id, totalItems } = await start();
    const reached: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      await lookAgain();
      reached.push((await replayOf(id)).reached);
    }
    expect([...new Set(reached)]).toEqual([1, 11, totalItems]);
    expect(await replayOf(id)).toMatchObject({ status: 'COMPLETED', doneItems: totalItems, failedItems: 0 });
    expect(await t.db.sql(`select 1 from tds_sync_queue where status = 'dead_letter'`)).toEqual([]);
    const { data } = await owner.query<any>('{ syncIssues { nodes { openItems } } }');
    expect(data.syncIssues.nodes.every((issue: any) => issue.openItems === 0)).toBe(true);
  });

  test('says everything that is wrong with it', async () => {
    expect((await start(' ')).faults).toEqual([{ field: 'reason' }]);
    expect((await start()).faults).toEqual([{ field: 'selection' }]);
  });
});

describe('the timeline of a record', () => {
  test('shows what each of five deliveries changed, and the record as it was in between', async () => {
    const item = itemAt(75);
    const rates = [10.5, 11.5, 12.5, 13.5, 14.5];
    for (const rate of rates) {
      t.simulator!.edit(item.itemId, { rate });
      await t.simulator!.send(where(), item);
    }
    await t.drain();
    // A minute apart, so that a time with milliseconds tells them apart.
    await t.db.sql(
      `update tds_inbox_events e set received_at = now() - interval '1 hour' + r.n * interval '1 minute'
       from (select id, row_number() over (order by received_at, id) as n from tds_inbox_events where entity_id = $1) r
       where e.id = r.id`,
      [item.itemId],
    );
    const timeline = async (asOf: string | null = null) =>
      (
        await owner.query<any>(
          `query($id: ID!, $asOf: DateTime) { entityTimeline(entity: ITEM, remoteId: $id, asOf: $asOf) {
          state entries { id event source outcome receivedAt changes { path before after } } } }`,
          { id: item.itemId, asOf },
        )
      ).data.entityTimeline;
    const { entries, state } = await timeline();
    expect(entries.length).toBe(5);
    expect(entries[0].changes).toEqual([]);
    const moved = entries.slice(1).map((entry: any) => entry.changes.find((change: any) => change.path === 'rate'));
    expect(moved.map((change: any) => [change.before, change.after])).toEqual(
      [
        ['"10.5"', '"11.5"'],
        ['"11.5"', '"12.5"'],
        ['"12.5"', '"13.5"'],
        ['"13.5"', '"14.5"'],
      ].map((pair) => pair.map((text) => expect.stringContaining(text.replaceAll('"', '')))),
    );
    expect(String(state.rate)).toBe('14.5');
    for (const [index, entry] of entries.entries()) {
      expect(String((await timeline(new Date(Date.parse(entry.receivedAt) + 1).toISOString())).state.rate)).toBe(
        String(rates[index]),
      );
    }
    const accountant = await t.as('ACCOUNTANT');
    const refused = await accountant.query('{ entityTimeline(entity: ITEM, remoteId: "1") { state } }');
    expect(refused.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });

  test('differences go down to single fields, of lines too', () => {
    expect(
      fieldChanges({ a: 1, lines: [{ q: 1 }, { q: 2 }] }, { a: 1, lines: [{ q: 1 }, { q: 3 }, { q: 4 }] }),
    ).toEqual([
      { path: 'lines.1.q', before: '2', after: '3' },
      { path: 'lines.2', before: null, after: '{"q":4}' },
    ]);
  });
});

describe('a preview of a replay', () => {
  const preview = async (eventId: string) =>
    (
      await owner.query<any>(
        `query($id: ID!) { syncReplayPreview(eventId: $id) { changed error { code } warnings { field }
        records { entityType action changes { path before after } } } }`,
        { id: eventId },
      )
    ).data.syncReplayPreview;
  const tables = [
    'products',
    'prices',
    'stock_levels',
    'stock_movements',
    'categories',
    'audit_log',
    'event_outbox',
    'event_log',
    'sync_links',
  ];
  const counts = async () =>
    (await t.db.sql<any>(`select ${tables.map((name) => `(select count(*) from ${name}) as ${name}`).join(', ')}`))[0];

  test('names what would change, leaves no row behind, and the real one does just that', async () => {
    const item = itemAt(76);
    t.simulator!.edit(item.itemId, { rate: 20.25 });
    await t.simulator!.send(where(), item);
    await t.drain();
    t.simulator!.edit(item.itemId, { rate: 21.75, name: 'Another name' });
    await t.simulator!.send(where(), item);
    const [event] = await t.db.sql<any>(`select id from tds_inbox_events where entity_id = $1 and status = 'pending'`, [
      item.itemId,
    ]);
    const before = await counts();
    const found = await preview(event.id);
    expect(await counts()).toEqual(before);
    expect(found).toMatchObject({ changed: true, error: null });
    const product = found.records.find((record: any) => record.entityType === 'Product');
    expect(product.action).toBe('update');
    expect(product.changes.map((change: any) => change.path)).toEqual(expect.arrayContaining(['name']));
    await t.drain();
    const [audit] = await t.db.sql<any>(
      `select changes from audit_log where entity_type = 'Product' and action = 'update' order by at desc limit 1`,
    );
    const real = Object.entries(audit.changes as Record<string, [unknown, unknown]>)
      .map(([path, [was, is]]) => [
        path,
        was == null ? null : JSON.stringify(was),
        is == null ? null : JSON.stringify(is),
      ])
      .filter(([, was, is]) => was !== is);
    const names = (list: any[]) => list.map((change) => change[0]).sort();
    expect(names(product.changes.map((change: any) => [change.path]))).toEqual(names(real));
    expect(await preview(event.id)).toMatchObject({ changed: false, records: [] });
  });
});

describe('alerts', () => {
  beforeAll(() => t.db.sql('delete from tds_sync_attempts'));
  const check = () => t.app.services.transact({ origin: 'system', actor: 'test' }, checkAlerts);
  const open = async () =>
    (
      await owner.query<any>(
        '{ syncAlerts(filter: { recoveredAt: { isNull: true } }) { nodes { id rule level measured threshold acknowledgedBy } } }',
      )
    ).data.syncAlerts.nodes.filter((alert: any) => alert.rule !== 'WORKER_SILENT');
  const told = async () =>
    (
      await t.db.sql<any>(
        `select data ->> 'change' as change, data ->> 'rule' as rule from event_log where name = 'syncAlertChanged' order by seq`,
      )
    )
      .filter((event) => event.rule !== 'workerSilent')
      .map((event) => `${event.rule} ${event.change}`);

  test('are opened, become critical and are over, each told once', async () => {
    const live = owner.subscribe<any>('subscription { alertRaised { rule level recoveredAt } }');
    await check();
    expect(await open()).toEqual([]);
    await t.db.sql(
      `insert into tds_sync_queue (id, kind, lane, entity_type, zoho_entity_id, status) values (gen_random_uuid(), 'pull', 'pull:products:x', 'products', 'x', 'dead_letter')`,
    );
    await check();
    await check();
    const [alert] = await open();
    expect(alert).toMatchObject({ rule: 'DEAD', level: 'WARNING', measured: 1, threshold: 1 });
    const { data } = await owner.query<any>(
      'mutation($id: ID!) { acknowledgeAlert(id: $id) { ... on SyncAlert { acknowledgedBy acknowledgedAt } } }',
      { id: alert.id },
    );
    expect(data.acknowledgeAlert.acknowledgedBy).toMatch(/^user:/);
    await t.db.sql(
      `insert into tds_sync_queue (id, kind, lane, entity_type, zoho_entity_id, status)
       select gen_random_uuid(), 'pull', 'pull:products:y' || n, 'products', 'y' || n, 'dead_letter' from generate_series(1, 10) n`,
    );
    await check();
    await check();
    expect(await open()).toMatchObject([{ id: alert.id, level: 'CRITICAL', measured: 11, threshold: 10 }]);
    await t.db.sql(`delete from tds_sync_queue where zoho_entity_id = 'x' or zoho_entity_id like 'y%'`);
    await check();
    await check();
    expect(await open()).toEqual([]);
    await live.untilTrue((received) =>
      received.some((one) => one.alertRaised.rule === 'DEAD' && one.alertRaised.recoveredAt !== null),
    );
    expect(await told()).toEqual(['dead opened', 'dead escalated', 'dead recovered']);
    live.stop();
  });

  test('follow the rules of the settings', async () => {
    const rules = async () =>
      (await owner.query<any>('{ syncAlertRules { rule warning critical } }')).data.syncAlertRules;
    expect(await rules()).toEqual([
      { rule: 'PENDING', warning: 100, critical: 500 },
      { rule: 'ERROR_PERCENT', warning: 5, critical: 10 },
      { rule: 'DEAD', warning: 1, critical: 10 },
      { rule: 'LAG_MINUTES', warning: 15, critical: 120 },
      { rule: 'WORKER_SILENT', warning: null, critical: 1 },
      { rule: 'TOKEN_INVALID', warning: null, critical: 1 },
    ]);
    const update = async (args: string, client = owner) =>
      client.query<any>(
        `mutation { updateSyncAlertRule(${args}) { ... on SyncAlertThresholds { rule warning critical } ... on InvalidInputError { faults { field } } } }`,
      );
    expect((await update('rule: PENDING, warning: 3, critical: 2')).data.updateSyncAlertRule.faults).toEqual([
      { field: 'warning' },
    ]);
    expect((await update('rule: PENDING, warning: 2, critical: 4')).data.updateSyncAlertRule).toEqual({
      rule: 'PENDING',
      warning: 2,
      critical: 4,
    });
    await t.db.sql(
      `insert into tds_sync_queue (id, kind, lane, entity_type, zoho_entity_id, run_at, queued_at)
       select gen_random_uuid(), 'pull', 'pull:products:z' || n, 'products', 'z' || n, now() + interval '1 day', now() - interval '20 minutes' from generate_series(1, 2) n`,
    );
    await check();
    expect((await open()).map((alert: any) => `${alert.rule} ${alert.level}`).sort()).toEqual([
      'LAG_MINUTES WARNING',
      'PENDING WARNING',
    ]);
    await t.db.sql(`insert into queue_holds (entity_type, reason, held_by) values ('products', 'a pause', 'test')`);
    await check();
    expect((await open()).map((alert: any) => alert.rule)).toEqual(['PENDING']);
    await t.db.sql('delete from queue_holds');
    await t.db.sql(`delete from tds_sync_queue where zoho_entity_id like 'z%'`);
    await check();
    expect((await update('rule: DEAD, critical: 1', await t.as('MANAGER'))).errors?.[0]?.extensions['code']).toBe(
      'FORBIDDEN',
    );
  });

  test('say that no worker works, and that Zoho refuses the credentials', async () => {
    await t.db.sql(`update zoho_tokens set last_error = 'invalid_code', blocked_until = now() + interval '1 minute'`);
    await check();
    const { data } = await owner.query<any>(
      '{ syncAlerts(filter: { recoveredAt: { isNull: true } }) { nodes { id rule level } } }',
    );
    expect(data.syncAlerts.nodes.map((alert: any) => `${alert.rule} ${alert.level}`).sort()).toEqual([
      'TOKEN_INVALID CRITICAL',
      'WORKER_SILENT CRITICAL',
    ]);
    await t.db.sql(`update zoho_tokens set last_error = null, blocked_until = null`);
    const silent = data.syncAlerts.nodes.find((alert: any) => alert.rule === 'WORKER_SILENT');
    await owner.query('mutation($id: ID!) { resolveAlert(id: $id) { __typename } }', { id: silent.id });
    await check();
    const again = await owner.query<any>(
      '{ syncAlerts(filter: { recoveredAt: { isNull: true } }) { nodes { id rule } } }',
    );
    // It is still true, so it is opened anew.
    expect(again.data.syncAlerts.nodes).toEqual([{ id: expect.not.stringMatching(silent.id), rule: 'WORKER_SILENT' }]);
  });
});

describe('the older paths of webhooks', () => {
  test('lead to the same service', async () => {
    const response = await fetch(`${t.url}/api/tds/webhooks/products`, {
      method: 'POST',
      body: '{"item":{"item_id":"1"}}',
    });
    expect([response.status, (await response.json()).code]).toEqual([401, 'BAD_SIGNATURE']);
    const item = itemAt(77);
    const rawBody = Buffer.from(
      JSON.stringify({
        item: { item_id: item.itemId, name: 'By the older path', last_modified_time: '2026-11-20T10:00:00+0300' },
      }),
    );
    const sent = await fetch(`${t.url}/api/tds/webhooks/products?event=edited`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-zoho-webhook-signature': signWebhook(TEST_SECRETS.webhookSecret, {
          query: new URLSearchParams({ event: 'edited' }),
          form: null,
          rawBody,
        }),
      },
      body: rawBody,
    });
    expect(sent.status).toBe(202);
    const { event_id: eventId, status } = await sent.json();
    expect(status).toBe('accepted');
    const [stored] = await t.db.sql<any>('select entity_type, event_type from tds_inbox_events where event_id = $1', [
      eventId,
    ]);
    expect(stored).toEqual({ entity_type: 'products', event_type: 'edited' });
  });
});

describe('the REST routes', () => {
  test('are described by the schemas of their modules, and answer as they are described', async () => {
    const described = await (await fetch(`${t.url}/openapi.json`)).json();
    expect(described.openapi).toBe('3.1.0');
    expect(Object.keys(described.paths).sort()).toEqual([
      '/api/tds/webhooks/{route}',
      '/api/zoho/bulk-sync',
      '/api/zoho/sync/runs',
      '/api/zoho/sync/stats',
      '/api/zoho/test-credentials',
      '/api/zoho/webhooks/inbox/stats',
      '/api/zoho/webhooks/{route}',
    ]);
    const headers = { authorization: `Bearer ${owner.token ?? ''}` };
    for (const [path, operations] of Object.entries<any>(described.paths)) {
      if (!operations.get) continue;
      const answer = (await (await fetch(`${t.url}${path}`, { headers })).json()) as object;
      const { schema } = operations.get.responses[200].content['application/json'];
      expect(Object.keys(answer).sort()).toEqual([...schema.required].sort());
    }
    const { entity_type: entity } =
      described.paths['/api/zoho/bulk-sync'].post.requestBody.content['application/json'].schema.properties;
    expect(entity.enum).toEqual([...t.app.services.syncs.keys()]);
  });

  test('metrics show depth and age by entity', async () => {
    await t.drain();
    const body = await t.app.services.metrics.registry.metrics();
    expect(body).toMatch(/tsh_queue_depth\{entity="products",status="pending"\} 0/);
    expect(body).toMatch(/tsh_queue_oldest_seconds\{entity="products"\} 0/);
  });
});
