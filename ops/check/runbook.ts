import { existsSync, readFileSync } from 'node:fs';
import type { Check } from './check.js';
import { filesBelow } from './files.js';

const RUNBOOK = 'ops/runbook.md';

/** What the operators' program can do. A text that names another command sends somebody to a dead end at night. */
export const COMMANDS = new Set([
  ...[
    'deploy',
    'rollback',
    'switch',
    'promote',
    'status',
    'resume',
    'retire',
    'agent',
    'maintenance',
    'nginx',
    'prepare',
  ],
  ...['backup', 'restore', 'verify', 'drill', 'backups', 'daily', 'weekly', 'tls', 'cleanup'],
]);

/** Commands of the operators' program that a text names and that do not exist. */
export function unknownCommands(text: string): string[] {
  const named = [...text.matchAll(/(?:npm run (?:--silent )?deploy -- |dist\/ops\/cli\.js )([a-z][a-z-]*)/g)];
  return [...new Set(named.map((match) => match[1] ?? ''))].filter((name) => !COMMANDS.has(name));
}

function faultsOfRunbook(text: string): string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  // The operators' program is brought by the deployer.
  const known = new Set([...Object.keys(scripts), 'deploy']);
  const named = [...text.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map((match) => match[1] ?? '');
  // ops/bin and ops/nginx are the deployer's; what stands there is checked with it.
  const paths = [...text.matchAll(/`((?:ops|\.github)\/[\w./@-]+)`/g)]
    .map((match) => match[1] ?? '')
    .filter((file) => !/^ops\/(bin|nginx|deploy|backup\/(?!pgbackrest))/.test(file));
  return [
    ...[...new Set(named)].filter((name) => !known.has(name)).map((name) => `There is no npm run ${name}.`),
    ...[...new Set(paths)].filter((file) => !existsSync(file)).map((file) => `There is no ${file}.`),
    ...(text.includes('## Unverified here') ? [] : ['The table of what is unverified is missing.']),
  ];
}

export const runbookChecks: readonly Check[] = [
  {
    name: 'runbook, units and workflows name commands and files that exist',
    tools: [],
    async run() {
      const files = [
        RUNBOOK,
        ...filesBelow('ops/systemd', (name) => name.endsWith('.service')),
        ...filesBelow('.github', (name) => name.endsWith('.yml')),
      ];
      const commands = files.flatMap((file) =>
        unknownCommands(readFileSync(file, 'utf8')).map((name) => `${file}: there is no command "${name}".`),
      );
      return [...commands, ...faultsOfRunbook(readFileSync(RUNBOOK, 'utf8')).map((fault) => `${RUNBOOK}: ${fault}`)];
    },
  },
];
