import { existsSync } from 'node:fs';
import path from 'node:path';
import type { OpsContext } from '../command.js';
import { run } from '../drivers/command.js';
import { findImage, prepareFolder, prepareImage } from '../drivers/prepare.js';
import { Refused } from './deployment.js';
import type { Host } from './host.js';
import { reasonOf } from './http.js';
import { isVersion, type Release } from './release.js';

export interface Asked {
  version: string | null;
  commit: string | null;
  location: string | null;
  /** The release that serves, once more. */
  restart: boolean;
}

const GIT_MS = 120_000;

async function commitHere(source: string, name = 'HEAD'): Promise<string | null> {
  try {
    const argv = ['git', 'rev-parse', '--quiet', '--verify', '--short=10', `${name}^{commit}`];
    const { code, stdout } = await run(argv, { cwd: source, timeoutMs: GIT_MS });
    return code === 0 ? stdout.trim() : null;
  } catch {
    return null;
  }
}

/** The commit of the checkout; one that it does not have yet is fetched first. */
async function commitOf(source: string, sha: string): Promise<string | null> {
  const known = await commitHere(source, sha);
  if (known !== null) return known;
  await run(['git', 'fetch', '--quiet', '--all'], { cwd: source, timeoutMs: GIT_MS }).catch(() => undefined);
  return commitHere(source, sha);
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** production-v2026.11.21-<sha>, staging-<sha>; on a developer's machine the time tells two tries apart. */
export function versionName(environment: string, commit: string | null, at: Date): string {
  const sha = commit?.slice(0, 10) ?? 'unknown';
  const day = `${at.getUTCFullYear()}.${pad(at.getUTCMonth() + 1)}.${pad(at.getUTCDate())}`;
  if (environment === 'production') return `production-v${day}-${sha}`;
  if (environment === 'staging') return `staging-${sha}`;
  return `local-${pad(at.getUTCHours())}${pad(at.getUTCMinutes())}${pad(at.getUTCSeconds())}-${sha}`;
}

/** Makes a release of a commit of this checkout, and answers its version; what the host may need stays. */
export async function prepareRelease(
  host: Host,
  context: OpsContext,
  asked: Pick<Asked, 'version' | 'commit'>,
): Promise<string> {
  const { settings, store, clock } = host;
  const commit = asked.commit ?? (await commitHere(settings.sourceDir));
  if (commit === null) throw new Refused('This is no checkout of git: name the commit by --commit.');
  const version = asked.version ?? versionName(settings.environment, commit, new Date(clock.nowMs()));
  if (!isVersion(version)) throw new Refused(`"${version}" cannot be a version.`);
  const { slots, history } = store.read();
  const served = history.find(({ outcome }) => outcome === 'SUCCESS');
  const needed = [slots.blue, slots.green, served].flatMap((one) => (one ? [one.release.version] : []));
  const options = {
    version,
    commit,
    source: settings.sourceDir,
    env: context.env,
    keep: settings.keepReleases,
    needed,
    report: (line: string) => context.out(line),
  };
  if (settings.driver === 'compose') await prepareImage(settings.imageRepository, options);
  else await prepareFolder(path.join(settings.deployPath, 'releases'), options);
  return version;
}

const isBuilt = (folder: string): boolean => existsSync(path.join(folder, 'dist/src/main.js'));

/** Names of releases end with their commit: staging-<sha>, production-v2026.11.21-<sha>. */
const shaIn = (version: string): string | null => /-([0-9a-f]{7,40})$/.exec(version)?.[1] ?? null;

/**
 * Builds what a request asks for when this host does not have it: a folder, or an image that no registry has either.
 * Throws Refused with the reason when it cannot be had.
 */
export async function ensurePrepared(
  host: Host,
  context: OpsContext,
  asked: { version: string; commit: string | null },
): Promise<void> {
  const { settings } = host;
  const { version } = asked;
  if (!isVersion(version)) throw new Refused(`"${version}" cannot be a version.`);
  const report = (line: string): void => context.out(line);
  try {
    if (settings.driver === 'compose') {
      if (await findImage(`${settings.imageRepository}:${version}`, { env: context.env, report })) return;
    } else if (isBuilt(path.join(settings.deployPath, 'releases', version))) return;
    const sha = asked.commit ?? shaIn(version);
    if (sha === null) {
      // On a developer's machine the release is the checkout itself, as it was built last.
      if (settings.driver === 'local' && isBuilt('.')) return;
      throw new Refused(`This host has no release ${version}, and neither its name nor the request tells the commit.`);
    }
    // It goes into a command line, where a leading dash would be an option.
    const commit = /^[0-9a-f]{7,40}$/i.test(sha) ? await commitOf(settings.sourceDir, sha) : null;
    if (commit === null) throw new Refused(`This host has no release ${version}, and its checkout no commit ${sha}.`);
    await prepareRelease(host, context, { version, commit });
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(`${version} cannot be made ready: ${reasonOf(error)}`);
  }
}

/** Which release is meant, and that it is there. */
export async function releaseOf(host: Host, asked: Asked): Promise<Release> {
  const { settings, store, clock } = host;
  if (asked.restart) {
    const { live, slots } = store.read();
    const serving = live === null ? null : slots[live];
    if (!serving) throw new Refused('Nothing serves yet, so there is nothing to restart.');
    return serving.release;
  }
  const commit = asked.commit ?? (await commitHere(settings.sourceDir));
  const version = asked.version ?? versionName(settings.environment, commit, new Date(clock.nowMs()));
  if (!isVersion(version)) throw new Refused(`"${version}" cannot be a version.`);
  if (settings.driver === 'compose') {
    return { version, commit, location: asked.location ?? `${settings.imageRepository}:${version}` };
  }
  const kept = path.join(settings.deployPath, 'releases', version);
  const location = path.resolve(asked.location ?? (settings.driver === 'systemd' || existsSync(kept) ? kept : '.'));
  if (!isBuilt(location)) {
    throw new Refused(`There is no built release in ${location}. Build it there, or name another folder by --release.`);
  }
  return { version, commit, location };
}
