import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, type makeServer } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { messageOf } from '../../kernel/errors.js';
import type { Language, Viewer } from '../../kernel/viewer.js';
import type { Logger } from '../logger.js';
import type { LivePayload } from './live-subscription.js';
import { ReadBudget, type SocketLimits } from './socket-limits.js';

/** Who stands at the other end, as graphql-ws hands it to our hooks. */
export interface SocketExtra extends Record<PropertyKey, unknown> {
  connection: SocketConnection;
  request: IncomingMessage;
  viewer?: Viewer;
  language?: Language;
  expiry?: NodeJS.Timeout;
}

export type SocketProtocol = ReturnType<typeof makeServer<Record<string, unknown>, SocketExtra>>;

/** Closing codes that are not of graphql-ws: the client reads too slowly or holds too much, and may come again. */
export const TRY_AGAIN_LATER = 1013;
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const TOO_BIG = 1009;

/** Every refusal has the same shape: `CODE: sentence`. graphql-ws words these itself, without a code. */
const REASONS: Record<number, string> = {
  [CloseCode.Unauthorized]: 'UNAUTHENTICATED: Send connection_init with authorization first.',
  [CloseCode.Forbidden]: 'UNAUTHENTICATED: Sign in, and send authorization in connection_init.',
  [CloseCode.ConnectionInitialisationTimeout]: 'UNAUTHENTICATED: connection_init did not come in time.',
  [CloseCode.BadRequest]: 'BAD_REQUEST: This is no message of graphql-transport-ws.',
};

/** Payloads above are not copied for each socket: all share the same bytes. */
const COPY_BYTES = 16 * 1024;
const TEXT_FRAME = 0x81;

/** The header of an unmasked text frame, with room for what follows. */
function frameHead(length: number, space: number): { frame: Buffer; offset: number } {
  const offset = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(offset + space);
  frame[0] = TEXT_FRAME;
  if (offset === 2) {
    frame[1] = length;
  } else if (offset === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  return { frame, offset };
}

export interface ConnectionOptions {
  socket: WebSocket;
  /** The TCP stream below the socket. */
  stream: Duplex & { setTimeout(ms: number): unknown };
  limits: SocketLimits;
  log: Logger;
}

/** One socket: frames in and out, within their limits, and its end. */
export class SocketConnection {
  private readonly socket: WebSocket;
  private readonly stream: ConnectionOptions['stream'];
  private readonly limits: SocketLimits;
  private readonly log: Logger;
  private readonly budget: ReadBudget;
  private framesBeforeAck = 0;
  private unansweredPings = 0;
  private isIdentified = false;
  onIdentified: () => void = () => undefined;

  constructor({ socket, stream, limits, log }: ConnectionOptions) {
    this.socket = socket;
    this.stream = stream;
    this.limits = limits;
    this.log = log;
    this.budget = new ReadBudget(limits);
    this.watch();
  }

  /** Bytes that the client has not taken yet. */
  get unsent(): number {
    return this.stream.writableLength;
  }

  get hasClosed(): boolean {
    return this.socket.readyState !== this.socket.OPEN;
  }

  /** It is known who the client is, so the wider limits hold. */
  identify(): void {
    this.isIdentified = true;
    this.onIdentified();
  }

  /** Connects the socket with the protocol until it closes. */
  serve(protocol: SocketProtocol, request: IncomingMessage): void {
    const closed = protocol.opened(
      {
        protocol: this.socket.protocol,
        send: (data) => this.sendText(data),
        close: (code, reason) => this.close(code ?? GOING_AWAY, REASONS[code ?? 0] ?? reason ?? ''),
        // A payload is not sent back: a client that never reads would fill the memory with it.
        onPing: () => this.sendText('{"type":"pong"}'),
        onMessage: (handle) => void this.socket.on('message', (data: Buffer) => this.onFrame(data, handle)),
      },
      { connection: this, request },
    );
    this.socket.once('close', (code, reason) => void closed(code, reason.toString()));
  }

  /** Writes `prefix`, the payload and the closing brace as one text frame: the payload's bytes are made once for all. */
  sendPayload(prefix: Buffer, payload: LivePayload): void {
    if (this.hasClosed) return;
    const { bytes } = payload;
    const length = prefix.length + bytes.length + 1;
    if (bytes.length <= COPY_BYTES) {
      const { frame, offset } = frameHead(length, length);
      prefix.copy(frame, offset);
      bytes.copy(frame, offset + prefix.length);
      frame[offset + length - 1] = 0x7d;
      this.stream.write(frame);
      return;
    }
    const { frame, offset } = frameHead(length, prefix.length);
    prefix.copy(frame, offset);
    this.stream.cork();
    this.stream.write(frame);
    this.stream.write(bytes);
    this.stream.write('}');
    this.stream.uncork();
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.stream.writableNeedDrain || this.stream.destroyed) return void setImmediate(resolve);
      const done = (): void => {
        this.stream.off('drain', done).off('close', done);
        resolve();
      };
      this.stream.on('drain', done).on('close', done);
    });
  }

  /** Sends the reason, and does not wait long for a client that does not answer. */
  close(code: number, reason: string): void {
    // A closing reason has at most 123 bytes.
    this.socket.close(code, Buffer.from(reason).subarray(0, 123).toString());
    const deadline = setTimeout(() => this.socket.terminate(), this.limits.closeMs);
    this.socket.once('close', () => clearTimeout(deadline));
  }

  private sendText(data: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.hasClosed) resolve();
      else this.socket.send(data, () => resolve());
    });
  }

  private onFrame(data: Buffer, handle: (data: string) => Promise<void>): void {
    // Frames still arrive while the socket closes.
    if (this.hasClosed || !this.canAsk(data.length)) return;
    this.unansweredPings = 0;
    handle(data.toString()).catch((error: unknown) => {
      // graphql-ws throws for messages of a type that only servers send.
      this.log.warn({ reason: messageOf(error) }, 'socket message failed');
      this.close(CloseCode.BadRequest, REASONS[CloseCode.BadRequest] ?? '');
    });
  }

  /** Closes the socket of whoever asks for more than may be answered. */
  private canAsk(bytes: number): boolean {
    const { frameBytesBeforeAck, framesBeforeAck, unsentBytesBeforeAck, unsentBytes } = this.limits;
    if (this.unsent > (this.isIdentified ? unsentBytes : unsentBytesBeforeAck)) {
      this.close(TRY_AGAIN_LATER, 'LIMIT_EXCEEDED: Read what was sent before you ask for more.');
      return false;
    }
    if (!this.isIdentified) {
      this.framesBeforeAck += 1;
      if (bytes > frameBytesBeforeAck) {
        this.close(TOO_BIG, `LIMIT_EXCEEDED: At most ${frameBytesBeforeAck} bytes before the acknowledgement.`);
        return false;
      }
      if (this.framesBeforeAck > framesBeforeAck) {
        this.close(POLICY_VIOLATION, `LIMIT_EXCEEDED: At most ${framesBeforeAck} frames before the acknowledgement.`);
        return false;
      }
    }
    const waitMs = this.budget.spend(bytes);
    if (waitMs > 0) this.pauseReading(waitMs);
    return true;
  }

  private pauseReading(ms: number): void {
    this.socket.pause();
    const timer = setTimeout(() => this.socket.resume(), ms);
    this.socket.once('close', () => clearTimeout(timer));
  }

  private watch(): void {
    const { socket, stream } = this;
    socket.on('error', (error) => this.log.debug({ reason: messageOf(error) }, 'socket error'));
    socket.on('ping', () => void this.canAsk(0));
    socket.on('pong', () => (this.unansweredPings = 0));
    const pinging = setInterval(() => this.ping(), this.limits.pingMs);
    socket.once('close', () => clearInterval(pinging));
    // Bytes that leave count as activity, a part of a frame too; a client that reads slowly is served to the end.
    stream.setTimeout(this.limits.stallMs);
    stream.on('timeout', () => {
      if (stream.writableLength > 0) socket.terminate();
    });
  }

  private ping(): void {
    // The ping of a slow reader waits behind its data; while data is left here, the stall timer judges.
    if (this.unsent > 0) return;
    if (this.unansweredPings >= this.limits.unansweredPings) return this.socket.terminate();
    this.unansweredPings += 1;
    this.socket.ping();
  }
}
