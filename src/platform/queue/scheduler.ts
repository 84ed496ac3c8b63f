import { messageOf } from '../../kernel/errors.js';
import type { Transact } from '../db/transact.js';
import type { Logger } from '../logger.js';
import type { JobRequest } from './job.js';

/** A schedule is a row with next_at, claimed like a job, so it fires once across all processes. */
export interface Schedule {
  name: string;
  everySeconds: number;
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

export function createScheduler(transact: Transact, schedules: readonly Schedule[], log: Logger): Scheduler {
  const byName = new Map(schedules.map((schedule) => [schedule.name, schedule]));
  const who = { origin: 'system', actor: 'scheduler' } as const;
  let timer: NodeJS.Timeout | null = null;
  let ticking: Promise<void> | null = null;

  const tick = (): Promise<void> =>
    transact(who, async (tx) => {
      // Rows of schedules that this version does not know stay for the other colour.
      const due = await tx.sql<{ name: string }>(
        `update schedules s set last_at = now(), next_at = now() + s.every_seconds * interval '1 second'
         where s.name in (select d.name from schedules d where d.next_at <= now() and d.name = any ($1::text[])
           order by d.name for update skip locked)
         returning s.name`,
        [[...byName.keys()]],
      );
      for (const { name } of due) {
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
        for (const schedule of schedules) {
          await tx.sql(
            `insert into schedules (name, kind, every_seconds, next_at)
             values ($1, $2, $3, now() + (case when $4 then 0 else $3 end) * interval '1 second')
             on conflict (name) do update set kind = excluded.kind, every_seconds = excluded.every_seconds`,
            [schedule.name, schedule.job.kind, schedule.everySeconds, schedule.atOnce ?? false],
          );
        }
      });
      timer = setInterval(guarded, TICK_MS);
    },
    async stop() {
      if (timer) clearInterval(timer);
      await ticking;
    },
  };
}
