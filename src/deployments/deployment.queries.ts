import { defineLoader } from '../platform/graphql/loader.js';
import type { ListSpec } from '../platform/graphql/page.js';
import type { Deployment, DeploymentEvent } from './deployment.entity.js';

export const deploymentList: ListSpec = {
  from: 'deployments d',
  idSql: 'd.id',
  always: {
    id: 'd.id',
    environment: 'd.environment',
    releaseVersion: 'd.release_version',
    commit: 'd.commit',
    colour: 'd.colour',
    status: 'd.status',
    startedBy: 'd.started_by',
    startedAt: 'd.started_at',
    finishedAt: 'd.finished_at',
  },
  columns: {},
  orders: { STARTED_DESC: { sql: 'd.started_at', type: 'timestamptz', direction: 'desc' } },
};

const COLUMNS = Object.entries(deploymentList.always)
  .map(([alias, sql]) => `${sql} as "${alias}"`)
  .join(', ');

export const deploymentById = defineLoader<string, Deployment>('deploymentById', async ({ db }, ids) => {
  const rows = await db.read<Deployment>(`select ${COLUMNS} from deployments d where d.id = any ($1::uuid[])`, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
});

export const eventsByDeployment = defineLoader<string, DeploymentEvent[]>('eventsByDeployment', async ({ db }, ids) => {
  const rows = await db.read<DeploymentEvent & { deploymentId: string }>(
    `select e.id, e.deployment_id as "deploymentId", e.status, e.message, e.actor, e.at from deployment_events e
     where e.deployment_id = any ($1::uuid[]) order by e.id`,
    [ids],
  );
  const byDeployment = new Map<string, DeploymentEvent[]>();
  for (const row of rows) byDeployment.set(row.deploymentId, [...(byDeployment.get(row.deploymentId) ?? []), row]);
  return byDeployment;
});
