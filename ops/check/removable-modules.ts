import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * `npm run check:modules [-- sync till]`: each removable module is taken out of a copy of the tree, its folder and its
 * line in src/modules.ts; the rest must compile, emit its schema and pass tests of the core. Removable modules that stand
 * on it go with it: notices tell of deployments, so there are none without deployments.
 */
const REMOVABLE = ['sync', 'deployments', 'till', 'paper', 'reporting', 'partners', 'notifications'];

/** Queue, identity and customers, against a real Postgres; they use no removable module. */
const CORE_TESTS = [
  'test/platform/queue.test.ts',
  'test/platform/handlers.test.ts',
  'test/identity/refresh.test.ts',
  'test/customers/customers.test.ts',
];

const COPIED = ['src', 'migrations', 'test', 'dist', 'package.json', 'tsconfig.json', 'jest.config.js'];

const root = process.cwd();
const names = REMOVABLE.filter((name) => existsSync(path.join(root, 'src', name)));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function run(cwd: string, program: string, args: readonly string[]): string | null {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    // The embedded Postgres and the database of whoever runs this are no part of the check.
    env: { ...process.env, DATABASE_URL: '', NODE_OPTIONS: '' },
  });
  return status === 0 ? null : `${program} ${args.join(' ')}\n${stdout}${stderr}`;
}

function copyTree(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tsh-without-'));
  for (const name of COPIED) cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  // Tests and operations of the removed module go with it; here only the server has to stand.
  const tests = [
    'test/support/global-setup.ts',
    'test/support/global-teardown.ts',
    'test/support/declared-failures.ts',
  ];
  const settings = { extends: './tsconfig.json', include: ['src', 'migrations', ...tests, ...CORE_TESTS] };
  writeFileSync(path.join(folder, 'tsconfig.modules.json'), JSON.stringify(settings));
  return folder;
}

function takeOut(folder: string, name: string): void {
  for (const part of ['src', 'dist/src', 'test'])
    rmSync(path.join(folder, part, name), { recursive: true, force: true });
  const file = path.join(folder, 'src/modules.ts');
  const lines = readFileSync(file, 'utf8').split('\n');
  const left = lines.filter((line) => !line.includes(`'./${name}/module.js'`) && line.trim() !== `${name}Module,`);
  if (left.length !== lines.length - 2) throw new Error(`src/modules.ts does not name ${name} in two lines.`);
  writeFileSync(file, left.join('\n'));
}

/** The module and the removable ones that import from it. */
function withDependents(name: string): string[] {
  const imports = (other: string): boolean =>
    readdirSync(path.join(root, 'src', other), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .some((file) => readFileSync(path.join(root, 'src', other, file), 'utf8').includes(`/${name}/`));
  return [name, ...names.filter((other) => other !== name && imports(other))];
}

/** What does not work without the modules; null when everything does. */
function faultWithout(removed: readonly string[]): string | null {
  const folder = copyTree();
  const node = process.execPath;
  const jest = path.join(folder, 'node_modules/jest/bin/jest.js');
  try {
    for (const name of removed) takeOut(folder, name);
    return (
      run(folder, node, [path.join(folder, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.modules.json']) ??
      run(folder, node, ['dist/src/main.js', 'schema']) ??
      run(folder, node, [jest, ...CORE_TESTS])
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : names;
let failed = 0;
for (const name of wanted) {
  const begun = performance.now();
  const removed = withDependents(name);
  const fault = faultWithout(removed);
  if (fault !== null) failed += 1;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  say(`${fault === null ? 'ok  ' : 'FAIL'}  without ${removed.join(' and ')} (${seconds} s)`);
  if (fault !== null) say(fault);
}
say(`${wanted.length - failed} of ${wanted.length} modules can be taken out.`);
process.exitCode = failed === 0 ? 0 : 1;
