import { existsSync } from 'node:fs';
import path from 'node:path';
import { run } from '../drivers/command.js';
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
