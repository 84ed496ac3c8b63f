import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrations } from '../../migrations/list.js';
import { generateCompany } from '../../src/generator/company.js';
import { generateTrade } from '../../src/generator/trade.js';
import { modules } from '../../src/modules.js';
import { type Database, openDatabase } from '../../src/platform/db/orm.js';

export const TEMPLATE = 'tsh_template';
const COMPANY = 'tsh_company';
const TRADE = 'tsh_trade';
const TRADE_SCALE = 0.3;

export async function sqlClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export interface TestDatabase {
  url: string;
  /** Plain SQL beside the code under test. */
  sql<Row = Record<string, unknown>>(text: string, params?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Skips the migrations. */
  empty?: boolean;
  /** With the generated company: products, prices, stock, customers; the first who asks in a run generates it. */
  company?: boolean;
  /** With the generated company and three tenths of its orders, invoices and payments. */
  trade?: boolean;
  server?: string;
}

const urlOf = (server: string, name: string): string => server.replace(/[^/]+$/, name);

/** Makes a template out of another and fills it, unless another test file has done it. */
async function fillTemplate(
  server: string,
  client: pg.Client,
  template: { name: string; from: string; fill(db: Database): Promise<unknown> },
): Promise<string> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template.name]);
  if (rowCount) return template.name;
  const name = `${template.name}_${randomBytes(6).toString('hex')}`;
  await client.query(`create database ${name} template ${template.from}`);
  const entities = modules.flatMap((module) => module.entities);
  const db = await openDatabase({
    url: urlOf(server, name),
    poolMax: 2,
    applicationName: 'template',
    entities,
    migrations,
  });
  await template.fill(db).finally(() => db.close());
  await client.query(`alter database ${name} rename to ${template.name}`);
  return template.name;
}

async function templateOf(server: string, client: pg.Client, options: TestDatabaseOptions): Promise<string> {
  if (!options.company && !options.trade) return TEMPLATE;
  const company = await fillTemplate(server, client, {
    name: COMPANY,
    from: TEMPLATE,
    fill: (db) => generateCompany(db, 1),
  });
  if (!options.trade) return company;
  return fillTemplate(server, client, { name: TRADE, from: company, fill: (db) => generateTrade(db, TRADE_SCALE) });
}

/** A fresh database, cloned from the migrated template. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = options.server ?? process.env['TEST_POSTGRES'] ?? '';
  const name = `t_${randomBytes(6).toString('hex')}`;
  await sqlClient(server, async (client) => {
    // Two files that clone at once make one of them wait for the template.
    await client.query('select pg_advisory_lock(1)');
    const template = options.empty ? '' : ` template ${await templateOf(server, client, options)}`;
    await client.query(`create database ${name}${template}`);
  });
  const url = urlOf(server, name);
  const pool = new pg.Pool({ connectionString: url, max: 5 });
  pool.on('error', () => undefined);
  return {
    url,
    async sql(text, params) {
      const result = await pool.query(text, params as unknown[]);
      return result.rows as never;
    },
    async drop() {
      await pool.end();
      await sqlClient(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}
