import { createHash } from 'node:crypto';
import pg from 'pg';
import { traceStatements } from '../tracing/statements.js';
import { createRowStream, type RowStream } from './row-stream.js';
import { rowTypes } from './row-types.js';

/**
 * The connections for reads that clients ask for. They are apart from those of transactions and jobs, so that no query
 * can keep the company from writing, and they have a short time-out of their own.
 *
 * A statement that comes again is prepared under a name and planned once a connection. Each connection keeps a bounded
 * number of them and drops the least recently used: Postgres itself never forgets one, and 600 different filters had
 * taken 300 MB of its memory.
 */
export interface ReadPool {
  /** Timestamps arrive as Date, numerics as decimal text, bigints as number. */
  read<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Many rows of one statement, in parts. */
  stream: RowStream;
  stats(): { size: number; idle: number; used: number; waiting: number };
  close(): Promise<void>;
}

export interface ReadPoolOptions {
  url: string;
  max: number;
  applicationName: string;
  statementTimeoutMs: number;
  /** Prepared statements that a connection keeps. */
  statements?: number;
  onStatement?: (text: string) => void;
}

const STATEMENTS = 100;
const SEEN_CAPACITY = 2000;

/** pg keeps the names that it has prepared on its connection; a name that is dropped there is prepared again. */
interface Prepared {
  connection: { parsedStatements: Record<string, unknown> };
}

export function createReadPool(options: ReadPoolOptions): ReadPool {
  const { statements = STATEMENTS } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    application_name: `${options.applicationName}-reads`,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    options: `-c statement_timeout=${options.statementTimeoutMs} -c lock_timeout=2000 -c idle_in_transaction_session_timeout=5000 -c timezone=UTC -c jit=off -c default_transaction_read_only=on`,
  });
  traceStatements(pool);
  // A connection that breaks is replaced by the next read. Without a handler, one that Postgres closes in the middle of a
  // read would end the process.
  const broken = new WeakMap<pg.PoolClient, Error>();
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', (error) => broken.set(client, error)));

  const seen = new Set<string>();
  const namesOf = new WeakMap<pg.PoolClient, Map<string, string>>();

  /** Named from the second time on: a text that comes once is not worth the memory of a plan. */
  const isRepeated = (text: string): boolean => {
    if (seen.has(text)) return true;
    if (seen.size >= SEEN_CAPACITY) seen.clear();
    seen.add(text);
    return false;
  };

  /** The name of the statement on this connection; a promise only when another one is dropped for it. */
  const nameOn = (client: pg.PoolClient, text: string): string | undefined | Promise<string> => {
    if (!isRepeated(text)) return undefined;
    let names = namesOf.get(client);
    if (!names) namesOf.set(client, (names = new Map<string, string>()));
    const known = names.get(text);
    if (known !== undefined) {
      names.delete(text);
      names.set(text, known);
      return known;
    }
    const name = `r${createHash('md5').update(text).digest('hex').slice(0, 20)}`;
    names.set(text, name);
    const [oldest] = names;
    if (names.size <= statements || !oldest) return name;
    names.delete(oldest[0]);
    return forget(client, oldest[1]).then(() => name);
  };
  const forget = async (client: pg.PoolClient, name: string): Promise<void> => {
    await client.query(`deallocate "${name}"`).catch(() => undefined);
    delete (client as unknown as Prepared).connection.parsedStatements[name];
  };

  return {
    async read<Row>(text: string, params: readonly unknown[] = []): Promise<Row[]> {
      options.onStatement?.(text);
      const client = await pool.connect();
      try {
        const name = nameOn(client, text);
        const query = { name: typeof name === 'object' ? await name : name, text, values: params, types: rowTypes };
        const result = await client.query(query as pg.QueryConfig);
        return result.rows as Row[];
      } finally {
        client.release(broken.get(client));
      }
    },
    stream: createRowStream(pool),
    stats: () => ({
      size: options.max,
      idle: pool.idleCount,
      used: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: () => pool.end(),
  };
}
