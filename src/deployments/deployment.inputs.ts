import { ArgsType, Field, Float, ID, InputType, Int } from 'type-graphql';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { StringFilter } from '../platform/read/value-filters.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { Backup, BackupKindEnum, type BackupKind } from './backup.entity.js';
import {
  Deployment,
  DeploymentExecutionEnum,
  DeploymentKindEnum,
  DeploymentSlotEnum,
  DeploymentStatusEnum,
  DeploymentTriggerEnum,
  type DeploymentExecution,
  type DeploymentKind,
  type DeploymentSlot,
  type DeploymentTrigger,
} from './deployment.entity.js';
import type { DeploymentStatus } from './deployment-status.js';
import { EVIDENCE_LOG_LINES, EVIDENCE_SMOKE_RESULTS } from './evidence.js';

export const DeploymentSort = sortOf(Deployment, ['startedAt']);
export const DeploymentFilter = filterOf(
  Deployment,
  ['environment', 'commit', 'status', 'kind', 'trigger', 'execution', 'startedBy', 'startedAt', 'finishedAt', 'stuck'],
  { also: { version: { of: StringFilter, type: 'text', sql: (deployment) => deployment.releaseVersion } } },
);

@InputType()
export class StartDeploymentInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUID made by the caller: the same again is a repetition and changes nothing.',
  })
  id?: string | null;

  @Field(() => String, { description: 'staging, production, ...' })
  environment!: string;

  @Field(() => String, { description: 'The release.' })
  version!: string;

  @Field(() => String, { nullable: true })
  commit?: string | null;

  @Field(() => DeploymentSlotEnum, { nullable: true })
  slot?: DeploymentSlot | null;

  @Field(() => String, {
    nullable: true,
    description: 'blue or green.',
    deprecationReason: 'Use slot. Ends on 2027-06-30.',
  })
  colour?: string | null;

  @Field(() => DeploymentKindEnum, { defaultValue: 'RELEASE' })
  kind!: DeploymentKind;

  @Field(() => DeploymentTriggerEnum, { defaultValue: 'MANUAL' })
  trigger!: DeploymentTrigger;

  @Field(() => DeploymentExecutionEnum, { defaultValue: 'SELF' })
  execution!: DeploymentExecution;

  @Field(() => String, { nullable: true, description: 'Why; at most 500 characters.' })
  reason?: string | null;

  @Field(() => ID, { nullable: true, description: 'For a ROLLBACK: the former deployment that it brings back.' })
  restoresId?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long it is watched after the switch; else as the server is set.',
  })
  watchSeconds?: number | null;
}

@InputType()
export class RequestRollbackInput {
  @Field(() => String)
  environment!: string;

  @Field(() => ID, { description: 'The former deployment to bring back.' })
  to!: string;

  @Field(() => String, { description: 'Why; at most 500 characters.' })
  reason!: string;

  @Field(() => String, { description: '8 to 100 printable characters; the same again changes nothing.' })
  idempotencyKey!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Also when rollbackCheck finds contract steps: the former release may not run on the present schema.',
  })
  acceptUnsafe!: boolean;
}

@InputType()
export class SmokeResultInput {
  @Field(() => String)
  name!: string;

  @Field(() => Boolean)
  ok!: boolean;

  @Field(() => Int, { nullable: true })
  status?: number | null;

  @Field(() => Int, { nullable: true })
  durationMs?: number | null;

  @Field(() => String, { nullable: true })
  detail?: string | null;
}

@InputType({ description: 'What proves a step. Texts are cut, and what looks like a secret is masked.' })
export class DeploymentEvidenceInput {
  @Field(() => [String], { nullable: true, description: `At most ${EVIDENCE_LOG_LINES} lines.` })
  logLines?: string[] | null;

  @Field(() => String, { nullable: true, description: 'The answer of /health, as text.' })
  health?: string | null;

  @Field(() => [SmokeResultInput], { nullable: true, description: `At most ${EVIDENCE_SMOKE_RESULTS}.` })
  smoke?: SmokeResultInput[] | null;

  @Field(() => ID, { nullable: true })
  backupId?: string | null;
}

@ArgsType()
export class RecordDeploymentStatusArgs {
  @Field(() => ID)
  id!: string;

  @Field(() => DeploymentStatusEnum)
  status!: DeploymentStatus;

  @Field(() => String, { nullable: true })
  message?: string | null;

  @Field(() => Int, { nullable: true, description: 'Counted from 1 by the recorder, without gaps.' })
  sequence?: number | null;

  @Field(() => String, { nullable: true, description: 'backup, start, health, migrate, switch, public-smoke, ...' })
  step?: string | null;

  @Field(() => Int, { nullable: true })
  durationMs?: number | null;

  @Field(() => DeploymentEvidenceInput, { nullable: true })
  evidence?: DeploymentEvidenceInput | null;

  @Field(() => DateTime, { nullable: true, description: 'By the clock of the recorder.' })
  recordedAt?: Date | null;

  @Field(() => Int, { nullable: true, description: 'What takeDeployment answered.' })
  fence?: number | null;
}

@InputType({ description: 'What was measured since the last sample.' })
export class DeploymentMetricsInput {
  @Field(() => Int, { description: 'Counted from 1; a known one changes nothing.' })
  sequence!: number;

  @Field(() => Int)
  requests!: number;

  @Field(() => Int, { description: 'Requests that were answered with 5xx.' })
  serverErrors!: number;

  @Field(() => Float, { nullable: true })
  latencyP95Ms?: number | null;

  @Field(() => Int, { nullable: true, description: 'Connections that are in use.' })
  poolUsed?: number | null;

  @Field(() => Int, { nullable: true })
  poolSize?: number | null;

  @Field(() => Int, { nullable: true, description: 'Requests that wait for a connection.' })
  poolWaiting?: number | null;

  @Field(() => Int, { nullable: true, description: 'Error lines among the last 100 log lines.' })
  logErrors?: number | null;
}

@InputType()
export class RecordBackupInput {
  @Field(() => ID, { description: 'A UUID made by the caller: the same again is a repetition.' })
  id!: string;

  @Field(() => String)
  environment!: string;

  @Field(() => BackupKindEnum, { defaultValue: 'DATABASE' })
  kind!: BackupKind;

  @Field(() => ID, { nullable: true })
  deploymentId?: string | null;

  @Field(() => String)
  sha256!: string;

  @Field(() => Float)
  sizeBytes!: number;

  @Field(() => String)
  location!: string;

  @Field(() => DateTime)
  takenAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'May follow under the same id, once a restore has proved it.' })
  verifiedAt?: Date | null;
}

export const BackupSort = sortOf(Backup, ['takenAt']);
export const BackupFilter = filterOf(Backup, [
  'environment',
  'kind',
  'deploymentId',
  'location',
  'takenAt',
  'verifiedAt',
]);
