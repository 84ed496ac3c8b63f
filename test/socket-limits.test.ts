import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { startTestApp, type TestApp } from './support/app.js';

const SUBSCRIPTION = 'subscription { syncQueueEvents { cursor } }';

interface Closing {
  code: number | string;
  reason: string;
}

const opened: WebSocket[] = [];
const open = (url: string, options: { origin?: string; host?: string; protocol?: string } = {}): WebSocket => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, options.protocol ?? 'graphql-transport-ws', {
    ...(options.origin ? { origin: options.origin } : {}),
    ...(options.host ? { headers: { host: options.host } } : {}),
  });
  socket.on('error', () => undefined);
  opened.push(socket);
  return socket;
};
const closing = (socket: WebSocket): Promise<Closing> =>
  new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    socket.on('unexpected-response', (_request, response) => {
      resolve({ code: `HTTP ${response.statusCode}`, reason: '' });
      socket.terminate();
    });
  });
const message = (socket: WebSocket): Promise<any> =>
  new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()))));
const ready = (socket: WebSocket): Promise<void> => new Promise((resolve) => socket.once('open', () => resolve()));
const init = (token: string): string =>
  JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
const identified = async (url: string, token: string): Promise<WebSocket> => {
  const socket = open(url);
  await ready(socket);
  socket.send(init(token));
  expect((await message(socket)).type).toBe('connection_ack');
  return socket;
};

afterEach(() => {
  for (const socket of opened.splice(0)) socket.terminate();
});

describe('a socket that has not said who it is', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({ limits: { sockets: { pendingPerAddress: 2 } } });
  });
  afterAll(() => t.stop());

  test('gets a pong without the payload that it sent', async () => {
    const socket = open(t.url);
    await ready(socket);
    socket.send(JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(1000) } }));
    expect(await message(socket)).toEqual({ type: 'pong' });
  });

  test('may send 4 KB in a frame, and more once it is acknowledged', async () => {
    const small = open(t.url);
    await ready(small);
    small.send(JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(5000) } }));
    expect(await closing(small)).toEqual({
      code: 1009,
      reason: 'LIMIT_EXCEEDED: At most 4096 bytes before the acknowledgement.',
    });
    const socket = await identified(t.url, (await t.as('OWNER')).token as string);
    socket.send(JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(5000) } }));
    expect(await message(socket)).toEqual({ type: 'pong' });
  });

  test('may send 16 frames', async () => {
    const socket = open(t.url);
    await ready(socket);
    for (let index = 0; index < 17; index += 1) socket.send('{"type":"ping"}');
    expect(await closing(socket)).toMatchObject({ code: 1008, reason: expect.stringContaining('At most 16 frames') });
  });

  test('takes one of few places of its address until it is known', async () => {
    // Twenty from here: an unannounced proxy would make everybody come from the loopback.
    const pending = Array.from({ length: 20 }, () => open(t.url));
    await Promise.all(pending.map(ready));
    expect(await closing(open(t.url))).toMatchObject({ code: 'HTTP 429' });
    const owner = await t.as('OWNER');
    const known = pending[0] as WebSocket;
    known.send(init(owner.token as string));
    expect((await message(known)).type).toBe('connection_ack');
    const next = open(t.url);
    await ready(next);
    expect(next.readyState).toBe(WebSocket.OPEN);
  });
});

describe('sockets that never read', () => {
  let t: TestApp;
  beforeAll(async () => {
    const unbounded = {
      framesBeforeAck: 1e9,
      initTimeoutMs: 60_000,
      readBurstBytes: 1e12,
      readBytesPerSecond: 1e12,
      subscriptionsPerSocket: 1e9,
    };
    t = await startTestApp({ limits: { sockets: unbounded } });
  });
  afterAll(() => t.stop());

  /** A handshake by hand, on a connection that is never read again. */
  const deafSocket = async (token: string | null): Promise<Socket> => {
    const socket = connect(Number(new URL(t.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const answer = () => new Promise((resolve) => socket.once('data', resolve));
    const shaken = answer();
    socket.write(
      'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
    );
    await shaken;
    if (token !== null) {
      const acknowledged = answer();
      socket.write(frameOf(init(token)));
      await acknowledged;
    }
    socket.pause();
    return socket;
  };

  /** Sends to all of them until the server has closed them; answers the greatest sum of unsent bytes on the way. */
  const flood = async (sockets: Socket[], bytes: () => Buffer): Promise<number> => {
    expect(t.app.sockets?.count()).toBe(sockets.length);
    let peak = 0;
    while ((t.app.sockets?.count() ?? 0) > 0) {
      for (const socket of sockets) if (!socket.writableNeedDrain) socket.write(bytes());
      await new Promise((resolve) => setImmediate(resolve));
      peak = Math.max(peak, t.app.sockets?.unsentBytes() ?? 0);
    }
    expect(t.app.sockets?.unsentBytes()).toBe(0);
    for (const socket of sockets) socket.destroy();
    return peak;
  };

  // Masked with zeros, as a client has to mask.
  const frameOf = (text: string): Buffer => {
    const body = Buffer.from(text);
    return Buffer.concat([Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 255, 0, 0, 0, 0]), body]);
  };

  test('are closed before the errors that they provoke fill the memory', async () => {
    const { token } = await t.as('OWNER');
    const sockets = await Promise.all(Array.from({ length: 8 }, () => deafSocket(token)));
    // The syntax error names the long word.
    const query = 'x'.repeat(30_000);
    let id = 0;
    const peak = await flood(sockets, () =>
      frameOf(JSON.stringify({ id: String((id += 1)), type: 'subscribe', payload: { query } })),
    );
    expect(peak).toBeGreaterThan(8 * 1024 * 1024);
    expect(peak).toBeLessThan(8 * 2 * 1024 * 1024);
  });

  test('are closed before their control frames fill the memory', async () => {
    const frame = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125, 120)]);
    const sockets = await Promise.all(Array.from({ length: 8 }, () => deafSocket(null)));
    const frames = Buffer.concat(Array.from({ length: 500 }, () => frame));
    const peak = await flood(sockets, () => frames);
    expect(peak).toBeLessThan(8 * (16 + 128) * 1024);
  });
});

describe('the sockets of one person', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({ limits: { sockets: { socketsPerPerson: 3, initTimeoutMs: 100 } } });
  });
  afterAll(() => t.stop());

  test('are so many, those that are open stay, and others have their own', async () => {
    const owner = (await t.as('OWNER')).token as string;
    const held = [await identified(t.url, owner), await identified(t.url, owner), await identified(t.url, owner)];
    const further = open(t.url);
    await ready(further);
    further.send(init(owner));
    expect(await closing(further)).toEqual({ code: 1013, reason: 'LIMIT_EXCEEDED: At most 3 sockets a person.' });
    await identified(t.url, (await t.as('OWNER')).token as string);
    for (const socket of held) {
      socket.send('{"type":"ping"}');
      expect(await message(socket)).toEqual({ type: 'pong' });
    }
    const gone = closing(held[0] as WebSocket);
    held[0]?.close();
    await gone;
    while (t.app.sockets?.count() !== 3) await new Promise((resolve) => setImmediate(resolve));
    await identified(t.url, owner);
  });
});

describe('authentication on the socket fails in one shape', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({ limits: { sockets: { initTimeoutMs: 200 } } });
  });
  afterAll(() => t.stop());

  const initWith = (payload?: object) => JSON.stringify({ type: 'connection_init', ...(payload ? { payload } : {}) });
  const signedOut = async (): Promise<string> => {
    const client = await t.as('OWNER');
    await client.query('mutation { signOut }');
    return initWith({ authorization: `Bearer ${client.token}` });
  };
  test.each<[string, () => string | null | Promise<string>, number]>([
    ['no payload', () => initWith(), 4403],
    ['no authorization', () => initWith({}), 4403],
    ['an authorization that is no text', () => initWith({ authorization: 5 }), 4403],
    ['another scheme', () => initWith({ authorization: 'Basic eA==' }), 4403],
    ['a token that is none', () => initWith({ authorization: 'Bearer x' }), 4403],
    ['a key that is none', () => initWith({ authorization: 'Bearer tsh_x' }), 4403],
    ['the token of a session that has ended', signedOut, 4403],
    ['a subscription first', () => `{"id":"1","type":"subscribe","payload":{"query":"${SUBSCRIPTION}"}}`, 4401],
    ['nothing at all', () => null, 4408],
  ])('%s', async (_name, first, code) => {
    const text = await first();
    const socket = open(t.url);
    await ready(socket);
    if (text !== null) socket.send(text);
    expect(await closing(socket)).toEqual({ code, reason: expect.stringMatching(/^UNAUTHENTICATED: .+\.$/) });
  });

  test('a session that ends while the socket is open', async () => {
    const client = await t.as('OWNER');
    const socket = await identified(t.url, client.token as string);
    await client.query('mutation { signOut }');
    t.app.services.events.nudge();
    expect(await closing(socket)).toEqual({ code: 4403, reason: 'UNAUTHENTICATED: The session has ended.' });
  });

  test('a database that is away is not the fault of the token', async () => {
    const client = await t.as('OWNER');
    t.app.services.authenticator.onEvent({
      seq: 0,
      name: 'userChanged',
      entityType: 'user',
      entityId: (await client.query<any>('{ me { userId } }')).data.me.userId,
      data: {},
      occurredAt: new Date(0),
    });
    await t.db.sql('alter table sessions rename to sessions_away');
    const socket = open(t.url);
    await ready(socket);
    socket.send(init(client.token as string));
    const closed = await closing(socket);
    await t.db.sql('alter table sessions_away rename to sessions');
    expect(closed).toMatchObject({ code: 1013, reason: expect.stringMatching(/^UNAVAILABLE: /) });
  });
});

describe('hosts and origins', () => {
  let t: TestApp;
  const lines: any[] = [];
  beforeAll(async () => {
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const settings = { ALLOWED_HOSTS: 'localhost', ALLOWED_ORIGINS: 'https://admin.tsh.example' };
    t = await startTestApp({ log, settings });
  });
  afterAll(() => t.stop());

  test('a socket obeys ALLOWED_HOSTS as HTTP does', async () => {
    expect(await closing(open(t.url, { host: 'evil.example' }))).toMatchObject({ code: 'HTTP 421' });
    const socket = open(t.url, { host: 'localhost:1' });
    await ready(socket);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test('a foreign origin is refused with 403 and one line that names the setting, on the socket and by preflight', async () => {
    const refused = (origin: string) => lines.filter((line) => line.origin === origin).map((line) => line.msg);
    for (let index = 0; index < 5; index += 1) {
      expect(await closing(open(t.url, { origin: 'https://socket.example' }))).toMatchObject({ code: 'HTTP 403' });
      const preflight = await fetch(`${t.url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin: 'https://page.example', 'access-control-request-method': 'POST' },
      });
      expect(preflight.status).toBe(403);
      expect(await preflight.json()).toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringContaining('ALLOWED_ORIGINS'),
      });
    }
    for (const origin of ['https://socket.example', 'https://page.example']) {
      expect(refused(origin)).toEqual([
        `The origin ${origin} is not allowed. Add it to ALLOWED_ORIGINS if its pages may call.`,
      ]);
    }
  });

  test('many foreign origins do not fill the log', async () => {
    for (let index = 0; index < 40; index += 1) {
      await fetch(`${t.url}/livez`, { headers: { origin: `https://o${index}.example` } });
    }
    expect(lines.filter(({ origin }) => origin !== undefined).length).toBe(20);
  });

  test('an allowed origin passes, on the socket and by preflight', async () => {
    const origin = 'https://admin.tsh.example';
    const socket = open(t.url, { origin });
    await ready(socket);
    const preflight = await fetch(`${t.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
  });
});
