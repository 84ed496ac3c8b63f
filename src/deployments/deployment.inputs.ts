import { ArgsType, Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql';
import {
  BooleanFilter,
  DateTimeFilter,
  IdFilter,
  StringFilter,
  type FilterColumns,
} from '../platform/graphql/filters.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { BackupKindEnum, type BackupKind } from './backup.entity.js';
import {
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

export const DeploymentSortEnum = { STARTED_DESC: 'STARTED_DESC', STARTED_ASC: 'STARTED_ASC' } as const;
export type DeploymentSort = keyof typeof DeploymentSortEnum;
registerEnumType(DeploymentSortEnum, { name: 'DeploymentSort' });

@InputType()
export class DeploymentStatusFilter {
  @Field(() => DeploymentStatusEnum, { nullable: true })
  eq?: DeploymentStatus | null;

  @Field(() => [DeploymentStatusEnum], { nullable: true })
  in?: DeploymentStatus[] | null;
}

@InputType()
export class DeploymentKindFilter {
  @Field(() => DeploymentKindEnum, { nullable: true })
  eq?: DeploymentKind | null;

  @Field(() => [DeploymentKindEnum], { nullable: true })
  in?: DeploymentKind[] | null;
}

@InputType()
export class DeploymentFilter {
  static readonly columns: FilterColumns = {
    environment: { sql: 'd.environment', type: 'text' },
    version: { sql: 'd.release_version', type: 'text' },
    commit: { sql: 'd.commit', type: 'text' },
    status: { sql: 'd.status', type: 'text' },
    kind: { sql: 'd.kind', type: 'text' },
    startedBy: { sql: 'd.started_by', type: 'text' },
    startedAt: { sql: 'd.started_at', type: 'timestamptz' },
    stuck: { sql: 'd.stuck', type: 'boolean' },
  };

  @Field(() => StringFilter, { nullable: true })
  environment?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  version?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  commit?: StringFilter | null;

  @Field(() => DeploymentStatusFilter, { nullable: true })
  status?: DeploymentStatusFilter | null;

  @Field(() => DeploymentKindFilter, { nullable: true })
  kind?: DeploymentKindFilter | null;

  @Field(() => StringFilter, { nullable: true })
  startedBy?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true })
  startedAt?: DateTimeFilter | null;

  @Field(() => BooleanFilter, { nullable: true })
  stuck?: BooleanFilter | null;

  @Field(() => [DeploymentFilter], { nullable: true })
  AND?: DeploymentFilter[] | null;

  @Field(() => [DeploymentFilter], { nullable: true })
  OR?: DeploymentFilter[] | null;

  @Field(() => DeploymentFilter, { nullable: true })
  NOT?: DeploymentFilter | null;
}

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

@InputType()
export class BackupFilter {
  static readonly columns: FilterColumns = {
    environment: { sql: 'b.environment', type: 'text' },
    kind: { sql: 'b.kind', type: 'text' },
    deploymentId: { sql: 'b.deployment_id', type: 'uuid' },
    takenAt: { sql: 'b.taken_at', type: 'timestamptz' },
    verifiedAt: { sql: 'b.verified_at', type: 'timestamptz' },
  };

  @Field(() => StringFilter, { nullable: true })
  environment?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  kind?: StringFilter | null;

  @Field(() => IdFilter, { nullable: true })
  deploymentId?: IdFilter | null;

  @Field(() => DateTimeFilter, { nullable: true })
  takenAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true })
  verifiedAt?: DateTimeFilter | null;
}
