import { Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { byId, INSTANT } from '../platform/db/columns.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { DEPLOYMENT_STATUSES, type DeploymentStatus } from './deployment-status.js';
import type { Evidence } from './evidence.js';

export const DeploymentStatusEnum = Object.fromEntries(DEPLOYMENT_STATUSES.map((one) => [one, one])) as {
  [S in DeploymentStatus]: S;
};
registerEnumType(DeploymentStatusEnum, { name: 'DeploymentStatus' });

export const DeploymentKindEnum = {
  RELEASE: 'RELEASE',
  ROLLBACK: 'ROLLBACK',
  HOTFIX: 'HOTFIX',
  RESTART: 'RESTART',
} as const;
export type DeploymentKind = keyof typeof DeploymentKindEnum;
registerEnumType(DeploymentKindEnum, {
  name: 'DeploymentKind',
  description: 'RESTART brings the same version again; ROLLBACK brings a former deployment back.',
});

export const DeploymentTriggerEnum = {
  PUSH: 'PUSH',
  MANUAL: 'MANUAL',
  AUTOMATIC: 'AUTOMATIC',
  SCHEDULE: 'SCHEDULE',
} as const;
export type DeploymentTrigger = keyof typeof DeploymentTriggerEnum;
registerEnumType(DeploymentTriggerEnum, { name: 'DeploymentTrigger' });

export const DeploymentExecutionEnum = { SELF: 'SELF', AGENT: 'AGENT' } as const;
export type DeploymentExecution = keyof typeof DeploymentExecutionEnum;
registerEnumType(DeploymentExecutionEnum, {
  name: 'DeploymentExecution',
  description: 'SELF: whoever started it executes it and records the steps. AGENT: an agent on the host takes it.',
});

export const DeploymentSlotEnum = { BLUE: 'blue', GREEN: 'green' } as const;
export type DeploymentSlot = (typeof DeploymentSlotEnum)[keyof typeof DeploymentSlotEnum];
registerEnumType(DeploymentSlotEnum, { name: 'DeploymentSlot' });

@ObjectType({ description: 'One attempt to bring a version to an environment.' })
@Entity({ tableName: 'deployments' })
@Index({ name: 'deployments_environment', properties: ['environment', 'startedAt'] })
@Index({ name: 'deployments_version', properties: ['releaseVersion', 'startedAt'] })
@Index({
  name: 'deployments_one_success',
  expression: `create unique index "deployments_one_success" on "deployments" ("environment") where ("status" = 'SUCCESS'::text)`,
})
@Index({
  name: 'deployments_one_running',
  expression: `create unique index "deployments_one_running" on "deployments" ("environment") where (("status" = any (array['QUEUED'::text, 'PENDING'::text, 'IN_PROGRESS'::text, 'HEALTH_CHECK'::text, 'SMOKE_TEST'::text, 'ROLLING_BACK'::text])) and (("execution" = 'SELF'::text) or ("status" <> 'QUEUED'::text)))`,
})
export class Deployment {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  environment!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  releaseVersion!: string;

  @Field(() => String, { nullable: true, description: 'The commit that was built.' })
  @Property({ type: 'text', nullable: true })
  commit?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'blue or green.',
    deprecationReason: 'Use slot. Ends on 2027-06-30.',
  })
  @Property({ type: 'text', nullable: true })
  colour?: string | null;

  @Field(() => DeploymentKindEnum)
  @Property({ type: 'text', default: 'RELEASE' })
  kind!: DeploymentKind;

  @Field(() => DeploymentTriggerEnum)
  @Property({ type: 'text', default: 'MANUAL' })
  trigger!: DeploymentTrigger;

  @Field(() => DeploymentExecutionEnum)
  @Property({ type: 'text', default: 'SELF' })
  execution!: DeploymentExecution;

  @Field(() => DeploymentStatusEnum)
  @Property({ type: 'text' })
  status!: DeploymentStatus;

  @Field(() => String, { description: 'user:<id> or key:<id>.' })
  @Property({ type: 'text' })
  startedBy!: string;

  @Field(() => String, { nullable: true, description: 'Why it was started.' })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Field(() => ID, { nullable: true, description: 'The former deployment that a ROLLBACK brings back.' })
  @ManyToOne({ entity: () => Deployment, ...byId('restores_id'), nullable: true })
  restoresId?: string | null;

  /** Of what it was started with, so that a repetition is told from another deployment under the same id. */
  @Property({ type: 'text', nullable: true })
  requestHash?: string | null;

  @Field(() => Boolean, { description: 'A second person must approve it before an agent may take it.' })
  @Property({ type: 'boolean', default: false })
  needsApproval!: boolean;

  @Field(() => String, { nullable: true, description: 'user:<id>.' })
  @Property({ type: 'text', nullable: true })
  approvedBy?: string | null;

  @Field(() => DateTime, { nullable: true })
  @Property({ ...INSTANT, nullable: true })
  approvedAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'The agent that has taken it.' })
  @Property({ type: 'text', nullable: true })
  agent?: string | null;

  /** Grows with every take; records of an agent with an older one are refused. */
  @Property({ type: 'integer', default: 0 })
  fence!: number;

  @Field(() => DateTime)
  @Property({ ...INSTANT })
  startedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it became the live one of its environment.' })
  @Property({ ...INSTANT, nullable: true })
  liveAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When a final status was reached.' })
  @Property({ ...INSTANT, nullable: true })
  finishedAt?: Date | null;

  @Field(() => DateTime, { description: 'When its deployer was last heard.' })
  @Property({ ...INSTANT, defaultRaw: 'now()' })
  heartbeatAt!: Date;

  @Field(() => Boolean, { description: 'It runs, and its deployer is silent; the next heartbeat clears it.' })
  @Property({ type: 'boolean', default: false })
  stuck!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'The switch of the traffic, or the success.' })
  @Property({ ...INSTANT, nullable: true })
  watchStartedAt?: Date | null;

  @Field(() => Int)
  @Property({ type: 'integer', default: 900 })
  watchSeconds!: number;

  @Field(() => DateTime, { nullable: true, description: 'When the watch of the server found a breach.' })
  @Property({ ...INSTANT, nullable: true })
  breachedAt?: Date | null;

  @Field(() => Int, { description: 'The highest recorder sequence that is stored; 0 when there is none.' })
  @Property({ type: 'integer', default: 0 })
  lastSequence!: number;

  @Property({ type: 'integer', default: 0 })
  lastLogLine!: number;

  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;
}

@ObjectType({ description: 'One step of a deployment; append-only, which the database enforces.' })
@Entity({ tableName: 'deployment_events' })
@Index({ name: 'deployment_events_deployment', properties: ['deployment', 'id'] })
@Unique({ name: 'deployment_events_sequence_unique', properties: ['deployment', 'sequence'] })
export class DeploymentEvent {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => Deployment, ref: true, deleteRule: 'cascade', updateRule: 'no action', index: false })
  deployment!: Ref<Deployment>;

  @Field(() => Int, { nullable: true, description: 'Counted by the recorder; null for what the server noted itself.' })
  @Property({ type: 'integer', nullable: true })
  sequence?: number | null;

  @Field(() => DeploymentStatusEnum)
  @Property({ type: 'text' })
  status!: DeploymentStatus;

  @Field(() => String, { nullable: true, description: 'backup, start, health, migrate, switch, public-smoke, ...' })
  @Property({ type: 'text', nullable: true })
  step?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  message?: string | null;

  @Field(() => Int, { nullable: true })
  @Property({ type: 'integer', nullable: true })
  durationMs?: number | null;

  @Property({ type: 'json', columnType: 'jsonb', nullable: true })
  evidence?: Evidence | null;

  @Field(() => String)
  @Property({ type: 'text' })
  actor!: string;

  @Field(() => DateTime, { description: 'When it was stored.' })
  @Property({ ...INSTANT })
  at!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it happened, by the clock of the recorder.' })
  @Property({ ...INSTANT, nullable: true })
  recordedAt?: Date | null;

  /** Of the content, so that a repeated record is told from another one with the same sequence. */
  @Property({ type: 'text', nullable: true })
  fingerprint?: string | null;
}
