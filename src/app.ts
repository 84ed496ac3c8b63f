import type { IncomingMessage, Server } from 'node:http';
import { hostname } from 'node:os';
import { migrations } from '../migrations/list.js';
import type { Config } from './config.js';
import { checkDatabase, connect, migrate } from './database.js';
import { messageOf } from './kernel/errors.js';
import { can } from './kernel/viewer.js';
import { sha256Hex } from './kernel/hash.js';
import { StartFault } from './kernel/start-fault.js';
import { findRowScope } from './customers/row-scope.queries.js';
import { createReleaseIdentity } from './deployments/release.queries.js';
import { isInvalidating, createAuthenticator } from './identity/authenticate.js';
import { hasActiveOwner } from './identity/identity.queries.js';
import { ensureOwner } from './identity/owner.service.js';
import { createAccessTokens } from './identity/tokens.js';
import { liveTopics, modules } from './modules.js';
import type { Database } from './platform/db/orm.js';
import { createTransact, type Listener, type Transact } from './platform/db/transact.js';
import { createEventLog, type EventLog, type LogHead } from './platform/events.js';
import { createCompiledQueries, type CompiledQueries } from './platform/graphql/compiled.js';
import { createFormatError } from './platform/graphql/format-error.js';
import { createOperations } from './platform/graphql/operations.js';
import { LiveHub } from './platform/graphql/live.js';
import type { LiveLimits } from './platform/graphql/live-limits.js';
import { buildAppSchema, schemaText } from './platform/graphql/schema.js';
import { createApollo } from './platform/graphql/server.js';
import { SocketServer } from './platform/graphql/socket.js';
import type { SocketLimits } from './platform/graphql/socket-limits.js';
import { createHealthProbe } from './platform/http/health.js';
import { createMetrics } from './platform/http/metrics.js';
import { addressOf, createHttpEdge } from './platform/http/edge.js';
import { answerCompiledQueries } from './platform/http/compiled-query-cache.js';
import { listen, type Listening } from './platform/http/listen.js';
import { closeHttpServer, createHttpApp, createHttpServer } from './platform/http/server.js';
import { SlowReaders, type SlowReaderLimits } from './platform/http/slow-readers.js';
import { connectionsOf, createGates } from './platform/gates.js';
import { createLogger, type Logger } from './platform/logger.js';
import type { Follower, Services } from './platform/module.js';
import { createInProcessBus, createRedisBus, type Bus } from './platform/pubsub.js';
import { createScheduler, type Scheduler } from './platform/queue/scheduler.js';
import { createQueueListener, createQueueSignal, type QueueListener } from './platform/queue/wake.js';
import { createWorker, type Worker } from './platform/queue/worker.js';
import { createRateLimiter } from './platform/rate-limit.js';
import { createRejectionHandler } from './platform/rejections.js';
import { createSecretBox } from './platform/secret-box.js';
import { seedPhase } from './platform/settings.js';
import { createInboxWriter } from './sync/inbox/inbox-writer.js';
import { readSyncStats } from './sync/queue.queries.js';
import { createZohoClient } from './sync/zoho/zoho-client.js';
import { ZohoReconnectNeeded } from './sync/zoho/zoho-errors.js';
import { createZohoTokens } from './sync/zoho/zoho-token.js';

/**
 * The composition root: config -> pools -> modules -> a running process of one role. The only file that builds things.
 */
export interface App {
  readonly services: Services;
  readonly url: string | null;
  readonly worker: Worker | null;
  readonly scheduler: Scheduler | null;
  readonly sockets: SocketServer | null;
  /** Null in a process that serves no API. */
  readonly compiledQueries: CompiledQueries | null;
  /** Drains and closes, within 15 s: no lost row, no orphan. */
  stop(): Promise<void>;
}

export interface AppOptions {
  /** Fires the schedules; tests run them by hand. */
  schedules?: boolean;
  /** Claims in the background; tests drain by hand. */
  claim?: boolean;
  log?: Logger;
  onStatement?: (text: string) => void;
  /** Other limits than those of production; tests reach small ones sooner. */
  limits?: { live?: Partial<LiveLimits>; sockets?: Partial<SocketLimits>; slowReaders?: Partial<SlowReaderLimits> };
}

const HINT_TOPIC = 'event-log-head';
const CLOSE_STEP_MS = 1500;
/** Below the 15 s after which the process ends with an error. */
const STOP_MS = 14_000;

async function openBus(config: Config, log: Logger): Promise<Bus> {
  if (config.redisUrl === null) return createInProcessBus();
  try {
    return await createRedisBus(config.redisUrl, log);
  } catch (error) {
    const { hostname: host, port } = new URL(config.redisUrl);
    throw new StartFault(
      `Redis at ${host}:${port || '6379'} cannot be reached: ${messageOf(error).replace(/\.$/, '')}. Check REDIS_URL.`,
    );
  }
}

function collectListeners(): Map<string, Listener[]> {
  const listeners = new Map<string, Listener[]>();
  for (const module of modules) {
    for (const [event, listener] of Object.entries(module.listeners ?? {})) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    }
  }
  return listeners;
}

const unauditedEntities = (): Set<string> =>
  new Set(modules.flatMap((module) => (module.unaudited ?? []).map((entity) => entity.name)));

/** Units of work for a command beside the server, which reads the outbox and the queue by itself. */
export const createTransactOf = (db: Database): Transact =>
  createTransact({ db, listeners: collectListeners(), unaudited: unauditedEntities(), onCommit: () => undefined });

/** Builds and starts everything that the role needs. Throws StartFault with one clear line. */
export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  const log = options.log ?? createLogger(config.logLevel, config.role, config.version);
  const undo: (() => Promise<unknown> | void)[] = [];
  try {
    return await build(config, options, log, undo);
  } catch (error) {
    for (const step of undo.reverse()) await Promise.resolve(step()).catch(() => undefined);
    throw error;
  }
}

async function build(
  config: Config,
  options: AppOptions,
  log: Logger,
  undo: (() => Promise<unknown> | void)[],
): Promise<App> {
  const runsApi = config.role === 'all' || config.role === 'api';
  const runsWorker = config.role === 'all' || config.role === 'worker';

  const connections = connectionsOf(config);
  const db = await connect(config, connections, options.onStatement);
  undo.push(() => db.close());
  if (config.appEnv === 'development' || config.appEnv === 'test') await migrate(db);
  await checkDatabase(config, db, log);
  const bus = await openBus(config, log);
  undo.push(() => bus.close());

  const metrics = createMetrics(config);
  const onRejection = createRejectionHandler(log, metrics);
  process.on('unhandledRejection', onRejection);
  undo.push(() => void process.off('unhandledRejection', onRejection));
  const tokens = createAccessTokens(config.jwtSecret);
  const authenticator = createAuthenticator({
    db,
    tokens,
    deployToken: config.deployToken,
    rowScopeOf: (userId) => findRowScope(db, userId),
  });
  const signal = createQueueSignal(db);

  // The hub and the log know each other by late binding: the log announces its head, the hub reads the log.
  const late: { hub: LiveHub | null } = { hub: null };
  const onHead = (head: LogHead): void => {
    late.hub?.hint();
    bus.publish(HINT_TOPIC, head.seq);
  };
  const events: EventLog = createEventLog(db, log, onHead);
  const onCommit = (wrote: { events: boolean; jobs: boolean }): void => {
    if (wrote.events) events.nudge();
    if (wrote.jobs) signal.notify();
  };
  const transact: Transact = createTransact({
    db,
    listeners: collectListeners(),
    unaudited: unauditedEntities(),
    onCommit,
  });
  const inbox = createInboxWriter(db, () => onCommit({ events: true, jobs: true }));
  const zoho = config.zoho
    ? await createZohoClient(
        db,
        config.zoho,
        createZohoTokens(db, config.zoho, createSecretBox(config.encryptionKey)),
        metrics,
      )
    : { get: () => Promise.reject(new ZohoReconnectNeeded('no credentials are set')) };

  const rateLimiter = createRateLimiter({
    factor: config.rateLimitPercent / 100,
    shared: bus.addToCounters,
    isStaff: (viewer) => viewer.kind === 'key' || can(viewer, 'schema:read'),
  });
  rateLimiter.start();
  undo.push(() => rateLimiter.stop());

  const partial: Omit<Services, 'hub' | 'schema'> = {
    ...createGates(connections),
    rateLimiter,
    config,
    db,
    transact,
    events,
    bus,
    log,
    metrics,
    migrations,
    tokens,
    authenticator,
    inbox,
    zoho,
  };
  const services = partial as Services;
  const schema = buildAppSchema(modules);
  const strict = config.appEnv === 'staging' || config.appEnv === 'production';
  const formatError = createFormatError(log, strict);
  const topics = liveTopics(modules);
  const hub = new LiveHub({ services, schema, topics, formatError, limits: options.limits?.live ?? {} });
  services.schema = schema;
  services.hub = hub;
  late.hub = hub;
  hub.onEvent((event) => authenticator.onEvent(event));
  const release = createReleaseIdentity(db, { version: config.version, deploymentId: config.deployment.id }, log);
  await release.refresh();
  hub.onEvent((event) => release.onEvent(event));

  await seedPhase(transact, config.syncPhase);
  await hub.start();
  undo.push(() => hub.stop());
  const unsubscribe = await bus.subscribe(HINT_TOPIC, () => hub.hint());
  if (config.admin) {
    await ensureOwner(transact, config.admin);
  } else if (runsApi && !(await hasActiveOwner(db.read))) {
    log.warn('Nobody can sign in as an owner. Run: npm run owner -- --email you@example.com');
  }
  events.start();
  undo.push(() => events.stop());

  let worker: Worker | null = null;
  let scheduler: Scheduler | null = null;
  let listener: QueueListener | null = null;
  if (runsWorker) {
    const built = createWorker({
      db,
      transact,
      handlers: modules.flatMap((module) => module.jobs?.(services) ?? []),
      concurrency: config.workerConcurrency,
      name: `${hostname()}:${process.pid}`,
      version: config.version,
      deploymentId: () => release.deploymentId(),
      log,
      onEnd: (kind, result, ms) => metrics.jobSeconds.observe({ kind, result }, ms / 1000),
      onCommit,
    });
    worker = built;
    undo.push(() => built.stop());
    if (options.claim ?? true) {
      signal.onWake(() => built.wake());
      listener = createQueueListener(config.database.url as string, log, () => built.wake());
      await listener.start();
      undo.push(() => listener?.stop());
      built.start();
    }
    scheduler = createScheduler(
      transact,
      modules.flatMap((module) => module.schedules ?? []),
      log,
    );
    if (options.schedules ?? true) await scheduler.start();
    undo.push(() => scheduler?.stop());
  }

  const followers: Follower[] = [];
  if (config.role === 'all' || config.role === 'notify') {
    followers.push(...modules.flatMap((module) => module.followers?.(services) ?? []));
    for (const follower of followers) {
      await follower.start();
      undo.push(() => follower.stop());
    }
  }

  let draining = false;
  let sockets: SocketServer | null = null;
  let compiledQueries: CompiledQueries | null = null;
  let server: Server | null = null;
  let listening: Listening | null = null;
  let url: string | null = null;
  // Every role listens: health and metrics are asked of every process.
  if (runsApi || config.role === 'worker' || config.role === 'notify') {
    const queries = createCompiledQueries(schema, log);
    compiledQueries = queries;
    const operations = createOperations(schema, { introspection: config.docsOpen });
    const apollo = createApollo(schema, services, formatError, queries, operations);
    await apollo.start();
    undo.push(() => apollo.stop());
    const sdl = schemaText(schema);
    const health = createHealthProbe({
      services,
      migrationNames: migrations.map(({ name }) => name),
      schemaHash: sha256Hex(sdl).slice(0, 16),
      draining: () => draining,
      followerStates: () => Object.fromEntries(followers.map((one) => [one.name, one.state()])),
      workerState: () => (worker ? { state: draining ? 'draining' : 'running', running: worker.running() } : null),
    });
    const gauges = modules.flatMap((module) => module.gauges?.(services) ?? []);
    metrics.registry.beforeScrape = async () =>
      void (await Promise.all([scrape(services), ...gauges.map((read) => read())]));
    const edge = createHttpEdge(services);
    const viewerOf = (authorization: string | undefined) => authenticator.viewerOf(authorization);
    const app = createHttpApp({
      services,
      modules: runsApi ? modules : [],
      apollo,
      operations,
      formatError,
      schemaText: sdl,
      health,
      edge,
      viewerOf,
    });
    server = createHttpServer(
      runsApi ? answerCompiledQueries({ services, queries, formatError, edge, viewerOf }, app) : app,
    );
    const limits = options.limits?.slowReaders ?? {};
    const ofConnection = (request: IncomingMessage): string => addressOf(request, config.trustProxy);
    new SlowReaders(server, { metrics, log, addressOf: ofConnection, limits });
    if (runsApi) {
      const built = new SocketServer({
        schema,
        services,
        hub,
        formatError,
        viewerOf,
        isKnownHost: (host) => edge.isKnownHost(host),
        isOriginAllowed: (request) => edge.isOriginAllowed(request),
        addressOf: (request) => edge.addressOf(request),
        limits: options.limits?.sockets ?? {},
      });
      sockets = built;
      server.on('upgrade', (request, socket, head) => built.upgrade(request, socket, head));
      hub.onEvent((event) => {
        if (event.entityType === 'session' || event.entityType === 'user' || event.entityType === 'apiKey') {
          built.closeWhere((viewer) => isInvalidating(event, viewer));
        }
      });
    }
    listening = await startListening(server, config);
    url = urlOf(listening, config);
  }

  const drain = async (): Promise<void> => {
    // Sockets begin to close before the hub ends, so that clients see a server that goes away and no completed stream.
    const socketsClosed = sockets?.close();
    hub.stop();
    await Promise.all([
      socketsClosed,
      server && listening && closeHttpServer(server, listening),
      scheduler?.stop(),
      listener?.stop(),
      worker?.stop(),
      ...followers.map((follower) => follower.stop()),
    ]);
    // From here on nobody waits for an answer. What the database does not give in time is left: a delivery that is not
    // committed was not acknowledged, and the next process numbers the events.
    await within(CLOSE_STEP_MS, inbox.drain());
    await within(CLOSE_STEP_MS, Promise.all([signal.close(), events.stop()]));
    unsubscribe();
    rateLimiter.stop();
    await bus.close();
    await within(CLOSE_STEP_MS, db.close());
    process.off('unhandledRejection', onRejection);
  };
  const stop = async (): Promise<void> => {
    draining = true;
    await within(STOP_MS, drain());
  };
  return { services, url, worker, scheduler, sockets, compiledQueries, stop };
}

/** Waits for `work`, but not longer than this. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
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

async function scrape(services: Services): Promise<void> {
  const { metrics, db } = services;
  const stats = await readSyncStats(db);
  for (const [status, count] of Object.entries(stats.counts)) metrics.queueRows.set({ status }, count);
  metrics.queueOldestSeconds.set({ entity: 'all' }, stats.oldestPendingSeconds ?? 0);
  metrics.syncDelaySeconds.set(stats.delayAvgSeconds ?? 0);
  metrics.syncDelayP95Seconds.set(stats.delayP95Seconds ?? 0);
  const pool = db.poolStats();
  metrics.poolConnections.set({ state: 'limit' }, pool.size);
  metrics.poolConnections.set({ state: 'idle' }, pool.checked_in);
  metrics.poolConnections.set({ state: 'used' }, pool.checked_out);
  metrics.poolConnections.set({ state: 'waiting' }, pool.waiting);
}
