import { deployRelease } from '../../ops/deploy/deployment.js';
import { createHost } from '../../ops/deploy/host.js';
import { readSettings } from '../../ops/deploy/settings.js';
import { createStateStore, type HostState, type StateStore } from '../../ops/deploy/state.js';

/**
 * A deployer that ends by SIGKILL at a named step: `before` its work, when the step is on disk as begun, or `after` it,
 * when the work is done and the disk does not know it yet. Called with step, phase, version and folder.
 */
const [, , step = '', phase = '', version = '', location = ''] = process.argv;

function deadly(store: StateStore): StateStore {
  const isTheMoment = ({ run }: HostState): boolean =>
    phase === 'before' ? run?.current === step : (run?.steps.some(({ name }) => name === step) ?? false);
  return {
    read: store.read,
    update(change) {
      const next = store.read();
      change(next);
      if (phase === 'after' && isTheMoment(next)) process.kill(process.pid, 'SIGKILL');
      const state = store.update(change);
      if (phase === 'before' && isTheMoment(state)) process.kill(process.pid, 'SIGKILL');
      return state;
    },
  };
}

const signal = new AbortController().signal;
const context = { env: process.env, out: (line: string) => void process.stdout.write(`${line}\n`), signal };
const settings = readSettings(process.env);
const host = createHost({
  settings,
  context,
  backup: { take: () => Promise.resolve({ id: null, detail: 'taken' }) },
  notifier: { notify: () => Promise.resolve() },
  store: deadly(createStateStore(settings.stateDir)),
});
const lock = host.lock.acquire('killed deployer');
const run = await deployRelease(
  {
    release: { version, commit: null, location },
    kind: 'RELEASE',
    trigger: 'MANUAL',
    reason: null,
    allowContract: false,
    promote: true,
    request: null,
  },
  host.partsWith(lock, signal),
);
lock.release();
process.exit(run.outcome === 'SUCCESS' ? 0 : 1);
