import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { frameOf, OPCODE } from './frames.js';
import type { HostileRequest, HttpRequest, RawRequest, Sender, SocketRequest } from './hostile-request.js';
import { KEPT_TEXT, type Observed } from './judge.js';

const PATIENCE_MS = 20_000;
/** A half-sent request waits for the server's own time-out of 30 s; nobody has to watch that. */
const RAW_PATIENCE_MS = 1500;
const SOCKET_PATIENCE_MS = 3000;

export interface Target {
  port: number;
  /** Null for strangers. */
  tokenOf(sender: Sender): string | null;
  /** Each sender comes from an address of its own. */
  addressOf(sender: Sender): string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
export const closeConnections = (): void => agent.destroy();

const NO_ANSWER: Observed = { status: 0, headers: {}, text: '' };

function sendHttp(target: Target, hostile: HttpRequest): Promise<Observed> {
  const token = target.tokenOf(hostile.sender);
  const body = hostile.body === null ? null : Buffer.from(hostile.body, 'base64');
  return new Promise((resolve) => {
    const done = (observed: Observed): void => {
      clearTimeout(late);
      resolve(observed);
    };
    const options = {
      agent,
      host: '127.0.0.1',
      port: target.port,
      method: hostile.method,
      path: hostile.path,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        'x-forwarded-for': target.addressOf(hostile.sender),
        ...(body ? { 'content-length': String(body.length) } : {}),
        ...hostile.headers,
      },
    };
    const sent = request(options, (response) => {
      const parts: Buffer[] = [];
      let kept = 0;
      response.on('data', (part: Buffer) => {
        if (kept < KEPT_TEXT) parts.push(part);
        kept += part.length;
      });
      const end = (): void =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString('utf8').slice(0, KEPT_TEXT),
        });
      response.once('end', end);
      response.once('error', end);
    });
    const late = setTimeout(() => {
      sent.destroy();
      resolve({ ...NO_ANSWER, timedOut: true });
    }, PATIENCE_MS);
    // A refusal before the whole body was taken ends the connection: that is an answer too.
    sent.once('error', () => done(NO_ANSWER));
    sent.end(body ?? undefined);
  });
}

function sendRaw(target: Target, hostile: RawRequest): Promise<Observed> {
  return new Promise((resolve) => {
    const socket = connect(target.port, '127.0.0.1');
    let text = '';
    const late = setTimeout(() => socket.destroy(), RAW_PATIENCE_MS);
    socket.on('data', (data: Buffer) => (text += data.toString('latin1')).slice(0, KEPT_TEXT));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(late);
      const [head = '', ...rest] = text.split('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
      const headers = Object.fromEntries(
        head
          .split('\r\n')
          .slice(1)
          .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
      );
      resolve({ status, headers, text: rest.join('\r\n\r\n'), isUnparsed: true });
    });
    socket.write(Buffer.from(hostile.bytes, 'base64'));
  });
}

/** Reads the server's frames, which are never masked. */
function framesIn(data: Buffer): { opcode: number; payload: Buffer }[] {
  const frames: { opcode: number; payload: Buffer }[] = [];
  let at = 0;
  while (at + 2 <= data.length) {
    const opcode = (data[at] as number) & 15;
    let length = (data[at + 1] as number) & 127;
    at += 2;
    if (length === 126) {
      if (at + 2 > data.length) break;
      length = data.readUInt16BE(at);
      at += 2;
    } else if (length === 127) {
      if (at + 8 > data.length) break;
      length = Number(data.readBigUInt64BE(at));
      at += 8;
    }
    frames.push({ opcode, payload: data.subarray(at, at + length) });
    at += length;
  }
  return frames;
}

const LAST_PING = 'the last one';

function sendSocket(target: Target, hostile: SocketRequest): Promise<Observed> {
  const token = target.tokenOf(hostile.sender);
  const headers: Record<string, string> = {
    host: `127.0.0.1:${target.port}`,
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
    'x-forwarded-for': target.addressOf(hostile.sender),
    ...(hostile.protocol === null ? {} : { 'sec-websocket-protocol': hostile.protocol }),
    ...hostile.headers,
  };
  const init = frameOf(
    JSON.stringify({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} }),
  );
  return new Promise((resolve) => {
    const socket = connect(target.port, '127.0.0.1').setNoDelay();
    let data = Buffer.alloc(0);
    let status = 0;
    let acknowledged = false;
    const steps = [...hostile.steps];
    const late = setTimeout(() => socket.destroy(), SOCKET_PATIENCE_MS);
    /** Sends what may be sent now: behind an init only once it is acknowledged, as a client does. */
    const go = (): void => {
      for (;;) {
        const step = steps.shift();
        if (step === undefined) {
          socket.write(frameOf(LAST_PING, { opcode: OPCODE.ping }));
          return;
        }
        if (step === 'init') {
          socket.write(init);
          return;
        }
        socket.write(Buffer.from(step.frame, 'base64'));
      }
    };
    socket.on('error', () => undefined);
    socket.on('data', (part: Buffer) => {
      data = Buffer.concat([data, part]);
      if (status === 0) {
        const end = data.indexOf('\r\n\r\n');
        if (end < 0) return;
        status = Number(/^HTTP\/1\.1 (\d{3})/.exec(data.toString('latin1', 0, end))?.[1] ?? 0);
        data = data.subarray(end + 4);
        if (status === 101) go();
        else socket.end();
      }
      if (!acknowledged && data.includes('connection_ack')) {
        acknowledged = true;
        go();
      }
      // A server that closes waits for the other side's close frame; nobody sends one here.
      const isClosing = status === 101 && framesIn(data).some(({ opcode }) => opcode === OPCODE.close);
      if (isClosing || data.includes(LAST_PING)) socket.destroy();
    });
    socket.once('close', () => {
      clearTimeout(late);
      const frames = status === 101 ? framesIn(data) : [];
      const close = frames.find(({ opcode }) => opcode === OPCODE.close)?.payload;
      const text = frames
        .filter(({ opcode }) => opcode === OPCODE.text)
        .map(({ payload }) => payload.toString('utf8'))
        .join('\n')
        .slice(0, KEPT_TEXT);
      // The status of the handshake is plain HTTP; a refusal carries no Retry-After before anybody is known.
      const refused = status === 429 || status === 503 ? { 'retry-after': '0' } : {};
      const code = close && close.length >= 2 ? { closeCode: close.readUInt16BE(0) } : {};
      resolve({ status, headers: refused, text, ...code });
    });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET /graphql HTTP/1.1\r\n${lines.join('')}\r\n`);
  });
}

/** Sends a request as often as it says; answers what came back each time. */
export async function sendHostile(target: Target, hostile: HostileRequest): Promise<Observed[]> {
  if (hostile.kind === 'raw') return [await sendRaw(target, hostile)];
  if (hostile.kind === 'socket') return [await sendSocket(target, hostile)];
  const observed: Observed[] = [];
  for (let time = 0; time < hostile.times; time += 1) observed.push(await sendHttp(target, hostile));
  return observed;
}
