import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Check } from './check.js';
import { faultsOfSettings } from './compose-settings.js';
import { filesBelow, withFolder } from './files.js';
import { faultsOf, mustHaveFailed, runProgram, type Ended } from './program.js';

const BASE = 'docker-compose.yml';
const overlay = (name: string): string => `ops/compose/${name}.yml`;
const ALL_PROFILES = ['core', 'dev', 'blue', 'green', 'proxy', 'monitoring'];

/** Every combination of files that the runbook names, with what it must be told. */
export const STACKS: readonly { name: string; overlays: readonly string[]; env: Record<string, string> }[] = [
  { name: 'database alone', overlays: [], env: {} },
  { name: 'development', overlays: ['dev'], env: {} },
  { name: 'staging', overlays: ['staging'], env: stagingEnv('tsh_staging', 8004) },
  { name: 'staging, a second stack', overlays: ['staging'], env: stagingEnv('tsh_staging_b', 8104) },
  { name: 'production', overlays: ['production'], env: productionEnv() },
  { name: 'production and monitoring', overlays: ['production', 'monitoring'], env: productionEnv() },
];

function productionEnv(): Record<string, string> {
  return {
    COMPOSE_PROJECT_NAME: 'tsh_erp',
    VERSION: 'production-v2026.01.31-0123abc',
    PUBLIC_HOST: 'erp.example',
    TELEGRAM_CHAT_ID: '1',
    APP_ENV_FILE: 'ops/env/production.env.example',
  };
}

function stagingEnv(project: string, port: number): Record<string, string> {
  const names = ['BLUE_PORT', 'GREEN_PORT', 'NOTIFY_PORT', 'DASHBOARD_PORT', 'POSTGRES_PORT', 'REDIS_PORT'];
  return {
    ...productionEnv(),
    COMPOSE_PROJECT_NAME: project,
    VERSION: 'staging-0123abc',
    APP_ENV_FILE: 'ops/env/staging.env.example',
    DEPLOY_PATH: `/opt/${project}`,
    ...Object.fromEntries(names.map((name, index) => [name, String(port + index)])),
  };
}

export interface ComposeService {
  image?: string;
  container_name?: string;
  ports?: readonly string[];
  network_mode?: string;
  healthcheck?: object;
  logging?: { options?: Record<string, string> };
  restart?: string;
  stop_grace_period?: string;
  read_only?: boolean;
  cap_drop?: readonly string[];
  environment?: Record<string, string | null>;
  profiles?: readonly string[];
  command?: readonly string[];
  secrets?: readonly { source: string }[];
  deploy?: { resources?: { limits?: { cpus?: number; memory?: string } } };
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
}

const config = (overlays: readonly string[], env: Record<string, string>, ...args: string[]): Promise<Ended> =>
  runProgram(
    'docker-compose',
    [
      ...[BASE, ...overlays.map(overlay)].flatMap((file) => ['--file', file]),
      ...ALL_PROFILES.flatMap((profile) => ['--profile', profile]),
      'config',
      ...args,
    ],
    { env },
  );

/** What must hold for every service of a stack that people depend on. */
export function faultsOfStack(name: string, { services }: ComposeFile): string[] {
  const faults: string[] = [];
  const fault = (service: string, text: string): void => void faults.push(`${name}: ${service} ${text}`);
  for (const [service, given] of Object.entries(services)) {
    const tag = given.image?.split('/').at(-1)?.split(':')[1];
    if (!tag || tag === 'latest') fault(service, `uses ${given.image ?? 'no image'}, which names no version.`);
    for (const port of given.ports ?? []) {
      if (!port.startsWith('127.0.0.1:')) fault(service, `opens ${port} to everybody.`);
    }
    if (name === 'development') continue;
    if (given.restart !== 'unless-stopped') fault(service, 'is not started again by itself.');
    if (!given.logging?.options?.['max-size']) fault(service, 'may fill the disk with its log.');
    const ours = given.image?.startsWith('tsh-erp:') ?? false;
    if (!ours) continue;
    if (given.read_only !== true || !given.cap_drop?.includes('ALL')) fault(service, 'may change its own files.');
    if (given.stop_grace_period !== '40s') fault(service, 'is killed before it has drained.');
    if (!given.healthcheck) fault(service, 'has no health check.');
    if (!given.deploy?.resources?.limits?.memory) fault(service, 'has no memory limit.');
  }
  return faults;
}

const hostPorts = ({ services }: ComposeFile): string[] =>
  Object.values(services).flatMap(({ ports }) => (ports ?? []).map((port) => port.split(':')[1] ?? ''));

async function checkStacks(): Promise<string[]> {
  const faults: string[] = [];
  const stacks = new Map<string, ComposeFile>();
  const configs = await Promise.all(STACKS.map(({ overlays, env }) => config(overlays, env)));
  for (const [index, { name, overlays }] of STACKS.entries()) {
    const ended = configs[index] as Ended;
    faults.push(...faultsOf(`${name}: docker-compose config`, ended));
    if (ended.code !== 0) continue;
    const stack = parse(ended.stdout) as ComposeFile;
    stacks.set(name, stack);
    if (overlays.length > 0) faults.push(...faultsOfStack(name, stack), ...(await faultsOfSettings(name, stack)));
  }
  const [first, second] = ['staging', 'staging, a second stack'].map((name) => stacks.get(name));
  if (first && second) {
    const shared = hostPorts(first).filter((port) => hostPorts(second).includes(port));
    if (shared.length > 0) faults.push(`Two staging stacks on one host both want port ${shared.join(', ')}.`);
    for (const [service, { container_name: fixed }] of Object.entries(first.services)) {
      if (fixed) faults.push(`staging: ${service} has a fixed name, so a second stack cannot start.`);
    }
  }
  return faults;
}

async function checkRefusals(): Promise<string[]> {
  const planted = await withFolder((dir) => {
    const file = path.join(dir, 'planted.yml');
    writeFileSync(file, 'services:\n  a:\n    image: b:1\n    healthchek: { test: [CMD, c] }\n');
    return runProgram('docker-compose', ['--file', file, 'config', '--quiet']);
  });
  const needed: [string, readonly string[], Record<string, string>, string][] = [
    ['production without a version', ['production'], productionEnv(), 'VERSION'],
    ['production without its settings', ['production'], productionEnv(), 'APP_ENV_FILE'],
    ['staging without its ports', ['staging'], stagingEnv('tsh_staging', 8004), 'BLUE_PORT'],
  ];
  const faults = mustHaveFailed('docker-compose', planted);
  for (const [what, overlays, env, variable] of needed) {
    const { code } = await config(overlays, { ...env, [variable]: '' }, '--quiet');
    if (code === 0) faults.push(`${what} is not refused: ${variable} was not asked for.`);
  }
  return faults;
}

export const composeChecks: readonly Check[] = [
  {
    name: 'YAML files are well formed',
    tools: ['yamllint'],
    async run() {
      const files = [
        BASE,
        ...filesBelow('ops', (name) => /\.ya?ml$/.test(name)),
        ...filesBelow('.github', (name) => /\.ya?ml$/.test(name)),
      ];
      const rules = '{extends: relaxed, rules: {line-length: disable, indentation: disable, key-duplicates: enable}}';
      for (const file of files) parse(readFileSync(file, 'utf8'), { merge: true });
      return faultsOf('yamllint', await runProgram('yamllint', ['--strict', '-f', 'parsable', '-d', rules, ...files]));
    },
  },
  {
    name: 'compose stacks fit the schema, the rules and the settings of the server',
    tools: ['docker-compose'],
    run: checkStacks,
  },
  { name: 'compose refuses a typo and a stack without its settings', tools: ['docker-compose'], run: checkRefusals },
];
