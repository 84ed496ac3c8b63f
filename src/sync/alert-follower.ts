import { messageOf } from '../kernel/errors.js';
import type { Follower, Services } from '../platform/module.js';
import { checkAlerts } from './alert.service.js';

const EVERY_MS = 30_000;

/**
 * Looks at the rules beside the workers, because one of them is that no worker works. Several processes may look: they
 * take turns, and what is open is not opened again.
 */
export function alertFollower({ transact, log }: Services): Follower {
  const who = { origin: 'system', actor: 'alerts' } as const;
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;
  let state = 'starting';

  const look = (): void => {
    looking ??= transact(who, checkAlerts)
      .then(() => void (state = 'looking'))
      .catch((error: unknown) => {
        state = messageOf(error);
        log.warn({ reason: state }, 'alerts not checked; tried again');
      })
      .finally(() => (looking = null));
  };

  return {
    name: 'alerts',
    start() {
      timer = setInterval(look, EVERY_MS);
      return Promise.resolve();
    },
    async stop() {
      if (timer) clearInterval(timer);
      await looking;
    },
    state: () => state,
  };
}
