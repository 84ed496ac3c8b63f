import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { ContractStep as ContractStepRow } from '../platform/db/contract-steps.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { Backup } from './backup.entity.js';
import { backupById, backupRead, findVerifiedBackup } from './backup.queries.js';
import { recordBackup } from './backup.service.js';
import { Deployment } from './deployment.entity.js';
import { BackupFilter, BackupSort, RecordBackupInput } from './deployment.inputs.js';
import { findLive } from './deployment.queries.js';
import { isSafe, readMigrationsSince, type MigrationSince as MigrationSinceRow } from './rollback.queries.js';
import { deploymentOf } from './deployment-answers.js';

@ObjectType({ description: 'A backup and whether it had been recorded before.' })
export class BackupRecorded {
  @Field(() => Backup)
  backup!: Backup;

  @Field(() => Boolean)
  replayed!: boolean;
}

@ObjectType({ description: 'A statement after which the former release may not run.' })
export class ContractStep implements ContractStepRow {
  @Field(() => String)
  statement!: string;

  @Field(() => String)
  reason!: string;
}

@ObjectType({ description: 'A migration that ran after the target was live.' })
export class MigrationSince implements MigrationSinceRow {
  @Field(() => String)
  name!: string;

  @Field(() => DateTime)
  executedAt!: Date;

  @Field(() => [ContractStep], { description: 'Empty when it only expands the schema.' })
  contractSteps!: ContractStepRow[];

  @Field(() => Boolean, { description: 'False when the running release does not hold it: what it did is not known.' })
  known!: boolean;
}

@ObjectType({ description: 'What going back to a former deployment would mean.' })
export class RollbackCheck {
  @Field(() => Boolean, {
    description: 'All migrations since only expanded the schema, and the target can be brought back.',
  })
  safe!: boolean;

  @Field(() => Deployment)
  target!: Deployment;

  @Field(() => Deployment, { nullable: true })
  live!: Deployment | null;

  @Field(() => [MigrationSince])
  migrations!: MigrationSinceRow[];

  @Field(() => Backup, { nullable: true, description: 'The newest database backup that a restore has proved.' })
  latestBackup!: Backup | null;

  @Field(() => [String], { description: 'What speaks against it, for people.' })
  warnings!: string[];
}

const BackupConnection = connectionOf(Backup, 'Backup');
const recordResult = defineResult(
  'RecordBackupResult',
  { type: BackupRecorded, name: 'BackupRecorded' },
  recordBackup.fails,
);

function warningsOf(target: Deployment, since: readonly MigrationSinceRow[], backup: Backup | null): string[] {
  const warnings = since.flatMap((one) => [
    ...(one.known ? [] : [`The migration ${one.name} is not known to the running release.`]),
    ...one.contractSteps.map((step) => `The migration ${one.name} ${step.reason}: ${step.statement}`),
  ]);
  if (target.status !== 'INACTIVE') {
    warnings.push(`The target is ${target.status}; only a deployment that was live and is INACTIVE now comes back.`);
  }
  if (!backup) warnings.push('There is no verified backup of the database.');
  return warnings;
}

@Resolver(() => Backup)
export class BackupResolver {
  @Query(() => BackupConnection, { description: 'Newest first.' })
  backups(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => BackupFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => BackupSort, { defaultValue: BackupSort.TAKEN_DESC }) orderBy: keyof typeof BackupSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof backupRead>>> {
    const sort = sortNamed<Backup>(BackupSort, orderBy);
    return readPage(context, backupRead, { args, info, sort, where: [filtered(BackupFilter, filter)] });
  }

  @Query(() => Backup, { nullable: true })
  backup(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RowOf<typeof backupRead> | null> {
    return readOne(context, backupRead, id, selectionOf(info));
  }

  @Mutation(() => recordResult.type, {
    description: 'The same again changes nothing; with verifiedAt it completes one that had none.',
  })
  recordBackup(
    @Ctx() context: Context,
    @Arg('input', () => RecordBackupInput) input: RecordBackupInput,
  ): Promise<object> {
    return recordResult.run(context, async () => {
      const { id, replayed } = await context.transact((tx) =>
        recordBackup(tx, {
          id: input.id,
          environment: input.environment,
          kind: input.kind,
          deploymentId: input.deploymentId ?? null,
          sha256: input.sha256,
          sizeBytes: input.sizeBytes,
          location: input.location,
          takenAt: input.takenAt,
          verifiedAt: input.verifiedAt ?? null,
        }),
      );
      const backup = await context.load(backupById, id);
      if (!backup) throw notFound('Backup', id);
      return { backup, replayed };
    });
  }

  @Query(() => RollbackCheck, { description: 'Whether the former release can run on the present schema.' })
  async rollbackCheck(
    @Ctx() context: Context,
    @Arg('environment', () => String) environment: string,
    @Arg('to', () => ID, { description: 'The former deployment.' }) to: string,
  ): Promise<RollbackCheck> {
    const target = await deploymentOf(context, to, 'to');
    if (target.environment !== environment) throw notFound('Deployment', to, 'to');
    const [live, migrations, latestBackup] = await Promise.all([
      findLive(context.read, environment),
      readMigrationsSince(context.read, target, context.services.migrations),
      findVerifiedBackup(context.read, environment),
    ]);
    const safe = target.status === 'INACTIVE' && isSafe(migrations);
    return { safe, target, live, migrations, latestBackup, warnings: warningsOf(target, migrations, latestBackup) };
  }
}
