import { done, discard, snooze, type JobHandler } from '../platform/queue/job.js';
import { stepReplay } from './replay.service.js';

const LOOK_MS = 1000;

/** Looks after one replay until it has ended; a crash goes on where it was. */
export function replayJob(): JobHandler {
  return {
    kind: 'replay',
    async run(run) {
      const id = run.job.entityId;
      if (id === null) return discard('It names no replay.');
      return run.effect(async (tx) =>
        (await stepReplay(tx, id)) ? snooze(LOOK_MS, 'items are being tried') : done('applied'),
      );
    },
  };
}
