import { AppError, badInput } from '../kernel/errors.js';
import { mapAll } from '../kernel/faults.js';
import { translate } from '../kernel/translate.js';
import type { Language } from '../kernel/viewer.js';
import type { Tx } from './db/transact.js';
import { faultsOf, type InputFault } from './graphql/user-error.js';
import { withIdempotencyKey } from './idempotency.js';
import { msg } from '../kernel/message.js';

export type ErrorPolicy = 'IGNORE_FAILED' | 'REJECT_EVERYTHING';

/** What became of one row of a bulk; REJECTED: the row was good, and another one was not. */
export interface BulkRowResult {
  index: number;
  outcome: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'FAILED' | 'REJECTED';
  id?: string | null;
  code?: string | null;
  message?: string | null;
  field?: string | null;
  faults?: InputFault[] | null;
}

export interface BulkUpserted {
  rows: BulkRowResult[];
  replayed: boolean;
}

/** A row that was created, changed to the input, or equal already. */
export type UpsertedRow = Pick<BulkRowResult, 'outcome' | 'id'>;

export interface Bulk<Row> {
  /** The name of the mutation: idempotency keys belong to it. */
  operation: string;
  rows: readonly Row[];
  errorPolicy: ErrorPolicy;
  idempotencyKey: string;
  /** What distinguishes the rows; the same key twice in one bulk is refused. */
  keyOf(row: Row): string;
  upsert(tx: Tx, row: Row): Promise<UpsertedRow>;
  /** Of whoever reads why a row failed. */
  language: Language;
}

const MAX_ROWS = 200;

/** Rolls back the Tx of a bulk that must not be half done; holds what each row would have become. */
class BulkRejected extends Error {
  constructor(readonly rows: BulkRowResult[]) {
    super('A row of the bulk failed.');
  }
}

function failed(error: unknown, index: number, language: Language): BulkRowResult {
  if (!(error instanceof AppError)) throw error;
  const { code, sentence, field = null } = error;
  const message = translate(sentence, language);
  return { index, outcome: 'FAILED', code, message, field, faults: faultsOf(error, language) };
}

function assertDifferent(keys: readonly string[]): void {
  const first = new Map<string, number>();
  mapAll(keys, (key, index) => {
    const earlier = first.get(key);
    if (earlier !== undefined) throw badInput('rows', msg`Row ${index + 1} is the same as row ${earlier + 1}.`);
    first.set(key, index);
  });
}

/**
 * Makes or changes rows by their natural key. IGNORE_FAILED: each row is a Tx of its own, and an invalid one fails
 * alone. REJECT_EVERYTHING: one Tx; when a row fails nothing is written, and every row answers what it would have met.
 * The same key answers the same rows again. Throws BAD_INPUT (no rows, more than 200, a row twice),
 * IDEMPOTENCY_MISMATCH.
 */
export async function runBulk<Row>(
  transact: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  bulk: Bulk<Row>,
): Promise<BulkUpserted> {
  const { rows, errorPolicy, idempotencyKey: key, operation } = bulk;
  if (rows.length === 0 || rows.length > MAX_ROWS) throw badInput('rows', msg`Give 1 to ${MAX_ROWS} rows.`);
  assertDifferent(rows.map((row) => bulk.keyOf(row)));
  if (errorPolicy === 'REJECT_EVERYTHING') {
    try {
      const { answer, replayed } = await transact((tx) =>
        withIdempotencyKey(tx, { operation, key, input: [errorPolicy, rows] }, () => upsertAll(tx, bulk)),
      );
      return { rows: answer, replayed };
    } catch (error) {
      if (error instanceof BulkRejected) return { rows: error.rows, replayed: false };
      throw error;
    }
  }
  // The key stands for all rows: another input is refused before the first of them is touched.
  const { replayed } = await transact((tx) =>
    withIdempotencyKey(tx, { operation, key, input: [errorPolicy, rows] }, () => Promise.resolve(null)),
  );
  const results: BulkRowResult[] = [];
  for (const [index, row] of rows.entries()) {
    try {
      const { answer } = await transact((tx) =>
        withIdempotencyKey(tx, { operation: `${operation}.${index}`, key, input: row }, () => bulk.upsert(tx, row)),
      );
      results.push({ index, ...answer });
    } catch (error) {
      results.push(failed(error, index, bulk.language));
    }
  }
  return { rows: results, replayed };
}

async function upsertAll<Row>(tx: Tx, { rows, upsert, language }: Bulk<Row>): Promise<BulkRowResult[]> {
  const results: BulkRowResult[] = [];
  for (const [index, row] of rows.entries()) {
    try {
      results.push({ index, ...(await upsert(tx, row)) });
    } catch (error) {
      results.push(failed(error, index, language));
    }
  }
  if (results.some((result) => result.outcome === 'FAILED')) {
    const rejected = ({ index }: BulkRowResult): BulkRowResult => ({ index, outcome: 'REJECTED' });
    throw new BulkRejected(results.map((result) => (result.outcome === 'FAILED' ? result : rejected(result))));
  }
  return results;
}
