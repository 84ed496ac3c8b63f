import 'reflect-metadata';
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
    case 'owner':
      return ownerCommand(args);
    default:
      process.stderr.write(`Unknown command ${name}. Known: migrate, schema, simulator, generate, owner.\n`);
      return 1;
  }
}

const NO_SECRETS = {
  jwtSecret: 'x'.repeat(32),
  encryptionKey: 'x'.repeat(32),
  webhookSecret: 'x'.repeat(12),
  adminPassword: '',
};

/** The embedded Postgres of the data folder: that of the server that runs on it, or started for as long as the work lasts. */
async function withEmbedded(dataDir: string, work: (url: string) => Promise<void>): Promise<void> {
  const { claimFolder, findDatabase, keepSecrets } = await import('./data-folder.js');
  const running = findDatabase(dataDir);
  if (running !== null) return work(running);
  keepSecrets(dataDir);
  const release = claimFolder(dataDir);
  try {
    const { startEmbedded } = await import('./platform/db/embedded.js');
    const embedded = await startEmbedded({ dataDir });
    try {
      await work(embedded.url);
    } finally {
      await embedded.stop();
    }
  } finally {
    release();
  }
}

/**
 * Runs work on the database of the settings, all modules known; answers the exit code. Strict installations migrate by
 * hand.
 */
async function withDatabase(
  what: 'migrate' | 'generate' | 'owner',
  work: (db: Database, ran: readonly string[]) => Promise<void>,
): Promise<number> {
  const { readConfig } = await import('./config.js');
  const { ConfigFault } = await import('./settings-reader.js');
  const { migrate } = await import('./database.js');
  const { modules } = await import('./modules.js');
  const { openDatabase } = await import('./platform/db/orm.js');
  const { migrations } = await import('../migrations/list.js');
  try {
    const config = readConfig({ ...process.env, ROLE: 'all' }, NO_SECRETS);
    const strict = config.appEnv === 'staging' || config.appEnv === 'production';
    if (config.database.url === null && what !== 'owner') {
      process.stderr.write(
        'Set DATABASE_URL. The embedded Postgres belongs to "npm start", which migrates it itself.\n',
      );
      return 1;
    }
    if (what === 'generate' && config.appEnv === 'production') {
      process.stderr.write('Invented customers have no place in production.\n');
      return 1;
    }
    const run = async (url: string): Promise<void> => {
      const db = await openDatabase({
        url,
        poolMax: 3,
        applicationName: `tsh-erp-${what}`,
        entities: modules.flatMap((module) => module.entities),
        migrations,
      });
      try {
        await work(db, what === 'owner' && strict ? [] : await migrate(db));
      } finally {
        await db.close();
      }
    };
    if (config.database.url === null) await withEmbedded(config.dataDir, run);
    else await run(config.database.url);
    return 0;
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
  const { generateCompany } = await import('./generator/company.js');
  const { generateTrade } = await import('./generator/trade.js');
  return withDatabase('generate', async (db) => {
    const begun = performance.now();
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    await generateCompany(db, given, say);
    await generateTrade(db, given, say);
    process.stdout.write(`Done in ${((performance.now() - begun) / 1000).toFixed(1)} s.\n`);
  });
}

const OWNER_HELP = `npm run owner -- --email you@example.com [--password-file FILE]

For when nobody can sign in as an owner any more. Makes an owner, or gives the account of this address the role of an
owner and opens it again; its sessions and links end, and the audit log keeps it. Other owners stay as they are.

  --email EMAIL          whose account it is
  --password-file FILE   sets the password that the file holds; without it, prints a link, good once and for an hour
  --help                 prints this

It works on DATABASE_URL, as npm start does, or on the embedded Postgres of DATA_DIR, whether the server runs or not.
Needed by hand only: a start makes an owner itself, of ADMIN_EMAIL and ADMIN_PASSWORD, while there is none who is active
and has a password. It never changes one who is: a later change of ADMIN_PASSWORD changes nobody's password.
`;

async function ownerCommand(args: readonly string[]): Promise<number> {
  const { parseArgs } = await import('node:util');
  const options = {
    email: { type: 'string' },
    'password-file': { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  let given: { email?: string; 'password-file'?: string; help?: boolean };
  try {
    given = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${OWNER_HELP}`);
    return 1;
  }
  if (given.help || given.email === undefined) {
    (given.help ? process.stdout : process.stderr).write(OWNER_HELP);
    return given.help ? 0 : 1;
  }
  const { email, 'password-file': file } = given;
  return withDatabase('owner', async (db) => {
    const { createTransactOf } = await import('./database.js');
    const { recoverOwner } = await import('./identity/owner.service.js');
    const { hashPassword } = await import('./identity/passwords.js');
    const { assertPassword } = await import('./identity/password-rules.js');
    let passwordHash: string | null = null;
    if (file !== undefined) {
      const password = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      await assertPassword(password, 'password-file', { email });
      passwordHash = await hashPassword(password);
    }
    const { outcome, link } = await recoverOwner(createTransactOf(db), { email, passwordHash });
    process.stdout.write(
      `${outcome === 'created' ? `Made the owner ${email}.` : `${email} is an owner and active.`}\n`,
    );
    process.stdout.write(
      link === null
        ? 'The password is set.\n'
        : `Set the password with this token, good once, until ${link.expiresAt.toISOString()}:\n  ${link.token}\n` +
            `  mutation { redeemLink(token: "${link.token}", password: "...") { __typename } }\n`,
    );
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
  const { readSimulatorArguments, runSimulator, SIMULATOR_HELP } = await import('./simulator-command.js');
  const { ConfigFault } = await import('./settings-reader.js');
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  let settings: ReturnType<typeof readSimulatorArguments>;
  try {
    settings = readSimulatorArguments(args, process.env);
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    process.stderr.write(`${error.faults.join('\n')}\n\n${SIMULATOR_HELP}`);
    return 1;
  }
  if (settings === null) {
    process.stdout.write(SIMULATOR_HELP);
    return 0;
  }
  const { stop } = await runSimulator(settings, say);
  await new Promise<void>((resolve) => {
    onStop(async () => {
      await stop();
      resolve();
    });
  });
  return 0;
}
