import { migrations } from '../migrations/list.js';
import type { Config } from './config.js';
import { checkDatabase, connect, createTransactOf, migrate } from './database.js';
import { messageOf } from './kernel/errors.js';
import { StartFault } from './kernel/start-fault.js';
import { can } from './kernel/viewer.js';
import { liveTopics, modules } from './modules.js';
import { createEventLog, type LogHead } from './platform/events.js';
import { connectionsOf, createGates } from './platform/gates.js';
import type { CompiledQueries } from './platform/graphql/compiled.js';
import { createFormatError } from './platform/graphql/format-error.js';
import { LiveHub } from './platform/graphql/live.js';
import type { LiveLimits } from './platform/graphql/live-limits.js';
import { buildAppSchema } from './platform/graphql/schema.js';
import type { SocketServer } from './platform/graphql/socket.js';
import type { SocketLimits } from './platform/graphql/socket-limits.js';
import { createMetrics } from './platform/http/metrics.js';
import { startServing } from './platform/http/serving.js';
import type { SlowReaderLimits } from './platform/http/slow-readers.js';
import { createLogger, type Logger } from './platform/logger.js';
import { buildModuleParts, type BuiltParts } from './platform/module-parts.js';
import type { Follower, Services } from './platform/module.js';
import { createInProcessBus, createRedisBus, type Bus } from './platform/pubsub.js';
import { queueCounts } from './platform/queue/queue-counts.js';
import type { Scheduler } from './platform/queue/scheduler.js';
import { createQueueSignal, type QueueSignal } from './platform/queue/wake.js';
import type { Worker } from './platform/queue/worker.js';
import { startWorking } from './platform/queue/working.js';
import { createRateLimiter } from './platform/rate-limit.js';
import { createRejectionHandler } from './platform/rejections.js';
import { saveTimeZone, seedPhase } from './platform/settings.js';
import { Teardown } from './platform/teardown.js';

/** The composition root: config -> pools -> modules -> a running process of one role. It names no module. */
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

/** What the parts of one start share. */
interface Start {
  config: Config;
  options: AppOptions;
  log: Logger;
  teardown: Teardown;
}

/** Builds and starts everything that the role needs. Throws StartFault with one clear line. */
export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  const log = options.log ?? createLogger(config.logLevel, config.role, config.version);
  const teardown = new Teardown(log);
  try {
    return await build({ config, options, log, teardown });
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function build(start: Start): Promise<App> {
  const { config, options, log, teardown } = start;
  const { services, signal, bus, hearHead } = await buildServices(start);
  const parts = await buildModuleParts(modules, services);
  teardown.add('finishing', () => parts.drain());
  services.schema = buildAppSchema(modules);
  const strict = config.appEnv === 'staging' || config.appEnv === 'production';
  const formatError = createFormatError(log, strict);
  await seedPhase(services.transact, config.syncPhase);
  await saveTimeZone(services.transact, config.timeZone);
  const hub = await startHub(start, { services, formatError, parts, bus });
  hearHead((head) => {
    hub.hint();
    bus.publish(HINT_TOPIC, head.seq);
  });
  await parts.start();
  services.events.start();

  const runsJobs = config.role === 'all' || config.role === 'worker';
  const { claim = true, schedules = true, limits = {} } = options;
  const working = runsJobs ? await startWorking({ services, modules, signal, teardown, claim, schedules }) : null;
  const followers = config.role === 'all' || config.role === 'notify' ? await startFollowers(start, services) : [];

  let draining = false;
  const serving = await startServing({
    services,
    modules,
    formatError,
    teardown,
    followers,
    limits,
    draining: () => draining,
    workerState: () => working && { state: draining ? 'draining' : 'running', running: working.worker.running() },
    scrape: () => scrape(services, parts),
  });
  return {
    services,
    url: serving.url,
    worker: working?.worker ?? null,
    scheduler: working?.scheduler ?? null,
    sockets: serving.sockets,
    compiledQueries: serving.compiledQueries,
    stop: () => {
      draining = true;
      return teardown.run();
    },
  };
}

interface BuiltServices {
  services: Services;
  signal: QueueSignal;
  bus: Bus;
  /** The log is built before the hub that reads it: whoever is to hear of a new head says so here. */
  hearHead(listener: (head: LogHead) => void): void;
}

/** What the platform gives to all modules. */
async function buildServices(start: Start): Promise<BuiltServices> {
  const { config, options, log, teardown } = start;
  const connections = connectionsOf(config);
  const db = await connect(config, connections, options.onStatement);
  teardown.add('closing', () => db.close());
  if (config.appEnv === 'development' || config.appEnv === 'test') await migrate(db);
  await checkDatabase(config, db, log);
  const bus = await openBus(config, log);
  teardown.add('closing', () => bus.close());
  const metrics = createMetrics(config);
  const onRejection = createRejectionHandler(log, metrics);
  process.on('unhandledRejection', onRejection);
  teardown.add('closing', () => void process.off('unhandledRejection', onRejection));

  const signal = createQueueSignal(db);
  teardown.add('recording', () => signal.close());
  const heads: ((head: LogHead) => void)[] = [];
  const events = createEventLog(db, log, (head) => heads.forEach((listener) => listener(head)));
  teardown.add('recording', () => events.stop());
  const onCommit = (wrote: { events: boolean; jobs: boolean }): void => {
    if (wrote.events) events.nudge();
    if (wrote.jobs) signal.notify();
  };
  const rateLimiter = createRateLimiter({
    factor: config.rateLimitPercent / 100,
    shared: bus.addToCounters,
    isStaff: (viewer) => viewer.kind === 'key' || can(viewer, 'schema:read'),
  });
  rateLimiter.start();
  teardown.add('closing', () => rateLimiter.stop());

  // The rest is added by the modules and, once the schema stands, by the hub.
  const own: Partial<Services> = {
    ...createGates(connections),
    rateLimiter,
    config,
    db,
    transact: createTransactOf(db, onCommit),
    onCommit,
    events,
    bus,
    log,
    metrics,
    migrations,
    deploymentId: () => config.deployment.id,
  };
  return { services: own as Services, signal, bus, hearHead: (listener) => void heads.push(listener) };
}

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

async function startHub(
  { options, teardown }: Start,
  built: { services: Services; formatError: ReturnType<typeof createFormatError>; parts: BuiltParts; bus: Bus },
): Promise<LiveHub> {
  const { services, formatError, parts, bus } = built;
  const limits = options.limits?.live ?? {};
  const hub = new LiveHub({ services, schema: services.schema, topics: liveTopics(modules), formatError, limits });
  services.hub = hub;
  hub.onEvent((event) => parts.onEvent(event));
  teardown.add('serving', () => hub.stop());
  await hub.start();
  const unsubscribe = await bus.subscribe(HINT_TOPIC, () => hub.hint());
  teardown.add('recording', () => unsubscribe());
  return hub;
}

async function startFollowers({ teardown }: Start, services: Services): Promise<Follower[]> {
  const followers = modules.flatMap((module) => module.followers?.(services) ?? []);
  for (const follower of followers) {
    teardown.add('serving', () => follower.stop());
    await follower.start();
  }
  return followers;
}

async function scrape({ metrics, db }: Services, parts: BuiltParts): Promise<void> {
  await parts.scrape();
  // All jobs, those of the system too: a dead one of them must not go unseen.
  for (const [status, count] of Object.entries(await queueCounts(db))) metrics.queueRows.set({ status }, count);
  const pool = db.poolStats();
  metrics.poolConnections.set({ state: 'limit' }, pool.size);
  metrics.poolConnections.set({ state: 'idle' }, pool.checked_in);
  metrics.poolConnections.set({ state: 'used' }, pool.checked_out);
  metrics.poolConnections.set({ state: 'waiting' }, pool.waiting);
}
