import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from '../../src/config.js';
import { ConfigFault } from '../../src/settings-reader.js';
import { connectionFault } from '../../src/platform/db/connection-budget.js';
import type { ComposeFile, ComposeService } from './compose.js';
import { withFolder } from './files.js';

const SLOTS = ['app_blue', 'app_green', 'tsh_worker'];
/** What an operator fills in, because no stack can know it. */
const FILLED_IN = { ZOHO_CLIENT_ID: 'planted', ZOHO_ORGANIZATION_ID: 'planted' };

function maxConnections({ command }: ComposeService): number {
  const found = (command ?? []).find((part) => part.startsWith('max_connections='));
  return Number(found?.split('=')[1] ?? 100);
}

/** Reads the settings of a service as its container would, with a file for each secret; answers what the server says. */
async function faultsOfService(name: string, given: ComposeService, limit: number): Promise<string[]> {
  return withFolder(async (dir) => {
    mkdirSync(path.join(dir, 'secrets'));
    const environment: Record<string, string> =
      given.environment?.['APP_ENV'] === 'development' ? {} : { ...FILLED_IN };
    for (const [key, value] of Object.entries(given.environment ?? {})) {
      if (value === null || value === '') continue;
      environment[key] = value;
      if (!value.startsWith('/run/secrets/')) continue;
      environment[key] = path.join(dir, 'secrets', path.basename(value));
      writeFileSync(environment[key], `Zx9${'q7'.repeat(20)}`);
    }
    const declared = new Set((given.secrets ?? []).map(({ source }) => source));
    const missing = Object.values(given.environment ?? {})
      .filter((value) => value?.startsWith('/run/secrets/') && !declared.has(path.basename(value)))
      .map((value) => `${name} reads ${value}, which is not among its secrets.`);
    try {
      const config = readConfig(environment);
      const connections = connectionFault(config, limit);
      return [...missing, ...(connections === null ? [] : [`${name}: ${connections}`])];
    } catch (error) {
      if (!(error instanceof ConfigFault)) throw error;
      return [...missing, ...error.faults.map((fault) => `${name}: ${fault}`)];
    }
  });
}

/** The server must accept what a stack gives to it, or the first deployment ends at the start of its containers. */
export async function faultsOfSettings(stack: string, { services }: ComposeFile): Promise<string[]> {
  const limit = maxConnections(services['postgres'] ?? {});
  const faults: string[] = [];
  // Development has one process of everything; its slots are behind profiles that nobody starts.
  for (const name of services['app'] ? ['app'] : SLOTS) {
    const service = services[name];
    if (service) faults.push(...(await faultsOfService(`${stack}: ${name}`, service, limit)));
  }
  return faults;
}
