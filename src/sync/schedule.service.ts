import { badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll } from '../kernel/faults.js';
import { msg } from '../kernel/message.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { changeSchedule, lockSchedule } from '../platform/queue/schedule.queries.js';
import { syncSchedules } from './run-schedule.job.js';

export interface ScheduleInput {
  name: string;
  version: number;
  everyMinutes?: number | null;
  atTime?: string | null;
  enabled?: boolean | null;
}

const MAX_MINUTES = 7 * 24 * 60;
const TIME = /^([01][0-9]|2[0-3]):[0-5][0-9]$/;

/**
 * Changes when a schedule is due: by interval or by a time of day, the last of the two that is given holds. What is left
 * out stays. The next time is counted from now.
 */
export const updateSchedule = defineCommand(
  ['NOT_FOUND', 'STALE_VERSION', 'BAD_INPUT'],
  async (tx: Tx, input: ScheduleInput, timeZone: string): Promise<string> => {
    const { name, everyMinutes, atTime } = input;
    const known = syncSchedules.some((one) => one.name === name);
    const found = known ? await lockSchedule(tx.sql, name) : null;
    if (!found) throw notFound('Sync schedule', name.slice(0, 40), 'name');
    if (found.version !== input.version) throw staleVersion(found.version);
    assertAll(
      () => {
        if (everyMinutes != null && atTime != null) throw badInput('atTime', msg`Give an interval or a time of day.`);
      },
      () => {
        if (everyMinutes == null || (everyMinutes >= 1 && everyMinutes <= MAX_MINUTES)) return;
        throw badInput('everyMinutes', msg`An interval is 1 to ${MAX_MINUTES} minutes.`);
      },
      () => {
        if (atTime == null || TIME.test(atTime)) return;
        throw badInput('atTime', msg`A time of day is written HH:MM.`);
      },
    );
    const { everySeconds, enabled } = found;
    const to = {
      everySeconds: everyMinutes == null ? everySeconds : everyMinutes * 60,
      atTime: everyMinutes == null ? (atTime ?? found.atTime) : null,
      enabled: input.enabled ?? enabled,
    };
    await changeSchedule(tx.sql, name, to, timeZone);
    tx.audit({
      entityType: 'SyncSchedule',
      entityId: name,
      action: 'update',
      changes: {
        everySeconds: [everySeconds, to.everySeconds],
        atTime: [found.atTime, to.atTime],
        enabled: [enabled, to.enabled],
      },
    });
    return name;
  },
);
