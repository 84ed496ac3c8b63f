import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { writeAtomically } from '../deploy/files.js';
import type { Release, Slot } from '../deploy/release.js';
import type { SlotDriver } from '../deploy/slot-driver.js';
import { run, runOrThrow, type CommandResult } from './command.js';
import { MIGRATE, MIGRATE_MS, parsePending, PENDING, START_MS } from './release-program.js';

export interface SystemdDriverOptions {
  /** Holds slots/<slot> (a link to the release's folder) and slots/<slot>.env, which the units read. */
  deployPath: string;
  /** The settings of the environment, which the units read as well. */
  envFile: string;
  node: string;
  /** Before systemctl and journalctl when the deploy user may not call them: `sudo -n`. */
  privilege: readonly string[];
  portOf(place: Slot | 'worker'): number;
  env: Readonly<Record<string, string | undefined>>;
}

const unitOf = (slot: Slot): string => `tsh-erp@${slot}.service`;
const WORKER = 'tsh-erp-worker.service';
// systemd waits for the unit's own TimeoutStopSec; the command needs a little longer.
const STOP_MARGIN_MS = 20_000;

/** Units of the names above: what a slot runs is decided by a link and a file, so a restart of the host finds it again. */
export function createSystemdDriver(options: SystemdDriverOptions): SlotDriver {
  const { deployPath, envFile, node, privilege, portOf, env } = options;
  const slots = path.join(deployPath, 'slots');
  const systemctl = (args: readonly string[], timeoutMs: number): Promise<string> =>
    runOrThrow([...privilege, 'systemctl', ...args], { timeoutMs, env });
  const ask = (argv: readonly string[]): Promise<CommandResult> =>
    run([...privilege, ...argv], { timeoutMs: START_MS, env });

  const install = (place: Slot | 'worker', release: Release): void => {
    mkdirSync(slots, { recursive: true });
    const link = path.join(slots, place);
    rmSync(`${link}.new`, { force: true });
    symlinkSync(release.location, `${link}.new`);
    renameSync(`${link}.new`, link);
    const lines = [
      `VERSION=${release.version}`,
      `PORT=${portOf(place)}`,
      `ROLE=${place === 'worker' ? 'worker' : 'api'}`,
      ...(place === 'worker' ? [] : [`DEPLOYMENT_SLOT=${place}`]),
    ];
    writeAtomically(path.join(slots, `${place}.env`), `${lines.join('\n')}\n`);
  };

  const program = (args: readonly string[], release: Release, timeoutMs: number): Promise<string> =>
    runOrThrow([node, `--env-file=${envFile}`, ...args], {
      cwd: release.location,
      env: { ...env, VERSION: release.version },
      timeoutMs,
    });

  return {
    name: 'systemd',
    async start(slot, release) {
      install(slot, release);
      await systemctl(['restart', unitOf(slot)], START_MS);
    },
    stop: async (slot, graceMs) => void (await systemctl(['stop', unitOf(slot)], graceMs + STOP_MARGIN_MS)),
    // "activating" as well, since the health gate decides how long that may last; but what waits to be started again by
    // itself has ended, and must fail a deployment at once.
    async alive(slot) {
      const { stdout } = await ask(['systemctl', 'show', '--property=ActiveState,SubState', unitOf(slot)]);
      const state = Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split('=')),
      ) as Record<string, string>;
      if (state['SubState']?.startsWith('auto-restart')) return false;
      return ['active', 'activating', 'reloading'].includes(state['ActiveState'] ?? '');
    },
    async logs(slot, lines) {
      const argv = ['journalctl', '--unit', unitOf(slot), '--lines', String(lines), '--output', 'cat', '--no-pager'];
      return (await ask(argv)).stdout.trimEnd();
    },
    releaseConnections: async (slot) =>
      void (await systemctl(['kill', '--signal=SIGUSR2', '--kill-who=main', unitOf(slot)], START_MS)),
    pending: async (release) => parsePending(await program(PENDING, release, START_MS)),
    migrate: async (release) => void (await program(MIGRATE, release, MIGRATE_MS)),
    async startWorker(release, graceMs) {
      await systemctl(['stop', WORKER], graceMs + STOP_MARGIN_MS);
      install('worker', release);
      await systemctl(['start', WORKER], START_MS);
    },
    stopWorker: async (graceMs) => void (await systemctl(['stop', WORKER], graceMs + STOP_MARGIN_MS)),
  };
}
