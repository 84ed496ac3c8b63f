import { parseInstant } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import type { Database } from '../platform/db/orm.js';
import type { Tx } from '../platform/db/transact.js';

/** An agent that was not heard for so long is away; it sends a heartbeat every 15 seconds. */
export const AGENT_LIVE_SECONDS = 60;
/** Of a row `a` of deploy_agents. */
export const AGENT_IS_LIVE = `a.heartbeat_at > clock_timestamp() - interval '${AGENT_LIVE_SECONDS} seconds'`;

export interface DeployAgentRow {
  id: string;
  environment: string;
  name: string;
  version: string | null;
  heartbeatAt: Date;
  live: boolean;
}

/** By the clock of the database, because agents and servers disagree about the time. */
export async function upsertAgent(
  tx: Tx,
  agent: { environment: string; name: string; version: string | null },
): Promise<string> {
  const [row] = await tx.sql<{ id: string }>(
    `insert into deploy_agents as a (id, environment, name, version, heartbeat_at)
     values ($1, $2, $3, $4, clock_timestamp())
     on conflict (environment, name) do update set version = excluded.version, heartbeat_at = excluded.heartbeat_at
     returning a.id`,
    [newId(), agent.environment, agent.name, agent.version],
  );
  return row?.id ?? '';
}

export async function isAgentLive(tx: Tx, environment: string, name: string): Promise<boolean> {
  const rows = await tx.sql(
    `select 1 from deploy_agents a where a.environment = $1 and a.name = $2 and ${AGENT_IS_LIVE}`,
    [environment, name],
  );
  return rows.length > 0;
}

export async function hasLiveAgent(tx: Tx, environment: string): Promise<boolean> {
  const rows = await tx.sql(`select 1 from deploy_agents a where a.environment = $1 and ${AGENT_IS_LIVE} limit 1`, [
    environment,
  ]);
  return rows.length > 0;
}

/** At most 100, the ones heard last first. */
export async function readAgents(
  run: Database['read'],
  filter: { environment: string | null; id: string | null },
): Promise<DeployAgentRow[]> {
  const rows = await run<DeployAgentRow>(
    `select a.id, a.environment, a.name, a.version, a.heartbeat_at as "heartbeatAt", ${AGENT_IS_LIVE} as live
     from deploy_agents a
     where ($1::text is null or a.environment = $1) and ($2::uuid is null or a.id = $2)
     order by a.heartbeat_at desc, a.id limit 100`,
    [filter.environment, filter.id],
  );
  return rows.map((row) => ({ ...row, heartbeatAt: parseInstant(row.heartbeatAt) ?? row.heartbeatAt }));
}
