import { Branch } from '../organisation/branch.entity.js';
import { takeDocumentNumber } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';

export type NumberPrefix = 'SO' | 'SH' | 'INV' | 'PAY' | 'CN' | 'RF' | 'BILL' | 'PM' | 'PO' | 'GR' | 'VC' | 'CT' | 'EX';

/**
 * Gap-free within prefix and branch, e.g. INV-HQ-000001; given back with the Tx. The row of the sequence stays locked
 * until the commit, so it is the last lock that a command takes.
 */
export async function nextDocumentNumber(tx: Tx, prefix: NumberPrefix, branchId: string): Promise<string> {
  const branch = await tx.em.findOneOrFail(Branch, branchId);
  const number = await takeDocumentNumber(tx.sql, prefix, branchId);
  return `${prefix}-${branch.code}-${String(number).padStart(6, '0')}`;
}
