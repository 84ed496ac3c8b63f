import { inventoryDetail } from '../../src/simulator/item-body.js';
import { sign } from '../../src/simulator/webhooks.js';
import { seededRandom, type SimulatedItem } from '../../src/simulator/company.js';
import type { Cluster } from './cluster.js';

/**
 * Sends versions of items as signed webhooks, out of order and doubled, and resends each until it is acknowledged; each
 * version has its own price, so that every effect can be told apart afterwards.
 */
export interface Traffic {
  acknowledged: Set<string>;
  duplicates: number;
  resent: number;
  /** Item id -> the greatest version sent. */
  newest: Map<string, number>;
  done: Promise<void>;
}

const BASE_MS = Date.UTC(2026, 0, 1);
export const priceOf = (version: number): number => 10 + version / 100;

export function sendTraffic(
  cluster: Cluster,
  options: { versions: number; senders: number; seed: number; stop?: () => boolean; pauseMs?: number },
): Traffic {
  const random = seededRandom(options.seed);
  const items = cluster.simulator.items().slice();
  // Below every version's price: a run that lists the items first is no step backwards.
  for (const item of items) item.rate = 1;
  const traffic: Traffic = {
    acknowledged: new Set(),
    duplicates: 0,
    resent: 0,
    newest: new Map(),
    done: Promise.resolve(),
  };
  const queue: { item: SimulatedItem; version: number }[] = [];
  for (let version = 1; version <= options.versions; version += 1)
    for (const item of items) queue.push({ item, version });
  // Shuffled within a window, so that late versions overtake early ones.
  for (let index = queue.length - 1; index > 0; index -= 1) {
    const other = Math.max(0, index - Math.floor(random() * items.length * 2));
    [queue[index], queue[other]] = [queue[other] as never, queue[index] as never];
  }
  let next = 0;

  const body = (item: SimulatedItem, version: number): string =>
    JSON.stringify({
      item: inventoryDetail(
        { ...item, rate: priceOf(version), modifiedMs: BASE_MS + version * 1000 },
        cluster.simulator.switches,
      ),
    });

  const deliver = async (text: string): Promise<void> => {
    const query = new URLSearchParams({ event: 'edited' });
    const signature = sign(cluster.webhookSecret, query, null, text, 'hex');
    for (;;) {
      try {
        const response = await fetch(`${cluster.apiUrl}/api/zoho/webhooks/products?event=edited`, {
          method: 'POST',
          body: text,
          headers: { 'Content-Type': 'application/json', 'X-Zoho-Webhook-Signature': signature },
          signal: AbortSignal.timeout(8000),
        });
        const answer = (await response.json()) as { event_id: string; status: string };
        if (response.status === 202) {
          traffic.acknowledged.add(answer.event_id);
          if (answer.status === 'duplicate') traffic.duplicates += 1;
          return;
        }
        if (response.status !== 503) throw new Error(`Unexpected answer ${response.status}: ${JSON.stringify(answer)}`);
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('Unexpected')) throw error;
      }
      traffic.resent += 1;
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.floor(random() * 100)));
    }
  };

  const sender = async (): Promise<void> => {
    for (;;) {
      const one = queue[next];
      next += 1;
      if (!one || options.stop?.()) return;
      traffic.newest.set(one.item.itemId, Math.max(traffic.newest.get(one.item.itemId) ?? 0, one.version));
      const text = body(one.item, one.version);
      await deliver(text);
      if (random() < 0.05) await deliver(text);
      if (options.pauseMs) await new Promise((resolve) => setTimeout(resolve, options.pauseMs));
    }
  };
  traffic.done = Promise.all(Array.from({ length: options.senders }, sender)).then(() => undefined);
  return traffic;
}

export interface Findings {
  lost: number;
  storedTwice: number;
  effectsTwice: number;
  orderViolations: number;
  wrongFinal: number;
  stuck: number;
  logGaps: number;
}

export const NO_FINDINGS: Findings = {
  lost: 0,
  storedTwice: 0,
  effectsTwice: 0,
  orderViolations: 0,
  wrongFinal: 0,
  stuck: 0,
  logGaps: 0,
};

export async function waitUntilDrained(cluster: Cluster, limitMs: number): Promise<void> {
  await cluster.until<{ open: string }>(
    'an empty queue',
    `select (select count(*) from tds_sync_queue where status in ('pending', 'processing', 'failed'))
       + (select count(*) from event_outbox) as open`,
    ([row]) => row?.open === '0',
    limitMs,
  );
}

/** Compares what was acknowledged with what the database holds. */
export async function examine(cluster: Cluster, traffic: Traffic): Promise<Findings> {
  const inbox = await cluster.sql<{ event_id: string; status: string }>(
    'select event_id, status from tds_inbox_events',
  );
  const stored = new Set(inbox.map((row) => row.event_id));
  const products = await cluster.sql<{ external_ref: string; base_price_usd: string }>(
    'select external_ref, base_price_usd from products',
  );
  const prices = new Map(products.map((row) => [row.external_ref, Number(row.base_price_usd)]));
  const audit = await cluster.sql<{ entity_id: string; before: string | null; after: string | null }>(
    `select a.entity_id, a.changes -> 'basePriceUsd' ->> 0 as before, a.changes -> 'basePriceUsd' ->> 1 as after
     from audit_log a where a.entity_type = 'Product' and a.changes ? 'basePriceUsd' order by a.at, a.id`,
  );
  const seen = new Map<string, number[]>();
  for (const row of audit) seen.set(row.entity_id, [...(seen.get(row.entity_id) ?? []), Number(row.after)]);
  const [stuck] = await cluster.sql<{ count: string }>(
    `select (select count(*) from tds_sync_queue where status <> 'completed')
       + (select count(*) from tds_inbox_events where status <> 'completed') as count`,
  );
  if (Number(stuck?.count) > 0) {
    const rows = await cluster.sql(
      `select 'queue' as what, kind || ' ' || lane as which, status, lost_count, retry_count, error_code from tds_sync_queue
       where status <> 'completed'
       union all select 'inbox', entity_type || ' ' || entity_id, status, null, duplicate_count, outcome from tds_inbox_events
       where status <> 'completed'`,
    );
    process.stdout.write(`stuck: ${JSON.stringify(rows)}\n`);
  }
  const [log] = await cluster.sql<{ gaps: string }>(
    `select (select seq from event_head) - (select count(*) from event_log) as gaps`,
  );
  const histories = [...seen.values()];
  return {
    lost: [...traffic.acknowledged].filter((id) => !stored.has(id)).length,
    storedTwice: inbox.length - stored.size,
    effectsTwice: histories.reduce((sum, values) => sum + values.length - new Set(values).size, 0),
    orderViolations: histories.reduce(
      (sum, values) => sum + values.filter((value, index) => index > 0 && value < (values[index - 1] as number)).length,
      0,
    ),
    wrongFinal: [...traffic.newest].filter(([id, version]) => prices.get(id) !== priceOf(version)).length,
    stuck: Number(stuck?.count ?? -1),
    logGaps: Number(log?.gaps ?? -1),
  };
}
