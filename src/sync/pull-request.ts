import type { JobRequest } from '../platform/queue/job.js';
import type { ParentRef } from './entities/entity-sync.js';

/** The job that brings one record up to date. */
export const pullJobOf = (
  { entity, remoteId }: ParentRef,
  more: Pick<JobRequest, 'priority' | 'runId'> = {},
): JobRequest => ({
  kind: 'pull',
  jobKey: `pull:${entity}:${remoteId}`,
  entityType: entity,
  remoteId,
  ...more,
});
