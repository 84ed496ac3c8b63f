import { percentileOf, startNeighbour } from '../bench/neighbour.js';
import { runCampaign, type CampaignResult, type Fault } from './campaign.js';
import type { Stage } from './stage.js';

/** A campaign with what it did to memory and to somebody else. */
export interface Measured {
  sent: number;
  faults: Fault[];
  /** Live bytes that the requests behind the warm-up have added. */
  grown: { heap: number; buffers: number };
  /** What a second user's light query took, in milliseconds. */
  waits: { p50: number; p99: number; most: number; count: number };
  /** Answers to the second user that were no answers. */
  failures: string[];
  spent: Map<string, number>;
  heaviest: CampaignResult['heaviest'];
  summary: string;
}

export interface MeasuredOptions {
  seed: number;
  /** Requests that fill the caches before memory is looked at. */
  warmUp: number;
  requests: number;
  concurrency: number;
  /** Called after each part with how many were sent. */
  onPart?(sent: number): void;
}

const PART = 10_000;
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

export async function measureCampaign(stage: Stage, options: MeasuredOptions): Promise<Measured> {
  const { seed, concurrency, warmUp, requests } = options;
  const neighbour = startNeighbour({
    port: stage.server.port,
    token: stage.neighbourToken(),
    address: '10.255.0.1',
    query: '{ products(first: 1) { nodes { id } } }',
    pauseMs: 50,
  });
  const parts: CampaignResult[] = [];
  const run = async (from: number, to: number): Promise<void> => {
    for (let begin = from; begin < to && stage.server.ended() === null; begin += PART) {
      parts.push(await runCampaign(stage, { seed, from: begin, to: Math.min(to, begin + PART), concurrency }));
      options.onPart?.(Math.min(to, begin + PART));
    }
  };
  // Looking at the memory collects all garbage, which stops the process; that is no wait that a request has caused.
  const memory = () => neighbour.aside(() => stage.server.memory());
  try {
    await run(0, warmUp);
    const before = await memory();
    await run(warmUp, requests);
    const after = await memory();
    const { latencies, failures } = await neighbour.collect();
    const statuses: Record<string, number> = {};
    const spent = new Map<string, number>();
    for (const part of parts) {
      for (const [status, count] of Object.entries(part.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
      for (const [family, ms] of part.spent) spent.set(family, (spent.get(family) ?? 0) + ms);
    }
    const sent = parts.reduce((sum, part) => sum + part.sent, 0);
    const waits = {
      p50: percentileOf(latencies, 0.5),
      p99: percentileOf(latencies, 0.99),
      most: latencies.at(-1) ?? 0,
      count: latencies.length,
    };
    return {
      sent,
      faults: parts.flatMap((part) => part.faults),
      grown: { heap: after.heap - before.heap, buffers: after.buffers - before.buffers },
      waits,
      failures,
      spent,
      heaviest: parts.flatMap((part) => part.heaviest).sort((a, b) => b.cpuMs - a.cpuMs),
      summary:
        `seed ${seed}: ${sent} sent, ${JSON.stringify(statuses)}; heap ${megabytes(before.heap)} -> ${megabytes(after.heap)} MB, ` +
        `buffers ${megabytes(before.buffers)} -> ${megabytes(after.buffers)} MB; a second user waited p50 ${waits.p50.toFixed(1)}, ` +
        `p99 ${waits.p99.toFixed(1)}, at most ${waits.most.toFixed(1)} ms over ${waits.count} queries\n`,
    };
  } finally {
    neighbour.stop();
  }
}
