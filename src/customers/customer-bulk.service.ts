import type { UpsertedRow } from '../platform/bulk.js';
import type { Tx } from '../platform/db/transact.js';
import { currentPhase } from '../platform/settings.js';
import { Customer } from './customer.entity.js';
import { createCustomer, updateCustomer, type CustomerPatch } from './customer.service.js';

export interface UpsertCustomerRow extends CustomerPatch {
  code: string;
  name: string;
}

/** Makes a customer, or changes the one with this code. Throws what creating and changing one throw. */
export async function upsertCustomerByCode(tx: Tx, row: UpsertCustomerRow): Promise<UpsertedRow> {
  const { code, ...patch } = row;
  const known = await tx.em.findOne(Customer, { code });
  if (!known) {
    const made = await createCustomer(tx, row);
    await tx.em.flush();
    return { outcome: 'CREATED', id: made.id };
  }
  const { version } = known;
  await updateCustomer(tx, { id: known.id, version, patch }, await currentPhase(tx.sql));
  await tx.em.flush();
  return { outcome: known.version === version ? 'UNCHANGED' : 'UPDATED', id: known.id };
}
