import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { listen, type Listening } from '../src/platform/http/listen.js';
import { createMetrics, type Metrics } from '../src/platform/http/metrics.js';
import { closeHttpServer, createHttpServer } from '../src/platform/http/server.js';
import { abortSignalOf } from '../src/platform/http/abort.js';
import { SlowReaders, type SlowReaderLimits } from '../src/platform/http/slow-readers.js';
import { startTestApp } from './support/app.js';

const MB = 1024 * 1024;
const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
};

describe('answers over HTTP that are not read', () => {
  const clients: Socket[] = [];
  let server: Server;
  let listening: Listening;
  let open = 0;
  let readers: SlowReaders;
  let metrics: Metrics;
  let aborted = 0;
  let peak = 0;

  const start = async (limits: Partial<SlowReaderLimits>): Promise<void> => {
    aborted = 0;
    peak = 0;
    metrics = createMetrics({ version: 'test', slot: null, role: 'all' });
    server = createHttpServer((request, response) => {
      abortSignalOf(response).addEventListener('abort', () => (aborted += 1));
      if (request.url === '/late') return void server.once('timeout', () => response.end('late'));
      const size = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('bytes'));
      // One chunk, as an answer of GraphQL is.
      response.writeHead(200, { 'content-length': size }).end(Buffer.alloc(size));
      peak = Math.max(peak, readers.unsentBytes());
    });
    readers = new SlowReaders(server, {
      metrics,
      log: pino({ level: 'silent' }),
      addressOf: (request) => request.socket.remoteAddress ?? '',
      limits: { sweepMs: 20, ...limits },
    });
    open = 0;
    server.on('connection', (socket: Socket) => {
      open += 1;
      socket.once('close', () => (open -= 1));
    });
    listening = await listen(server, { port: 0, host: '127.0.0.1' });
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await closeHttpServer(server, listening);
  });

  const request = (bytes: number, localAddress = '127.0.0.1'): Socket => {
    const { port } = listening;
    const client = connect({ port, host: '127.0.0.1', localAddress });
    client.on('error', () => undefined);
    client.write(`GET /?bytes=${bytes} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    clients.push(client);
    return client;
  };
  /** Reads the beginning of the answer and nothing more. */
  const deaf = async (bytes: number, localAddress?: string): Promise<Socket> => {
    const client = request(bytes, localAddress);
    await new Promise((resolve) => client.once('data', resolve));
    client.pause();
    return client;
  };
  const cut = async (reason: string): Promise<number> => {
    const { values } = await metrics.slowReaders.get();
    return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
  };

  test('close the connection after a while without progress, and free what was held', async () => {
    await start({ stallMs: 300, bytesPerAddress: 1000 * MB });
    await Promise.all(Array.from({ length: 6 }, () => deaf(17 * MB)));
    expect(peak).toBeGreaterThan(6 * 10 * MB);
    await until(async () => open === 0 && readers.unsentBytes() === 0);
    expect(await cut('stalled')).toBe(6);
    expect(aborted).toBe(6);
  });

  test('are served to the end when the client reads slowly', async () => {
    await start({ stallMs: 1000 });
    const size = 24 * MB;
    const client = request(size);
    const begun = performance.now();
    let received = 0;
    await new Promise<void>((resolve) => {
      client.on('data', (data: Buffer) => {
        received += data.length;
        if (received > size) return resolve();
        // Slow enough to take several times as long as a client may stand still.
        client.pause();
        setTimeout(() => client.resume(), 10);
      });
      client.on('close', () => resolve());
    });
    expect(received).toBeGreaterThan(size);
    expect(performance.now() - begun).toBeGreaterThan(3000);
    expect([await cut('stalled'), aborted]).toEqual([0, 0]);
  });

  test('are not confused with answers that the server takes long to give', async () => {
    await start({ stallMs: 50 });
    const { port } = listening;
    expect(await (await fetch(`http://127.0.0.1:${port}/late`)).text()).toBe('late');
  });

  test('are bounded for one address, and another address is left alone', async () => {
    await start({ stallMs: 60_000, bytesPerAddress: 40 * MB });
    const neighbour = await deaf(17 * MB, '127.0.0.2');
    await Promise.all(Array.from({ length: 6 }, () => deaf(17 * MB)));
    await until(() => readers.unsentBytes() <= (40 + 17) * MB);
    expect(await cut('address')).toBeGreaterThan(0);
    expect(neighbour.destroyed).toBe(false);
    let received = 0;
    neighbour.on('data', (data: Buffer) => (received += data.length)).resume();
    // The beginning was read before.
    await until(() => received > 16 * MB);
  });

  test('are bounded for the process, whatever the addresses', async () => {
    await start({ stallMs: 60_000, bytesPerProcess: 40 * MB });
    await Promise.all(Array.from({ length: 6 }, (_, index) => deaf(17 * MB, `127.0.0.${index + 2}`)));
    await until(() => readers.unsentBytes() <= 40 * MB);
    expect(await cut('process')).toBeGreaterThan(0);
    await until(async () => ((await metrics.unsentBytes.get()).values[0]?.value ?? 0) <= 40 * MB);
  });
});

describe('a subscriber over a WebSocket', () => {
  const EVENTS = 6000;
  const text = Array.from({ length: 45 }, (_, index) => `a${index}: itemId`).join(' ');
  const QUERY = `subscription { syncQueueEvents { itemId ${text} } }`;

  test('that stops reading is closed and holds no more than its bound; one that reads slowly gets everything', async () => {
    const t = await startTestApp({ limits: { sockets: { stallMs: 6000 } } });
    try {
      const open = async (): Promise<WebSocket> => {
        const { token } = await t.as('OWNER');
        const socket = new WebSocket(`${t.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
        await new Promise((resolve) => socket.once('open', resolve));
        const acknowledged = new Promise((resolve) => socket.once('message', resolve));
        socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
        await acknowledged;
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY } }));
        return socket;
      };
      const [deaf, slow] = [await open(), await open()];
      const { hub } = t.app.services;
      await until(() => hub.stats().subscriptions === 2 && hub.stats().busy === 0);
      const received: string[] = [];
      slow.on('message', (data: Buffer) => {
        const frame = JSON.parse(data.toString());
        if (frame.type !== 'next') return;
        received.push(frame.payload.data.syncQueueEvents.itemId);
        if (received.length % 200 === 0) {
          slow.pause();
          setTimeout(() => slow.resume(), 60);
        }
      });
      deaf.pause();
      const closed = new Promise((resolve) => deaf.once('close', resolve));
      await t.db.sql(
        `insert into event_outbox (name, entity_type, entity_id, data)
         select 'queueItemCompleted', 'queue', 'event number ' || g, '{}' from generate_series(1, ${EVENTS}) g`,
      );
      t.app.services.events.nudge();
      let peak = 0;
      await until(() => {
        peak = Math.max(peak, t.app.sockets?.unsentBytes() ?? 0);
        return t.app.sockets?.count() === 1 && received.length === EVENTS;
      });
      expect(peak).toBeGreaterThan(MB);
      expect(peak).toBeLessThan(2 * 1.25 * MB);
      expect(received).toEqual(Array.from({ length: EVENTS }, (_, index) => `event number ${index + 1}`));
      expect(hub.stats().subscriptions).toBe(1);
      expect(await (await fetch(`${t.url}/metrics`)).text()).toMatch(/^tsh_unsent_bytes \d+$/m);
      deaf.terminate();
      await closed;
      slow.terminate();
    } finally {
      await t.stop();
    }
  });
});
