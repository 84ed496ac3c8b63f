import type { Notice, NoticeKind } from '../kernel/notices.js';
import type { LoggedEvent } from '../platform/events.js';

/** What is known of an event of a deployment and of the step it was written with. */
export interface DeploymentFacts {
  environment: string;
  version: string;
  /** Named by the recorder; `stuck` when the server found the deployer silent. */
  step: string | null;
  message: string | null;
  /** Whether the step brought the status about; others only add to it. */
  changedStatus: boolean;
  durationMs: number | null;
}

const KINDS: Partial<Record<string, NoticeKind>> = {
  SUCCESS: 'success',
  FAILURE: 'failure',
  ERROR: 'failure',
  CANCELLED: 'cancelled',
  ROLLED_BACK: 'rollback',
};

/** The kind of notice that an event of a deployment deserves; null for the steps between start and end. */
export function noticeKindOf(event: Pick<LoggedEvent, 'data'>, facts: DeploymentFacts | null): NoticeKind | null {
  if (facts?.step === 'stuck') return 'stuck';
  if (event.data['change'] === 'created') return 'start';
  if (facts?.changedStatus === false) return null;
  return KINDS[String(event.data['status'])] ?? null;
}

export function deploymentNotice(kind: NoticeKind, event: LoggedEvent, facts: DeploymentFacts | null): Notice {
  const ended = kind !== 'start' && kind !== 'stuck';
  return {
    kind,
    environment: facts?.environment ?? String(event.data['environment']),
    version: facts?.version ?? null,
    detail: facts?.message ?? null,
    durationMs: ended ? (facts?.durationMs ?? null) : null,
  };
}
