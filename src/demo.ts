import { join } from 'node:path';
import type { Config } from './config.js';
import { startApp } from './app.js';
import { isOwnerSignIn } from './identity/owner.service.js';
import { recordExchangeRate } from './organisation/organisation.service.js';
import type { Services } from './platform/module.js';
import { createLife } from './simulator/life.js';
import { SIMULATED_ACCOUNT, startSimulator } from './simulator/simulator.js';

const DEMO_CONTACTS = 220;
const DEMO_CALLS_PER_MINUTE = 20_000;

/**
 * The whole product without a Zoho account: the simulator plays Zoho, the first load goes through the real sync path,
 * then the company lives by signed webhooks.
 */
export async function startDemo(config: Config): Promise<() => Promise<void>> {
  const simulator = await startSimulator({
    statePath: join(config.dataDir, 'simulator.json'),
    contacts: DEMO_CONTACTS,
    documents: config.simulator.documents,
    // The load of a real company keeps to 100 calls a minute; nobody waits for that in a demo.
    switches: { latencyMs: 20, perMinute: DEMO_CALLS_PER_MINUTE, ...config.simulator.faults },
  });
  let app: Awaited<ReturnType<typeof startApp>>;
  try {
    app = await startApp({
      ...config,
      logLevel: config.logLevel === 'info' ? 'error' : config.logLevel,
      zoho: {
        ...SIMULATED_ACCOUNT,
        apiUrl: simulator.url,
        accountsUrl: simulator.url,
        apiUrlFixed: true,
        requestsPerMinute: DEMO_CALLS_PER_MINUTE * 0.9,
        concurrency: 10,
      },
    });
  } catch (error) {
    await simulator.close();
    throw error;
  }
  await recordFirstRate(app.services);
  const url = app.url ?? '';
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say('');
  say('TSH ERP - demo mode: no Zoho credentials are set, so the bundled simulator plays Zoho.');
  say(`  API        ${url}/graphql`);
  say(`  Explorer   ${url}/docs`);
  say(`  Health     ${url}/health`);
  // Data that is older than the settings has its own owners and passwords.
  if (config.admin && (await isOwnerSignIn(app.services.db, config.admin))) {
    say(`  Sign in    ${config.admin.email}  ${config.admin.password}`);
  } else {
    say('  Sign in    as an owner of this database; a new password: npm run owner -- --email you@example.com');
  }
  say(`  Webhooks   secret ${config.webhook.secret}`);
  say('  Ctrl-C stops everything; the data stays in the data folder.');
  say('');

  const life = createLife(simulator, { url, secret: config.webhook.secret }, config.simulator.eventsPerMinute);
  const report = watchLoad(app.services, say, () => life.start());
  return async () => {
    report.stop();
    await life.stop();
    await app.stop();
    await simulator.close();
  };
}

/** Documents in USD need a rate; that of the company's books (domain facts) stands in until somebody records another. */
async function recordFirstRate({ transact, db }: Services): Promise<void> {
  if ((await db.read('select 1 from exchange_rates limit 1')).length > 0) return;
  const rate = { currency: 'USD', rate: '1310', effectiveOn: '2025-01-01' };
  await transact({ origin: 'system', actor: 'system' }, (tx) => recordExchangeRate(tx, rate));
}

const REPORT_MS = 1000;
const QUIET_ROUNDS = 15;

/** Says how far the load is, begins the company's life after it, and then says now and then what moves. */
function watchLoad(services: Services, say: (line: string) => void, onLoaded: () => void): { stop(): void } {
  let loaded = false;
  let shown = '';
  let rounds = 0;
  const number = new Intl.NumberFormat('en');

  const look = async (): Promise<void> => {
    const [row] = await services.db.read<{
      products: number;
      customers: number;
      vendors: number;
      waiting: number;
      processing: number;
      failed: number;
      dead: number;
      completed: number;
      full: number;
      open: number;
    }>(
      `select (select count(*) from products) as products,
         (select count(*) from customers) as customers, (select count(*) from vendors) as vendors,
         (select count(*) from tds_sync_queue where status = 'pending') as waiting,
         (select count(*) from tds_sync_queue where status = 'processing') as processing,
         (select count(*) from tds_sync_queue where status = 'failed') as failed,
         (select count(*) from tds_sync_queue where status = 'dead_letter') as dead,
         (select count(*) from tds_sync_queue where status = 'completed') as completed,
         (select count(*) from tds_sync_runs where run_type = 'full' and status in ('completed', 'partial')) as full,
         (select count(*) from tds_sync_runs where status in ('pending', 'in_progress')) as open`,
    );
    if (!row) return;
    if (!loaded) {
      const contacts = number.format(row.customers + row.vendors);
      const line = `Loading the demo company: ${number.format(row.products)} of 2,218 products, ${contacts} of ${DEMO_CONTACTS} contacts`;
      if (line !== shown) say(line);
      shown = line;
      if (row.full > 0 && row.open === 0) {
        loaded = true;
        say('The company is loaded. Changes arrive by signed webhooks from now on.');
        onLoaded();
      }
      return;
    }
    rounds += 1;
    if (rounds % QUIET_ROUNDS !== 1) return;
    say(
      `Queue: ${row.waiting} waiting, ${row.processing} running, ${row.failed} to retry, ${row.dead} dead, ${number.format(row.completed)} done`,
    );
  };

  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    look()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, REPORT_MS);
  return { stop: () => clearInterval(timer) };
}
