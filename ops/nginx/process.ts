import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Debian keeps it where an ordinary user's PATH does not look. */
const PLACES = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'];

export function findNginx(): string | null {
  return (
    PLACES.find((place) =>
      place.includes('/') ? existsSync(place) : spawnSync(place, ['-v'], { stdio: 'ignore' }).status === 0,
    ) ?? null
  );
}

export const HOW_TO_INSTALL_NGINX =
  'nginx is not here. Install it: apt-get install nginx-light (Debian, Ubuntu) or brew install nginx (macOS).';

/** `nginx -t`: null when the configuration is good, else what is wrong with it. */
export function checkNginx(nginx: string, conf: string): string | null {
  const { status, stderr } = spawnSync(nginx, ['-t', '-q', '-e', 'stderr', '-c', conf], { encoding: 'utf8' });
  return status === 0 && stderr.trim() === '' ? null : stderr.trim() || `nginx -t ended with ${status}`;
}

/** Runs in the foreground as a child of ours; SIGQUIT lets requests end. */
export function startNginx(nginx: string, conf: string): ChildProcess {
  return spawn(nginx, ['-e', 'stderr', '-c', conf, '-g', 'daemon off;'], { stdio: ['ignore', 'ignore', 'pipe'] });
}
