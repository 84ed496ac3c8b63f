import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { isoTime, type Clock } from './clock.js';
import { readJson } from './files.js';

/**
 * One deployment at a time on a host. The lock is a folder that holds its owner; it is made elsewhere and renamed into
 * place, so it is never seen without one. It is renewed while the owner works; whoever finds it abandoned renames it
 * away, which only one can do, and an owner that was only asleep finds out at its next step.
 */
export interface LockOwner {
  token: string;
  pid: number;
  host: string;
  /** When the process began, in the kernel's ticks: a number that is reused belongs to another process. */
  processBegan: string | null;
  purpose: string;
  since: string;
}

export interface HeldLock {
  readonly owner: LockOwner;
  /** Throws LockLost when another process has taken over. Asked before each step. */
  assertHeld(): void;
  release(): void;
}

export class LockTaken extends Error {
  constructor(readonly owner: LockOwner) {
    super(`Another deployment is under way: process ${owner.pid} (${owner.purpose}) since ${owner.since}.`);
    this.name = 'LockTaken';
  }
}

export class LockLost extends Error {
  constructor() {
    super('Another process took the deployment lock over; this one stops here.');
    this.name = 'LockLost';
  }
}

const LEASE_MS = 120_000;
const RENEW_MS = 5000;

/** Null where there is no /proc, or no such process. A zombie has ended: it only waits for its parent. */
export function processBegan(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

export function isRunning(pid: number, began: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (
    !existsSync('/proc/self/stat') || (processBegan(pid) !== null && (began === null || processBegan(pid) === began))
  );
}

export interface Lock {
  acquire(purpose: string): HeldLock;
  /** Who holds it, and whether that process is gone. Null: free. */
  inspect(): { owner: LockOwner; ageMs: number; abandoned: boolean } | null;
}

export function createLock(stateDir: string, clock: Clock): Lock {
  const place = path.join(stateDir, 'deploy.lock');
  const ownerFile = path.join(place, 'owner.json');

  const inspect: Lock['inspect'] = () => {
    try {
      const owner = readJson<LockOwner>(ownerFile);
      if (!owner) return null;
      const ageMs = clock.nowMs() - statSync(ownerFile).mtimeMs;
      const gone = owner.host === hostname() && !isRunning(owner.pid, owner.processBegan);
      return { owner, ageMs, abandoned: gone || ageMs > LEASE_MS };
    } catch (error) {
      // It was released between the two looks.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  };

  const takeAway = (token: string): void => {
    const aside = path.join(stateDir, `deploy.lock.${randomUUID()}`);
    try {
      renameSync(place, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    const moved = readJson<LockOwner>(path.join(aside, 'owner.json'));
    if (moved && moved.token !== token) {
      // Somebody else had taken it over in between: theirs is put back, unless a third one holds it by now.
      try {
        renameSync(aside, place);
        return;
      } catch {
        // Its owner finds out by assertHeld.
      }
    }
    rmSync(aside, { recursive: true, force: true });
  };

  const acquire = (purpose: string): HeldLock => {
    mkdirSync(stateDir, { recursive: true });
    const owner: LockOwner = {
      token: randomUUID(),
      pid: process.pid,
      host: hostname(),
      processBegan: processBegan(process.pid),
      purpose,
      since: isoTime(clock.nowMs()),
    };
    const fresh = path.join(stateDir, `deploy.lock.${owner.token}`);
    mkdirSync(fresh);
    writeFileSync(path.join(fresh, 'owner.json'), JSON.stringify(owner));
    try {
      putInPlace(fresh);
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true });
      throw error;
    }
    return held(owner);
  };

  // At most one takeover: a second failure means that somebody else is quicker.
  const putInPlace = (fresh: string, retry = true): void => {
    try {
      renameSync(fresh, place);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      const found = inspect();
      if (found && (!found.abandoned || !retry)) throw new LockTaken(found.owner);
      if (found) takeAway(found.owner.token);
      putInPlace(fresh, false);
    }
  };

  const held = (owner: LockOwner): HeldLock => {
    const isOurs = (): boolean => readJson<LockOwner>(ownerFile)?.token === owner.token;
    const renewing = setInterval(() => {
      try {
        const now = clock.nowMs() / 1000;
        if (isOurs()) utimesSync(ownerFile, now, now);
      } catch {
        // assertHeld tells.
      }
    }, RENEW_MS);
    renewing.unref();
    return {
      owner,
      assertHeld() {
        if (!isOurs()) throw new LockLost();
      },
      release() {
        clearInterval(renewing);
        if (isOurs()) rmSync(place, { recursive: true, force: true });
      },
    };
  };

  return { acquire, inspect };
}
