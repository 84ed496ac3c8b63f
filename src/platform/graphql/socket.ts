import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  Kind,
  OperationTypeNode,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { messageOf } from '../../kernel/errors.js';
import { nowMs } from '../../kernel/clock.js';
import { languageOf } from '../../kernel/messages.js';
import type { Language, Viewer } from '../../kernel/viewer.js';
import type { Services } from '../module.js';
import { localise, type FormatError } from './format-error.js';
import { assertWithinLimits, parseLimited } from './limits.js';
import type { LiveHub } from './live.js';

/**
 * graphql-transport-ws on /graphql. Only subscriptions run here; queries and mutations are refused, so they cannot pass
 * by the limits of HTTP. Data frames are written straight to the socket: the payload text is shared by the group.
 */
const MAX_FRAME_BYTES = 64 * 1024;
const MAX_SUBSCRIPTIONS = 50;
const MAX_SOCKETS_PER_ADDRESS = 200;
const DOCUMENT_CACHE = 200;
const PING_MS = 20_000;

export interface SocketServer {
  /** Takes over the upgrade of one request, or refuses it with an HTTP status. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes the sockets of viewers that match, e.g. when a session ended. */
  closeWhere(matches: (viewer: Viewer) => boolean): void;
  /** Closes all sockets with 1001 and goes on serving: their clients reconnect, through the proxy to the other slot. */
  release(): void;
  count(): number;
  close(): Promise<void>;
}

export interface SocketOptions {
  schema: GraphQLSchema;
  services: Services;
  hub: LiveHub;
  formatError: FormatError;
  viewerOf(authorization: string | undefined): Promise<Viewer>;
  originAllowed(origin: string | undefined, host: string | undefined): boolean;
  addressOf(request: IncomingMessage): string;
}

interface Extra extends Record<PropertyKey, unknown> {
  socket: WebSocket;
  request: IncomingMessage;
  viewer?: Viewer;
  language?: Language;
  expiry?: NodeJS.Timeout;
}

export function createSocketServer(options: SocketOptions): SocketServer {
  const { schema, services, hub, formatError } = options;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handleProtocols,
  });
  const viewers = new Map<WebSocket, Viewer>();
  const perAddress = new Map<string, number>();
  const documents = new Map<string, DocumentNode>();

  /** Equal subscriptions share the parsed and validated document, and with it their group's hash. */
  const documentOf = (query: string): DocumentNode => {
    const known = documents.get(query);
    if (known) return known;
    const document = parseLimited(query);
    const [error] = validate(schema, document, undefined, { maxErrors: 5 });
    if (error)
      throw new GraphQLError(error.message, { nodes: error.nodes, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
    if (documents.size >= DOCUMENT_CACHE) documents.clear();
    documents.set(query, document);
    return document;
  };

  const prepare = (
    extra: Extra,
    id: string,
    payload: { query: string; operationName?: string | null; variables?: Record<string, unknown> | null },
  ): ExecutionArgs => {
    const viewer = extra.viewer;
    if (!viewer) throw new GraphQLError('Not connected.');
    const document = documentOf(payload.query);
    const operation = getOperationAST(document, payload.operationName);
    if (!operation)
      throw new GraphQLError('Name one operation of the document.', { extensions: { code: 'BAD_REQUEST' } });
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
      throw new GraphQLError('Only subscriptions run over the WebSocket. Send queries and mutations by POST.', {
        extensions: { code: 'BAD_REQUEST' },
      });
    }
    const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], payload.variables ?? {});
    if (coerced.errors?.[0])
      throw new GraphQLError(coerced.errors[0].message, { extensions: { code: 'BAD_USER_INPUT' } });
    const variables = coerced.coerced ?? {};
    assertWithinLimits(schema, document, operation, variables);
    const [node] = operation.selectionSet.selections;
    if (node?.kind !== Kind.FIELD) {
      throw new GraphQLError('Name the subscription field directly.', { extensions: { code: 'BAD_REQUEST' } });
    }
    const field = schema.getSubscriptionType()?.getFields()[node.name.value];
    if (!field) throw new GraphQLError('No such subscription.', { extensions: { code: 'BAD_REQUEST' } });
    const args = getArgumentValues(field, node, variables);
    const stream = new LiveStream(extra.socket, id, (control) =>
      hub.subscribe({
        field: field.name,
        args,
        document,
        operationName: payload.operationName ?? null,
        variables,
        cursorVariables: cursorVariablesOf(node),
        viewer,
        language: extra.language ?? 'en',
        ...control,
      }),
    );
    return {
      schema,
      document,
      operationName: payload.operationName,
      variableValues: variables,
      contextValue: { viewer, field: field.name },
      rootValue: stream,
    };
  };

  // Formatted once, in onError below.
  const fail = (error: unknown): readonly GraphQLError[] => [
    error instanceof GraphQLError ? error : new GraphQLError(messageOf(error), { originalError: error as Error }),
  ];

  const wire = makeServer<Record<string, unknown>, Extra>({
    schema,
    connectionInitWaitTimeout: 5000,
    async onConnect(context) {
      const extra = context.extra;
      const params = context.connectionParams ?? {};
      const authorization = params['authorization'] ?? params['Authorization'];
      const viewer = await options
        .viewerOf(typeof authorization === 'string' ? authorization : undefined)
        .catch(() => null);
      if (!viewer || viewer.kind === 'anonymous') return false;
      extra.viewer = viewer;
      const language = params['acceptLanguage'] ?? extra.request.headers['accept-language'];
      extra.language = languageOf(typeof language === 'string' ? language : undefined);
      viewers.set(extra.socket, viewer);
      if (viewer.expiresAtMs !== null) {
        const left = Math.min(Math.max(viewer.expiresAtMs - nowMs(), 0), 2 ** 31 - 1);
        extra.expiry = setTimeout(() => extra.socket.close(CloseCode.Forbidden, 'Token ended'), left);
      }
      return true;
    },
    onSubscribe(context, id, payload) {
      const extra = context.extra;
      try {
        if (Object.keys(context.subscriptions).length > MAX_SUBSCRIPTIONS) {
          throw new GraphQLError(`At most ${MAX_SUBSCRIPTIONS} subscriptions a socket.`, {
            extensions: { code: 'LIMIT_EXCEEDED', limit: MAX_SUBSCRIPTIONS },
          });
        }
        const args = prepare(extra, id, payload);
        // The guard of the field is the schema's own: run it once before anything is streamed.
        assertSubscribable(schema, args);
        return args;
      } catch (error) {
        return fail(error);
      }
    },
    subscribe: (args) => args.rootValue as AsyncIterableIterator<ExecutionResult>,
    onError: (context, _id, _payload, errors) =>
      errors.map((error) => localise(formatError(error), context.extra.language ?? 'en')),
    onDisconnect(context) {
      clearTimeout(context.extra.expiry);
      viewers.delete(context.extra.socket);
    },
  });

  /** Carries frames between a socket and the protocol; a client that answers no ping within 20 s is gone. */
  const attach = (socket: WebSocket, request: IncomingMessage): void => {
    let alive = true;
    const pinging = setInterval(() => {
      if (!alive) return socket.terminate();
      alive = false;
      socket.ping();
    }, PING_MS);
    socket.on('pong', () => {
      alive = true;
    });
    socket.on('error', (error) => services.log.debug({ reason: messageOf(error) }, 'socket error'));
    const closed = wire.opened(
      {
        protocol: socket.protocol,
        send: (data) =>
          new Promise((resolve) => {
            if (socket.readyState === socket.OPEN) socket.send(data, () => resolve());
            else resolve();
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          void socket.on('message', (data: Buffer) => {
            handle(data.toString()).catch((error: unknown) => {
              services.log.warn({ reason: messageOf(error) }, 'socket message failed');
              socket.close(CloseCode.InternalServerError, 'Internal error');
            });
          }),
      },
      { socket, request },
    );
    socket.once('close', (code, reason) => {
      clearInterval(pinging);
      void closed(code, reason.toString());
    });
  };

  const refuse = (socket: Duplex, status: string): void => {
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  };

  const release = (): void => {
    for (const socket of server.clients) socket.close(1001, 'Server is going away');
  };

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      if ((request.url ?? '').split('?')[0] !== '/graphql') return refuse(socket, '404 Not Found');
      if (!options.originAllowed(request.headers.origin, request.headers.host)) return refuse(socket, '403 Forbidden');
      const address = options.addressOf(request);
      const open = perAddress.get(address) ?? 0;
      if (open >= MAX_SOCKETS_PER_ADDRESS * (address === '127.0.0.1' || address === '::1' ? 10 : 1)) {
        return refuse(socket, '429 Too Many Requests');
      }
      perAddress.set(address, open + 1);
      socket.once('close', () => {
        const left = (perAddress.get(address) ?? 1) - 1;
        if (left <= 0) perAddress.delete(address);
        else perAddress.set(address, left);
      });
      server.handleUpgrade(request, socket, head, (ws) => {
        attach(ws, request);
      });
    },
    closeWhere(matches) {
      for (const [socket, viewer] of viewers) if (matches(viewer)) socket.close(CloseCode.Forbidden, 'Session ended');
    },
    release,
    count: () => server.clients.size,
    async close() {
      release();
      const deadline = setTimeout(() => {
        for (const socket of server.clients) socket.terminate();
      }, 2000);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(deadline);
    },
  };
}

/** Runs the guard of the subscription's root field, which guardSchema put in front of its resolver. */
function assertSubscribable(schema: GraphQLSchema, args: ExecutionArgs): void {
  const { viewer, field } = args.contextValue as { viewer: Viewer; field: string };
  const guard = schema.getSubscriptionType()?.getFields()[field]?.extensions['assertAccess'] as
    ((viewer: Viewer) => void) | undefined;
  guard?.(viewer);
}

function cursorVariablesOf(node: FieldNode): ReadonlySet<string> {
  const names = new Set<string>();
  for (const argument of node.arguments ?? []) {
    if (argument.name.value === 'after' && argument.value.kind === Kind.VARIABLE) names.add(argument.value.name.value);
  }
  return names;
}

type Control = Pick<Parameters<LiveHub['subscribe']>[0], 'send' | 'buffered' | 'end'>;

/**
 * What graphql-ws iterates. It never yields: the hub writes data frames itself, and this only tells when the
 * subscription has ended (complete) or failed (error), so those frames come after the data.
 */
class LiveStream implements AsyncIterableIterator<ExecutionResult> {
  private unsubscribe: (() => void) | null = null;
  private settle: ((error: GraphQLError | null) => void) | null = null;
  private outcome: { error: GraphQLError | null } | null = null;
  private readonly prefix: string;

  constructor(
    private readonly socket: WebSocket,
    id: string,
    private readonly open: (control: Control) => () => void,
  ) {
    this.prefix = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  }

  next(): Promise<IteratorResult<ExecutionResult>> {
    return new Promise((resolve, reject) => {
      this.settle = (error) => {
        if (error) reject(error);
        else resolve({ done: true, value: undefined });
      };
      if (this.outcome) this.settle(this.outcome.error);
      else this.unsubscribe ??= this.begin();
    });
  }

  private begin(): () => void {
    try {
      return this.open({
        send: (payload) => {
          if (this.socket.readyState === this.socket.OPEN) this.socket.send(`${this.prefix}${payload}}`);
        },
        buffered: () => this.socket.bufferedAmount,
        end: (error) => this.finish(error),
      });
    } catch (error) {
      this.finish(error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error }));
      return () => undefined;
    }
  }

  private finish(error: GraphQLError | null): void {
    this.outcome ??= { error };
    this.settle?.(this.outcome.error);
  }

  return(): Promise<IteratorResult<ExecutionResult>> {
    this.unsubscribe?.();
    this.finish(null);
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(): Promise<IteratorResult<ExecutionResult>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
