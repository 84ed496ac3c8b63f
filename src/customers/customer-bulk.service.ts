import { AppError, badInput } from '../kernel/errors.js';
import type { Tx } from '../platform/db/transact.js';
import { once } from '../platform/idempotency.js';
import { currentPhase } from '../platform/settings.js';
import { Customer } from './customer.entity.js';
import { createCustomer, updateCustomer, type CustomerPatch } from './customer.service.js';

export type ErrorPolicy = 'IGNORE_FAILED' | 'REJECT_EVERYTHING';

export interface BulkRowResult {
  index: number;
  outcome: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'FAILED' | 'REJECTED';
  id?: string | null;
  code?: string | null;
  message?: string | null;
  field?: string | null;
}

export interface BulkUpserted {
  rows: BulkRowResult[];
  replayed: boolean;
}

export interface UpsertRow extends CustomerPatch {
  code: string;
  name: string;
}

const MAX_ROWS = 200;

/** Ends the Tx of a bulk that may not be half done, with what each row would have become. */
class BulkRejected extends Error {
  constructor(readonly rows: BulkRowResult[]) {
    super('A row of the bulk failed.');
  }
}

async function upsertRow(tx: Tx, row: UpsertRow, index: number): Promise<BulkRowResult> {
  const { code, ...patch } = row;
  const known = await tx.em.findOne(Customer, { code });
  if (!known) {
    const made = await createCustomer(tx, row);
    await tx.em.flush();
    return { index, outcome: 'CREATED', id: made.id };
  }
  const { version } = known;
  await updateCustomer(tx, { id: known.id, version, patch }, await currentPhase(tx.sql));
  await tx.em.flush();
  return { index, outcome: known.version === version ? 'UNCHANGED' : 'UPDATED', id: known.id };
}

function failed(error: unknown, index: number): BulkRowResult {
  if (!(error instanceof AppError)) throw error;
  return { index, outcome: 'FAILED', code: error.code, message: error.message, field: error.field ?? null };
}

/**
 * Makes or changes customers by their code. IGNORE_FAILED: each row is a Tx of its own, and an odd one falls alone.
 * REJECT_EVERYTHING: one Tx; when a row fails nothing is written, and every row tells what it would have met. The same key
 * answers the same rows again. Throws BAD_INPUT (no rows, more than 200, a code twice), IDEMPOTENCY_MISMATCH.
 */
export async function upsertCustomers(
  transact: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  input: { rows: readonly UpsertRow[]; errorPolicy: ErrorPolicy; idempotencyKey: string },
): Promise<BulkUpserted> {
  const { rows, errorPolicy, idempotencyKey: key } = input;
  if (rows.length === 0 || rows.length > MAX_ROWS) throw badInput('rows', `Give 1 to ${MAX_ROWS} rows.`);
  if (new Set(rows.map((row) => row.code)).size < rows.length) throw badInput('rows', 'A code is given twice.');
  if (errorPolicy === 'REJECT_EVERYTHING') {
    try {
      const { answer, replayed } = await transact((tx) =>
        once(tx, { operation: 'upsertCustomers', key, input: [errorPolicy, rows] }, () => upsertAll(tx, rows)),
      );
      return { rows: answer, replayed };
    } catch (error) {
      if (error instanceof BulkRejected) return { rows: error.rows, replayed: false };
      throw error;
    }
  }
  // The key stands for all rows: another input is refused before the first of them is touched.
  const { replayed } = await transact((tx) =>
    once(tx, { operation: 'upsertCustomers', key, input: [errorPolicy, rows] }, () => Promise.resolve(null)),
  );
  const results: BulkRowResult[] = [];
  for (const [index, row] of rows.entries()) {
    try {
      const { answer } = await transact((tx) =>
        once(tx, { operation: `upsertCustomers.${index}`, key, input: row }, () => upsertRow(tx, row, index)),
      );
      results.push(answer);
    } catch (error) {
      results.push(failed(error, index));
    }
  }
  return { rows: results, replayed };
}

async function upsertAll(tx: Tx, rows: readonly UpsertRow[]): Promise<BulkRowResult[]> {
  const results: BulkRowResult[] = [];
  for (const [index, row] of rows.entries()) {
    try {
      results.push(await upsertRow(tx, row, index));
    } catch (error) {
      results.push(failed(error, index));
    }
  }
  if (results.some((result) => result.outcome === 'FAILED')) {
    const rejected = ({ index }: BulkRowResult): BulkRowResult => ({ index, outcome: 'REJECTED' });
    throw new BulkRejected(results.map((result) => (result.outcome === 'FAILED' ? result : rejected(result))));
  }
  return results;
}
