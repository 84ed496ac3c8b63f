import { readFileSync, writeFileSync } from 'node:fs';
import { messageOf } from './kernel/errors.js';

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
    default:
      process.stderr.write(`Unknown command ${name}. Known: migrate, schema, simulator.\n`);
      return 1;
  }
}

async function migrateCommand(): Promise<number> {
  const { readConfig, ConfigFault } = await import('./config.js');
  const { migrate } = await import('./app.js');
  const { modules } = await import('./modules.js');
  const { openDatabase } = await import('./platform/db/orm.js');
  const { migrations } = await import('../migrations/list.js');
  try {
    const url = readConfig(
      { ...process.env, ROLE: 'all' },
      { jwtSecret: 'x'.repeat(32), encryptionKey: 'x'.repeat(32), webhookSecret: 'x'.repeat(12), adminPassword: '' },
    ).database.url;
    if (url === null) {
      process.stderr.write('Set DATABASE_URL. The embedded Postgres migrates itself at "npm start".\n');
      return 1;
    }
    const db = await openDatabase({
      url,
      poolMax: 3,
      applicationName: 'tsh-erp-migrate',
      entities: modules.flatMap((module) => module.entities),
      migrations,
    });
    try {
      const ran = await migrate(db);
      process.stdout.write(ran.length > 0 ? `Ran ${ran.join(', ')}.\n` : 'Nothing to do.\n');
      return 0;
    } finally {
      await db.close();
    }
  } catch (error) {
    const lines = error instanceof ConfigFault ? error.faults : [`Migration failed: ${messageOf(error)}`];
    process.stderr.write(`${lines.join('\n')}\n`);
    return 1;
  }
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
