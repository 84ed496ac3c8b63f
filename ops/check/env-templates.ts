import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { readConfig } from '../../src/config.js';
import { ConfigFault } from '../../src/settings-reader.js';
import type { Check } from './check.js';
import { filesBelow } from './files.js';

const DIR = 'ops/env';
/** What a template may say, because it is the file's own name and no decision of an operator. */
const GIVEN = new Set(['APP_ENV']);
/** Read by the tools on a host; the server's own templates hold what src/config.ts reads and nothing else. */
const OF_TOOLS = 'deploy.env.example';

/** Every setting that src/config.ts asks the environment for. It is watched while it reads, so no list can grow stale. */
export function settingsOfTheServer(): Set<string> {
  const asked = new Set<string>();
  const zoho = ['ZOHO_CLIENT_ID', 'ZOHO_CLIENT_SECRET', 'ZOHO_REFRESH_TOKEN', 'ZOHO_ORGANIZATION_ID'];
  const situations: Record<string, string>[] = [
    {},
    { DB_HOST: 'db', REDIS_URL: 'redis://r' },
    { DATABASE_URL: 'postgresql://u@h/d', ...Object.fromEntries(zoho.map((name) => [name, 'x'])) },
  ];
  for (const role of ['all', 'api', 'worker', 'notify']) {
    for (const situation of situations) {
      const environment = { ...situation, ROLE: role };
      const watched = new Proxy<Record<string, string | undefined>>(environment, {
        get(target, name) {
          if (typeof name === 'string') asked.add(name);
          return target[String(name)];
        },
      });
      try {
        readConfig(watched);
      } catch (error) {
        if (!(error instanceof ConfigFault)) throw error;
      }
    }
  }
  return new Set([...asked].filter((name) => !name.endsWith('_FILE') || name === 'APP_ENV_FILE'));
}

const plain = (name: string, known: ReadonlySet<string>): string =>
  known.has(name) ? name : name.replace(/_FILE$/, '');

/** The faults of one template: names that nobody reads, names twice, and values. */
export function faultsOfTemplate(file: string, text: string, known: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    const at = `${file}:${index + 1}`;
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    const name = match?.[1];
    if (name === undefined) {
      faults.push(`${at} is neither NAME= nor a comment.`);
      continue;
    }
    if (seen.has(name)) faults.push(`${at} names ${name} for the second time.`);
    seen.add(name);
    if (match?.[2] !== '' && !GIVEN.has(name)) faults.push(`${at} gives ${name} a value; templates hold none.`);
    if (!known.has(plain(name, known))) faults.push(`${at}: nobody reads ${name}.`);
  }
  return faults;
}

/** What compose, the units, the workflows, the tools themselves and the runbook's table of their settings name. */
function namesOfTools(): Set<string> {
  const files = [
    'docker-compose.yml',
    'ops/runbook.md',
    ...filesBelow('ops', (name) => /\.(ts|ya?ml|sh|service)$/.test(name)),
    ...filesBelow('.github', (name) => name.endsWith('.yml')),
  ];
  const words = files.flatMap((file) => readFileSync(file, 'utf8').match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? []);
  return new Set(words);
}

async function checkTemplates(): Promise<string[]> {
  const server = settingsOfTheServer();
  const tools = namesOfTools();
  return filesBelow(DIR, (name) => name.endsWith('.env.example')).flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const faults = faultsOfTemplate(file, text, file.endsWith(OF_TOOLS) ? tools : server);
    const environment = path.basename(file, '.env.example');
    const said = parseEnv(text)['APP_ENV'];
    const expected = environment === 'deploy' ? '' : environment === 'dev' ? 'development' : environment;
    if (said !== expected) faults.push(`${file} says APP_ENV=${said}, which is not ${expected}.`);
    return faults;
  });
}

export const environmentChecks: readonly Check[] = [
  { name: 'env templates name settings that are read, and give no values', tools: [], run: checkTemplates },
];
