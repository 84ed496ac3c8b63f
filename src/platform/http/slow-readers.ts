import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '../logger.js';
import type { Metrics } from './metrics.js';

/** How many answered bytes may stay in memory because clients do not read them. */
export interface SlowReaderLimits {
  /** Without any byte leaving for so long, the connection is closed. */
  stallMs: number;
  bytesPerAddress: number;
  bytesPerProcess: number;
  sweepMs: number;
}

export const SLOW_READER_LIMITS: SlowReaderLimits = {
  stallMs: 30_000,
  bytesPerAddress: 64 * 1024 * 1024,
  bytesPerProcess: 256 * 1024 * 1024,
  sweepMs: 500,
};

export interface SlowReaderOptions {
  metrics: Pick<Metrics, 'unsentBytes' | 'slowReaders'>;
  log: Logger;
  addressOf(request: IncomingMessage): string;
  limits?: Partial<SlowReaderLimits>;
}

interface Connection {
  socket: Socket;
  /** Of the last request: behind a proxy one connection carries those of many. */
  address: string;
  /** Requests that are still being worked on: the client has nothing to read yet. */
  answering: number;
  /** WebSockets judge their own silence. */
  isUpgraded: boolean;
}

type Reason = 'stalled' | 'address' | 'process';

/** Watches every connection of an HTTP server, those that became WebSockets too. */
export class SlowReaders {
  private readonly connections = new Map<Socket, Connection>();
  private readonly limits: SlowReaderLimits;
  private readonly timer: NodeJS.Timeout;

  constructor(
    server: Server,
    private readonly options: SlowReaderOptions,
  ) {
    this.limits = { ...SLOW_READER_LIMITS, ...options.limits };
    server.on('connection', (socket) => this.add(socket));
    server.prependListener('request', (request, response) => this.onRequest(request, response));
    server.prependListener('upgrade', (request) => this.identify(request, true));
    // Node counts a part of a chunk that leaves as activity, so a client that reads slowly is served to the end.
    server.timeout = this.limits.stallMs;
    server.on('timeout', (socket: Socket) => this.onSilence(socket));
    this.timer = setInterval(() => this.sweep(), this.limits.sweepMs);
    this.timer.unref();
    server.once('close', () => clearInterval(this.timer));
  }

  /** Bytes that were answered and not taken. */
  unsentBytes(): number {
    let total = 0;
    for (const { socket } of this.connections.values()) total += socket.writableLength;
    return total;
  }

  private add(socket: Socket): void {
    this.connections.set(socket, { socket, address: socket.remoteAddress ?? '', answering: 0, isUpgraded: false });
    socket.once('close', () => this.connections.delete(socket));
  }

  private onRequest(request: IncomingMessage, response: ServerResponse): void {
    this.identify(request);
    const connection = this.connections.get(request.socket);
    if (!connection) return;
    connection.answering += 1;
    response.once('close', () => (connection.answering -= 1));
  }

  private identify(request: IncomingMessage, isUpgraded = false): void {
    const connection = this.connections.get(request.socket);
    if (!connection) return;
    connection.address = this.options.addressOf(request);
    connection.isUpgraded = isUpgraded;
  }

  private onSilence(socket: Socket): void {
    const connection = this.connections.get(socket);
    if (connection?.isUpgraded) return;
    if (connection && socket.writableLength > 0) this.cut(connection, 'stalled');
    else if (!connection?.answering) socket.destroy();
  }

  private sweep(): void {
    let total = 0;
    const byAddress = new Map<string, Connection[]>();
    for (const connection of this.connections.values()) {
      const unsent = connection.socket.writableLength;
      if (unsent === 0) continue;
      total += unsent;
      const others = byAddress.get(connection.address);
      if (others) others.push(connection);
      else byAddress.set(connection.address, [connection]);
    }
    for (const connections of byAddress.values()) {
      total -= this.cutLargest(connections, this.limits.bytesPerAddress, 'address');
    }
    if (total > this.limits.bytesPerProcess) {
      total -= this.cutLargest([...byAddress.values()].flat(), this.limits.bytesPerProcess, 'process');
    }
    this.options.metrics.unsentBytes.set(total);
  }

  /** Answers the bytes that are free again. */
  private cutLargest(connections: readonly Connection[], limit: number, reason: Reason): number {
    const unsentOf = ({ socket }: Connection): number => socket.writableLength;
    let left = connections.reduce((sum, connection) => sum + unsentOf(connection), 0);
    const before = left;
    if (left <= limit) return 0;
    for (const connection of [...connections].sort((a, b) => unsentOf(b) - unsentOf(a))) {
      if (left <= limit) break;
      left -= unsentOf(connection);
      this.cut(connection, reason);
    }
    return before - left;
  }

  /** A reset, so that the kernel forgets what it holds too. */
  private cut({ socket, address }: Connection, reason: Reason): void {
    this.options.metrics.slowReaders.inc({ reason });
    this.options.log.warn(
      { address, reason, unsentBytes: socket.writableLength },
      'closed a client that does not read',
    );
    socket.resetAndDestroy();
  }
}
