import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { can, ROLES, type Viewer } from '../src/kernel/viewer.js';
import { liveTopics, modules } from '../src/modules.js';
import { assertAccess, permissionTable } from '../src/platform/graphql/access.js';
import type { ChangeRule } from '../src/platform/graphql/entity-change.js';
import type { LiveTopic } from '../src/platform/module.js';
import { startTestApp, type TestApp, type TestClient } from './support/app.js';
import { sellable, Seller } from './support/selling.js';

const topics = liveTopics(modules);
const rules = modules.flatMap((module) => Object.entries(module.changes ?? {}));
const table = permissionTable(modules);

interface Person {
  name: string;
  viewer: Viewer;
  client: TestClient;
  /** `user:<id>` or `key:<id>`. */
  actor: string;
  id: string;
  /** The customer that this person is, or looks after. */
  customerId: string;
  orderId: string;
  productId: string;
}

interface Case {
  name: string;
  field: string;
  query: string;
  args: Record<string, unknown>;
  events: readonly string[];
  entityType: string;
  access: (viewer: Viewer) => boolean;
}

const RUN = '0190a0a0-0000-7000-8000-000000000001';
const RECORDS: Record<string, string> = {
  product: 'product { id name sku }',
  order: 'order { id number status total { amount currency } customer { id name } }',
  customer: 'customer { id code name creditLimit { amount } orders { id number } }',
};
/** Each topic but entityChanged, which has a case for each of its types. */
const DOCUMENTS: Record<string, { query: string; args: Record<string, unknown>; entityType: string }> = {
  syncQueueEvents: { query: 'syncQueueEvents { cursor itemId type }', args: {}, entityType: 'queue' },
  syncStatsUpdated: { query: 'syncStatsUpdated { pending completed }', args: {}, entityType: 'queue' },
  syncWorkersUpdated: { query: 'syncWorkersUpdated { name state }', args: {}, entityType: 'queue' },
  syncRunUpdated: { query: `syncRunUpdated(id: "${RUN}") { id status }`, args: { id: RUN }, entityType: 'syncRun' },
  deploymentUpdated: {
    query: 'deploymentUpdated { cursor deploymentId status }',
    args: { environment: null },
    entityType: 'deployment',
  },
  deploymentRequested: {
    query: 'deploymentRequested { cursor }',
    args: { environment: null },
    entityType: 'deployment',
  },
  deploymentLogAppended: {
    query: `deploymentLogAppended(id: "${RUN}") { cursor }`,
    args: { id: RUN },
    entityType: 'deployment',
  },
};

const mayCall = (field: string, viewer: Viewer): boolean => {
  const access = table[`Subscription.${field}`];
  if (!access) return false;
  try {
    assertAccess(access, viewer);
    return true;
  } catch {
    return false;
  }
};
const CASES: Case[] = [
  ...rules.map(([type, rule]: [string, ChangeRule]) => ({
    name: `entityChanged of ${type}`,
    field: 'entityChanged',
    query: `entityChanged(types: ["${type}"]) { cursor entityId type ${RECORDS[type] ?? ''} }`,
    args: { types: [type] },
    events: [rule.event],
    entityType: type,
    access: (viewer: Viewer) => can(viewer, rule.permission),
  })),
  ...Object.entries(topics)
    .filter(([field]) => field !== 'entityChanged')
    .map(([field, topic]) => ({
      name: field,
      field,
      query: DOCUMENTS[field]?.query ?? '',
      args: DOCUMENTS[field]?.args ?? {},
      events: topic.events,
      entityType: DOCUMENTS[field]?.entityType ?? '',
      access: (viewer: Viewer) => mayCall(field, viewer),
    })),
];

describe('a live event reaches exactly whom it concerns', () => {
  let t: TestApp;
  const people: Person[] = [];

  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    const customers = await t.db.sql<any>(
      `select c.id from customers c join price_lists l on l.id = c.price_list_id
       where l.code = 'wholesale_a' and c.active order by c.code limit 30`,
    );
    const [shelf] = (await sellable(t, 'wholesale_a', 1)).products;
    const products = await t.db.sql<any>('select id from products order by external_ref limit 60');
    const clients: [string, TestClient][] = [];
    for (const role of ROLES) {
      for (const number of [1, 2]) clients.push([`${role} ${number}`, await t.as(role)]);
    }
    const owner = clients[0]?.[1] as TestClient;
    for (const number of [1, 2]) {
      const { data } = await owner.query<any>(
        `mutation { createApiKey(name: "key ${number}", scopes: ["orders:read", "export:run", "till:use", "customers:read"]) {
           ... on ApiKeyCreated { secret } } }`,
      );
      clients.push([`key ${number}`, t.withToken(data.createApiKey.secret)]);
    }
    for (const [index, [name, client]] of clients.entries()) {
      const viewer = await t.app.services.authenticator.viewerOf(`Bearer ${client.token}`);
      const actor = viewer.kind === 'user' ? `user:${viewer.userId}` : `key:${(viewer as { keyId: string }).keyId}`;
      const id = actor.replace(/^\w+:/, '');
      const customerId = customers[index].id;
      if (name.startsWith('WHOLESALE_CLIENT')) {
        await t.db.sql('insert into customer_users (user_id, customer_id) values ($1, $2)', [id, customerId]);
      } else if (viewer.kind === 'user') {
        await t.db.sql('update customers set salesperson_id = $1 where id = $2', [id, customerId]);
      }
      const input = { customerId, lines: [{ productId: shelf?.id, quantity: '1' }] };
      const { id: orderId } = await new Seller(t, owner).order(input);
      people.push({ name, viewer, client, actor, id, customerId, orderId, productId: products[index].id });
    }
    // Accounts are found with the session; what was cached before the customer was linked is let go.
    for (const person of people) {
      t.app.services.authenticator.onEvent({
        seq: 0,
        name: 'userChanged',
        entityType: 'user',
        entityId: person.id,
        data: {},
        occurredAt: new Date(0),
      });
      person.viewer = await t.app.services.authenticator.viewerOf(`Bearer ${person.client.token}`);
    }
  }, 120_000);
  afterAll(() => t.stop());

  const idle = async (): Promise<void> => {
    const { hub, events } = t.app.services;
    await t.db.sql('select * from number_events(2000)');
    const { seq } = await events.head();
    hub.hint();
    while (hub.stats().position < seq || hub.stats().busy > 0) await new Promise((resolve) => setImmediate(resolve));
  };

  /** One event for each person as the owner of everything that an event can name. */
  const emit = async (one: Case): Promise<void> => {
    for (const [index, person] of people.entries()) {
      const record: Record<string, string> = {
        product: person.productId,
        order: person.orderId,
        customer: person.customerId,
        syncRun: RUN,
        deployment: RUN,
      };
      const data = {
        change: 'updated',
        visible: index % 2 === 0,
        customerId: person.customerId,
        salespersonId: person.id,
        salespersonIds: [person.id],
        userId: person.id,
        actor: person.actor,
        environment: 'staging',
        status: 'pending',
      };
      await t.db.sql('insert into event_outbox (name, entity_type, entity_id, data) values ($1, $2, $3, $4)', [
        one.events[0],
        one.entityType,
        record[one.entityType] ?? person.id,
        JSON.stringify(data),
      ]);
    }
    await idle();
  };

  const subscribe = (one: Case, person: Person, after?: string): { frames: string[]; leave: () => void } => {
    const frames: string[] = [];
    const leave = t.app.services.hub.subscribe({
      field: one.field,
      args: { ...one.args, ...(after ? { after } : {}) },
      document: parse(`subscription { ${one.query} }`),
      operationName: null,
      variables: {},
      cursorVariables: new Set(),
      viewer: person.viewer,
      language: 'en',
      send: (payload) => void frames.push(payload.text),
      buffered: () => 0,
      drained: () => Promise.resolve(),
      end: (error) => void (error && frames.push(`ended: ${error.message}`)),
    });
    return { frames, leave };
  };

  test('every topic of every module is among the cases', () => {
    expect(Object.keys(topics).filter((field) => field !== 'entityChanged')).toEqual(Object.keys(DOCUMENTS));
    expect(rules.length).toBeGreaterThan(8);
  });

  test.each(CASES.flatMap((one) => [[one.name, 'in order', one] as const, [one.name, 'in reverse', one] as const]))(
    '%s, joined %s: everybody gets what a subscription of their own would get',
    async (_name, order, one) => {
      const allowed = people.filter(({ viewer }) => one.access(viewer));
      expect(allowed.length).toBeGreaterThan(1);
      const before = t.app.services.hub.cursorOf(t.app.services.hub.stats().position);
      const joined = new Map<Person, ReturnType<typeof subscribe>>();
      for (const person of order === 'in order' ? allowed : [...allowed].reverse()) {
        joined.set(person, subscribe(one, person));
      }
      await idle();
      await emit(one);
      const isState = topics[one.field]?.delivery === 'state';
      const got = new Map([...joined].map(([person, { frames }]) => [person, frames.slice()]));
      for (const { leave } of joined.values()) leave();
      let frames = 0;
      for (const person of allowed) {
        const alone = subscribe(one, person, isState ? undefined : before);
        if (isState) while (alone.frames.length === 0) await new Promise((resolve) => setImmediate(resolve));
        await idle();
        alone.leave();
        const mine = got.get(person) ?? [];
        expect([person.name, isState ? mine.at(-1) : mine]).toEqual([
          person.name,
          isState ? alone.frames[0] : alone.frames,
        ]);
        frames += mine.length;
      }
      expect(frames).toBeGreaterThan(0);
    },
  );

  test.each(rules.filter(([type]) => RECORDS[type]))(
    'the record beside a change of %s is what a query of the same person answers',
    async (type) => {
      const one = CASES.find(({ entityType }) => entityType === type) as Case;
      const selection = RECORDS[type] as string;
      const joined = people
        .filter(({ viewer }) => one.access(viewer))
        .map((person) => ({ person, ...subscribe(one, person) }));
      await idle();
      await emit(one);
      let records = 0;
      for (const { person, frames, leave } of joined) {
        leave();
        for (const frame of frames) {
          const change = JSON.parse(frame).data.entityChanged;
          const answer = await person.client.query(`{ ${selection.replace(' {', `(id: "${change.entityId}") {`)} }`);
          expect([person.name, change[type]]).toEqual([person.name, answer.data?.[type] ?? null]);
          if (change[type]) records += 1;
        }
      }
      expect(records).toBeGreaterThan(0);
    },
  );

  test('each cashier gets the events of the own till, and only those', async () => {
    const [first, second] = people.filter(({ name }) => name.startsWith('CASHIER')) as [Person, Person];
    const QUERY = 'subscription { entityChanged(types: ["tillSession"]) { entityId } }';
    const lives = [first, second].map(({ client }) => client.subscribe<any>(QUERY));
    while (t.app.services.hub.stats().subscriptions < 2) await new Promise((resolve) => setImmediate(resolve));
    const warehouse = (await t.db.sql<any>('select id from warehouses where is_primary'))[0].id;
    for (const { client } of [first, second]) {
      const answer = await client.query<any>(
        `mutation { openTill(warehouseId: "${warehouse}", counts: [{ currency: "USD", amount: "0" }], idempotencyKey: "0190a0a0-0000-7000-8000-0000000000aa") { __typename } }`,
      );
      expect(answer.errors).toBeUndefined();
    }
    const sessions = await t.db.sql<any>('select id, user_id from till_sessions');
    await idle();
    for (const [index, person] of [first, second].entries()) {
      const [frame] = (await lives[index]?.until(1)) ?? [];
      expect(frame?.entityChanged.entityId).toBe(sessions.find((row: any) => row.user_id === person.id)?.id);
      expect(lives[index]?.received.length).toBe(1);
      lives[index]?.stop();
    }
  });
});

describe('a topic that looks at the person cannot forget to say so', () => {
  const topic: Pick<LiveTopic, 'delivery' | 'events'> = { delivery: 'log', events: ['x'] };

  test('the type of a shared topic or rule does not give the person to accepts', () => {
    const sneaky: LiveTopic[] = [
      // @ts-expect-error Without perPerson the third argument has rights and no identity.
      { ...topic, accepts: (_args, event, viewer) => viewer.kind === 'user' && viewer.userId === event.entityId },
      {
        ...topic,
        perPerson: true,
        accepts: (_args, event, viewer) => viewer.kind === 'user' && viewer.userId === event.entityId,
      },
    ];
    const rule: ChangeRule = {
      event: 'x',
      permission: 'till:use',
      // @ts-expect-error Nor has a change rule a person to compare with.
      accepts: (event, viewer) => viewer.kind === 'user' && viewer.userId === event.entityId,
    };
    expect([sneaky.length, rule.event]).toEqual([2, 'x']);
  });

  test('the rules that look at the person are these', () => {
    const personal = rules.filter(([, rule]) => rule.perPerson).map(([type]) => type);
    expect(personal.sort()).toEqual(['creditNote', 'customer', 'export', 'invoice', 'order', 'payment', 'tillSession']);
  });
});
