import { AppError } from '../kernel/errors.js';
import { defineTransitions } from '../kernel/transitions.js';
import { msg } from '../kernel/message.js';

/** The status graph of a deployment. FAILURE: a step said no. ERROR: the deploying program itself broke. */
export const DEPLOYMENT_STATUSES = [
  'QUEUED',
  'PENDING',
  'IN_PROGRESS',
  'HEALTH_CHECK',
  'SMOKE_TEST',
  'SUCCESS',
  'FAILURE',
  'ERROR',
  'ROLLING_BACK',
  'ROLLED_BACK',
  'CANCELLED',
  'INACTIVE',
] as const;
export type DeploymentStatus = (typeof DEPLOYMENT_STATUSES)[number];

const BROKEN = ['FAILURE', 'ERROR', 'ROLLING_BACK'] as const;

export const deploymentTransitions = defineTransitions<DeploymentStatus>({
  QUEUED: ['PENDING', 'IN_PROGRESS', 'CANCELLED', 'ERROR'],
  PENDING: ['IN_PROGRESS', 'CANCELLED', 'FAILURE', 'ERROR'],
  IN_PROGRESS: ['HEALTH_CHECK', 'CANCELLED', ...BROKEN],
  HEALTH_CHECK: ['SMOKE_TEST', 'SUCCESS', ...BROKEN],
  SMOKE_TEST: ['SUCCESS', ...BROKEN],
  // Left only through the success of a successor: by a release INACTIVE, by a rollback ROLLED_BACK. So an environment
  // that was live once always has a live deployment.
  SUCCESS: ['INACTIVE', 'ROLLED_BACK'],
  FAILURE: ['ROLLING_BACK'],
  ERROR: ['ROLLING_BACK'],
  ROLLING_BACK: ['ROLLED_BACK', 'FAILURE', 'ERROR'],
  ROLLED_BACK: [],
  CANCELLED: [],
  INACTIVE: [],
});

/** What a recorder may record next; the ends of a success belong to its successor. */
export const recordableNext = (from: DeploymentStatus): readonly DeploymentStatus[] =>
  from === 'SUCCESS' ? [] : deploymentTransitions.next(from);

/** Throws ILLEGAL_TRANSITION (details: from, to, allowed) for a status that a recorder cannot bring about. */
export function assertRecordable(from: DeploymentStatus, to: DeploymentStatus): void {
  if (from !== 'SUCCESS') return deploymentTransitions.assert(from, to);
  throw new AppError(
    'ILLEGAL_TRANSITION',
    msg`SUCCESS cannot become ${to} by a record. Start a deployment of kind ROLLBACK; its success ends this one.`,
    { field: 'status', details: { from, to, allowed: [] } },
  );
}

/** The statuses at which a deployment has ended, whether or not a rollback may follow. */
export const ENDED: ReadonlySet<DeploymentStatus> = new Set([
  'SUCCESS',
  'FAILURE',
  'ERROR',
  'ROLLED_BACK',
  'CANCELLED',
  'INACTIVE',
]);

/** In the order of the index deployments_one_running. */
export const RUNNING: readonly DeploymentStatus[] = DEPLOYMENT_STATUSES.filter((status) => !ENDED.has(status));
