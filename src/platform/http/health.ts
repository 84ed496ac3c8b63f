import { fromMs, nowMs } from '../../kernel/clock.js';
import { messageOf } from '../../kernel/errors.js';
import type { Services } from '../module.js';
import { queueCounts } from '../queue/queue-counts.js';

export interface HealthProbe {
  /** Short, for anybody. */
  short(): Promise<{ ok: boolean; body: Record<string, unknown> }>;
  /** Everything, for operators. */
  full(): Promise<{ ok: boolean; body: Record<string, unknown> }>;
  /** Whether traffic may come: the database answers, migrations are in order, and the process is not draining. */
  ready(): Promise<{ ok: boolean; body: Record<string, unknown> }>;
}

export interface HealthOptions {
  services: Services;
  migrationNames: readonly string[];
  /** Of the served SDL: two releases with the same one answer the same operations. */
  schemaHash: string;
  draining(): boolean;
  workerState(): { state: string; running: number } | null;
  /** By name, those that this process runs. */
  followerStates?(): Record<string, string>;
}

const begunMs = nowMs();
const PATIENCE_MS = 2000;

function withPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in 2 s')), PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

export function createHealthProbe(options: HealthOptions): HealthProbe {
  const { services } = options;

  const database = async (): Promise<Record<string, unknown> & { status: string }> => {
    const begun = performance.now();
    try {
      const [row] = await withPatience(services.db.read<{ name: string }>('select current_database() as name'));
      return {
        status: 'up',
        latency_ms: Math.round((performance.now() - begun) * 10) / 10,
        database: row?.name,
        pool: services.db.poolStats(),
      };
    } catch (error) {
      return { status: 'down', reason: messageOf(error) };
    }
  };

  const redis = async (): Promise<Record<string, unknown> & { status: string }> => {
    const status = services.bus.state();
    if (status !== 'up') return { status };
    const latency = await withPatience(services.bus.ping()).catch(() => null);
    return latency === null ? { status: 'down' } : { status, latency_ms: Math.round(latency * 10) / 10 };
  };

  const base = (): Record<string, unknown> => ({
    version: services.config.version,
    schema: options.schemaHash,
    slot: services.config.slot,
    uptime_seconds: Math.round((nowMs() - begunMs) / 1000),
    time: fromMs(nowMs()).toISOString(),
  });

  return {
    async short() {
      const [db, bus] = await Promise.all([database(), redis()]);
      // Redis only carries hints: without it live screens are a second late, so the service degrades and stays up.
      const ok = db.status === 'up' && !options.draining();
      const status = !ok ? 'unhealthy' : bus.status === 'down' ? 'degraded' : 'healthy';
      return { ok, body: { status, version: services.config.version } };
    },
    async full() {
      const [db, bus] = await Promise.all([database(), redis()]);
      const ok = db.status === 'up' && !options.draining();
      const queue = ok ? await withPatience(queueCounts(services.db)).catch(() => null) : null;
      const status = !ok ? 'unhealthy' : bus.status === 'down' ? 'degraded' : 'healthy';
      const { pending, processing, failed, dead_letter } = queue ?? {};
      return {
        ok,
        body: {
          status,
          ...base(),
          database: db,
          redis: bus,
          queue: queue ? { pending, processing, failed, dead_letter } : null,
          worker: options.workerState(),
          followers: options.followerStates?.() ?? {},
        },
      };
    },
    async ready() {
      if (options.draining()) return { ok: false, body: { ready: false, reason: 'draining' } };
      try {
        const rows = await withPatience(services.db.read<{ name: string }>('select name from migrations'));
        const done = new Set(rows.map((row) => row.name));
        const missing = options.migrationNames.filter((name) => !done.has(name));
        if (missing.length > 0) return { ok: false, body: { ready: false, reason: 'migrations missing', missing } };
      } catch (error) {
        // Anybody may read this; what the database answered goes to the log only.
        services.log.warn({ reason: messageOf(error) }, 'not ready: the database does not answer');
        return { ok: false, body: { ready: false, reason: 'the database does not answer' } };
      }
      // Redis carries hints only. Without it every process still answers, and a balancer that took all of them out at
      // once would turn a degraded service into an outage.
      const { status } = await redis();
      return { ok: true, body: { ready: true, redis: status, version: services.config.version } };
    },
  };
}
