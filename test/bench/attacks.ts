import { randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';
import type { Person } from './people.js';

/** What one client may try against everybody else; each runs until it is told to stop. */
export interface Attack {
  name: string;
  /** Starts; answers how to stop, and what came of it. */
  start(target: AttackTarget): () => Promise<AttackOutcome>;
}

export interface AttackTarget {
  url: string;
  port: number;
  consumer: Person;
  staff: Person;
}

export interface AttackOutcome {
  answered: number;
  refused: number;
}

const CONNECTIONS = 16;
const SOCKETS = 30;
const STRANGER: Person = { token: '', address: '10.99.0.1' };

interface Post {
  person: Person;
  body: string;
}

/** Sends one request after the other over 16 connections; whatever is neither 200 nor refused is an answer too. */
function flood(next: () => Post): Attack['start'] {
  return ({ port }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const outcome: AttackOutcome = { answered: 0, refused: 0 };
    let running = true;
    const send = ({ person, body }: Post): Promise<void> =>
      new Promise((resolve) => {
        const sent = request(
          {
            agent,
            port,
            host: '127.0.0.1',
            method: 'POST',
            path: '/graphql',
            headers: {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
              'x-forwarded-for': person.address,
              ...(person.token ? { authorization: `Bearer ${person.token}` } : {}),
            },
          },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (part: string) => {
              if (text.length < 2000) text += part;
            });
            response.once('end', () => {
              outcome.answered += 1;
              const isRefused =
                (response.statusCode ?? 0) >= 400 || /LIMIT_EXCEEDED|THROTTLED|UNAVAILABLE|BAD_INPUT/.test(text);
              if (isRefused) outcome.refused += 1;
              resolve();
            });
          },
        );
        sent.once('error', () => resolve());
        sent.end(body);
      });
    const worker = async (): Promise<void> => {
      while (running) await send(next());
    };
    const workers = Array.from({ length: CONNECTIONS }, worker);
    return async () => {
      running = false;
      agent.destroy();
      await Promise.all(workers);
      return outcome;
    };
  };
}

const text = (query: string, variables?: object): string => JSON.stringify({ query, variables });
const name = (): string => `N${randomBytes(6).toString('hex')}`;

const connectionInit = ({ token }: Person): string =>
  JSON.stringify({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} });

/** Keeps sockets open, each fed by `feed` until the end; a socket that the server closes is opened again. */
function sockets(
  person: (target: AttackTarget) => Person,
  feed: (socket: WebSocket, outcome: AttackOutcome) => NodeJS.Timeout | null,
): Attack['start'] {
  return (target) => {
    const outcome: AttackOutcome = { answered: 0, refused: 0 };
    const open = new Set<WebSocket>();
    let running = true;
    const begin = (): void => {
      if (!running) return;
      const { address } = person(target);
      const socket = new WebSocket(`ws://127.0.0.1:${target.port}/graphql`, 'graphql-transport-ws', {
        perMessageDeflate: false,
        headers: { 'x-forwarded-for': address },
      });
      open.add(socket);
      let timer: NodeJS.Timeout | null = null;
      socket.once('open', () => {
        timer = feed(socket, outcome);
      });
      socket.on('message', () => (outcome.answered += 1));
      socket.on('error', () => undefined);
      socket.once('close', () => {
        outcome.refused += 1;
        open.delete(socket);
        if (timer) clearInterval(timer);
        setTimeout(begin, 20);
      });
    };
    for (let index = 0; index < SOCKETS; index += 1) begin();
    return async () => {
      running = false;
      for (const socket of open) socket.terminate();
      return outcome;
    };
  };
}

const SUBSCRIPTION =
  'subscription($types: [String!]!) { entityChanged(types: $types) { cursor entityId product { id name } } }';

/** Attacks of the list in design/reliability.md, and those of the review. */
export const attacksOf = ({ consumer, staff }: Pick<AttackTarget, 'consumer' | 'staff'>): Attack[] => [
  {
    name: 'alias flood, 18 lists a request, by a consumer',
    start: flood(() => ({
      person: consumer,
      body: text(`{ ${Array.from({ length: 18 }, (_, index) => `a${index}: products(first: 40) { totalCount nodes { id name price { amount } } }`).join(' ')} }`),
    })),
  },
  {
    name: 'deep nesting, 1,600 levels, by a stranger',
    start: flood(() => ({ person: STRANGER, body: text(`{ products { nodes { ${'category { parent { '.repeat(800)} id ${'} } '.repeat(800)} } } }`) })),
  },
  {
    name: 'huge bodies, 250 kB of nested JSON, by a stranger',
    start: flood(() => ({ person: STRANGER, body: `{"query":"{ me { name } }","variables":${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}}` })),
  },
  {
    name: 'fields to compare, 1,240, by a stranger',
    start: flood(() => ({ person: STRANGER, body: text(`{ ${'me{name} '.repeat(1240)} }`) })),
  },
  {
    name: 'ever new operations with a filter as variable, by a consumer',
    start: (() => {
      let last = '';
      let times = 0;
      return flood(() => {
        // Twice each: the second sight is what compiles.
        if (times % 2 === 0) last = text(`query ${name()}($f: ProductFilter) { products(first: 1, filter: $f) { nodes { id } } }`, { f: {} });
        times += 1;
        return { person: consumer, body: last };
      });
    })(),
  },
  {
    name: 'sign-in flood from 1,000 addresses',
    start: flood(() => ({
      person: { token: '', address: `10.50.${randomBytes(1)[0]}.${(randomBytes(1)[0] ?? 0) & 3}` },
      body: text('mutation($e: String!) { signIn(email: $e, password: "wrong password") { ... on UserError { code } } }', { e: `${randomUUID()}@x.example` }),
    })),
  },
  {
    name: 'expensive filters and counts, by a consumer',
    start: flood(() => ({
      person: consumer,
      body: text(
        'query($f: ProductFilter) { products(first: 100, orderBy: PRICE_DESC, filter: $f) { totalCount nodes { id price { amount } } } }',
        { f: { OR: Array.from({ length: 20 }, () => ({ name: { contains: randomBytes(2).toString('hex') } })), price: { gt: '1' } } },
      ),
    })),
  },
  {
    name: 'reports of 800 days, by staff',
    start: flood(() => ({
      person: staff,
      body: text('{ report(name: SALES_BY_PRODUCT, from: "2024-09-15", to: "2026-11-20") { rows } }'),
    })),
  },
  {
    name: 'subscription flood, 30 sockets of 50, by staff',
    start: sockets(
      () => staff,
      (socket) => {
        socket.send(connectionInit(staff));
        return setInterval(() => {
          if (socket.readyState !== WebSocket.OPEN) return;
          for (let id = 0; id < 50; id += 1) {
            const payload = { query: SUBSCRIPTION, variables: { types: ['product', `x${id}`] } };
            socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload }));
          }
          for (let id = 0; id < 50; id += 1) socket.send(JSON.stringify({ id: String(id), type: 'complete' }));
        }, 200);
      },
    ),
  },
  {
    name: 'ping flood, 60 kB without reading, by a stranger',
    start: sockets(
      () => STRANGER,
      (socket) => {
        const ping = JSON.stringify({ type: 'ping', payload: { text: 'p'.repeat(60_000) } });
        (socket as unknown as { _socket: { pause(): void } })._socket.pause();
        return setInterval(() => {
          if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < 10_000_000) {
            for (let count = 0; count < 20; count += 1) socket.send(ping);
          }
        }, 20);
      },
    ),
  },
]; // prettier-ignore
