import { parseArgs } from 'node:util';
import { readSimulatorSettings, type SimulatorSettings } from './config.js';
import { ConfigFault } from './settings-reader.js';
import { messageOf } from './kernel/errors.js';
import { createLife } from './simulator/life.js';
import { SIMULATED_ACCOUNT, startSimulator } from './simulator/simulator.js';

export const SIMULATOR_HELP = `npm run simulator [-- --port 8090] [--webhooks-to http://localhost:8000]

Plays Zoho: a company of items and contacts behind Zoho's API, which lives on and tells its changes by signed webhooks.
Every option may be a setting as well; the option wins.

  --port N               where it listens; 8090 if nothing is said
  --webhooks-to URL      the server that is told; http://localhost:8000 if nothing is said
  --secret TEXT          signs the webhooks: ZOHO_WEBHOOK_SECRET, else that of the data folder
  --events-per-minute N  changes a minute, 0 for none: SIMULATOR_EVENTS_PER_MINUTE
  --drop N               percent of webhooks that are lost: SIMULATOR_DROP_PERCENT
  --duplicate N          percent that come twice: SIMULATOR_DUPLICATE_PERCENT
  --reorder N            percent that the next one overtakes: SIMULATOR_REORDER_PERCENT
  --delay N              at most so many milliseconds late: SIMULATOR_DELAY_MS
  --items N, --contacts N, --documents N  the size of the company; documents are its invoices, and others in proportion
  --help                 prints this

While it runs: GET /_simulator/state; POST /_simulator/switches {"dropPercent": 20} changes any switch, and
POST /_simulator/faults {"fault": "server_error", "calls": 3} makes the next calls of the API fail;
POST /_simulator/write {"method": "act", "module": "invoices", "id": "...", "path": "status/void"} does what a person does
at the screen; POST /_simulator/day {"seed": 1, "speed": 60} plays a whole day of the company.
`;

const OPTIONS = {
  port: { type: 'string' },
  'webhooks-to': { type: 'string' },
  secret: { type: 'string' },
  'events-per-minute': { type: 'string' },
  drop: { type: 'string' },
  duplicate: { type: 'string' },
  reorder: { type: 'string' },
  delay: { type: 'string' },
  items: { type: 'string' },
  contacts: { type: 'string' },
  documents: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Each option as the setting that it stands for, so that both are checked by the same rules. */
const SETTINGS = {
  port: 'SIMULATOR_PORT',
  'webhooks-to': 'SIMULATOR_WEBHOOKS_TO',
  secret: 'ZOHO_WEBHOOK_SECRET',
  'events-per-minute': 'SIMULATOR_EVENTS_PER_MINUTE',
  drop: 'SIMULATOR_DROP_PERCENT',
  duplicate: 'SIMULATOR_DUPLICATE_PERCENT',
  reorder: 'SIMULATOR_REORDER_PERCENT',
  delay: 'SIMULATOR_DELAY_MS',
  items: 'SIMULATOR_ITEMS',
  contacts: 'SIMULATOR_CONTACTS',
  documents: 'SIMULATOR_DOCUMENTS',
} as const;

/** Reads the arguments over the environment; null when help was asked for. Throws ConfigFault. */
export function readSimulatorArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): SimulatorSettings | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const given = Object.entries(SETTINGS).flatMap(([option, setting]) => {
    const value = values[option as keyof typeof SETTINGS];
    return value === undefined ? [] : [[setting, value]];
  });
  const [port] = positionals;
  return readSimulatorSettings({
    ...environment,
    ...(port === undefined ? {} : { SIMULATOR_PORT: port }),
    ...(Object.fromEntries(given) as Record<string, string>),
  });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new ConfigFault([messageOf(error)]);
  }
}

/** Starts the simulator and its company; answers what stops both. */
export async function runSimulator(
  settings: SimulatorSettings,
  say: (line: string) => void,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const { port, items, contacts, documents, webhooksTo, webhookSecret, faults, eventsPerMinute } = settings;
  const simulator = await startSimulator({ port, items, contacts, documents, switches: faults });
  const life = createLife(simulator, { url: webhooksTo, secret: webhookSecret }, eventsPerMinute);
  life.start();
  const { url } = simulator;
  say(`Zoho simulator on ${url}`);
  say(`  ZOHO_API_URL=${url} ZOHO_ACCOUNTS_URL=${url}`);
  say(`  ZOHO_CLIENT_ID=${SIMULATED_ACCOUNT.clientId} ZOHO_CLIENT_SECRET=${SIMULATED_ACCOUNT.clientSecret}`);
  say(
    `  ZOHO_REFRESH_TOKEN=${SIMULATED_ACCOUNT.refreshToken} ZOHO_ORGANIZATION_ID=${SIMULATED_ACCOUNT.organizationId}`,
  );
  say(`  ZOHO_WEBHOOK_SECRET=${webhookSecret}`);
  say(`${eventsPerMinute} changes a minute go to ${webhooksTo}${describe(faults)}.`);
  return {
    url,
    async stop() {
      await life.stop();
      await simulator.close();
    },
  };
}

function describe({ dropPercent, duplicatePercent, reorderPercent, delayMs }: SimulatorSettings['faults']): string {
  const parts = [
    dropPercent > 0 ? `${dropPercent} % are lost` : null,
    duplicatePercent > 0 ? `${duplicatePercent} % come twice` : null,
    reorderPercent > 0 ? `${reorderPercent} % are overtaken` : null,
    delayMs > 0 ? `each is up to ${delayMs} ms late` : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? '' : `; ${parts.join(', ')}`;
}
