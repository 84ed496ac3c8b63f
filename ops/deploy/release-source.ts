import { existsSync } from 'node:fs';
import path from 'node:path';
import type { OpsContext } from '../command.js';
import { run } from '../drivers/command.js';
import { prepareFolder, prepareImage } from '../drivers/prepare.js';
import { Refused } from './deployment.js';
import type { Host } from './host.js';
import { isVersion, type Release } from './release.js';

export interface Asked {
  version: string | null;
  commit: string | null;
  location: string | null;
  /** The release that serves, once more. */
  restart: boolean;
}

async function commitHere(): Promise<string | null> {
  try {
    const { code, stdout } = await run(['git', 'rev-parse', '--short=10', 'HEAD'], { timeoutMs: 10_000 });
    return code === 0 ? stdout.trim() : null;
  } catch {
    return null;
  }
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
  const commit = asked.commit ?? (await commitHere());
  if (commit === null) throw new Refused('This is no checkout of git: name the commit by --commit.');
  const version = asked.version ?? versionName(settings.environment, commit, new Date(clock.nowMs()));
  if (!isVersion(version)) throw new Refused(`"${version}" cannot be a version.`);
  const { slots, history } = store.read();
  const served = history.find(({ outcome }) => outcome === 'SUCCESS');
  const needed = [slots.blue, slots.green, served].flatMap((one) => (one ? [one.release.version] : []));
  const options = {
    version,
    commit,
    source: process.cwd(),
    env: context.env,
    keep: settings.keepReleases,
    needed,
    report: (line: string) => context.out(line),
  };
  if (settings.driver === 'compose') await prepareImage(settings.imageRepository, options);
  else await prepareFolder(path.join(settings.deployPath, 'releases'), options);
  return version;
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
  const commit = asked.commit ?? (await commitHere());
  const version = asked.version ?? versionName(settings.environment, commit, new Date(clock.nowMs()));
  if (!isVersion(version)) throw new Refused(`"${version}" cannot be a version.`);
  if (settings.driver === 'compose') {
    return { version, commit, location: asked.location ?? `${settings.imageRepository}:${version}` };
  }
  const kept = path.join(settings.deployPath, 'releases', version);
  const location = path.resolve(asked.location ?? (settings.driver === 'systemd' || existsSync(kept) ? kept : '.'));
  if (!existsSync(path.join(location, 'dist/src/main.js'))) {
    throw new Refused(`There is no built release in ${location}. Build it there, or name another folder by --release.`);
  }
  return { version, commit, location };
}
