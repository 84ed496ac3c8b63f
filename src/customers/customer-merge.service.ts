import { badInput, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { now } from '../kernel/clock.js';
import { msg } from '../kernel/message.js';
import { assertOwned, type Phase } from '../kernel/ownership.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import { defineCommand } from '../platform/command.js';
import { auditOfMove, type Tx } from '../platform/db/transact.js';
import { type Customer, customerOwners } from './customer.entity.js';
import { customerChanged } from './customer.events.js';
import { moveCustomerRows } from './customer.queries.js';
import { archive, lockCustomer, lookedAfterBy, renewViewers, searchTextOf } from './customer.service.js';

const FILLED = ['company', 'phone', 'email', 'city', 'taxNumber', 'notes'] as const;

/** Both, locked in the order of their ids. Throws NOT_FOUND. */
async function lockBoth(tx: Tx, keepId: string, duplicateId: string): Promise<{ keep: Customer; duplicate: Customer }> {
  const lockKeep = (): Promise<Customer> => lockCustomer(tx, keepId, 'keepId');
  const lockDuplicate = (): Promise<Customer> => lockCustomer(tx, duplicateId, 'duplicateId');
  if (keepId < duplicateId) {
    const [keep, duplicate] = await checkAll(lockKeep, lockDuplicate);
    return { keep, duplicate };
  }
  const [duplicate, keep] = await checkAll(lockDuplicate, lockKeep);
  return { keep, duplicate };
}

/**
 * Merges a duplicate into the customer that stays: addresses, contacts and people move, empty fields are filled, the
 * duplicate is archived and points at the other. Modules with documents follow the event.
 */
export const mergeCustomers = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (
    tx: Tx,
    input: { keepId: string; duplicateId: string; duplicateVersion: number },
    { phase, today }: { phase: Phase; today: string },
  ): Promise<void> => {
    const { keepId, duplicateId } = input;
    if (keepId === duplicateId) throw badInput('duplicateId', msg`A customer cannot be merged into itself.`);
    // What the duplicate owes is posted to the one that stays by a listener, and the books come before any customer.
    await lockBooks(tx.sql, 'posting');
    const { keep, duplicate } = await lockBoth(tx, keepId, duplicateId);
    assertAll(
      () => {
        if (keep.archivedAt) throw badInput('keepId', msg`The customer ${keep} is archived.`);
      },
      () => {
        if (duplicate.archivedAt) throw badInput('duplicateId', msg`The customer ${duplicate} is archived.`);
      },
      () => {
        if (keep.currency === duplicate.currency) return;
        throw badInput(
          'duplicateId',
          msg`${keep} pays in ${keep.currency}, and ${duplicate} in ${duplicate.currency}.`,
        );
      },
    );
    if (duplicate.version !== input.duplicateVersion) throw staleVersion(duplicate.version);
    if (duplicate.externalRef) assertOwned(customerOwners, ['active'], phase);
    for (const field of FILLED) {
      if (keep[field] == null && duplicate[field] != null) keep[field] = duplicate[field] ?? null;
    }
    keep.searchText = searchTextOf(keep);
    keep.updatedAt = now();
    duplicate.mergedIntoId = keep.id;
    archive(tx, duplicate, { change: 'merged', on: today });
    await tx.em.flush();
    const moved = await moveCustomerRows(tx.sql, duplicate.id, keep.id);
    for (const { entityType, id } of moved) tx.audit(auditOfMove(entityType, id, 'customer', duplicate.id, keep.id));
    await renewViewers(tx, keep.id);
    tx.audit({
      entityType: 'Customer',
      entityId: keep.id,
      action: 'update',
      changes: { merged: [null, duplicate.id], rowsMoved: [null, moved.length] },
    });
    const salespersonIds = lookedAfterBy(keep.salesperson?.id, duplicate.salesperson?.id);
    tx.emit(customerChanged(keep.id, { change: 'updated', salespersonIds }));
  },
);
