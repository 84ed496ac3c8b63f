import { defineTransitions } from '../kernel/transitions.js';

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
  // A success is rolled back on demand, or made inactive by the next success of its environment.
  SUCCESS: ['ROLLING_BACK', 'INACTIVE'],
  FAILURE: ['ROLLING_BACK'],
  ERROR: ['ROLLING_BACK'],
  ROLLING_BACK: ['ROLLED_BACK', 'FAILURE', 'ERROR'],
  ROLLED_BACK: [],
  CANCELLED: [],
  INACTIVE: [],
});

/** The statuses at which a deployment has ended, whether or not a roll-back may follow. */
export const ENDED: ReadonlySet<DeploymentStatus> = new Set([
  'SUCCESS',
  'FAILURE',
  'ERROR',
  'ROLLED_BACK',
  'CANCELLED',
  'INACTIVE',
]);
