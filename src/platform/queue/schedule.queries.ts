import type { Schedule } from './scheduler.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** SQL: when a schedule is due next, of now. A time of day that a change of the clocks skips is due an hour later. */
const nextAt = (everySeconds: string, atTime: string, zone: string): string => `
  case when ${atTime} is null then now() + ${everySeconds} * interval '1 second'
  else (select min(due) from (
    select ((now() at time zone ${zone})::date + d + ${atTime}::time) at time zone ${zone} as due
    from generate_series(0, 1) as d) days where due > now()) end`;

/** What a release says of a schedule; what a person has edited stays. */
export async function writeSchedule(run: Run, schedule: Schedule, timeZone: string): Promise<void> {
  await run(
    `insert into schedules as s (name, kind, every_seconds, at_time, next_at)
     values ($1, $2, $3, $4, case when $5 then now() else ${nextAt('$3::int', '$4::text', '$6::text')} end)
     on conflict (name) do update set kind = excluded.kind,
       every_seconds = case when s.edited then s.every_seconds else excluded.every_seconds end,
       at_time = case when s.edited then s.at_time else excluded.at_time end,
       next_at = case when s.edited or s.at_time is not distinct from excluded.at_time then s.next_at
         else excluded.next_at end`,
    [
      schedule.name,
      schedule.job.kind,
      schedule.everySeconds,
      schedule.atTime ?? null,
      schedule.atOnce ?? false,
      timeZone,
    ],
  );
}

/** Takes those that are due, each once over all processes, and says when they are due again. */
export async function takeDueSchedules(run: Run, names: readonly string[], timeZone: string): Promise<string[]> {
  const due = await run<{ name: string }>(
    `update schedules s set last_at = now(), next_at = ${nextAt('s.every_seconds', 's.at_time', '$2::text')}
     where s.name in (select d.name from schedules d where d.next_at <= now() and d.enabled and d.name = any ($1::text[])
       order by d.name for update skip locked)
     returning s.name`,
    [names, timeZone],
  );
  return due.map(({ name }) => name);
}

export interface ScheduleState {
  name: string;
  everySeconds: number;
  atTime: string | null;
  enabled: boolean;
  nextAt: Date;
  lastAt: Date | null;
  version: number;
}

const COLUMNS = `name, every_seconds as "everySeconds", at_time as "atTime", enabled, next_at as "nextAt",
  last_at as "lastAt", version`;

/** In the order of their names. */
export function readSchedules(run: Run, names: readonly string[]): Promise<ScheduleState[]> {
  return run<ScheduleState>(`select ${COLUMNS} from schedules where name = any ($1::text[]) order by name`, [names]);
}

export async function lockSchedule(run: Run, name: string): Promise<ScheduleState | null> {
  const [row] = await run<ScheduleState>(`select ${COLUMNS} from schedules where name = $1 for update`, [name]);
  return row ?? null;
}

export type ScheduleChange = Pick<ScheduleState, 'everySeconds' | 'atTime' | 'enabled'>;

/** The next time follows from the change: a shorter interval is not waited out. */
export async function changeSchedule(run: Run, name: string, to: ScheduleChange, timeZone: string): Promise<void> {
  await run(
    `update schedules s set every_seconds = $2, at_time = $3, enabled = $4, edited = true, version = s.version + 1,
       next_at = case when s.every_seconds = $2 and s.at_time is not distinct from $3 and (s.enabled or not $4)
         then s.next_at else ${nextAt('$2::int', '$3::text', '$5::text')} end
     where s.name = $1`,
    [name, to.everySeconds, to.atTime, to.enabled, timeZone],
  );
}
