import { fork } from 'node:child_process';
import path from 'node:path';
import type { ProbeOrder, ProbeReport } from './neighbour-probe.js';

/** The second user's process, started and asked from here. */
export interface Neighbour {
  /** What was measured since the last time; sorted. */
  collect(): Promise<ProbeReport>;
  /** Runs the work while nobody asks, for work that stops the server by itself. */
  aside<T>(work: () => Promise<T>): Promise<T>;
  stop(): void;
}

const PROBE = path.resolve('dist/test/bench/neighbour-probe.js');

export function startNeighbour(order: ProbeOrder): Neighbour {
  const child = fork(PROBE, { env: { PATH: process.env['PATH'] } });
  child.send({ start: order });
  return {
    async collect() {
      const answer = new Promise<ProbeReport>((resolve) =>
        child.once('message', (report) => resolve(report as ProbeReport)),
      );
      child.send('collect');
      const report = await answer;
      return {
        ...report,
        latencies: report.latencies.sort((a, b) => a - b),
        accepted: report.accepted.sort((a, b) => a - b),
      };
    },
    async aside(work) {
      const paused = new Promise((resolve) => child.once('message', resolve));
      child.send('pause');
      await paused;
      try {
        return await work();
      } finally {
        child.send('resume');
      }
    },
    stop: () => void child.kill(),
  };
}

export const percentileOf = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
