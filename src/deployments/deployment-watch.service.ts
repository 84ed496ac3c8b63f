import type { Tx } from '../platform/db/transact.js';
import type { Deployment } from './deployment.entity.js';
import { markBreached, markStuck } from './deployment.queries.js';
import { appendEvent, startDeployment, type Recorded } from './deployment.service.js';
import type { Breach } from './watch-rules.js';

/** Marks running deployments whose deployer has been silent for so long, with an event each. Answers how many. */
export async function flagStuckDeployments(tx: Tx, input: { silenceSeconds: number }): Promise<number> {
  const stuck = await markStuck(tx, input.silenceSeconds);
  for (const deployment of stuck) {
    const message = `Nothing was heard of its deployer for ${input.silenceSeconds} seconds.`;
    appendEvent(tx, deployment, 'updated', { step: 'stuck', message });
  }
  return stuck.length;
}

/** Notes the breach of a watch, once a deployment. */
export async function recordBreach(
  tx: Tx,
  input: { deployment: Pick<Deployment, 'id' | 'environment' | 'status'>; breaches: readonly Breach[] },
): Promise<boolean> {
  if (!(await markBreached(tx, input.deployment.id))) return false;
  const rules = input.breaches.map((one) => `${one.rule} ${round(one.measured)} (limit ${one.limit})`).join(', ');
  appendEvent(tx, input.deployment, 'updated', { step: 'watch', message: `The watch needs a rollback: ${rules}.` });
  return true;
}

/** For when its deployer is gone: an agent shall bring the former one back. A machine asks, so nobody approves it. */
export function requestAutomaticRollback(
  tx: Tx,
  input: { broken: Deployment; former: Deployment; watchSeconds: number },
): Promise<Recorded> {
  const { broken, former, watchSeconds } = input;
  return startDeployment(tx, {
    id: null,
    environment: broken.environment,
    releaseVersion: former.releaseVersion,
    commit: former.commit ?? null,
    slot: null,
    kind: 'ROLLBACK',
    trigger: 'AUTOMATIC',
    execution: 'AGENT',
    reason: `${broken.releaseVersion} broke its watch, and its deployer is silent.`,
    restoresId: former.id,
    watchSeconds,
    needsApproval: false,
  });
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
