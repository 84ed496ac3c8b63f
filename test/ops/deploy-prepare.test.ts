import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { prepareFolder, prepareImage, type PrepareOptions } from '../../ops/drivers/prepare.js';
import { temporaryFolder } from '../support/folder.js';
import { recordPrograms } from '../support/recorded-program.js';

const dir = temporaryFolder('prepare');
const source = path.join(dir, 'source');
const releases = path.join(dir, 'releases');
const said: string[] = [];
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const git = (...args: string[]): string => {
  const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@test.example'];
  const { status, stdout, stderr } = spawnSync('git', [...identity, ...args], { cwd: source, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
};

const options = (version: string, more: Partial<PrepareOptions> = {}): PrepareOptions => ({
  version,
  commit: 'HEAD',
  source,
  env: process.env,
  keep: 3,
  needed: [],
  report: (line) => void said.push(line),
  ...more,
});

beforeAll(() => {
  mkdirSync(source, { recursive: true });
  const facts = { name: 'small', version: '1.0.0' };
  const build = `node -e "const fs = require('fs'); fs.mkdirSync('dist/src', { recursive: true }); fs.copyFileSync('main.js', 'dist/src/main.js')"`;
  writeFileSync(path.join(source, 'package.json'), JSON.stringify({ ...facts, scripts: { build } }));
  const lock = { ...facts, lockfileVersion: 3, requires: true, packages: { '': facts } };
  writeFileSync(path.join(source, 'package-lock.json'), JSON.stringify(lock));
  writeFileSync(path.join(source, 'main.js'), '// one');
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  // Not part of the commit, so not part of the release.
  writeFileSync(path.join(source, 'main.js'), '// not committed');
});
beforeEach(() => void said.splice(0));

describe('a release folder', () => {
  test('is built from the commit, appears when it is whole, and is not built again', async () => {
    mkdirSync(path.join(releases, 'v1.new/left-by-a-crash'), { recursive: true });
    const folder = await prepareFolder(releases, options('v1'));
    expect(readFileSync(path.join(folder, 'dist/src/main.js'), 'utf8')).toBe('// one');
    expect(readdirSync(releases)).toEqual(['v1']);
    expect(await prepareFolder(releases, options('v1'))).toBe(folder);
    expect(said.at(-1)).toMatch(/is there already/);
  });

  test('that cannot be built leaves none behind under its name', async () => {
    await expect(prepareFolder(releases, options('v2', { commit: 'no-such-commit' }))).rejects.toThrow(/git archive/);
    expect(existsSync(path.join(releases, 'v2'))).toBe(false);
  });

  test('of an old version goes when there are too many, unless the host may still need it', async () => {
    for (const [index, name] of ['old-1', 'old-2', 'old-3', 'old-4'].entries()) {
      mkdirSync(path.join(releases, name), { recursive: true });
      const at = 1_700_000_000 + index;
      utimesSync(path.join(releases, name), at, at);
    }
    await prepareFolder(releases, options('v3', { needed: ['old-1'] }));
    expect(
      readdirSync(releases)
        .filter((name) => !name.endsWith('.new'))
        .sort(),
    ).toEqual(['old-1', 'old-4', 'v1', 'v3']);
  }, 60_000);
});

describe('a release image', () => {
  const { env, fake, called, forget } = recordPrograms(dir);
  beforeEach(forget);

  test('that is here is taken as it is', async () => {
    fake('docker', {});
    expect(await prepareImage('tsh-erp', options('v1', { env }))).toBe('tsh-erp:v1');
    expect(called().map((call) => call.slice(2))).toEqual([['image', 'inspect', 'tsh-erp:v1']]);
  });

  test('comes from the registry when one is named, else it is built here; old ones go', async () => {
    fake('docker', { 'image inspect': { code: 1 }, 'images --format': { out: 'v4\\nv3\\nv2\\nv1\\nv0\\n' } });
    await prepareImage('ghcr.io/tsh/tsh-erp', options('v4', { env, needed: ['v1'] }));
    expect(called().map((call) => call.slice(2, 4).join(' '))).toEqual([
      'image inspect',
      'pull ghcr.io/tsh/tsh-erp:v4',
      'images --format',
      'rmi ghcr.io/tsh/tsh-erp:v0',
    ]);
    forget();
    const commit = git('rev-parse', 'HEAD');
    await prepareImage('tsh-erp', options('v4', { env, commit, keep: 9 }));
    expect(called()[1]?.slice(2)).toEqual([
      ...['build', '--file', 'ops/docker/Dockerfile', '--build-arg', 'VERSION=v4', '--build-arg', `COMMIT=${commit}`],
      ...['--tag', 'tsh-erp:v4', '.'],
    ]);
  });

  test('that the registry does not have is built, and a build that fails says so', async () => {
    fake('docker', { 'image inspect': { code: 1 }, pull: { code: 1 }, build: { out: 'no space left', code: 1 } });
    await expect(prepareImage('ghcr.io/tsh/tsh-erp', options('v5', { env }))).rejects.toThrow(/no space left/);
  });
});
