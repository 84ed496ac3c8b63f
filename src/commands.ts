import { readFileSync, writeFileSync } from 'node:fs';
import { messageOf } from './kernel/errors.js';
import type { Database } from './platform/db/orm.js';

/** The commands beside the server: each answers its exit code. */
export async function runCommand(
  name: string,
  args: readonly string[],
  onStop: (stop: () => Promise<void>) => void,
): Promise<number> {
  switch (name) {
    case 'migrate':
      return migrateCommand();
    case 'schema':
      return schemaCommand(args.includes('--check'));
    case 'simulator':
      return simulatorCommand(args, onStop);
    case 'generate':
      return generateCommand(args);
    default:
      process.stderr.write(`Unknown command ${name}. Known: migrate, schema, simulator, generate.\n`);
      return 1;
  }
}

/** Runs work on the database of the settings, all rooms known and migrations run; answers the exit code. */
async function withDatabase(
  what: string,
  work: (db: Database, ran: readonly string[]) => Promise<void>,
): Promise<number> {
  const { readConfig, ConfigFault } = await import('./config.js');
  const { migrate } = await import('./app.js');
  const { modules } = await import('./modules.js');
  const { openDatabase } = await import('./platform/db/orm.js');
  const { migrations } = await import('../migrations/list.js');
  try {
    const config = readConfig(
      { ...process.env, ROLE: 'all' },
      { jwtSecret: 'x'.repeat(32), encryptionKey: 'x'.repeat(32), webhookSecret: 'x'.repeat(12), adminPassword: '' },
    );
    if (config.database.url === null) {
      process.stderr.write(
        'Set DATABASE_URL. The embedded Postgres belongs to "npm start", which migrates it itself.\n',
      );
      return 1;
    }
    if (what === 'generate' && config.appEnv === 'production') {
      process.stderr.write('Invented customers have no place in production.\n');
      return 1;
    }
    const db = await openDatabase({
      url: config.database.url,
      poolMax: 3,
      applicationName: `tsh-erp-${what}`,
      entities: modules.flatMap((module) => module.entities),
      migrations,
    });
    try {
      await work(db, await migrate(db));
      return 0;
    } finally {
      await db.close();
    }
  } catch (error) {
    const lines = error instanceof ConfigFault ? error.faults : [`${what} failed: ${messageOf(error)}`];
    process.stderr.write(`${lines.join('\n')}\n`);
    return 1;
  }
}

const migrateCommand = (): Promise<number> =>
  withDatabase('migrate', (_db, ran) => {
    process.stdout.write(ran.length > 0 ? `Ran ${ran.join(', ')}.\n` : 'Nothing to do.\n');
    return Promise.resolve();
  });

async function generateCommand(args: readonly string[]): Promise<number> {
  const given = args[0] === '--scale' ? Number(args[1]) : args.length === 0 ? 1 : NaN;
  if (!Number.isInteger(given) || given < 1 || given > 20) {
    process.stderr.write('Use: npm run generate -- --scale 1 (a whole number from 1 to 20)\n');
    return 1;
  }
  const { generateCompany } = await import('./generate.js');
  const { generateTrade } = await import('./generate-trade.js');
  return withDatabase('generate', async (db) => {
    const begun = performance.now();
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    await generateCompany(db, given, say);
    await generateTrade(db, given, say);
    process.stdout.write(`Done in ${((performance.now() - begun) / 1000).toFixed(1)} s.\n`);
  });
}

async function schemaCommand(check: boolean): Promise<number> {
  const { buildAppSchema, schemaText } = await import('./platform/graphql/schema.js');
  const { modules } = await import('./modules.js');
  const text = schemaText(buildAppSchema(modules));
  if (!check) {
    writeFileSync('schema.graphql', text);
    return 0;
  }
  if (readFileSync('schema.graphql', 'utf8') === text) return 0;
  process.stderr.write('schema.graphql differs from the code. Run: npm run schema\n');
  return 1;
}

async function simulatorCommand(args: readonly string[], onStop: (stop: () => Promise<void>) => void): Promise<number> {
  const { startSimulator, SIMULATED_ACCOUNT } = await import('./simulator/simulator.js');
  const port = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 8090);
  const simulator = await startSimulator({ port });
  process.stdout.write(
    [
      `Zoho simulator on ${simulator.url}`,
      `  ZOHO_API_URL=${simulator.url} ZOHO_ACCOUNTS_URL=${simulator.url}`,
      `  ZOHO_CLIENT_ID=${SIMULATED_ACCOUNT.clientId} ZOHO_CLIENT_SECRET=${SIMULATED_ACCOUNT.clientSecret}`,
      `  ZOHO_REFRESH_TOKEN=${SIMULATED_ACCOUNT.refreshToken} ZOHO_ORGANIZATION_ID=${SIMULATED_ACCOUNT.organizationId}`,
      '',
    ].join('\n'),
  );
  await new Promise<void>((resolve) => {
    onStop(async () => {
      await simulator.close();
      resolve();
    });
  });
  return 0;
}
