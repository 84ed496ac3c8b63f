import { permission, type Module } from '../platform/module.js';
import { Deployment, DeploymentEvent } from './deployment.entity.js';
import { deploymentChanged } from './deployment.events.js';
import { DeploymentResolver, DeploymentUpdateResolver } from './deployment.resolver.js';

/**
 * Deployments: what is running where.
 *
 *   QUEUED -> PENDING -> IN_PROGRESS -> HEALTH_CHECK -> SMOKE_TEST -> SUCCESS -> INACTIVE (by the next success)
 *      \---------\------------\--> CANCELLED      \--> FAILURE | ERROR -> ROLLING_BACK -> ROLLED_BACK
 *
 * - The graph stands in deployment-status.ts; the same status again is a no-op, an illegal step a typed conflict.
 * - One deployment at a time and one success in an environment; events are only appended.
 * - Writing needs deploy:write, which DEPLOY_TOKEN and keys with that scope have.
 */
export const deploymentsModule: Module = {
  name: 'deployments',
  entities: [Deployment, DeploymentEvent],
  unaudited: [DeploymentEvent],
  resolvers: [DeploymentResolver, DeploymentUpdateResolver],
  permissions: {
    'Query.deployments': permission('deploy:read'),
    'Query.deployment': permission('deploy:read'),
    'Mutation.startDeployment': permission('deploy:write'),
    'Mutation.recordDeploymentStatus': permission('deploy:write'),
    'Subscription.deploymentUpdated': permission('deploy:read'),
  },
  live: {
    deploymentUpdated: {
      delivery: 'log',
      events: [deploymentChanged.eventName],
      accepts: (args, event) => args['environment'] == null || event.data['environment'] === args['environment'],
    },
  },
  changes: { deployment: { event: deploymentChanged.eventName, permission: 'deploy:read' } },
};
