import { messageOf } from '../../kernel/errors.js';
import type { Transact } from '../db/transact.js';
import type { Logger } from '../logger.js';
import type { JobRequest } from './job.js';
import { takeDueSchedules, writeSchedule } from './schedule.queries.js';

/** A schedule is a row with next_at, claimed like a job, so it fires once across all processes. */
export interface Schedule {
  name: string;
  /** The interval; with `atTime` it is what a person gets who takes the time away. */
  everySeconds: number;
  /** HH:MM in the zone of the organisation: once a day instead of by interval. */
  atTime?: string;
  /** Also on the first start; otherwise the first time is one period later. */
  atOnce?: boolean;
  job: JobRequest;
}

const TICK_MS = 1000;

export interface Scheduler {
  start(): Promise<void>;
  stop(): Promise<void>;
  tick(): Promise<void>;
}

export interface SchedulerOptions {
  schedules: readonly Schedule[];
  /** Of the organisation, for times of day. */
  timeZone: string;
  log: Logger;
  /** The kinds of jobs that this process knows; of all when nothing is said. */
  kinds?: ReadonlySet<string>;
}

export function createScheduler(transact: Transact, { schedules, timeZone, log, kinds }: SchedulerOptions): Scheduler {
  const due = schedules.filter(({ job }) => kinds?.has(job.kind) ?? true);
  const byName = new Map(due.map((schedule) => [schedule.name, schedule]));
  const who = { origin: 'system', actor: 'scheduler' } as const;
  let timer: NodeJS.Timeout | null = null;
  let ticking: Promise<void> | null = null;

  const tick = (): Promise<void> =>
    transact(who, async (tx) => {
      // Rows of schedules that this version does not know stay for the other colour.
      for (const name of await takeDueSchedules(tx.sql, [...byName.keys()], timeZone)) {
        const schedule = byName.get(name);
        if (schedule) tx.enqueue(schedule.job);
      }
    });

  const guarded = (): void => {
    ticking ??= tick()
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'schedules not read; tried again'))
      .finally(() => {
        ticking = null;
      });
  };

  return {
    tick,
    async start() {
      await transact(who, async (tx) => {
        for (const schedule of schedules) await writeSchedule(tx.sql, schedule, timeZone);
      });
      timer = setInterval(guarded, TICK_MS);
    },
    async stop() {
      if (timer) clearInterval(timer);
      await ticking;
    },
  };
}
