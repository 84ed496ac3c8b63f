import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Its figures are read when somebody asks: Prometheus, or another process of the same API. */
export class ServerRegistry extends Registry {
  /** Sets the gauges of what is only counted on demand. */
  beforeScrape: () => Promise<void> = () => Promise.resolve();

  override async metrics(): Promise<string> {
    await this.beforeScrape();
    return super.metrics();
  }

  override async getMetricsAsJSON(): ReturnType<Registry['getMetricsAsJSON']> {
    await this.beforeScrape();
    return super.getMetricsAsJSON();
  }
}

/** What Prometheus reads. Labels come from closed lists, never from input: a label per id would fill the memory. */
export interface Metrics {
  registry: ServerRegistry;
  httpSeconds: Histogram<'route' | 'status'>;
  graphqlSeconds: Histogram<'operation'>;
  compiledRequests: Counter<'door'>;
  unhandledRejections: Counter;
  jobSeconds: Histogram<'kind' | 'result'>;
  webhooks: Counter<'entity' | 'result'>;
  zohoCalls: Counter<'result'>;
  zohoTokensLeft: Gauge;
  liveSubscriptions: Gauge;
  liveFrames: Counter;
  queueRows: Gauge<'status'>;
  queueDepth: Gauge<'entity' | 'status'>;
  queueOldestSeconds: Gauge<'entity'>;
  syncDelaySeconds: Gauge;
  syncDelayP95Seconds: Gauge;
  poolConnections: Gauge<'state'>;
  unsentBytes: Gauge;
  slowReaders: Counter<'reason'>;
  notices: Counter<'result'>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What names the process in the metrics. */
export interface BuildInfo {
  version: string;
  slot: string | null;
  role: string;
}

/**
 * Of several processes the sum is exported, unless `aggregator` says otherwise: a figure that all of them read from the
 * same database must not be added up.
 */
export function createMetrics({ version, slot, role }: BuildInfo): Metrics {
  const registry = new ServerRegistry();
  collectDefaultMetrics({ register: registry });
  // Left out of several processes by default; with the latest of them, alerts see each process that is started again.
  Object.assign(registry.getSingleMetric('process_start_time_seconds') ?? {}, { aggregator: 'max' });
  const registers = [registry];
  new Gauge({
    name: 'tsh_build_info',
    help: 'Always 1; the labels say which release runs in which slot and role.',
    labelNames: ['version', 'slot', 'role'],
    aggregator: 'max',
    registers,
  }).set({ version, slot: slot ?? 'none', role }, 1);
  new Gauge({ name: 'tsh_processes', help: 'Processes whose figures are added up here.', registers }).set(1);
  return {
    registry,
    httpSeconds: new Histogram({
      name: 'tsh_http_request_seconds',
      help: 'Duration of HTTP requests.',
      labelNames: ['route', 'status'],
      buckets: SECONDS,
      registers,
    }),
    graphqlSeconds: new Histogram({
      name: 'tsh_graphql_operation_seconds',
      help: 'Duration of GraphQL operations by their root field.',
      labelNames: ['operation'],
      buckets: SECONDS,
      registers,
    }),
    compiledRequests: new Counter({
      name: 'tsh_graphql_compiled_requests_total',
      help: 'Requests answered by a compiled query: in front of Express (cache) or inside Apollo (apollo).',
      labelNames: ['door'],
      registers,
    }),
    unhandledRejections: new Counter({
      name: 'tsh_unhandled_rejections_total',
      help: 'Rejected promises that nobody handled: each is a defect.',
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'tsh_job_seconds',
      help: 'Duration of jobs.',
      labelNames: ['kind', 'result'],
      buckets: SECONDS,
      registers,
    }),
    webhooks: new Counter({
      name: 'tsh_webhooks_total',
      help: 'Webhooks by result: accepted, duplicate, or the reason of refusal.',
      labelNames: ['entity', 'result'],
      registers,
    }),
    zohoCalls: new Counter({
      name: 'tsh_zoho_calls_total',
      help: 'Calls to Zoho by result.',
      labelNames: ['result'],
      registers,
    }),
    zohoTokensLeft: new Gauge({
      name: 'tsh_zoho_day_remaining',
      help: 'Calls left today, as Zoho reported last.',
      aggregator: 'max',
      registers,
    }),
    liveSubscriptions: new Gauge({ name: 'tsh_live_subscriptions', help: 'Open subscriptions.', registers }),
    liveFrames: new Counter({ name: 'tsh_live_frames_total', help: 'Frames sent to subscribers.', registers }),
    queueRows: new Gauge({
      name: 'tsh_queue_rows',
      help: 'Rows of the queue by status, the work of the system included.',
      labelNames: ['status'],
      aggregator: 'max',
      registers,
    }),
    queueDepth: new Gauge({
      name: 'tsh_queue_depth',
      help: 'Records by entity that wait, have failed and wait, or are dead.',
      labelNames: ['entity', 'status'],
      aggregator: 'max',
      registers,
    }),
    queueOldestSeconds: new Gauge({
      name: 'tsh_queue_oldest_seconds',
      help: 'Age of the oldest waiting row by entity.',
      labelNames: ['entity'],
      aggregator: 'max',
      registers,
    }),
    notices: new Counter({
      name: 'tsh_notices_total',
      help: 'Attempts to send a notice by result: sent, later, unavailable, unknown or refused.',
      labelNames: ['result'],
      registers,
    }),
    syncDelaySeconds: new Gauge({
      name: 'tsh_sync_delay_seconds',
      help: 'Average time from a delivery to its applied record, over the window of syncStats.',
      aggregator: 'max',
      registers,
    }),
    syncDelayP95Seconds: new Gauge({
      name: 'tsh_sync_delay_p95_seconds',
      help: 'What 95 % of the records of the last 15 minutes stayed below, from a delivery to its applied record.',
      aggregator: 'max',
      registers,
    }),
    poolConnections: new Gauge({
      name: 'tsh_db_pool_connections',
      help: 'Connections of the database pool.',
      labelNames: ['state'],
      registers,
    }),
    unsentBytes: new Gauge({
      name: 'tsh_unsent_bytes',
      help: 'Bytes that were answered, over HTTP and WebSockets, and not yet taken by clients.',
      registers,
    }),
    slowReaders: new Counter({
      name: 'tsh_slow_readers_closed_total',
      help: 'Connections closed because the client did not read: stalled, or too much unsent for its address or the process.',
      labelNames: ['reason'],
      registers,
    }),
  };
}
