import { LockMode, ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { ownerOf, type Phase } from '../kernel/ownership.js';
import type { Tx } from '../platform/db/transact.js';
import { Customer, CustomerAddress, CustomerContact, customerOwners } from './customer.entity.js';
import { customerChanged } from './customer.events.js';
import { takeCustomerNumber } from './customer.queries.js';
import {
  assignCustomer,
  lookedAfterBy,
  referencesOf,
  renewViewers,
  searchTextOf,
  type CustomerPatch,
} from './customer.service.js';

/** What an outside source reports about a customer. `undefined` is no report: the old value stays. */
export interface CustomerSnapshot {
  externalRef: string;
  name?: string | undefined;
  nameAr?: string | undefined;
  company?: string | null | undefined;
  phone?: string | null | undefined;
  email?: string | null | undefined;
  city?: string | null | undefined;
  taxNumber?: string | null | undefined;
  currency?: string | undefined;
  creditLimit?: string | undefined;
  paymentTermsDays?: number | undefined;
  notes?: string | null | undefined;
  active?: boolean | undefined;
  priceListRef?: string | null | undefined;
  /** Who looks after a customer is ours to say; the source is heard for one that is new here. */
  salespersonRef?: string | undefined;
  addresses?: readonly ReportedAddress[] | undefined;
  persons?: readonly ReportedPerson[] | undefined;
}

export interface ReportedAddress {
  externalRef: string;
  label: string;
  line: string;
  city: string;
  governorate: string | null;
  phone: string | null;
  isDefault: boolean;
}

export interface ReportedPerson {
  externalRef: string;
  name: string;
  position: string | null;
  phone: string | null;
  email: string | null;
}

interface Upserted {
  id: string;
  changed: boolean;
}

/** What the source may write in this phase: its own fields, and MERGE fields that are still empty here. */
function writable(customer: Customer, patch: CustomerPatch, phase: Phase): CustomerPatch {
  const entries = Object.entries(patch).filter(([field, value]) => {
    if (value === undefined) return false;
    const owner = ownerOf(customerOwners, field === 'priceListId' ? 'priceList' : field, phase);
    // The Arabic name is never empty: where nobody gave one it is the name again.
    return owner === 'ZOHO' || (owner === 'MERGE' && field === 'nameAr' && customer.nameAr === customer.name);
  });
  return Object.fromEntries(entries);
}

async function createReported(tx: Tx, snapshot: CustomerSnapshot): Promise<Customer> {
  const name = snapshot.name ?? snapshot.externalRef;
  const at = now();
  return tx.em.create(Customer, {
    id: newId(),
    code: `C${String(await takeCustomerNumber(tx.sql)).padStart(5, '0')}`,
    externalRef: snapshot.externalRef,
    name,
    nameAr: snapshot.nameAr ?? name,
    currency: 'IQD',
    creditLimit: '0',
    paymentTermsDays: 0,
    discountPercent: '0',
    active: true,
    searchText: '',
    version: 1,
    createdAt: at,
    updatedAt: at,
  });
}

/**
 * Brings a customer to what the source reports; idempotent. Locks the row; the caller holds the link's lock before it.
 * A record that is new here takes every value, whoever owns the field from then on.
 */
export async function upsertReportedCustomer(
  tx: Tx,
  snapshot: CustomerSnapshot,
  { priceListId, salespersonId }: { priceListId: string | null | undefined; salespersonId?: string | undefined },
  phase: Phase,
): Promise<Upserted> {
  const { externalRef, priceListRef: _ref, salespersonRef: _salesperson, addresses, persons, ...reported } = snapshot;
  const found = await tx.em.findOne(Customer, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const customer = found ?? (await createReported(tx, snapshot));
  const before = customer.salesperson?.id;
  const patch: CustomerPatch = { ...reported, priceListId };
  // A name without an Arabic one is shown for both, so the second follows the first.
  const mirrored = customer.nameAr === customer.name;
  const written = found ? writable(customer, patch, phase) : { ...patch, salespersonId };
  // A limit in another currency is another limit: without a report of it there is none.
  const moved = written.currency !== undefined && written.currency !== customer.currency;
  if (moved && written.creditLimit === undefined) written.creditLimit = '0';
  const fields = assignCustomer(customer, written, await referencesOf(tx, customer, written));
  if (mirrored && fields.includes('name') && !fields.includes('nameAr')) customer.nameAr = customer.name;
  customer.searchText = searchTextOf(customer);
  const mayWrite = (field: string): boolean => !found || ownerOf(customerOwners, field, phase) === 'ZOHO';
  if (restore(customer, mayWrite('active'))) fields.push('archivedAt');
  await tx.em.flush();
  if (addresses && mayWrite('addresses') && (await writeAddresses(tx, customer, addresses))) fields.push('addresses');
  if (persons && mayWrite('contacts') && (await writePersons(tx, customer, persons))) fields.push('contacts');
  if (found && fields.length === 0) return { id: customer.id, changed: false };
  customer.updatedAt = now();
  const salespersonIds = lookedAfterBy(before, customer.salesperson?.id);
  tx.emit(customerChanged(customer.id, { change: found ? 'updated' : 'created', salespersonIds }));
  if (fields.some((field) => field === 'priceList' || field === 'active' || field === 'archivedAt')) {
    await renewViewers(tx, customer.id);
  }
  return { id: customer.id, changed: true };
}

/** The source has it (again), so it is not gone; who was merged into another stays with that one. */
function restore(customer: Customer, mayWrite: boolean): boolean {
  if (!customer.archivedAt || customer.mergedIntoId || !mayWrite) return false;
  customer.archivedAt = null;
  return true;
}

/** The source no longer has the record. Archived, never deleted: documents point at it. Again is a no-op. */
export async function archiveGoneCustomer(tx: Tx, externalRef: string): Promise<Upserted | null> {
  const customer = await tx.em.findOne(Customer, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!customer) return null;
  if (customer.archivedAt) return { id: customer.id, changed: false };
  customer.archivedAt = now();
  customer.updatedAt = now();
  customer.active = false;
  tx.emit(
    customerChanged(customer.id, { change: 'archived', salespersonIds: lookedAfterBy(customer.salesperson?.id) }),
  );
  await renewViewers(tx, customer.id);
  return { id: customer.id, changed: true };
}

const ADDRESS_FIELDS = ['label', 'line', 'city', 'governorate', 'phone', 'isDefault'] as const;
const PERSON_FIELDS = ['name', 'position', 'phone', 'email'] as const;

async function writeAddresses(tx: Tx, customer: Customer, reported: readonly ReportedAddress[]): Promise<boolean> {
  const here = await tx.em.find(CustomerAddress, { customer: customer.id }, { orderBy: { id: 'asc' } });
  // One address is the default one; ours stays it where somebody has chosen it.
  const ourDefault = here.some((one) => one.isDefault && one.externalRef == null);
  const wanted = ourDefault ? reported.map((one) => ({ ...one, isDefault: false })) : reported;
  return matchRows(here, wanted, ADDRESS_FIELDS, {
    add: (one) => void tx.em.create(CustomerAddress, { ...one, id: newId(), customer: ref(customer) }),
    remove: (one) => void tx.em.remove(one),
  });
}

async function writePersons(tx: Tx, customer: Customer, reported: readonly ReportedPerson[]): Promise<boolean> {
  const here = await tx.em.find(CustomerContact, { customer: customer.id }, { orderBy: { id: 'asc' } });
  return matchRows(here, reported, PERSON_FIELDS, {
    add: (one) => void tx.em.create(CustomerContact, { ...one, id: newId(), customer: ref(customer) }),
    remove: (one) => void tx.em.remove(one),
  });
}

/** Brings the rows that came from the source to what it reports, by their ids there; our own rows stay as they are. */
function matchRows<Here extends { externalRef?: string | null }, Reported extends { externalRef: string }>(
  here: readonly Here[],
  reported: readonly Reported[],
  fields: readonly (keyof Reported & keyof Here & string)[],
  write: { add(row: Reported): void; remove(row: Here): void },
): boolean {
  let changed = false;
  const byRef = new Map(here.filter((row) => row.externalRef != null).map((row) => [row.externalRef, row]));
  for (const row of reported) {
    const known = byRef.get(row.externalRef);
    byRef.delete(row.externalRef);
    if (!known) write.add(row);
    else if (fields.every((field) => (known[field] ?? null) === (row[field] ?? null))) continue;
    else Object.assign(known, Object.fromEntries(fields.map((field) => [field, row[field]])));
    changed = true;
  }
  for (const row of byRef.values()) write.remove(row);
  return changed || byRef.size > 0;
}
