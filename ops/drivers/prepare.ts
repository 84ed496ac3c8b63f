import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, runOrThrow } from './command.js';

export interface PrepareOptions {
  version: string;
  commit: string;
  /** The checkout that is built. */
  source: string;
  env: Readonly<Record<string, string | undefined>>;
  /** How many releases stay, the new one included. */
  keep: number;
  /** Versions that stay whatever their age: they serve, are warm, or are what a roll-back would bring back. */
  needed: readonly string[];
  report(line: string): void;
}

const LONG_MS = 1_800_000;
const SHORT_MS = 60_000;

/** The files of the commit, and nothing that lies in the checkout beside them. */
async function extractCommit(folder: string, { commit, source, env }: PrepareOptions): Promise<void> {
  mkdirSync(folder);
  const archive = path.join(folder, 'source.tar');
  const argv = ['git', 'archive', '--format=tar', `--output=${archive}`, commit];
  await runOrThrow(argv, { cwd: source, timeoutMs: SHORT_MS, env });
  await runOrThrow(['tar', '-xf', archive, '-C', folder], { timeoutMs: SHORT_MS, env });
  rmSync(archive);
}

/** Builds the commit in a folder of its own, `releases/<version>`; the folder appears when it is whole. */
export async function prepareFolder(releases: string, options: PrepareOptions): Promise<string> {
  const { version, env, report } = options;
  const target = path.join(releases, version);
  if (existsSync(target)) {
    report(`${target} is there already.`);
    return target;
  }
  mkdirSync(releases, { recursive: true });
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  await extractCommit(fresh, options);
  // A unit has no home folder to keep npm's cache in.
  const cache = env['npm_config_cache'] ?? path.join(path.dirname(releases), 'npm-cache');
  const npm = async (...args: string[]): Promise<void> => {
    report(`npm ${args.join(' ')}`);
    await runOrThrow(['npm', ...args], { cwd: fresh, timeoutMs: LONG_MS, env: { ...env, npm_config_cache: cache } });
  };
  // Also where NODE_ENV is production: the compiler is a development dependency.
  await npm('ci', '--include=dev', '--no-audit', '--no-fund');
  await npm('run', '--silent', 'build');
  await npm('prune', '--omit=dev', '--no-audit', '--no-fund');
  renameSync(fresh, target);
  pruneFolders(releases, options);
  return target;
}

function pruneFolders(releases: string, { keep, needed, report }: PrepareOptions): void {
  const byAge = readdirSync(releases)
    .filter((name) => !name.endsWith('.new'))
    .map((name) => ({ name, at: statSync(path.join(releases, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { name } of byAge.slice(keep)) {
    if (needed.includes(name)) continue;
    rmSync(path.join(releases, name), { recursive: true, force: true });
    report(`Removed the release ${name}.`);
  }
}

type Found = 'here' | 'pulled' | null;

/** Whether the host has the image, or the registry that its name holds. */
export async function findImage(image: string, options: Pick<PrepareOptions, 'env' | 'report'>): Promise<Found> {
  const { env, report } = options;
  const docker = (args: readonly string[], timeoutMs: number) => run(['docker', ...args], { timeoutMs, env });
  if ((await docker(['image', 'inspect', image], SHORT_MS)).code === 0) {
    report(`${image} is there already.`);
    return 'here';
  }
  if (!image.includes('/') || (await docker(['pull', image], LONG_MS)).code !== 0) return null;
  report(`Pulled ${image}.`);
  return 'pulled';
}

/** Takes the image from the registry where one is named, else builds it here; the host may have it already. */
export async function prepareImage(repository: string, options: PrepareOptions): Promise<string> {
  const { version, commit, env, report } = options;
  const image = `${repository}:${version}`;
  const found = await findImage(image, options);
  if (found === 'here') return image;
  if (found === null) {
    report(`Building ${image}.`);
    const facts = ['--build-arg', `VERSION=${version}`, '--build-arg', `COMMIT=${commit}`];
    const args = ['build', '--file', 'ops/docker/Dockerfile', ...facts, '--tag', image, '.'];
    const scratch = mkdtempSync(path.join(tmpdir(), 'tsh-erp-image-'));
    try {
      const folder = path.join(scratch, 'source');
      await extractCommit(folder, options);
      await runOrThrow(['docker', ...args], { cwd: folder, timeoutMs: LONG_MS, env });
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  await pruneImages(repository, options);
  return image;
}

async function pruneImages(repository: string, { env, keep, needed, report }: PrepareOptions): Promise<void> {
  // Newest first, as the engine lists them.
  const listed = await run(['docker', 'images', '--format', '{{.Tag}}', repository], { timeoutMs: SHORT_MS, env });
  const tags = listed.stdout.split('\n').filter((tag) => tag !== '' && tag !== '<none>');
  for (const tag of tags.slice(keep)) {
    if (needed.includes(tag)) continue;
    const { code } = await run(['docker', 'rmi', `${repository}:${tag}`], { timeoutMs: SHORT_MS, env });
    if (code === 0) report(`Removed the image ${repository}:${tag}.`);
  }
}
