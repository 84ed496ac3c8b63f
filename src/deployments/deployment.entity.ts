import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../platform/graphql/scalars.js';
import { DEPLOYMENT_STATUSES, type DeploymentStatus } from './deployment-status.js';

export const DeploymentStatusEnum = Object.fromEntries(DEPLOYMENT_STATUSES.map((one) => [one, one])) as {
  [S in DeploymentStatus]: S;
};
registerEnumType(DeploymentStatusEnum, { name: 'DeploymentStatus' });

@ObjectType({ description: 'One attempt to bring a version to an environment.' })
@Entity({ tableName: 'deployments' })
@Index({ name: 'deployments_environment', properties: ['environment', 'startedAt'] })
@Index({
  name: 'deployments_one_success',
  expression: `create unique index "deployments_one_success" on "deployments" ("environment") where ("status" = 'SUCCESS'::text)`,
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

  @Field(() => String, { nullable: true, description: 'blue or green.' })
  @Property({ type: 'text', nullable: true })
  colour?: string | null;

  @Field(() => DeploymentStatusEnum)
  @Property({ type: 'text' })
  status!: DeploymentStatus;

  @Field(() => String, { description: 'user:<id> or key:<id>.' })
  @Property({ type: 'text' })
  startedBy!: string;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  startedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When a final status was reached.' })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  finishedAt?: Date | null;

  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;
}

@ObjectType({ description: 'One step of a deployment; append-only.' })
@Entity({ tableName: 'deployment_events' })
@Index({ name: 'deployment_events_deployment', properties: ['deployment', 'id'] })
export class DeploymentEvent {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => Deployment, ref: true, deleteRule: 'cascade', updateRule: 'no action', index: false })
  deployment!: Ref<Deployment>;

  @Field(() => DeploymentStatusEnum)
  @Property({ type: 'text' })
  status!: DeploymentStatus;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  message?: string | null;

  @Field(() => String)
  @Property({ type: 'text' })
  actor!: string;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  at!: Date;
}
