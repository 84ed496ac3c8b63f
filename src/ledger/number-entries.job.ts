import type { Services } from '../platform/module.js';
import { done, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { journalNewest, numberEntries } from './journal.queries.js';

/** Balances are exact without it, as reads add what waits; it keeps what waits small. */
export const numberEntriesSchedule: Schedule = {
  name: 'number-entries',
  everySeconds: 10,
  job: { kind: 'number-entries', jobKey: 'number-entries', priority: 3 },
};

const BATCH = 1000;

/** Gives entries of the journal their numbers, and keeps the balances of days. */
export function numberEntriesJob({ db }: Services): JobHandler {
  return {
    kind: 'number-entries',
    async run({ signal }) {
      let numbered = 0;
      for (let last = BATCH; last === BATCH && !signal.aborted; numbered += last) {
        last = await numberEntries(db.read, BATCH);
      }
      return done(numbered > 0 ? 'applied' : 'unchanged');
    },
  };
}

export const journalNewestSchedule: Schedule = {
  name: 'journal-newest',
  everySeconds: 3600,
  job: { kind: 'journal-newest', jobKey: 'journal-newest', priority: 9 },
};

const NEWEST = 20_000;

/** Journals what a release without the journal posted to the customer ledger while it was being replaced. */
export function journalNewestJob({ db }: Services): JobHandler {
  return {
    kind: 'journal-newest',
    async run() {
      return done((await journalNewest(db.read, NEWEST)) > 0 ? 'applied' : 'unchanged');
    },
  };
}
