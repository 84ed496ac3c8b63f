import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../deploy/clock.js';
import { isRunning } from '../deploy/lock.js';
import type { Release, Slot } from '../deploy/release.js';
import type { SlotDriver } from '../deploy/slot-driver.js';
import { runOrThrow } from './command.js';
import { MIGRATE, MIGRATE_MS, parsePending, PENDING, SERVE } from './release-program.js';

export interface LocalDriverOptions {
  /** Process ids and logs of the slots. */
  dir: string;
  node: string;
  /** What every process of the application is given. */
  env: Readonly<Record<string, string | undefined>>;
  portOf(place: Slot | 'worker'): number;
  clock: Clock;
}

const POLL_MS = 50;
const LOG_TAIL = 200_000;
const STARTED_MS = 5000;

// The process writes its own number before it becomes the program: a deployer that is killed right after the start
// leaves no process that nobody knows.
const LAUNCH = 'echo $$ > "$1.new" && mv "$1.new" "$1" && shift && exec "$@"';

/** The process id in the file may belong to another program by now. */
function isOurProgram(pid: number): boolean {
  if (!existsSync('/proc/self/cmdline')) return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(SERVE[0]);
  } catch {
    return false;
  }
}

/** Plain Node processes of a built release folder. They outlive the deployer: a group of their own, known by a file. */
export function createLocalDriver(options: LocalDriverOptions): SlotDriver {
  const { node, env, portOf, clock } = options;
  const dirOf = (place: string): string => path.join(options.dir, place);
  const pidFile = (place: string): string => path.join(dirOf(place), 'process.pid');
  const logFile = (place: string): string => path.join(dirOf(place), 'app.log');

  const runningPid = (place: string): number | null => {
    if (!existsSync(pidFile(place))) return null;
    const pid = Number(readFileSync(pidFile(place), 'utf8'));
    return pid > 1 && isRunning(pid, null) && isOurProgram(pid) ? pid : null;
  };

  const startProcess = async (place: Slot | 'worker', release: Release): Promise<void> => {
    mkdirSync(dirOf(place), { recursive: true });
    rmSync(pidFile(place), { force: true });
    const log = openSync(logFile(place), 'w', 0o640);
    const child = spawn('/bin/sh', ['-c', LAUNCH, 'sh', pidFile(place), node, '--enable-source-maps', ...SERVE], {
      cwd: release.location,
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        ...env,
        ROLE: place === 'worker' ? 'worker' : 'api',
        PORT: String(portOf(place)),
        VERSION: release.version,
        ...(place === 'worker' ? {} : { DEPLOYMENT_SLOT: place }),
      },
    });
    closeSync(log);
    let fault: Error | null = null;
    child.once('error', (error) => (fault = error));
    child.unref();
    const deadline = clock.nowMs() + STARTED_MS;
    while (!existsSync(pidFile(place))) {
      await clock.sleep(5);
      if (fault) throw new Error(`${release.location} cannot be started: ${(fault as Error).message}`);
      if (clock.nowMs() > deadline) throw new Error(`${release.location} does not start.`);
    }
  };

  const stopProcess = async (place: string, graceMs: number): Promise<void> => {
    const pid = runningPid(place);
    if (pid !== null) {
      process.kill(pid, 'SIGTERM');
      const deadline = clock.nowMs() + graceMs;
      while (isRunning(pid, null) && clock.nowMs() < deadline) await clock.sleep(POLL_MS);
      if (isRunning(pid, null)) {
        // The group: a cluster's children would keep the port.
        process.kill(-pid, 'SIGKILL');
        while (isRunning(pid, null)) await clock.sleep(POLL_MS);
      }
    }
    rmSync(pidFile(place), { force: true });
  };

  const runProgram = (args: readonly string[], release: Release, timeoutMs: number): Promise<string> =>
    runOrThrow([node, ...args], {
      cwd: release.location,
      env: { ...env, VERSION: release.version },
      timeoutMs,
    });

  return {
    name: 'local',
    start: startProcess,
    stop: stopProcess,
    alive: async (slot) => runningPid(slot) !== null,
    async logs(slot, lines) {
      if (!existsSync(logFile(slot))) return '';
      return readFileSync(logFile(slot), 'utf8').slice(-LOG_TAIL).trimEnd().split('\n').slice(-lines).join('\n');
    },
    async releaseConnections(slot) {
      const pid = runningPid(slot);
      if (pid !== null) process.kill(pid, 'SIGUSR2');
    },
    pending: async (release) => parsePending(await runProgram(PENDING, release, 60_000)),
    migrate: async (release) => void (await runProgram(MIGRATE, release, MIGRATE_MS)),
    async startWorker(release, graceMs) {
      await stopProcess('worker', graceMs);
      await startProcess('worker', release);
    },
    stopWorker: (graceMs) => stopProcess('worker', graceMs),
  };
}
