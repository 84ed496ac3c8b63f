import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, subscriptionExchange } from '@urql/core';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const SUBSCRIPTION = `subscription Changes($after: String) {
  entityChanged(types: ["product"], after: $after) { cursor entityId type product { id name } } }`;
const EVENTS = 300;
const CUTS = 6;

interface Change {
  cursor: string;
  entityId: string;
}

/** Follows the changes behind a cursor until `stop` is called; every lost connection is taken up again. */
type Follow = (from: { url: string; token: string; after: string }, seen: (change: Change) => void) => Follower;
interface Follower {
  /** Cuts the connection as a lost network does: no close frame. */
  cut(): void;
  connected(): boolean;
  stop(): Promise<void>;
}

/** A graphql-ws client whose connection can be cut; it connects again by itself unless `retryAttempts` says no. */
function cuttable(
  from: { url: string; token: string },
  retryAttempts: number,
): { client: Client; sockets: WebSocket[] } {
  const sockets: WebSocket[] = [];
  class Kept extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols);
      sockets.push(this);
    }
  }
  const client = createClient({
    url: `${from.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: Kept,
    connectionParams: { authorization: `Bearer ${from.token}` },
    retryAttempts,
    retryWait: () => Promise.resolve(),
    shouldRetry: () => true,
  });
  return { client, sockets };
}

const controls = (sockets: WebSocket[]): Pick<Follower, 'cut' | 'connected'> => ({
  cut: () => sockets.at(-1)?.terminate(),
  connected: () => sockets.at(-1)?.readyState === WebSocket.OPEN,
});

/** graphql-ws subscribes again with the payload that it was given, so moving `after` in it is all there is to do. */
const followWithGraphqlWs: Follow = (from, seen) => {
  const { client, sockets } = cuttable(from, 100);
  const variables = { after: from.after };
  client.subscribe<{ entityChanged: Change }>(
    { query: SUBSCRIPTION, variables },
    {
      next({ data }) {
        if (!data) return;
        variables.after = data.entityChanged.cursor;
        seen(data.entityChanged);
      },
      error: () => undefined,
      complete: () => undefined,
    },
  );
  return { ...controls(sockets), stop: async () => client.dispose() };
};

/** Starts the subscription anew behind the last cursor whenever it ends; both libraries report a lost socket as an error. */
function followAnew(
  from: { after: string },
  seen: (change: Change) => void,
  subscribe: (after: string, next: (change: Change) => void, lost: () => void) => () => void,
): () => void {
  let after = from.after;
  let stopped = false;
  let unsubscribe: () => void = () => undefined;
  const begin = (): void => {
    if (stopped) return;
    unsubscribe = subscribe(
      after,
      (change) => {
        ({ cursor: after } = change);
        seen(change);
      },
      () => setImmediate(begin),
    );
  };
  begin();
  return () => {
    stopped = true;
    unsubscribe();
  };
}

const followWithApollo: Follow = (from, seen) => {
  const { client: socket, sockets } = cuttable(from, 0);
  const client = new ApolloClient({
    link: ApolloLink.from([new GraphQLWsLink(socket)]),
    cache: new InMemoryCache(),
  });
  const stop = followAnew(from, seen, (after, next, lost) => {
    const subscription = client
      .subscribe<{ entityChanged: Change }>({ query: gql(SUBSCRIPTION), variables: { after } })
      .subscribe({
        next: ({ data, error }) => (error || !data ? lost() : next(data.entityChanged)),
        error: lost,
      });
    return () => subscription.unsubscribe();
  });
  return {
    ...controls(sockets),
    async stop() {
      stop();
      client.stop();
      await socket.dispose();
    },
  };
};

const followWithUrql: Follow = (from, seen) => {
  const { client: socket, sockets } = cuttable(from, 0);
  const client = new UrqlClient({
    url: `${from.url}/graphql`,
    exchanges: [
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query, variables: variables as Record<string, unknown> }, sink as never),
          }),
        }),
      }),
    ],
  });
  const stop = followAnew(from, seen, (after, next, lost) => {
    const { unsubscribe } = client
      .subscription<{ entityChanged: Change }>(SUBSCRIPTION, { after })
      .subscribe(({ data, error }) => (error ? lost() : data && next(data.entityChanged)));
    return unsubscribe;
  });
  return {
    ...controls(sockets),
    async stop() {
      stop();
      await socket.dispose();
    },
  };
};

describe('a subscription whose connection is cut goes on behind its last cursor', () => {
  let t: TestApp;
  let owner: TestClient;
  let productIds: string[];
  beforeAll(async () => {
    t = await startTestApp({ redis: true });
    owner = await t.as('OWNER');
    await t.db.sql(`insert into products (id, external_ref, name, search_text, base_price_usd, created_at, updated_at)
      select gen_random_uuid(), 'cut' || g, 'Cut ' || g, 'cut', 1, now(), now() from generate_series(1, 10) g`);
    productIds = (await t.db.sql<{ id: string }>('select id from products order by external_ref')).map(({ id }) => id);
  });
  afterAll(() => t.stop());

  const emit = async (count: number): Promise<void> => {
    await t.db.sql(
      `insert into event_outbox (name, entity_type, entity_id, data)
       select 'productChanged', 'product', ($1::text[])[1 + g % 10], '{"change":"updated","fields":[],"visible":true}'
       from generate_series(1, $2::int) g`,
      [productIds, count],
    );
    t.app.services.events.nudge();
    t.app.services.hub.hint();
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  test.each<[string, Follow]>([
    ['graphql-ws', followWithGraphqlWs],
    ['Apollo Client over graphql-ws', followWithApollo],
    ['urql over graphql-ws', followWithUrql],
  ])(
    '%s misses no change and sees none twice',
    async (_name, follow) => {
      const { hub } = t.app.services;
      const [head] = await t.db.sql<{ seq: string }>('select seq from event_head');
      const seen: Change[] = [];
      const after = hub.cursorOf(hub.stats().position);
      const follower = follow({ url: t.url, token: owner.token as string, after }, (change) => seen.push(change));
      await until(() => hub.stats().subscriptions === 1);
      for (let cut = 0; cut < CUTS; cut += 1) {
        // Half of a batch is under way when the connection goes.
        const target = seen.length + EVENTS / CUTS / 2;
        await emit(EVENTS / CUTS);
        await until(() => seen.length >= target && follower.connected());
        follower.cut();
      }
      await until(() => seen.length >= EVENTS);
      await emit(1);
      await until(() => seen.length >= EVENTS + 1);
      await follower.stop();
      await until(() => hub.stats().subscriptions === 0);
      const log = await t.db.sql<{ entity_id: string }>(
        `select entity_id from event_log where seq > $1 and name = 'productChanged' order by seq`,
        [head?.seq],
      );
      expect(seen.map(({ entityId }) => entityId)).toEqual(log.map((row) => row.entity_id));
      expect(new Set(seen.map(({ cursor }) => cursor)).size).toBe(EVENTS + 1);
    },
    60_000,
  );
});
