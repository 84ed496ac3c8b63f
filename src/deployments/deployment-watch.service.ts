import type { Tx } from '../platform/db/transact.js';
import type { Deployment } from './deployment.entity.js';
import { markBreached, markStuck } from './deployment.queries.js';
import { appendEvent } from './deployment.service.js';
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

const round = (value: number): number => Math.round(value * 1000) / 1000;
