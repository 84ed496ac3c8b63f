import type { GraphQLSchema } from 'graphql';
import { operationFor, oddDocument, subscriptionFields, type Operation } from './documents.js';
import { base64, type Sender, type SocketRequest } from './hostile-request.js';
import type { Random } from './random.js';
import { oddText, wrongValue, type Known } from './values.js';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameParts {
  opcode?: number;
  final?: boolean;
  reserved?: number;
  masked?: boolean;
  /** What the head says, when it lies. */
  claimedLength?: number;
}

/** One WebSocket frame of a client, right or wrong. */
export function frameOf(content: string | Buffer, parts: FrameParts = {}): Buffer {
  const { opcode = OPCODE.text, final = true, reserved = 0, masked = true } = parts;
  const payload = Buffer.from(content);
  const length = parts.claimedLength ?? payload.length;
  const head = [(final ? 0x80 : 0) | (reserved << 4) | opcode];
  const bit = masked ? 0x80 : 0;
  const size = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (length < 126) head.push(bit | length);
  else if (length < 65_536) {
    head.push(bit | 126);
    size.writeUInt16BE(length);
  } else {
    head.push(bit | 127);
    size.writeBigUInt64BE(BigInt(length));
  }
  if (!masked) return Buffer.concat([Buffer.from(head), size, payload]);
  const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  const hidden = Buffer.from(payload);
  for (let index = 0; index < hidden.length; index += 1) {
    hidden[index] = (hidden[index] as number) ^ (mask[index % 4] as number);
  }
  return Buffer.concat([Buffer.from(head), size, mask, hidden]);
}

const message = (value: unknown): Buffer => frameOf(JSON.stringify(value));

const FRAMES: Record<string, (random: Random) => Buffer> = {
  'ping with payload': (random) => message({ type: random.pick(['ping', 'pong']), payload: { text: 'p'.repeat(random.pick([1, 900, 60_000])) } }),
  'control ping': (random) => frameOf('x'.repeat(random.pick([0, 125])), { opcode: random.pick([OPCODE.ping, OPCODE.pong]) }),
  'control frame that is too long': () => frameOf('x'.repeat(300), { opcode: OPCODE.ping }),
  'control frame in pieces': () => frameOf('x', { opcode: OPCODE.ping, final: false }),
  binary: () => frameOf(Buffer.from([0, 255, 1, 254]), { opcode: OPCODE.binary }),
  fragmented: (random) => {
    const pieces = random.pick([2, 200]);
    const parts = Array.from({ length: pieces }, (_, index) => frameOf(index === 0 ? '{"type":"ping","payload":{"a":"' : 'x', { opcode: index === 0 ? OPCODE.text : OPCODE.continuation, final: false }));
    return Buffer.concat([...parts, frameOf('"}}', { opcode: OPCODE.continuation })]);
  },
  'fragmented without end': () => frameOf('{"type":', { final: false }),
  'continuation of nothing': () => frameOf('x', { opcode: OPCODE.continuation }),
  huge: (random) => frameOf(`{"type":"ping","payload":{"a":"${'x'.repeat(random.pick([65_000, 70_000, 2_000_000]))}"}}`),
  'length that lies': (random) => frameOf('x', { claimedLength: random.pick([100, 70_000, 2 ** 40]) }),
  'invalid UTF-8': () => frameOf(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
  'unknown opcode': (random) => frameOf('x', { opcode: random.pick([3, 7, 11, 15]) }),
  'reserved bits': () => frameOf('{}', { reserved: 4 }),
  'without mask': () => frameOf('{"type":"ping"}', { masked: false }),
  'no JSON': (random) => frameOf(random.pick(['', '{', 'null', '[]', '7', '"x"', '{"type":null}', '\u0000', oddText(random)])),
  'unknown type': (random) => message({ type: random.pick(['nope', 'start', 'connection_ack', 'next', '__proto__', 'toString', 1]), id: '1' }),
  'init again': () => message({ type: 'connection_init' }),
  'init with odd payload': (random) => message({ type: 'connection_init', payload: wrongValue(random) }),
  'init with a bad token': (random) => message({ type: 'connection_init', payload: { authorization: random.pick(['Bearer x', 'Bearer ', 7, null, 'x'.repeat(30_000)]) } }),
  'complete of nothing': (random) => message({ type: 'complete', id: random.pick(['nope', '', 1, null, '__proto__']) }),
  'subscribe without query': (random) => message({ type: 'subscribe', id: random.pick(['1', '', null, 7]), payload: wrongValue(random) }),
  close: (random) => frameOf(random.pick([Buffer.alloc(0), Buffer.from([3]), Buffer.from([0, 1]), Buffer.from([0x03, 0xe8]), Buffer.from([0x03, 0xe8, 0xff, 0xfe])]), { opcode: OPCODE.close }),
}; // prettier-ignore

const PROTOCOLS = ['graphql-transport-ws', 'graphql-transport-ws', 'graphql-transport-ws', 'graphql-ws', 'nope', null];

export function oddSocket(sender: Sender, schema: GraphQLSchema, random: Random, known: Known): SocketRequest {
  const steps: SocketRequest['steps'] = [];
  const names: string[] = [];
  const add = (frame: Buffer): void => void steps.push({ frame: base64(frame) });
  const operation = (): Operation =>
    random.chance(0.3)
      ? oddDocument(random).operation
      : operationFor(schema, random.pick(subscriptionFields(schema)), random, known);
  const odd = (): void => {
    const name = random.pick(Object.keys(FRAMES));
    names.push(name);
    add((FRAMES[name] as (typeof FRAMES)[string])(random));
  };
  if (random.chance(0.35)) odd();
  if (random.chance(0.75)) {
    steps.push('init');
    for (let count = random.between(0, 4); count > 0; count -= 1) {
      const id = random.pick(['1', '1', '2', '__proto__', 'x'.repeat(5000)]);
      const { query, variables } = operation();
      if (query.length < 60_000) add(message({ type: 'subscribe', id, payload: { query, variables } }));
    }
  }
  for (let count = random.between(0, 3); count > 0; count -= 1) odd();
  const headers: Record<string, string> = random.chance(0.15)
    ? random.pick<Record<string, string>>([
        { origin: 'https://evil.example' },
        { 'sec-websocket-version': '7' },
        { 'sec-websocket-key': 'x' },
        { 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits=99' },
      ])
    : {};
  return {
    kind: 'socket',
    family: `socket: ${names.join(', ') || 'subscribe'}`,
    sender,
    protocol: random.pick(PROTOCOLS),
    headers,
    steps,
  };
}
