import type { IncomingMessage, Server } from 'node:http';
import type { Config } from '../../config.js';
import { sha256Hex } from '../../kernel/hash.js';
import { StartFault } from '../../kernel/start-fault.js';
import { createCompiledQueries, type CompiledQueries } from '../graphql/compiled.js';
import type { FormatError } from '../graphql/format-error.js';
import { createOperations } from '../graphql/operations.js';
import { schemaText } from '../graphql/schema.js';
import { createApollo } from '../graphql/server.js';
import { SocketServer } from '../graphql/socket.js';
import type { SocketLimits } from '../graphql/socket-limits.js';
import type { Follower, Module, Services } from '../module.js';
import type { Teardown } from '../teardown.js';
import { answerCompiledQueries } from './compiled-query-cache.js';
import { addressOf, createHttpEdge, type HttpEdge } from './edge.js';
import { createHealthProbe } from './health.js';
import { listen, type Listening } from './listen.js';
import { closeHttpServer, createHttpApp, createHttpServer } from './server.js';
import { SlowReaders, type SlowReaderLimits } from './slow-readers.js';

export interface ServingOptions {
  services: Services;
  modules: readonly Module[];
  formatError: FormatError;
  teardown: Teardown;
  followers: readonly Follower[];
  draining(): boolean;
  workerState(): { state: string; running: number } | null;
  /** Sets the gauges before they are read. */
  scrape(): Promise<void>;
  limits: { sockets?: Partial<SocketLimits>; slowReaders?: Partial<SlowReaderLimits> };
}

export interface Serving {
  url: string;
  compiledQueries: CompiledQueries;
  /** Null in a process that serves no API. */
  sockets: SocketServer | null;
}

/**
 * The HTTP server: every role listens, because health and metrics are asked of every process; the roles with an API
 * answer GraphQL, the modules' routes and sockets as well.
 */
export async function startServing(options: ServingOptions): Promise<Serving> {
  const { services, formatError, teardown, limits } = options;
  const { authenticator, config, log, metrics, schema } = services;
  const servesApi = config.role === 'all' || config.role === 'api';
  const queries = createCompiledQueries(schema, log);
  const operations = createOperations(schema, { introspection: config.docsOpen });
  const apollo = createApollo(schema, services, formatError, queries, operations);
  await apollo.start();
  teardown.add('recording', () => apollo.stop());
  const sdl = schemaText(schema);
  metrics.registry.beforeScrape = () => options.scrape();
  const edge = createHttpEdge(services);
  const viewerOf: ViewerOf = (authorization) => authenticator.viewerOf(authorization);
  const app = createHttpApp({
    services,
    modules: servesApi ? options.modules : [],
    apollo,
    operations,
    formatError,
    schemaText: sdl,
    health: createHealthProbe({
      services,
      migrationNames: services.migrations.map(({ name }) => name),
      schemaHash: sha256Hex(sdl).slice(0, 16),
      draining: () => options.draining(),
      followerStates: () => Object.fromEntries(options.followers.map((one) => [one.name, one.state()])),
      workerState: () => options.workerState(),
    }),
    edge,
    viewerOf,
  });
  const lane = { services, queries, formatError, edge, viewerOf };
  const server = createHttpServer(servesApi ? answerCompiledQueries(lane, app) : app);
  const ofConnection = (request: IncomingMessage): string => addressOf(request, config.trustProxy);
  new SlowReaders(server, { metrics, log, addressOf: ofConnection, limits: limits.slowReaders ?? {} });
  const sockets = servesApi ? openSockets(options, { server, edge, viewerOf }) : null;
  const listening = await startListening(server, config);
  // The sockets' close was added before, so it begins after this one; both begin before the hub is stopped.
  teardown.add('serving', () => closeHttpServer(server, listening));
  return { url: urlOf(listening, config), compiledQueries: queries, sockets };
}

type ViewerOf = (authorization: string | undefined) => ReturnType<Services['authenticator']['viewerOf']>;

function openSockets(
  { services, formatError, teardown, limits }: ServingOptions,
  { server, edge, viewerOf }: { server: Server; edge: HttpEdge; viewerOf: ViewerOf },
): SocketServer {
  const { authenticator, hub, schema } = services;
  const sockets = new SocketServer({
    schema,
    services,
    hub,
    formatError,
    viewerOf,
    isKnownHost: (host) => edge.isKnownHost(host),
    isOriginAllowed: (request) => edge.isOriginAllowed(request),
    addressOf: (request) => edge.addressOf(request),
    limits: limits.sockets ?? {},
  });
  // Built after the hub, so it is stopped before it: clients see a server that goes away and no completed stream.
  teardown.add('serving', () => sockets.close());
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  hub.onEvent((event) => {
    if (authenticator.isAboutViewers(event))
      sockets.closeWhere((viewer) => authenticator.isInvalidating(event, viewer));
  });
  return sockets;
}

async function startListening(server: Server, config: Config): Promise<Listening> {
  try {
    return await listen(server, config);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'EADDRINUSE'
        ? `Port ${config.port} is taken. Stop who uses it, or set PORT to another one.`
        : code === 'EACCES'
          ? `Port ${config.port} needs rights that this user lacks. Set PORT above 1023.`
          : `Port ${config.port} cannot be opened: ${message}`;
    throw new StartFault(reason);
  }
}

function urlOf({ port }: Listening, config: Config): string {
  const host = config.host === '0.0.0.0' || config.host === '127.0.0.1' ? 'localhost' : config.host;
  return `http://${host}:${port}`;
}
