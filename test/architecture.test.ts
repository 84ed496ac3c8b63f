import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** The rules of the house as a table, each with its reason. */
const files = (dir: string): string[] =>
  readdirSync(dir).flatMap((name) => {
    const full = path.join(dir, name);
    return statSync(full).isDirectory() ? files(full) : full.endsWith('.ts') ? [full] : [];
  });

const sources = files('src').map((file) => ({ file: file.replace(/^src\//, ''), text: readFileSync(file, 'utf8') }));
const ORDER = [
  'kernel',
  'platform',
  'identity',
  'organisation',
  'catalog',
  'customers',
  'vendors',
  'ledger',
  'stock',
  'documents',
  'cash',
  'purchasing',
  'orders',
  'billing',
  'receivables',
  'till',
  'paper',
  'reporting',
  'sync',
  'deployments',
  'partners',
  'notifications',
];
const ROOT = new Set([
  'main.ts',
  'app.ts',
  'modules.ts',
  'config.ts',
  'database.ts',
  'settings-reader.ts',
  'demo.ts',
  'commands.ts',
  'simulator-command.ts',
]);
/** Folders beside the modules: they may use commands of modules, and only the root may use them. */
const BESIDE = ['simulator', 'generator'];
const ROLES = new Set([
  'entity',
  'service',
  'queries',
  'resolver',
  'inputs',
  'route',
  'job',
  'listener',
  'mapper',
  'handler',
  'events',
]);
const OPEN_ROLES = new Set(['entity', 'service', 'queries', 'events']);
const moduleOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] as string) : 'root');
const roleOf = (file: string): string | null => /\.([a-z]+)\.ts$/.exec(file)?.[1] ?? null;

const importsOf = ({ file, text }: { file: string; text: string }) =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    path.normalize(path.join(path.dirname(file), (match[1] as string).replace(/\.js$/, '.ts'))),
  );
const imports = sources.flatMap((source) => importsOf(source).map((target) => ({ from: source.file, to: target })));
const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

interface Rule {
  rule: string;
  because: string;
  offences(): string[];
}

const pattern = (regex: RegExp, allowed: (file: string) => boolean) => () =>
  sources.filter(({ file, text }) => !allowed(file) && regex.test(code(text))).map(({ file }) => file);
const oneOf =
  (...names: (string | RegExp)[]) =>
  (file: string): boolean =>
    names.some((name) => (typeof name === 'string' ? file === name || file.startsWith(`${name}/`) : name.test(file)));

/** The beginning of a statement, in any quotes: lower case, because sentences begin with a capital. */
const STATEMENT =
  /['"`]\s*(?:select\s+\S|insert\s+into\s|update\s+[\w".${}]+\s+(?:\w{1,2}\s+)?set\s|delete\s+from\s|with\s+\w+\s+as\s*(?:materialized\s*)?\()/;
const SUBSELECT = /\(\s*select\s[^)]*?\sfrom\s|\bexists\s*\(\s*select\b/;

const rules: Rule[] = [
  {
    rule: 'a module imports only from modules named before it',
    because: 'one order means no circular imports, and a module can be taken out',
    offences: () =>
      imports
        .filter(({ from, to }) => ORDER.includes(moduleOf(from)) && !to.startsWith('..'))
        .filter(({ from, to }) => {
          const [a, b] = [moduleOf(from), moduleOf(to)];
          if (a === b) return false;
          // Types of the settings are handed out in pieces; nobody but the root reads them.
          if (to === 'config.ts') return a === 'kernel';
          return ORDER.indexOf(b) < 0 || ORDER.indexOf(b) > ORDER.indexOf(a);
        })
        .map(({ from, to }) => `${from} -> ${to}`),
  },
  {
    rule: 'across modules only entity, service, queries and events are imported',
    because: 'everything else is private to its module',
    offences: () =>
      imports
        .filter(({ from, to }) => {
          const [a, b] = [moduleOf(from), moduleOf(to)];
          if (a === b || !ORDER.includes(a) || b === 'kernel' || b === 'platform' || to === 'config.ts') return false;
          return !OPEN_ROLES.has(roleOf(to) ?? '');
        })
        .map(({ from, to }) => `${from} -> ${to}`),
  },
  {
    rule: 'the suffix of a file is one of a closed list',
    because: 'the listing alone tells what a file does',
    offences: () =>
      sources.filter(({ file }) => roleOf(file) !== null && !ROLES.has(roleOf(file) as string)).map(({ file }) => file),
  },
  {
    rule: 'module.ts is imported by modules.ts only',
    because: 'a plug has one socket',
    offences: () =>
      imports
        .filter(
          ({ from, to }) => /^[a-z]+\/module\.ts$/.test(to) && to !== 'platform/module.ts' && from !== 'modules.ts',
        )
        .map(({ from, to }) => `${from} -> ${to}`),
  },
  {
    rule: 'nobody imports main, app, demo or commands',
    because: 'the composition root knows the modules, never the other way',
    offences: () =>
      imports
        .filter(({ from, to }) => ['main.ts', 'app.ts', 'demo.ts', 'commands.ts'].includes(to) && !ROOT.has(from))
        .map(({ from, to }) => `${from} -> ${to}`),
  },
  {
    rule: 'the simulator imports nothing of src, and only the root and the generator import it',
    because: 'a fake that shares code with what it fakes proves nothing',
    offences: () =>
      imports
        .filter(
          ({ from, to }) =>
            (moduleOf(from) === 'simulator') !== (moduleOf(to) === 'simulator') &&
            !(moduleOf(to) === 'simulator' && (ROOT.has(from) || moduleOf(from) === 'generator')),
        )
        .map(({ from, to }) => `${from} -> ${to}`),
  },
  {
    rule: 'only the root imports the generator, which uses open files of modules only',
    because: 'made-up data is no part of the product',
    offences: () =>
      imports
        .filter(({ from, to }) =>
          moduleOf(from) === 'generator'
            ? ORDER.includes(moduleOf(to)) &&
              !['kernel', 'platform'].includes(moduleOf(to)) &&
              !OPEN_ROLES.has(roleOf(to) ?? '')
            : moduleOf(to) === 'generator' && !ROOT.has(from),
        )
        .map(({ from, to }) => `${from} -> ${to}`),
  },
  {
    rule: 'every folder of src has its place in the order',
    because: 'a folder that no rule names is bound by none',
    offences: () => [
      ...new Set(
        sources.map(({ file }) => moduleOf(file)).filter((name) => ![...ORDER, ...BESIDE, 'root'].includes(name)),
      ),
    ],
  },
  {
    rule: 'src never imports test',
    because: 'tests are no part of the product',
    offences: () => imports.filter(({ to }) => to.includes('../test')).map(({ from }) => from),
  },
  {
    rule: 'no index.ts',
    because: 'a barrel hides who needs whom',
    offences: () => sources.filter(({ file }) => file.endsWith('index.ts')).map(({ file }) => file),
  },
  {
    rule: 'only config.ts reads process.env',
    because: 'a setting is parsed and checked once',
    // Children of ours need a PATH; main hands the whole environment to config.
    offences: pattern(/process\.env/, oneOf('config.ts', 'main.ts', 'commands.ts', 'platform/db/embedded.ts')),
  },
  {
    rule: 'only kernel/clock says now',
    because: 'time can be set in tests, and text becomes an instant in one way',
    offences: pattern(/new Date\(|Date\.now\(|Date\.parse\(/, oneOf('kernel/clock.ts', 'simulator')),
  },
  {
    rule: 'only sync/zoho and the Telegram client call out over HTTP',
    because: 'budget, token and deadline stand there',
    offences: pattern(
      /(?:await|return|=) fetch\(/,
      oneOf('sync/zoho/zoho-client.ts', 'sync/zoho/zoho-token.ts', 'platform/http/telegram.ts', 'simulator'),
    ),
  },
  {
    rule: 'only platform/tracing/otlp imports OpenTelemetry, and only main.ts loads it',
    because: 'who wants no traces pays nothing for them',
    offences: () => [
      ...pattern(/from '@opentelemetry\//, oneOf('platform/tracing/otlp.ts'))(),
      ...imports
        .filter(({ from, to }) => to === 'platform/tracing/otlp.ts' && from !== 'main.ts')
        .map(({ from }) => from),
    ],
  },
  {
    rule: 'only transact.ts begins and commits',
    because: 'effect, events, jobs and audit are one commit',
    offences: pattern(/\bem\.(commit|begin)\(\)/, oneOf('platform/db/transact.ts')),
  },
  {
    rule: 'entities are made and changed by services only',
    because: 'the only place that changes entities is a command',
    offences: pattern(/\bem\.(create|persist|remove|assign)\(/, (file) => /\.service\.ts$/.test(file)),
  },
  {
    rule: 'SQL stands in queries, the queue, events, db and settings only',
    because: 'a table has few writers, and all can be named',
    offences: pattern(
      STATEMENT,
      (file) => /\.queries\.ts$/.test(file) || oneOf('platform', 'demo.ts', 'generator', 'database.ts')(file),
    ),
  },
  {
    rule: 'inputs, resolvers and services look into no table',
    because: 'a condition of a list names columns; what it takes from another table is a query of that table',
    offences: pattern(SUBSELECT, (file) => !/\.(inputs|resolver|service|mapper|handler|job|route)\.ts$/.test(file)),
  },
  {
    rule: 'advisory locks stand in one file',
    because: 'two meanings of one number would wait for one another',
    offences: pattern(/advisory|hashtext|\b7_?411_?\d{3}\b/, oneOf('platform/db/locks.ts')),
  },
  {
    rule: 'migrations import nothing that may change',
    because: 'a merged migration does tomorrow what it did today',
    offences: () =>
      files('migrations').flatMap((file) =>
        [...code(readFileSync(file, 'utf8')).matchAll(/from '([^']+)'/g)]
          .map((match) => match[1] as string)
          .filter((target) =>
            /\d{14}-/.test(path.basename(file)) || file.includes('/frozen/')
              ? !['../src/platform/db/migration.js'].includes(target) && !target.startsWith('./frozen/')
              : target.includes('/src/') && target !== '../src/platform/db/migration.js',
          )
          .map((target) => `${file} -> ${target}`),
      ),
  },
  {
    rule: 'mappers do not wait',
    because: 'pure code is tested by tables',
    offences: pattern(
      /\bawait\b|\basync\b/,
      (file) => !/\.mapper\.ts$|deployment-status\.ts$|backoff\.ts$|signature\.ts$|money\.ts$/.test(file),
    ),
  },
  {
    rule: 'no drawer without a noun',
    because: 'what is called util holds anything',
    offences: () =>
      sources
        .filter(({ file }) => /(^|\/)(utils?|helpers?|common|misc|shared)(\/|\.)/.test(file))
        .map(({ file }) => file),
  },
  {
    rule: 'a file is one noun: at most 450 lines',
    because: 'a noun that became a drawer is split by use case',
    offences: () =>
      sources
        .filter(({ text }) => text.split('\n').length > 450)
        .map(({ file, text }) => `${file}: ${text.split('\n').length}`),
  },
  {
    rule: 'no silenced checks',
    because: 'a reason belongs into code, not into a comment that hides it',
    offences: pattern(/@ts-ignore|@ts-expect-error|eslint-disable|as any\b/, () => false),
  },
];

describe('the house', () => {
  test.each(rules)('$rule, because $because', ({ offences }) => {
    expect(offences()).toEqual([]);
  });
});

describe('the rule about SQL', () => {
  test.each([
    `'select id from products'`,
    '"delete from prices where id = $1"',
    '`\n  insert into prices (id) values ($1)`',
    `'update stock_levels s set on_hand = 0'`,
    '`with old as (select 1) select 2`',
    '`with old as materialized (select 1) select 2`',
  ])('finds %s', (text) => expect(STATEMENT.test(text)).toBe(true));

  test.each([`'Select a product.'`, `'update'`, `'with care'`, `'update the price'`, `'select'`])(
    'lets %s pass',
    (text) => expect(STATEMENT.test(text)).toBe(false),
  );
});
