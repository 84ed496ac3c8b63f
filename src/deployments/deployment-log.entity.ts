import { Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { byId, INSTANT } from '../platform/db/columns.js';
import { Deployment } from './deployment.entity.js';

const OF_DEPLOYMENT = { entity: () => Deployment, ...byId('deployment_id'), deleteRule: 'no action' } as const;

/** A line of a deployment's log; deployment-log.queries writes it. */
@Entity({ tableName: 'deployment_log_lines' })
@Index({ name: 'deployment_log_lines_age', properties: ['at'] })
export class DeploymentLogLineRow {
  @ManyToOne({ ...OF_DEPLOYMENT, primary: true, foreignKeyName: 'deployment_log_lines_deployment_id_fkey' })
  deploymentId!: string;

  @PrimaryKey({ type: 'integer', autoincrement: false })
  line!: number;

  @Property({ type: 'text' })
  text!: string;

  @Property({ ...INSTANT, defaultRaw: 'now()' })
  at!: Date;
}

/** A sample of what was measured while a deployment is watched. */
@Entity({ tableName: 'deployment_metrics' })
export class DeploymentMetricRow {
  @ManyToOne({ ...OF_DEPLOYMENT, primary: true, foreignKeyName: 'deployment_metrics_deployment_id_fkey' })
  deploymentId!: string;

  @PrimaryKey({ type: 'integer', autoincrement: false })
  sequence!: number;

  @Property({ type: 'integer' })
  requests!: number;

  @Property({ type: 'integer' })
  serverErrors!: number;

  @Property({ type: 'double', columnType: 'double precision', fieldName: 'latency_p95_ms', nullable: true })
  latencyP95Ms?: number | null;

  @Property({ type: 'integer', nullable: true })
  poolUsed?: number | null;

  @Property({ type: 'integer', nullable: true })
  poolSize?: number | null;

  @Property({ type: 'integer', nullable: true })
  poolWaiting?: number | null;

  @Property({ type: 'integer', nullable: true })
  logErrors?: number | null;

  @Property({ ...INSTANT, defaultRaw: 'now()' })
  at!: Date;
}

/** Who can deploy to an environment, and when it was heard last. */
@Entity({ tableName: 'deploy_agents' })
@Unique({ name: 'deploy_agents_name_unique', properties: ['environment', 'name'] })
export class DeployAgentRow {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  environment!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text', nullable: true })
  version?: string | null;

  @Property({ ...INSTANT })
  heartbeatAt!: Date;
}

export const deploymentTables = [DeploymentLogLineRow, DeploymentMetricRow, DeployAgentRow] as const;
