import { takeKeyedLock } from '../platform/db/locks.js';
import type { Tx } from '../platform/db/transact.js';
import type { Database } from '../platform/db/orm.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { read } from '../platform/read/definition.js';
import { columnText } from '../platform/read/entity-columns.js';
import { AGENT_IS_LIVE } from './deploy-agent.queries.js';
import { Deployment, DeploymentEvent } from './deployment.entity.js';

export const deploymentRead = read(Deployment, { always: ['status', 'colour', 'restoresId'] });
export const deploymentEventRead = read(DeploymentEvent);

export const deploymentById = defineLoader<string, Deployment>('deploymentById', async ({ db }, ids) => {
  const rows = await db.read<Deployment>(
    `select ${columnText(Deployment, 'd')} from deployments d where d.id = any ($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
});

const EVENT_COLUMNS = `e.id, e.deployment_id as "deploymentId", e.sequence, e.status, e.step, e.message,
  e.duration_ms as "durationMs", e.evidence, e.actor, e.at, e.recorded_at as "recordedAt"`;

export const eventsByDeployment = defineLoader<string, DeploymentEvent[]>('eventsByDeployment', async ({ db }, ids) => {
  const rows = await db.read<DeploymentEvent & { deploymentId: string }>(
    `select ${EVENT_COLUMNS} from deployment_events e where e.deployment_id = any ($1::uuid[]) order by e.id`,
    [ids],
  );
  const byDeployment = new Map<string, DeploymentEvent[]>();
  for (const row of rows) byDeployment.set(row.deploymentId, [...(byDeployment.get(row.deploymentId) ?? []), row]);
  return byDeployment;
});

export const deploymentEventById = defineLoader<string, DeploymentEvent>('deploymentEventById', async ({ db }, ids) => {
  const rows = await db.read<DeploymentEvent>(
    `select ${EVENT_COLUMNS} from deployment_events e where e.id = any ($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
});

export async function findLive(run: Database['read'], environment: string): Promise<Deployment | null> {
  const [row] = await run<Deployment>(
    `select ${columnText(Deployment, 'd')} from deployments d where d.environment = $1 and d.status = 'SUCCESS'`,
    [environment],
  );
  return row ?? null;
}

/** What waits for an agent or an approval, oldest first. */
export function readRequests(run: Database['read'], environment: string | null): Promise<Deployment[]> {
  return run<Deployment>(
    `select ${columnText(Deployment, 'd')} from deployments d where d.status = 'QUEUED' and d.execution = 'AGENT'
       and ($1::text is null or d.environment = $1) order by d.started_at, d.id limit 100`,
    [environment],
  );
}

/** What an agent may do now: resume its own, or take a request that needs no approval any more. */
export function readTakeable(run: Database['read'], environment: string, agent: string): Promise<Deployment[]> {
  return run<Deployment>(
    `select ${columnText(Deployment, 'd')} from deployments d where d.environment = $1 and d.execution = 'AGENT' and (
         (d.status = 'QUEUED' and (not d.needs_approval or d.approved_by is not null))
         or (d.status = any (array['PENDING', 'IN_PROGRESS', 'HEALTH_CHECK', 'SMOKE_TEST', 'ROLLING_BACK'])
           and (d.agent = $2 or d.stuck)))
     order by d.status = 'QUEUED', d.started_at, d.id limit 20`,
    [environment, agent],
  );
}

export const lockEnvironment = (tx: Tx, environment: string): Promise<void> =>
  takeKeyedLock(tx.sql, 'deployment', environment);

/** Its deployer is alive. Outside of the entity, because an audit row for each heartbeat is of no use. */
export const touchDeployment = (tx: Tx, id: string, sequence: number | null): Promise<unknown[]> =>
  tx.sql(
    `update deployments set heartbeat_at = clock_timestamp(), stuck = false,
       last_sequence = greatest(last_sequence, coalesce($2::int, 0)) where id = $1`,
    [id, sequence],
  );

/** user:<id> of whoever made an API key; null for the deploy token. */
export async function keyOwner(tx: Tx, keyId: string): Promise<string | null> {
  const [row] = await tx.sql<{ owner: string | null }>(
    'select created_by::text as owner from api_keys where id::text = $1',
    [keyId],
  );
  return row?.owner ? `user:${row.owner}` : null;
}

/** Marks running deployments whose deployer is silent, and answers them. What waits for an agent is not running. */
export const markStuck = (
  tx: Tx,
  silenceSeconds: number,
): Promise<Pick<Deployment, 'id' | 'environment' | 'status'>[]> =>
  tx.sql(
    `update deployments d set stuck = true
     where not d.stuck and d.heartbeat_at < clock_timestamp() - $1::int * interval '1 second'
       and d.status = any (array['QUEUED', 'PENDING', 'IN_PROGRESS', 'HEALTH_CHECK', 'SMOKE_TEST', 'ROLLING_BACK'])
       and (d.execution = 'SELF' or d.status <> 'QUEUED')
     returning d.id, d.environment, d.status`,
    [silenceSeconds],
  );

/** Says once that the watch of a deployment found a breach; answers false when it was said before. */
export async function markBreached(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.sql(
    `update deployments set breached_at = clock_timestamp() where id = $1 and breached_at is null returning id`,
    [id],
  );
  return rows.length > 0;
}

/** Those with traffic whose watch has begun and is not long over. */
export function readWatched(run: Database['read']): Promise<Deployment[]> {
  return run<Deployment>(
    `select ${columnText(Deployment, 'd')} from deployments d
     where d.watch_started_at is not null and d.breached_at is null
       and d.status = any (array['IN_PROGRESS', 'HEALTH_CHECK', 'SMOKE_TEST', 'SUCCESS'])
       and d.watch_started_at + (d.watch_seconds + 60) * interval '1 second' > clock_timestamp()`,
  );
}

export interface Abandoned {
  broken: Deployment;
  /** What was live before it. */
  former: Deployment;
}

/**
 * Live deployments that broke their watch within the last day, whose deployer is silent, and for which nobody has begun a
 * rollback, though an agent is there to do it; each with the deployment that was live before.
 */
export async function readAbandoned(run: Database['read'], silenceSeconds: number): Promise<Abandoned[]> {
  const rows = await run<{ broken: string; former: string }>(
    `select d.id as broken, f.id as former from deployments d
     cross join lateral (select o.id from deployments o where o.environment = d.environment and o.status = 'INACTIVE'
       and o.live_at < d.live_at order by o.live_at desc limit 1) f
     where d.status = 'SUCCESS' and d.breached_at > clock_timestamp() - interval '1 day'
       and d.heartbeat_at < clock_timestamp() - $1::int * interval '1 second'
       and not exists (select 1 from deployments r where r.environment = d.environment and r.kind = 'ROLLBACK'
         and r.started_at > d.live_at)
       and exists (select 1 from deploy_agents a where a.environment = d.environment and ${AGENT_IS_LIVE})`,
    [silenceSeconds],
  );
  if (rows.length === 0) return [];
  const ids = rows.flatMap((row) => [row.broken, row.former]);
  const found = await run<Deployment>(
    `select ${columnText(Deployment, 'd')} from deployments d where d.id = any ($1::uuid[])`,
    [ids],
  );
  const byId = new Map(found.map((one) => [one.id, one]));
  return rows.flatMap((row) => {
    const [broken, former] = [byId.get(row.broken), byId.get(row.former)];
    return broken && former ? [{ broken, former }] : [];
  });
}

/** The newest deployment of a release: what a process that knows only its version runs for. */
export async function findByVersion(run: Database['read'], version: string): Promise<string | null> {
  const [row] = await run<{ id: string }>(
    `select id from deployments where release_version = $1 order by started_at desc, id desc limit 1`,
    [version],
  );
  return row?.id ?? null;
}

/** For the metrics. */
export function countByStatus(
  run: Database['read'],
): Promise<{ environment: string; status: string; count: number; stuck: number }[]> {
  return run(
    `select d.environment, d.status, count(*)::int as count, (count(*) filter (where d.stuck))::int as stuck
     from deployments d group by d.environment, d.status`,
  );
}
