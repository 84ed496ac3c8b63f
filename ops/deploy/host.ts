import path from 'node:path';
import type { OpsContext } from '../command.js';
import { createComposeDriver } from '../drivers/compose.js';
import { createLocalDriver } from '../drivers/local.js';
import { createSystemdDriver } from '../drivers/systemd.js';
import { systemClock, type Clock } from './clock.js';
import { createHealthGate } from './health.js';
import { createJournal } from './journal.js';
import { createLock, type HeldLock, type Lock } from './lock.js';
import type { DeployParts, Notifier, Place, PreDeployBackup } from './parts.js';
import { createRecordApi, type RecordApi } from './record-api.js';
import { createRecorder, type Recorder } from './recorder.js';
import { createRouter, type Router } from './router.js';
import type { DeploySettings } from './settings.js';
import type { SlotDriver } from './slot-driver.js';
import { createSmokeTest, readSmokeChecks } from './smoke.js';
import { smokeFile } from './smoke-file.js';
import { createStateStore, type StateStore } from './state.js';
import { createWatchGate } from './watch.js';

/** The parts of one host, before and without the lock. */
export interface Host {
  settings: DeploySettings;
  clock: Clock;
  store: StateStore;
  router: Router;
  driver: SlotDriver;
  lock: Lock;
  place: Place;
  api: RecordApi | null;
  requestFile: string;
  /** Everything that a deployment needs, once the lock is held. */
  partsWith(lock: HeldLock, signal: AbortSignal): DeployParts;
}

export interface HostOptions {
  settings: DeploySettings;
  context: OpsContext;
  backup: PreDeployBackup | null;
  notifier: Notifier;
  /** Another place for the state; without it the one of the settings. */
  store?: StateStore;
}

export function createDriver(settings: DeploySettings, env: OpsContext['env'], clock: Clock): SlotDriver {
  const { driver, deployPath, ports, node, compose } = settings;
  const portOf = (place: keyof typeof ports): number => ports[place];
  switch (driver) {
    case 'local':
      return createLocalDriver({ dir: path.join(deployPath, 'slots'), node, env, portOf, clock });
    case 'systemd':
      return createSystemdDriver({
        deployPath,
        envFile: settings.envFile,
        node,
        privilege: settings.privilege,
        portOf,
        env,
      });
    case 'compose':
      return createComposeDriver({ ...compose, env });
  }
}

const FLUSH_MS = 5000;
const CALL_MS = 4000;

export function createHost({ settings, context, backup, notifier, ...given }: HostOptions): Host {
  const clock = systemClock;
  const { stateDir, deployToken, connectTo } = settings;
  const place: Place = {
    environment: settings.environment,
    publicUrl: settings.publicUrl,
    connectTo,
    portOf: (slot) => settings.ports[slot],
    hostName: new URL(settings.publicUrl).host,
    stopGraceMs: settings.stopGraceMs,
    warmMs: settings.warmMs,
    watchMs: settings.watch.ms,
  };
  const api =
    deployToken === null
      ? null
      : createRecordApi({ url: settings.apiUrl, connectTo, token: deployToken, timeoutMs: CALL_MS });
  const router = createRouter({ stateDir, publicUrl: settings.publicUrl, connectTo, ...settings.observe, clock });
  const store = given.store ?? createStateStore(stateDir);
  const driver = createDriver(settings, context.env, clock);
  const requestFile = path.join(stateDir, 'rollback.requested');

  const createRecorderOnce = (): Recorder =>
    createRecorder({
      // Read from disk only by whoever holds the lock: two writers would mix their sequences.
      journal: createJournal(stateDir),
      api,
      clock,
      watchSeconds: Math.round(settings.watch.ms / 1000),
      flushMs: FLUSH_MS,
      warn: (line) => context.out(`  ${line}`),
    });

  return {
    settings,
    clock,
    store,
    router,
    driver,
    lock: createLock(stateDir, clock),
    place,
    api,
    requestFile,
    partsWith(lock, signal) {
      const recorder = createRecorderOnce();
      const report = (line: string): void => {
        context.out(line);
        const { run } = store.read();
        if (run && run.outcome === null) recorder.log(run, line);
      };
      const stopping = new AbortController();
      recorder.onFenceLost(() => stopping.abort());
      return {
        driver,
        router,
        health: createHealthGate({ ...place, ...settings.health, clock }),
        smoke: createSmokeTest({
          checks: readSmokeChecks(settings.smokeFile ?? smokeFile()),
          token: deployToken,
          timeoutMs: 10_000,
        }),
        watch: createWatchGate({
          ...settings.watch,
          portOf: place.portOf,
          hostName: place.hostName,
          recorder,
          clock,
          requestFile,
          token: deployToken,
        }),
        backup: settings.backupFirst ? backup : null,
        recorder,
        notifier,
        clock,
        store,
        lock,
        place,
        report,
        signal: AbortSignal.any([signal, stopping.signal]),
      };
    },
  };
}
