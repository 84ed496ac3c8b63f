import { isoTime, type Clock } from './clock.js';
import { reasonOf } from './http.js';
import type { Journal, JournalEntry } from './journal.js';
import { RecordRefused, type RecordApi } from './record-api.js';
import type { Run } from './state.js';
import type { Evidence } from './step.js';

export interface StatusRecord {
  step?: string;
  message: string | null;
  durationMs?: number;
  evidence?: Evidence;
}

export interface MetricsSample {
  sequence: number;
  requests: number;
  serverErrors: number;
  latencyP95Ms: number | null;
  poolUsed: number | null;
  poolSize: number | null;
  poolWaiting: number | null;
  logErrors: number;
}

/**
 * Tells the server's record what happens. The API that keeps the record is the very thing that is deployed, so it may be
 * away: everything goes to the journal first and is sent when it can be. Nothing here fails or delays a deployment.
 */
export interface Recorder {
  start(run: Run): void;
  /** Goes on with a run that a former process began to record. */
  resume(run: Run): void;
  status(run: Run, status: string, about: StatusRecord): void;
  log(run: Run, line: string): void;
  heartbeat(run: Run, metrics?: MetricsSample): void;
  /** What the server's own watch finds wrong with the release; empty also when it cannot be asked. */
  breaches(run: Run): Promise<readonly string[]>;
  /** The last sequence of a run that went to the journal. */
  lastSequence(runId: string): number;
  /** Sends what is left, within a limit of time. */
  flush(): Promise<void>;
  /** Called when the server gave the deployment to another agent. */
  onFenceLost(listener: () => void): void;
}

export interface RecorderOptions {
  journal: Journal;
  /** Null: nothing is recorded beyond the journal. */
  api: RecordApi | null;
  clock: Clock;
  watchSeconds: number;
  /** At most so long does `flush` wait. */
  flushMs: number;
  warn(line: string): void;
}

const LOG_BATCH = 200;

const trimmed = (evidence: Evidence): Record<string, unknown> => ({
  ...(evidence.logLines ? { logLines: evidence.logLines.slice(-100).map((line) => line.slice(0, 1000)) } : {}),
  ...(evidence.health ? { health: evidence.health.slice(0, 4000) } : {}),
  ...(evidence.backupId ? { backupId: evidence.backupId } : {}),
  ...(evidence.smoke ? { smoke: evidence.smoke.slice(0, 50) } : {}),
});

export function createRecorder(options: RecorderOptions): Recorder {
  const { journal, api, clock, flushMs, warn } = options;
  const refusedRuns = new Set<string>();
  const fences = new Map<string, number | null>();
  let fenceLost: () => void = () => undefined;
  let sending: Promise<void> | null = null;
  let warned = '';

  const warnOnce = (line: string): void => {
    if (line !== warned) warn(line);
    warned = line;
  };

  const send = async (entry: JournalEntry, rest: readonly JournalEntry[]): Promise<number> => {
    const fence = fences.get(entry.runId) ?? null;
    if (api === null) return 0;
    switch (entry.op) {
      case 'start':
        await api.call('start', { input: entry.input });
        return 1;
      case 'status':
        await api.call('status', { ...entry.variables, fence });
        return 1;
      case 'log': {
        const lines = batchOf(entry, rest);
        await api.call('log', { id: entry.runId, fromLine: entry.line, lines, fence });
        return lines.length;
      }
    }
  };

  /** The number of entries that are settled by a refusal; 0: try again another time. */
  const settle = (entry: JournalEntry, error: RecordRefused): number => {
    if (error.kind === 'later') {
      warnOnce(`The record is not written for now: ${error.message}`);
      return 0;
    }
    if (error.type === 'FenceLostError') fenceLost();
    if (entry.op === 'status' && error.expectedSequence !== null) {
      if (journal.rewind(entry.runId, error.expectedSequence)) return -1;
    }
    if (entry.op !== 'log') refusedRuns.add(entry.runId);
    warnOnce(`The record refuses ${entry.op} of ${entry.runId}: ${error.type} ${error.message}`);
    return 1;
  };

  const drain = async (): Promise<void> => {
    for (;;) {
      const entries = journal.unsent();
      const [entry] = entries;
      if (!entry || api === null) return;
      if (refusedRuns.has(entry.runId)) {
        journal.markSent(1);
        continue;
      }
      try {
        journal.markSent(await send(entry, entries));
        warned = '';
      } catch (error) {
        if (!(error instanceof RecordRefused)) return warnOnce(`The record cannot be reached: ${reasonOf(error)}`);
        const settled = settle(entry, error);
        if (settled === 0) return;
        if (settled > 0) journal.markSent(settled);
      }
    }
  };

  const push = (): Promise<void> => {
    sending ??= drain().finally(() => {
      sending = null;
    });
    return sending;
  };

  const append = (entry: JournalEntry): void => {
    try {
      journal.append(entry);
    } catch (error) {
      warnOnce(`The journal takes no more: ${reasonOf(error)}`);
    }
    push().catch((error: unknown) => warnOnce(`The journal cannot be kept: ${reasonOf(error)}`));
  };

  return {
    start(run) {
      fences.set(run.id, run.fence);
      // A request of the record exists there already, and the agent has taken it.
      if (run.fence !== null) return;
      append({ runId: run.id, op: 'start', input: startInput(run, options.watchSeconds) });
    },
    resume(run) {
      fences.set(run.id, run.fence);
      // Killed before the first line reached the journal.
      if (run.fence === null && !journal.knows(run.id)) this.start(run);
      void push();
    },
    status(run, status, { step, message, durationMs, evidence }) {
      fences.set(run.id, run.fence);
      append({
        runId: run.id,
        op: 'status',
        sequence: run.sequence,
        variables: {
          id: run.id,
          sequence: run.sequence,
          status,
          message,
          step: step ?? null,
          durationMs: durationMs ?? null,
          evidence: evidence ? trimmed(evidence) : null,
          recordedAt: isoTime(clock.nowMs()),
        },
      });
    },
    log(run, text) {
      append({ runId: run.id, op: 'log', line: journal.lastLine(run.id) + 1, text: text.slice(0, 2000) });
    },
    heartbeat(run, metrics) {
      const call = api?.call('heartbeat', { id: run.id, fence: run.fence, metrics: metrics ?? null });
      call?.catch((error: unknown) => {
        if (error instanceof RecordRefused && error.type === 'FenceLostError') fenceLost();
      });
    },
    async breaches(run) {
      if (api === null) return [];
      try {
        const watch = await api.call<{ state: string; breaches: readonly { message: string }[] }>('watch', {
          id: run.id,
        });
        return watch.state === 'BREACHED' ? watch.breaches.map(({ message }) => message) : [];
      } catch {
        return [];
      }
    },
    lastSequence: (runId) => journal.lastSequence(runId),
    async flush() {
      const deadline = new AbortController();
      const late = clock.sleep(flushMs, deadline.signal);
      // One that was under way may have passed the last entry already.
      await Promise.race([push().then(push), late]).catch(() => undefined);
      deadline.abort();
    },
    onFenceLost(listener) {
      fenceLost = listener;
    },
  };
}

function startInput(run: Run, watchSeconds: number): Record<string, unknown> {
  return {
    id: run.id,
    environment: run.environment,
    version: run.release.version,
    commit: run.release.commit,
    slot: run.slot.toUpperCase(),
    kind: run.kind,
    trigger: run.trigger,
    reason: run.reason?.slice(0, 500) ?? null,
    restoresId: run.restoresId,
    watchSeconds,
  };
}

/** The texts of the lines that follow each other from the first entry on. */
function batchOf(first: JournalEntry, entries: readonly JournalEntry[]): string[] {
  const lines: string[] = [];
  for (const entry of entries) {
    if (entry.op !== 'log' || entry.runId !== first.runId || lines.length >= LOG_BATCH) break;
    lines.push(entry.text);
  }
  return lines;
}
