import { createHash } from 'node:crypto';
import { CompiledQuery, type Transaction } from 'kysely';
import { Migrator } from '@mikro-orm/migrations';
import {
  MikroORM,
  UnderscoreNamingStrategy,
  type AnyEntity,
  type EntityClass,
  type EntityManager,
  type Options,
} from '@mikro-orm/postgresql';
import type { MigrationEntry } from './migration.js';
import { traceStatements } from '../tracing/statements.js';
import { createReadPool, type ReadPool } from './read-pool.js';
import { createRowStream, type RowStream } from './row-stream.js';
import { rowTypes } from './row-types.js';

/** The connections of a process: the ORM's pool for transactions, jobs and the server's own reads, and one for clients. */
export interface Database {
  readonly orm: MikroORM;
  /**
   * Runs one statement outside of a transaction as a named prepared statement: parsed and planned once a connection.
   * Timestamps arrive as Date, numerics as decimal text, bigints as number.
   */
  read<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** `read` for what a client asks: on connections of their own, with a short time-out. */
  readForClient<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Reads many rows of one statement for a client, in parts of one snapshot. */
  readonly stream: RowStream;
  /** Runs one statement inside the transaction of `em`, or alone when there is none. Same types as `read`, one parser. */
  execute<Row>(em: EntityManager, text: string, params?: readonly unknown[]): Promise<Row[]>;
  poolStats(): { size: number; checked_in: number; checked_out: number; waiting: number };
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  /** Connections of transactions, jobs and the server's own reads. */
  poolMax: number;
  /** Connections for what clients read; without them, such reads use the others. */
  clientReads?: { max: number; statementTimeoutMs: number };
  applicationName: string;
  entities: readonly EntityClass<AnyEntity>[];
  migrations: readonly MigrationEntry[];
  /** Called for each statement; tests count with it. */
  onStatement?: (text: string) => void;
}

export function ormOptions(options: DatabaseOptions): Options {
  return {
    clientUrl: options.url,
    entities: [...options.entities],
    namingStrategy: UnderscoreNamingStrategy,
    extensions: [Migrator],
    migrations: {
      tableName: 'migrations',
      migrationsList: options.migrations.map(({ name, migration }) => ({ name, class: migration })),
      snapshot: false,
      silent: true,
      transactional: true,
      allOrNothing: false,
    },
    schemaGenerator: {
      // Views for the operators' statements; the server itself reads none of them.
      ignoreSchema: ['operators'],
      ignoreRoutines: true,
      ignoreTriggers: true,
    },
    forceUtcTimezone: true,
    allowGlobalContext: false,
    // Our own first statement reports an unreachable database, in one line.
    ensureDatabase: false,
    discovery: { warnWhenNoEntities: false },
    pool: { min: 0, max: options.poolMax, idleTimeoutMillis: 30_000 },
    driverOptions: {
      application_name: options.applicationName,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      // A session that hangs must not hold a job key: time-outs below the lease of a job.
      options:
        '-c statement_timeout=10000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=5000 -c timezone=UTC -c jit=off',
    },
  };
}

/** The server's own statements are a fixed set; what clients ask for is prepared by the read pool. */
const NAMED_LIMIT = 500;

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const orm = await MikroORM.init(ormOptions(options));
  const pool = await orm.em.getDriver().getConnection().getNativeClient();
  traceStatements(pool);
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known) return known;
    if (names.size >= NAMED_LIMIT) return undefined;
    const name = `q${createHash('md5').update(text).digest('hex').slice(0, 20)}`;
    names.set(text, name);
    return name;
  };

  const read = async <Row>(text: string, params: readonly unknown[] = []): Promise<Row[]> => {
    options.onStatement?.(text);
    const result = await pool.query({
      name: nameOf(text),
      text,
      values: params as unknown[],
      types: rowTypes,
    });
    return result.rows as Row[];
  };

  const { clientReads } = options;
  const readPool: ReadPool | null = clientReads ? createReadPool({ ...options, ...clientReads }) : null;

  return {
    orm,
    read,
    readForClient: readPool ? readPool.read : read,
    stream: readPool ? readPool.stream : createRowStream(pool),
    async execute<Row>(em: EntityManager, text: string, params: readonly unknown[] = []): Promise<Row[]> {
      const transaction = em.getTransactionContext<Transaction<unknown>>();
      if (!transaction) return read<Row>(text, params);
      options.onStatement?.(text);
      // The driver takes a text with its type parsers in place of the text alone, so rows here are those of `read`.
      const statement = { text, types: rowTypes };
      const result = await transaction.executeQuery(CompiledQuery.raw(statement as unknown as string, [...params]));
      return result.rows as Row[];
    },
    poolStats() {
      const reads = readPool?.stats() ?? { size: 0, idle: 0, used: 0, waiting: 0 };
      return {
        size: options.poolMax + reads.size,
        checked_in: pool.idleCount + reads.idle,
        checked_out: pool.totalCount - pool.idleCount + reads.used,
        waiting: pool.waitingCount + reads.waiting,
      };
    },
    async close() {
      await readPool?.close();
      await orm.close(true);
      // The ORM ends the pool only if it has asked something through it itself.
      if (!pool.ending) await pool.end();
    },
  };
}
