import { badInput } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { outOfOrder } from './deployment-errors.js';
import { deploymentLogAppended } from './deployment.events.js';
import { insertLogLines, insertMetrics, type MetricsSample } from './deployment-log.queries.js';
import { assertFence, heard, lockDeployment } from './deployment.service.js';
import { recordedText } from './evidence.js';
import { msg } from '../kernel/message.js';

export const MAX_LOG_BATCH = 200;
export const MAX_LOG_LINES = 20_000;
const LINE_CHARS = 1000;

export interface LogRecorded {
  nextLine: number;
  stored: number;
  dropped: number;
  replayed: boolean;
}

/**
 * Appends log lines by their number, counted from 1: known lines stay as they are, a gap is OUT_OF_ORDER with the line
 * that comes next. Lines above the bound of a deployment are dropped and counted in the answer.
 */
export const recordDeploymentLog = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'OUT_OF_ORDER', 'FENCE_LOST'],
  async (
    tx: Tx,
    input: { id: string; fromLine: number; lines: readonly string[]; fence: number | null },
  ): Promise<LogRecorded> => {
    const { fromLine, lines } = input;
    const [, , deployment] = await checkAll(
      () => {
        if (fromLine < 1) throw badInput('fromLine', msg`Lines are counted from 1.`);
      },
      () => {
        if (lines.length > 0 && lines.length <= MAX_LOG_BATCH) return;
        throw badInput('lines', msg`Give 1 to ${MAX_LOG_BATCH} lines.`, { maximum: MAX_LOG_BATCH });
      },
      () => lockDeployment(tx, input.id),
    );
    assertFence(deployment, input);
    if (fromLine > deployment.lastLogLine + 1 && deployment.lastLogLine < MAX_LOG_LINES) {
      throw outOfOrder('fromLine', deployment.lastLogLine + 1);
    }
    const space = Math.max(0, MAX_LOG_LINES - fromLine + 1);
    const kept = lines.slice(0, space).map((line) => recordedText(line, LINE_CHARS));
    const stored = kept.length === 0 ? 0 : await insertLogLines(tx, deployment.id, fromLine, kept);
    await heard(tx, deployment, null);
    const toLine = fromLine + kept.length - 1;
    if (stored > 0) {
      const { environment } = deployment;
      tx.emit(deploymentLogAppended(deployment.id, { environment, fromLine: toLine - stored + 1, toLine }));
    }
    return {
      nextLine: Math.max(deployment.lastLogLine, toLine) + 1,
      stored,
      dropped: lines.length - kept.length,
      replayed: stored === 0 && kept.length > 0,
    };
  },
);

/** The deployer is alive; a sample of metrics may come along, known by its sequence. */
export const recordDeploymentHeartbeat = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'FENCE_LOST'],
  async (tx: Tx, input: { id: string; fence: number | null; metrics: MetricsSample | null }): Promise<string> => {
    const { metrics } = input;
    const [deployment] = await checkAll(
      () => lockDeployment(tx, input.id),
      () => metrics && assertSample(metrics),
    );
    assertFence(deployment, input);
    if (metrics) await insertMetrics(tx, deployment.id, metrics);
    await heard(tx, deployment, null);
    return deployment.id;
  },
);

function assertSample(sample: MetricsSample): void {
  const values = Object.entries(sample) as [string, number | null][];
  assertAll(
    () => {
      if (sample.sequence < 1) throw badInput('metrics.sequence', msg`Samples are counted from 1.`);
    },
    ...values.map(([field, value]) => () => {
      if (field !== 'sequence' && value !== null && (value < 0 || !Number.isFinite(value))) {
        throw badInput(`metrics.${field}`, msg`It cannot be negative.`);
      }
    }),
    () => {
      const { requests, serverErrors } = sample;
      if (serverErrors <= requests) return;
      throw badInput('metrics.serverErrors', msg`There are ${serverErrors} errors and only ${requests} requests.`);
    },
  );
}
