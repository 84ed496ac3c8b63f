import type { Release, Slot } from '../deploy/release.js';
import type { SlotDriver } from '../deploy/slot-driver.js';
import { run, runOrThrow } from './command.js';
import { MIGRATE, MIGRATE_MS, parsePending, PENDING, START_MS } from './release-program.js';

export interface ComposeDriverOptions {
  /** Where the compose files lie. */
  dir: string;
  files: readonly string[];
  /** The project's name keeps several stacks on one host apart. */
  project: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Services that one release runs once beside its slots. */
  workers: readonly string[];
}

const PULL_MS = 900_000;
const STOP_MARGIN_MS = 20_000;

const serviceOf = (slot: Slot): string => `app_${slot}`;

/** Containers of the compose files. VERSION names the image of the services that a command names, and only of those. */
export function createComposeDriver(options: ComposeDriverOptions): SlotDriver {
  const { dir, files, project, env, workers } = options;
  const base = ['docker', 'compose', '--project-name', project, ...files.flatMap((file) => ['--file', file])];
  // Each service stands behind a profile, so that "up" without a name starts none of them.
  const profiles = ['--profile', 'blue', '--profile', 'green', '--profile', 'core'];
  const argv = (args: readonly string[]): string[] => [...base, ...profiles, ...args];
  const context = (version: string, timeoutMs: number) => ({ cwd: dir, env: { ...env, VERSION: version }, timeoutMs });
  // Commands that concern no release still have their files interpolated.
  const call = (args: readonly string[], timeoutMs: number, version = 'none'): Promise<string> =>
    runOrThrow(argv(args), context(version, timeoutMs));

  const up = async (services: readonly string[], { version }: Release): Promise<void> => {
    await call(['up', '--detach', '--no-deps', '--force-recreate', ...services], PULL_MS, version);
  };
  const stop = async (services: readonly string[], graceMs: number): Promise<void> => {
    await call(['stop', '--timeout', String(Math.ceil(graceMs / 1000)), ...services], graceMs + STOP_MARGIN_MS);
  };
  const once = (args: readonly string[], release: Release, timeoutMs: number): Promise<string> =>
    call(['run', '--rm', '--no-deps', '--no-TTY', serviceOf('blue'), 'node', ...args], timeoutMs, release.version);

  return {
    name: 'compose',
    start: (slot, release) => up([serviceOf(slot)], release),
    stop: (slot, graceMs) => stop([serviceOf(slot)], graceMs),
    async alive(slot) {
      const args = ['ps', '--status', 'running', '--quiet', serviceOf(slot)];
      const { code, stdout } = await run(argv(args), context('none', START_MS));
      return code === 0 && stdout.trim() !== '';
    },
    async logs(slot, lines) {
      const args = ['logs', '--no-color', '--no-log-prefix', '--tail', String(lines), serviceOf(slot)];
      return (await run(argv(args), context('none', START_MS))).stdout.trimEnd();
    },
    releaseConnections: async (slot) => void (await call(['kill', '--signal', 'SIGUSR2', serviceOf(slot)], START_MS)),
    pending: async (release) => parsePending(await once(PENDING, release, PULL_MS)),
    migrate: async (release) => void (await once(MIGRATE, release, MIGRATE_MS)),
    async startWorker(release, graceMs) {
      await stop(workers, graceMs);
      await up(workers, release);
    },
    stopWorker: (graceMs) => stop(workers, graceMs),
  };
}
