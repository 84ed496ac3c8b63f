import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { readJson, writeAtomically } from './files.js';

export type JournalEntry =
  | { runId: string; op: 'start'; input: Record<string, unknown> }
  | { runId: string; op: 'status'; sequence: number; variables: Record<string, unknown> }
  | { runId: string; op: 'log'; line: number; text: string };

/**
 * What the record has to be told, in order, one JSON line each: flushed to disk before the deployment goes on, sent when
 * the API answers, which may be after the release that broke it has gone.
 */
export interface Journal {
  append(entry: JournalEntry): void;
  /** From the first that is not sent. */
  unsent(): readonly JournalEntry[];
  markSent(count: number): void;
  /** Makes entries of a run that were sent already due again, from this sequence; false when the journal lacks it. */
  rewind(runId: string, sequence: number): boolean;
  knows(runId: string): boolean;
  lastSequence(runId: string): number;
  lastLine(runId: string): number;
}

const COMPACT_AT = 2000;

export function createJournal(stateDir: string): Journal {
  mkdirSync(stateDir, { recursive: true });
  const file = path.join(stateDir, 'journal.jsonl');
  const sentFile = path.join(stateDir, 'journal.sent.json');

  // A deployer that was killed while it wrote leaves half a line: that entry was never promised to anybody.
  const read = (): JournalEntry[] => {
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n');
    const whole = lines.slice(0, -1);
    if (lines.at(-1) !== '') writeAtomically(file, whole.map((line) => `${line}\n`).join(''));
    return whole.map((line) => JSON.parse(line) as JournalEntry);
  };
  const entries = read();
  let sent = Math.min(readJson<{ sent: number }>(sentFile)?.sent ?? 0, entries.length);
  const saveSent = (): void => writeAtomically(sentFile, JSON.stringify({ sent }));

  return {
    append(entry) {
      if (sent === entries.length && entries.length >= COMPACT_AT && entry.op === 'start') {
        rmSync(file, { force: true });
        entries.length = 0;
        sent = 0;
        saveSent();
      }
      // In memory first: a disk that takes no more lines does not keep this process from telling them.
      entries.push(entry);
      const handle = openSync(file, 'a', 0o640);
      try {
        writeSync(handle, `${JSON.stringify(entry)}\n`);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    },
    unsent: () => entries.slice(sent),
    markSent(count) {
      sent = Math.min(sent + count, entries.length);
      saveSent();
    },
    rewind(runId, sequence) {
      const index = entries.findIndex(
        (entry) => entry.runId === runId && entry.op === 'status' && entry.sequence === sequence,
      );
      if (index < 0 || index >= sent) return false;
      sent = index;
      saveSent();
      return true;
    },
    knows: (runId) => entries.some((entry) => entry.runId === runId),
    lastSequence: (runId) =>
      entries.reduce(
        (last, entry) => (entry.runId === runId && entry.op === 'status' ? Math.max(last, entry.sequence) : last),
        0,
      ),
    lastLine: (runId) =>
      entries.reduce(
        (last, entry) => (entry.runId === runId && entry.op === 'log' ? Math.max(last, entry.line) : last),
        0,
      ),
  };
}
