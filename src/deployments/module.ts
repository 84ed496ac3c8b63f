import type { LoggedEvent } from '../platform/events.js';
import { permission, type Module, type ModuleParts, type Services } from '../platform/module.js';
import { Backup } from './backup.entity.js';
import { BackupResolver } from './backup.resolver.js';
import { deploymentCareJob, deploymentCareSchedule } from './deployment-care.job.js';
import { deploymentGauges } from './deployment-gauges.js';
import { deploymentTables } from './deployment-log.entity.js';
import { Deployment, DeploymentEvent } from './deployment.entity.js';
import { deploymentChanged, deploymentLogAppended, deploymentRequested } from './deployment.events.js';
import { DeploymentLogResolver } from './deployment-log.resolver.js';
import { DeploymentRequestDeploymentResolver, DeploymentRequestResolver } from './deployment-request.resolver.js';
import { DeploymentEventResolver, DeploymentResolver, DeploymentUpdateResolver } from './deployment.resolver.js';
import { deploymentRetention } from './deployment-log.queries.js';
import { createReleaseIdentity } from './release.queries.js';
import { DeploymentWatchResolver } from './watch.resolver.js';

/**
 * Deployments: what is running where, and how it came there.
 *
 *   QUEUED -> PENDING -> IN_PROGRESS -> HEALTH_CHECK -> SMOKE_TEST -> SUCCESS -> INACTIVE (by the success of a release)
 *      \---------\------------\--> CANCELLED      \                      \----> ROLLED_BACK (by that of a rollback)
 *                                                  \--> FAILURE | ERROR -> ROLLING_BACK -> ROLLED_BACK
 *
 * - The graph stands in deployment-status.ts; an illegal step is a typed conflict, and the database keeps final statuses.
 * - One deployment runs and one is live in an environment, by unique indexes; events are only appended, by triggers.
 * - A rollback is a deployment of its own that names what it restores. ROLLING_BACK is for one that never was live.
 * - A request is a deployment that waits: one row tells the whole story, from who asked to what the agent did. Whoever
 *   executes it itself records it with execution SELF; that needs no agent, so CI and a person on the host can always deploy.
 * - Every record can be sent again: by the id of the deployment, the recorder's sequence, the number of a log line.
 * - Writing needs deploy:write, which DEPLOY_TOKEN and keys with that scope have; approving needs deploy:approve and a
 *   second person.
 */
const isOfEnvironment = (args: Record<string, unknown>, event: LoggedEvent): boolean =>
  args['environment'] == null || event.data['environment'] === args['environment'];

export const deploymentsModule: Module = {
  name: 'deployments',
  entities: [Deployment, DeploymentEvent, Backup, ...deploymentTables],
  unaudited: [DeploymentEvent],
  resolvers: [
    DeploymentResolver,
    DeploymentEventResolver,
    DeploymentUpdateResolver,
    DeploymentRequestResolver,
    DeploymentRequestDeploymentResolver,
    DeploymentLogResolver,
    DeploymentWatchResolver,
    BackupResolver,
  ],
  permissions: {
    'Query.deployments': permission('deploy:read'),
    'Query.deployment': permission('deploy:read'),
    'Query.liveDeployment': permission('deploy:read'),
    'Query.deploymentRequests': permission('deploy:read'),
    'Query.deployAgents': permission('deploy:read'),
    'Query.deploymentLog': permission('deploy:read'),
    'Query.deploymentWatch': permission('deploy:read'),
    'Query.deploymentIssues': permission('deploy:read'),
    'Query.rollbackCheck': permission('deploy:read'),
    'Query.backups': permission('deploy:read'),
    'Query.backup': permission('deploy:read'),
    'Mutation.startDeployment': permission('deploy:write'),
    'Mutation.recordDeploymentStatus': permission('deploy:write'),
    'Mutation.recordDeploymentHeartbeat': permission('deploy:write'),
    'Mutation.recordDeploymentLog': permission('deploy:write'),
    'Mutation.requestRollback': permission('deploy:write'),
    'Mutation.recordAgentHeartbeat': permission('deploy:write'),
    'Mutation.takeDeployment': permission('deploy:write'),
    'Mutation.recordBackup': permission('deploy:write'),
    'Mutation.approveDeployment': permission('deploy:approve'),
    'Subscription.deploymentUpdated': permission('deploy:read'),
    'Subscription.deploymentRequested': permission('deploy:read'),
    'Subscription.deploymentLogAppended': permission('deploy:read'),
  },
  live: {
    deploymentUpdated: { delivery: 'log', events: [deploymentChanged.eventName], accepts: isOfEnvironment },
    deploymentRequested: { delivery: 'log', events: [deploymentRequested.eventName], accepts: isOfEnvironment },
    deploymentLogAppended: {
      delivery: 'log',
      events: [deploymentLogAppended.eventName],
      accepts: (args, event) => event.entityId === args['id'],
    },
  },
  jobs: (services) => [deploymentCareJob(services)],
  schedules: [deploymentCareSchedule],
  services: deploymentParts,
  retention: deploymentRetention,
  changes: { deployment: { event: deploymentChanged.eventName, permission: 'deploy:read' } },
};

/** The process knows for which deployment it runs, so that attempts of jobs can name it. */
async function deploymentParts(services: Services): Promise<ModuleParts> {
  const { db, config, log } = services;
  const release = createReleaseIdentity(db, { version: config.version, deploymentId: config.deployment.id }, log);
  await release.refresh();
  return {
    provides: { deploymentId: () => release.deploymentId() },
    onEvent: (event) => release.onEvent(event),
    scrape: deploymentGauges(services),
  };
}
