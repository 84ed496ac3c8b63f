import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import type { Services } from '../platform/module.js';
import { readSchedules } from '../platform/queue/schedule.queries.js';
import { syncSchedules } from './run-schedule.job.js';
import { updateSchedule } from './schedule.service.js';

@ObjectType({ description: 'When something is started by itself, once over all processes.' })
export class SyncSchedule {
  @Field(() => String)
  name!: string;

  @Field(() => String, { description: 'What it starts.' })
  description!: string;

  @Field(() => Int, { nullable: true, description: 'The interval; null when it has a time of day.' })
  everyMinutes!: number | null;

  @Field(() => String, { nullable: true, description: 'HH:MM in the zone of the organisation, once a day.' })
  atTime!: string | null;

  @Field(() => String, { description: 'The zone of the organisation.' })
  timeZone!: string;

  @Field(() => Boolean)
  enabled!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'Null while it is disabled.' })
  nextAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was due last.' })
  lastAt!: Date | null;

  @Field(() => Int)
  version!: number;
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateSyncScheduleInput {
  @Field(() => String)
  name!: string;

  @Field(() => Int, { description: 'As it was read.' })
  version!: number;

  @Field(() => Int, { nullable: true, description: 'By interval from now on, 1 to 10,080.' })
  everyMinutes?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Once a day from now on, HH:MM in the zone of the organisation.',
  })
  atTime?: string | null;

  @Field(() => Boolean, { nullable: true })
  enabled?: boolean | null;
}

const scheduleResult = defineResult(
  'UpdateSyncScheduleResult',
  { type: SyncSchedule, name: 'SyncSchedule' },
  updateSchedule.fails,
);

const descriptions = new Map(syncSchedules.map(({ name, description }) => [name, description]));

async function listSchedules({ db, config }: Services): Promise<SyncSchedule[]> {
  const rows = await readSchedules(db.read, [...descriptions.keys()]);
  return rows.map((row) => ({
    ...row,
    description: descriptions.get(row.name) ?? '',
    everyMinutes: row.atTime === null ? Math.round(row.everySeconds / 60) : null,
    timeZone: config.timeZone,
    nextAt: row.enabled ? row.nextAt : null,
  }));
}

@Resolver(() => SyncSchedule)
export class SyncScheduleResolver {
  @Query(() => [SyncSchedule], { description: 'By name; empty until a worker has run for the first time.' })
  syncSchedules(@Ctx() context: Context): Promise<SyncSchedule[]> {
    return listSchedules(context.services);
  }

  @Mutation(() => scheduleResult.type, {
    description: 'Changes when a schedule is due; the next time is counted from now. Audited.',
  })
  updateSyncSchedule(
    @Ctx() context: Context,
    @Arg('input', () => UpdateSyncScheduleInput) input: UpdateSyncScheduleInput,
  ): Promise<object> {
    const { services } = context;
    return scheduleResult.run(context, async () => {
      const name = await context.transact((tx) => updateSchedule(tx, input, services.config.timeZone));
      const changed = (await listSchedules(services)).find((one) => one.name === name);
      return changed as SyncSchedule;
    });
  }
}
