import { LockMode } from '@mikro-orm/core';
import { notFound, staleVersion } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import type { Services } from '../platform/module.js';
import type { ClaimedJob } from '../platform/queue/job.js';
import { SyncIssue, type IssueStatus } from './issue.entity.js';
import { syncIssueChanged } from './issue.events.js';
import { recordIssue } from './issue.queries.js';

/** In the Tx that records a failed try. */
export async function meetIssue(
  tx: Tx,
  job: ClaimedJob,
  { code, message }: { code: string; message: string },
  services: Services,
): Promise<void> {
  const { id: itemId, kind, entityType } = job;
  const by = { appVersion: services.config.version, deploymentId: services.deploymentId() };
  const turned = await recordIssue(tx.sql, { itemId, kind, entityType, code, message, ...by });
  if (turned !== null) tx.emit(syncIssueChanged(turned, { status: 'open' }));
}

/** A resolved issue is open again when it is met; an ignored one never. */
export const changeIssue = defineCommand(
  ['NOT_FOUND', 'STALE_VERSION'],
  async (tx: Tx, { id, status, version }: { id: string; status: IssueStatus; version: number }): Promise<void> => {
    const found = isId(id) ? await tx.em.findOne(SyncIssue, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
    if (!found) throw notFound('Sync issue', id);
    if (found.version !== version) throw staleVersion(found.version);
    if (found.status === status) return;
    found.status = status;
    found.version += 1;
    tx.emit(syncIssueChanged(id, { status }));
  },
);
