import type { Noun } from '../kernel/arabic/nouns.js';
import { type EntityName, LockMode } from '@mikro-orm/core';
import { Customer } from '../customers/customer.entity.js';
import { findOwnCustomer } from '../customers/viewer-customer.service.js';
import { badInput, notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { lockCustomer, lockCustomerBalance } from '../ledger/customer-ledger.queries.js';
import type { Tx } from '../platform/db/transact.js';
import type { DocumentContext } from './document-context.service.js';
import { findDocumentCustomer } from './document.service.js';
import { msg } from '../kernel/message.js';

/** Locks balances of a customer. Whoever locks several has the customer alone, so that nobody waits in a circle. */
async function lockBalances(tx: Tx, customerId: string, currencies: readonly string[]): Promise<void> {
  for (const currency of [...new Set(currencies)].sort()) await lockCustomerBalance(tx.sql, customerId, currency);
}

/**
 * A customer whom a new document names, locked against merging, and with a currency the balance too, with those of
 * `others`, the currencies of the documents that it settles. Throws NOT_FOUND,
 * and BAD_INPUT for one who was merged meanwhile.
 */
export async function lockNamedCustomer(
  tx: Tx,
  { viewer }: DocumentContext,
  { customerId, currency, others = [] }: { customerId: string; currency: string | null; others?: readonly string[] },
): Promise<Customer> {
  const customer = await findOwnCustomer(tx, viewer, customerId);
  if (!customer) throw notFound('Customer', customerId, 'customerId');
  const currencies = currency === null ? [] : [currency, ...others];
  const as = currencies.some((one) => one !== currency) ? 'alone' : 'shared';
  refuseMerged(await lockCustomer(tx.sql, customer.id, as));
  await lockBalances(tx, customer.id, currencies);
  return tx.em.refreshOrFail(customer);
}

/** Locks a customer against merging. Throws BAD_INPUT for one who was merged. */
export async function assertNotMerged(tx: Tx, customerId: string): Promise<void> {
  refuseMerged(await lockCustomer(tx.sql, customerId));
}

function refuseMerged({ mergedIntoId }: { mergedIntoId: string | null }): void {
  if (mergedIntoId !== null) {
    throw badInput('customerId', msg`This customer was merged into another one. Choose the one that stays.`);
  }
}

/** New business is for customers who are active. Throws BAD_INPUT. */
export function assertActive(customer: Customer): void {
  if (!customer.active || customer.archivedAt)
    throw badInput('customerId', msg`This customer is inactive or archived.`);
}

/** A document of a customer as the ORM knows it. */
export interface CustomerDocument {
  id: string;
  currency: string;
  customer: { id: string };
}

export interface LockedDocument<Doc> {
  document: Doc;
  customer: Customer;
}

export interface DocumentOf<Doc> {
  type: EntityName<Doc>;
  /** Named when it is not found. */
  noun: Noun;
  id: string;
  field?: string;
  /** Whether money moves, so that the balance is locked too. */
  balance: boolean;
  /**
   * The currencies of what else moves with it, read when the customer is locked alone; nothing for a document whose
   * allocations stay as they are.
   */
  others?: ((run: Tx['sql'], id: string) => Promise<string[]>) | undefined;
}

/**
 * A document among those that the viewer sees, locked after its customer (and the balance, when money moves). A merge
 * may move the document to another customer until the lock of its customer is held, so it is read again until both
 * agree. Throws NOT_FOUND.
 */
export async function lockCustomerDocument<Doc extends CustomerDocument>(
  tx: Tx,
  { viewer }: DocumentContext,
  { type, noun, id, field = 'id', balance, others }: DocumentOf<Doc>,
): Promise<LockedDocument<Doc>> {
  for (let mergedId: string | null = null; ;) {
    const known = (isId(id) ? await tx.em.findOne(type, { id } as never, { refresh: true }) : null) as Doc | null;
    const customer = known && (await findDocumentCustomer(tx, viewer, known.customer.id));
    if (!known || !customer) throw notFound(noun, id, field);
    const { mergedIntoId } = await lockCustomer(tx.sql, customer.id, others ? 'alone' : 'shared');
    if (mergedIntoId !== null) {
      if (mergedId === customer.id) throw new Error(`${noun} ${id} was left behind when its customer was merged.`);
      mergedId = customer.id;
      continue;
    }
    const currencies = [known.currency, ...((await others?.(tx.sql, id)) ?? [])];
    if (balance) await lockBalances(tx, customer.id, currencies);
    const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
    const document = (await tx.em.findOneOrFail(type, { id } as never, options)) as Doc;
    return { document, customer };
  }
}

/** A document that a source reports: as it stands here, and the customers it belonged to and belongs to now. */
export interface LockedReport<Doc> {
  document: Doc | null;
  customer: Customer;
  before: Customer;
}

async function customerOfSource(tx: Tx, externalRef: string): Promise<Customer> {
  let found = await tx.em.findOne(Customer, { externalRef }, { refresh: true });
  while (found?.mergedIntoId) found = await tx.em.findOne(Customer, found.mergedIntoId, { refresh: true });
  if (!found) throw notFound('Customer', externalRef, 'customerId');
  return found;
}

/**
 * Locks a document that a source reports, after its customers: the one it belongs to here, and the one that the source
 * names. The locks are taken in the order of ids, and again when a merge came between.
 */
export async function lockReported<Doc extends CustomerDocument>(
  tx: Tx,
  type: EntityName<Doc>,
  { externalRef, partyRef, currency }: { externalRef: string; partyRef: string; currency: string },
): Promise<LockedReport<Doc>> {
  const find = (options: object): Promise<Doc | null> =>
    tx.em.findOne(type, { externalRef } as never, { refresh: true, ...options });
  for (;;) {
    const known = await find({});
    const customer = await customerOfSource(tx, partyRef);
    const before = known ? await tx.em.findOneOrFail(Customer, known.customer.id, { refresh: true }) : customer;
    const ids = [...new Set([before.id, customer.id])].sort();
    const locked = [];
    for (const id of ids) locked.push(await lockCustomer(tx.sql, id, 'alone'));
    if (locked.some(({ mergedIntoId }) => mergedIntoId !== null)) continue;
    for (const id of ids) await lockBalances(tx, id, [currency, known?.currency ?? currency]);
    const document = await find({ lockMode: LockMode.PESSIMISTIC_WRITE });
    if (document?.customer.id === known?.customer.id) return { document, customer, before };
  }
}

/** A document that a source reported before, locked after its customer; null when it never was here. */
export async function lockKnownReport<Doc extends CustomerDocument>(
  tx: Tx,
  type: EntityName<Doc>,
  externalRef: string,
): Promise<{ document: Doc; customer: Customer } | null> {
  for (;;) {
    const known = (await tx.em.findOne(type, { externalRef } as never, { refresh: true })) as Doc | null;
    if (!known) return null;
    const { mergedIntoId } = await lockCustomer(tx.sql, known.customer.id, 'alone');
    if (mergedIntoId !== null) continue;
    await lockBalances(tx, known.customer.id, [known.currency]);
    const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
    const document = (await tx.em.findOneOrFail(type, { externalRef } as never, options)) as Doc;
    if (document.customer.id !== known.customer.id) continue;
    return { document, customer: await tx.em.findOneOrFail(Customer, document.customer.id, { refresh: true }) };
  }
}
