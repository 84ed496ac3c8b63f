import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { nowMs } from '../../kernel/clock.js';
import { AppError, hasCode, messageOf } from '../../kernel/errors.js';
import { languageOf } from '../../kernel/translate.js';
import { actorOf, type Viewer } from '../../kernel/viewer.js';
import type { Services } from '../module.js';
import { localise, type FormatError } from './format-error.js';
import type { LiveHub } from './live.js';
import { SocketConnection, TRY_AGAIN_LATER, type SocketExtra, type SocketProtocol } from './socket-connection.js';
import { SOCKET_LIMITS, SocketCounts, type SocketLimits } from './socket-limits.js';
import { SocketSubscriptions } from './socket-subscription.js';
import { msg } from '../../kernel/message.js';

export interface SocketOptions {
  schema: GraphQLSchema;
  services: Services;
  hub: LiveHub;
  formatError: FormatError;
  viewerOf(authorization: string | undefined): Promise<Viewer>;
  isKnownHost(host: string | undefined): boolean;
  isOriginAllowed(request: IncomingMessage): boolean;
  addressOf(request: IncomingMessage): string;
  limits?: Partial<SocketLimits>;
}

type Stream = ConstructorParameters<typeof SocketConnection>[0]['stream'];

/**
 * graphql-transport-ws on /graphql. Only subscriptions run here; queries and mutations are refused, so they cannot pass
 * by the limits of HTTP.
 */
export class SocketServer {
  private readonly limits: SocketLimits;
  private readonly counts: SocketCounts;
  private readonly server: WebSocketServer;
  private readonly protocol: SocketProtocol;
  private readonly subscriptions: SocketSubscriptions;
  private readonly connections = new Set<SocketConnection>();
  private readonly identified = new Map<SocketConnection, Viewer>();
  private isClosing = false;

  constructor(private readonly options: SocketOptions) {
    this.limits = { ...SOCKET_LIMITS, ...options.limits };
    this.counts = new SocketCounts(this.limits);
    this.subscriptions = new SocketSubscriptions(options.schema, options.hub);
    this.server = new WebSocketServer({
      noServer: true,
      maxPayload: this.limits.frameBytes,
      perMessageDeflate: false,
      handleProtocols,
    });
    this.protocol = this.speak();
  }

  /** Takes over the upgrade of one request, or refuses it with an HTTP status. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => stream.destroy());
    const { isKnownHost, isOriginAllowed, addressOf } = this.options;
    if (this.isClosing) return refuse(stream, '503 Service Unavailable');
    if (!isKnownHost(request.headers.host)) return refuse(stream, '421 Misdirected Request');
    if ((request.url ?? '').split('?')[0] !== '/graphql') return refuse(stream, '404 Not Found');
    if (!isOriginAllowed(request)) return refuse(stream, '403 Forbidden');
    const place = this.counts.open(addressOf(request));
    if (!place) return refuse(stream, '429 Too Many Requests');
    stream.once('close', () => place.closed());
    this.server.handleUpgrade(request, stream, head, (socket) => {
      const connection = this.connect(socket, stream as Stream);
      connection.onIdentified = () => place.identified();
      connection.serve(this.protocol, request);
    });
  }

  /** Closes the sockets of viewers that match, e.g. when a session ended. */
  closeWhere(matches: (viewer: Viewer) => boolean): void {
    for (const [connection, viewer] of this.identified) {
      if (matches(viewer)) connection.close(CloseCode.Forbidden, 'UNAUTHENTICATED: The session has ended.');
    }
  }

  count(): number {
    return this.connections.size;
  }

  /** Bytes that clients have not taken yet. */
  unsentBytes(): number {
    let total = 0;
    for (const connection of this.connections) total += connection.unsent;
    return total;
  }

  /** Closes all sockets with 1001 and goes on serving: their clients reconnect, through the proxy to the other slot. */
  release(): void {
    for (const socket of this.server.clients) socket.close(1001, 'UNAVAILABLE: The server is going away.');
  }

  async close(): Promise<void> {
    this.isClosing = true;
    this.release();
    const deadline = setTimeout(() => {
      for (const socket of this.server.clients) socket.terminate();
    }, 2 * this.limits.closeMs);
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    clearTimeout(deadline);
  }

  private connect(socket: WebSocket, stream: Stream): SocketConnection {
    const connection = new SocketConnection({ socket, stream, limits: this.limits, log: this.options.services.log });
    this.connections.add(connection);
    socket.once('close', () => this.connections.delete(connection));
    return connection;
  }

  private speak(): SocketProtocol {
    const { schema, formatError } = this.options;
    return makeServer<Record<string, unknown>, SocketExtra>({
      schema,
      connectionInitWaitTimeout: this.limits.initTimeoutMs,
      onConnect: ({ extra, connectionParams }) => this.identify(extra, connectionParams ?? {}),
      onSubscribe: ({ extra, subscriptions }, id, payload) => {
        try {
          this.assertCapacity(Object.keys(subscriptions).length);
          return this.subscriptions.prepare(extra, id, payload);
        } catch (error) {
          // Formatted once, in onError below.
          if (error instanceof GraphQLError) return [error];
          return [new GraphQLError(messageOf(error), { originalError: error as Error })];
        }
      },
      subscribe: (args) => args.rootValue as AsyncIterableIterator<ExecutionResult>,
      onError: ({ extra }, _id, _payload, errors) =>
        errors.map((error) => localise(formatError(error), extra.language ?? 'en')),
      onClose: ({ extra }) => this.forget(extra),
    });
  }

  private assertCapacity(open: number): void {
    const limit = this.limits.subscriptionsPerSocket;
    if (open <= limit) return;
    throw new AppError('LIMIT_EXCEEDED', msg`At most ${limit} subscriptions a socket.`, {
      details: { limit, retryable: false },
    });
  }

  /** Answers whether the client is accepted. Every refusal closes the socket with a code and `CODE: sentence`. */
  private async identify(extra: SocketExtra, params: Record<string, unknown>): Promise<boolean> {
    const { connection, request } = extra;
    const authorization = params['authorization'] ?? params['Authorization'];
    let viewer: Viewer;
    try {
      viewer = await this.options.viewerOf(typeof authorization === 'string' ? authorization : undefined);
    } catch (error) {
      // An unreachable database does not make the token invalid, so the client keeps it and tries again.
      if (hasCode(error, 'UNAUTHENTICATED')) connection.close(CloseCode.Forbidden, `UNAUTHENTICATED: ${error.message}`);
      else connection.close(TRY_AGAIN_LATER, 'UNAVAILABLE: The service is away for a moment. Try again.');
      return false;
    }
    if (viewer.kind === 'anonymous') return false;
    if (connection.hasClosed) return false;
    if (!this.counts.takePerson(actorOf(viewer))) {
      connection.close(TRY_AGAIN_LATER, `LIMIT_EXCEEDED: At most ${this.limits.socketsPerPerson} sockets a person.`);
      return false;
    }
    const language = params['acceptLanguage'] ?? request.headers['accept-language'];
    extra.language = languageOf(typeof language === 'string' ? language : undefined);
    extra.viewer = viewer;
    this.identified.set(connection, viewer);
    connection.identify();
    if (viewer.expiresAtMs !== null) {
      const leftMs = Math.min(Math.max(viewer.expiresAtMs - nowMs(), 0), 2 ** 31 - 1);
      const reason = 'UNAUTHENTICATED: The token has ended.';
      extra.expiry = setTimeout(() => connection.close(CloseCode.Forbidden, reason), leftMs);
    }
    return true;
  }

  private forget({ connection, viewer, expiry }: SocketExtra): void {
    clearTimeout(expiry);
    if (this.identified.delete(connection) && viewer) this.counts.releasePerson(actorOf(viewer));
  }
}

function refuse(stream: Duplex, status: string): void {
  const retry = /^(?:429|503)/.test(status) ? 'Retry-After: 5\r\n' : '';
  stream.end(`HTTP/1.1 ${status}\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
