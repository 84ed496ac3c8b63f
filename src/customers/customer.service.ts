import { LockMode, ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { assertCurrency } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { normaliseText } from '../kernel/normalise.js';
import { isId, newId } from '../kernel/ids.js';
import { CURRENCY_DECIMALS, Decimal } from '../kernel/money.js';
import { assertOwned, type Phase } from '../kernel/ownership.js';
import { PriceList } from '../catalog/price-list.entity.js';
import { userChanged } from '../identity/identity.events.js';
import { User } from '../identity/user.entity.js';
import { auditOfMove, type Tx } from '../platform/db/transact.js';
import { writeMetadata, type MetadataInput } from '../platform/metadata.js';
import { customerOwners } from './customer-ownership.js';
import { Customer, CustomerAddress, CustomerContact, CustomerUser } from './customer.entity.js';
import { customerChanged } from './customer.events.js';
import { listCustomerUsers, moveCustomerRows, takeCustomerNumber } from './customer.queries.js';
import { msg } from '../kernel/message.js';

export interface CustomerPatch {
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
  discountPercent?: string | undefined;
  priceListId?: string | null | undefined;
  salespersonId?: string | null | undefined;
  notes?: string | null | undefined;
  active?: boolean | undefined;
}

const TEXTS = ['name', 'nameAr', 'company', 'phone', 'email', 'city', 'taxNumber', 'notes'] as const;
const MAX_TEXT = 200;
const MAX_NOTES = 5000;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

function assertShape(patch: CustomerPatch, currency: string): void {
  for (const field of TEXTS) {
    const value = patch[field];
    if (value == null) continue;
    const limit = field === 'notes' ? MAX_NOTES : MAX_TEXT;
    if (value.length > limit) throw badInput(field, msg`At most ${limit} characters.`);
  }
  for (const field of ['name', 'nameAr'] as const) {
    if (patch[field] !== undefined && patch[field]?.trim() === '') throw badInput(field, msg`A customer has a name.`);
  }
  if (patch.email != null && !EMAIL.test(patch.email)) throw badInput('email', msg`Not a valid e-mail address.`);
  assertCurrency(currency);
  if (patch.creditLimit !== undefined) {
    const limit = new Decimal(patch.creditLimit);
    const decimals = CURRENCY_DECIMALS[currency];
    if (limit.isNegative()) throw badInput('creditLimit', msg`A credit limit is not negative.`);
    if (limit.decimalPlaces() > decimals) throw badInput('creditLimit', msg`${currency} has ${decimals} decimals.`);
  }
  if (patch.paymentTermsDays !== undefined && (patch.paymentTermsDays < 0 || patch.paymentTermsDays > 365)) {
    throw badInput('paymentTermsDays', msg`Terms are 0 to 365 days.`);
  }
  if (patch.discountPercent !== undefined) {
    const discount = new Decimal(patch.discountPercent);
    if (discount.isNegative() || discount.greaterThan(100) || discount.decimalPlaces() > 3) {
      throw badInput('discountPercent', msg`A discount is 0 to 100 percent.`);
    }
  }
}

async function findPriceList(tx: Tx, id: string | null): Promise<PriceList | null> {
  if (id === null) return null;
  const found = isId(id) ? await tx.em.findOne(PriceList, { id, archivedAt: null }) : null;
  if (!found) throw notFound('Price list', id, 'priceListId');
  return found;
}

async function findSalesperson(tx: Tx, id: string | null): Promise<User | null> {
  if (id === null) return null;
  const found = isId(id) ? await tx.em.findOne(User, { id, active: true }) : null;
  if (!found) throw notFound('User', id, 'salespersonId');
  if (found.role !== 'SALESPERSON' && found.role !== 'PARTNER') {
    throw badInput('salespersonId', msg`This person is neither a salesperson nor a partner.`);
  }
  return found;
}

export const searchTextOf = (customer: Customer): string =>
  normaliseText(
    [customer.name, customer.nameAr, customer.company, customer.code, customer.phone, customer.email]
      .filter(Boolean)
      .join(' '),
  );

const isSame = (before: unknown, after: unknown): boolean => (before ?? null) === (after ?? null);
const isSameNumber = (before: string, after: string): boolean => new Decimal(before).equals(after);

/** Assigns what differs and answers the names of those fields. */
export async function assignCustomer(tx: Tx, customer: Customer, patch: CustomerPatch): Promise<string[]> {
  const fields: string[] = [];
  for (const field of [...TEXTS, 'currency', 'paymentTermsDays', 'active'] as const) {
    if (patch[field] === undefined || isSame(customer[field], patch[field])) continue;
    Object.assign(customer, { [field]: patch[field] });
    fields.push(field);
  }
  for (const field of ['creditLimit', 'discountPercent'] as const) {
    const value = patch[field];
    if (value === undefined || isSameNumber(customer[field], value)) continue;
    customer[field] = value;
    fields.push(field);
  }
  if (patch.priceListId !== undefined && !isSame(customer.priceList?.id, patch.priceListId)) {
    const list = await findPriceList(tx, patch.priceListId);
    customer.priceList = list ? ref(list) : null;
    fields.push('priceList');
  }
  if (patch.salespersonId !== undefined && !isSame(customer.salesperson?.id, patch.salespersonId)) {
    const person = await findSalesperson(tx, patch.salespersonId);
    customer.salesperson = person ? ref(person) : null;
    fields.push('salesperson');
  }
  if (fields.length > 0) {
    customer.searchText = searchTextOf(customer);
    customer.updatedAt = now();
  }
  return fields;
}

/**
 * What a person may see depends on the customer's price list and state, so their sessions' viewers are built again and
 * their sockets closed.
 */
export async function renewViewers(tx: Tx, customerId: string): Promise<void> {
  for (const userId of await listCustomerUsers(tx.sql, customerId)) tx.emit(userChanged(userId, {}));
}

export const lookedAfterBy = (...ids: (string | null | undefined)[]): string[] => [
  ...new Set(ids.filter((id) => id != null)),
];

const CODE = /^[A-Z0-9][A-Z0-9-]{0,29}$/;

/** Makes a customer of our own. Throws BAD_INPUT, NOT_FOUND (price list, salesperson), ALREADY_EXISTS (code). */
export async function createCustomer(
  tx: Tx,
  input: CustomerPatch & { name: string; code?: string | null | undefined },
): Promise<Customer> {
  const { code: given, ...patch } = input;
  assertShape(patch, patch.currency ?? 'IQD');
  if (given != null && !CODE.test(given)) throw badInput('code', msg`A code has 1 to 30 capitals, digits or dashes.`);
  const code = given ?? `C${String(await takeCustomerNumber(tx.sql)).padStart(5, '0')}`;
  if ((await tx.em.count(Customer, { code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a customer ${code} already.`, { field: 'code' });
  }
  const at = now();
  const customer = tx.em.create(Customer, {
    id: newId(),
    code,
    name: patch.name.trim(),
    nameAr: (patch.nameAr ?? patch.name).trim(),
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
  await assignCustomer(tx, customer, { ...patch, name: undefined, nameAr: undefined });
  customer.searchText = searchTextOf(customer);
  tx.emit(customerChanged(customer.id, { change: 'created', salespersonIds: lookedAfterBy(customer.salesperson?.id) }));
  return customer;
}

async function lockCustomer(tx: Tx, id: string, field: string): Promise<Customer> {
  const found = isId(id) ? await tx.em.findOne(Customer, id, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
  if (!found) throw notFound('Customer', id, field);
  return found;
}

/**
 * Checks in a fixed order: existence, shape, version, ownership; nothing is written when one refuses. Equal values are
 * no change. Throws NOT_FOUND, BAD_INPUT, STALE_VERSION, FIELD_OWNED_ELSEWHERE.
 */
export async function updateCustomer(
  tx: Tx,
  input: { id: string; version: number; patch: CustomerPatch },
  phase: Phase,
): Promise<void> {
  const customer = await lockCustomer(tx, input.id, 'id');
  const { patch } = input;
  assertShape(patch, patch.currency ?? customer.currency);
  if (customer.version !== input.version) throw staleVersion(customer.version);
  const before = customer.salesperson?.id;
  const fields = await assignCustomer(tx, customer, patch);
  if (fields.length === 0) return;
  if (customer.externalRef) assertOwned(customerOwners, fields, phase);
  const salespersonIds = lookedAfterBy(before, customer.salesperson?.id);
  tx.emit(customerChanged(customer.id, { change: 'updated', salespersonIds }));
  if (fields.includes('priceList') || fields.includes('active')) await renewViewers(tx, customer.id);
}

/** Archived, never deleted: documents point at it. Again is a no-op. Throws NOT_FOUND, STALE_VERSION, FIELD_OWNED_ELSEWHERE. */
export async function archiveCustomer(tx: Tx, input: { id: string; version: number }, phase: Phase): Promise<void> {
  const customer = await lockCustomer(tx, input.id, 'id');
  if (customer.archivedAt) return;
  if (customer.version !== input.version) throw staleVersion(customer.version);
  if (customer.externalRef) assertOwned(customerOwners, ['active'], phase);
  archive(tx, customer, 'archived');
  await renewViewers(tx, customer.id);
}

function archive(tx: Tx, customer: Customer, change: 'archived' | 'merged'): void {
  customer.archivedAt = now();
  customer.updatedAt = now();
  customer.active = false;
  tx.emit(customerChanged(customer.id, { change, salespersonIds: lookedAfterBy(customer.salesperson?.id) }));
}

/**
 * Merges a duplicate into the customer that stays: addresses, contacts and people move, empty fields are filled, the
 * duplicate is archived and points at the other. Modules with documents follow the event. Throws NOT_FOUND, BAD_INPUT,
 * STALE_VERSION, FIELD_OWNED_ELSEWHERE. Locks both in the order of their ids.
 */
export async function mergeCustomers(
  tx: Tx,
  input: { keepId: string; duplicateId: string; duplicateVersion: number },
  phase: Phase,
): Promise<void> {
  const { keepId, duplicateId } = input;
  if (keepId === duplicateId) throw badInput('duplicateId', msg`A customer cannot be merged into itself.`);
  const locked = new Map<string, Customer>();
  for (const id of [keepId, duplicateId].sort()) {
    locked.set(id, await lockCustomer(tx, id, id === keepId ? 'keepId' : 'duplicateId'));
  }
  const [keep, duplicate] = [locked.get(keepId) as Customer, locked.get(duplicateId) as Customer];
  if (keep.archivedAt) throw badInput('keepId', msg`This customer is archived.`);
  if (duplicate.archivedAt) throw badInput('duplicateId', msg`This customer is archived.`);
  if (keep.currency !== duplicate.currency) {
    throw badInput('duplicateId', msg`The two customers have different currencies.`);
  }
  if (duplicate.version !== input.duplicateVersion) throw staleVersion(duplicate.version);
  if (duplicate.externalRef) assertOwned(customerOwners, ['active'], phase);
  for (const field of ['company', 'phone', 'email', 'city', 'taxNumber', 'notes'] as const) {
    if (keep[field] == null && duplicate[field] != null) keep[field] = duplicate[field] ?? null;
  }
  keep.searchText = searchTextOf(keep);
  keep.updatedAt = now();
  duplicate.mergedIntoId = keep.id;
  archive(tx, duplicate, 'merged');
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
}

export interface AddressInput {
  label: string;
  line: string;
  city: string;
  governorate?: string | null | undefined;
  phone?: string | null | undefined;
  instructions?: string | null | undefined;
  isDefault?: boolean | undefined;
}

export interface ContactInput {
  name: string;
  position?: string | null | undefined;
  phone?: string | null | undefined;
  email?: string | null | undefined;
}

const MAX_ROWS = 50;

function assertTexts(input: object, prefix: string, required: readonly string[]): void {
  for (const field of required) {
    const value = (input as Record<string, unknown>)[field];
    if (typeof value !== 'string' || value.trim() === '') throw badInput(`${prefix}.${field}`, msg`It is empty.`);
  }
  for (const [field, value] of Object.entries(input)) {
    if (typeof value === 'string' && value.length > MAX_TEXT) {
      throw badInput(`${prefix}.${field}`, msg`At most ${MAX_TEXT} characters.`);
    }
  }
}

/**
 * Replaces a customer's addresses and contacts, those that are given. Throws NOT_FOUND, BAD_INPUT, STALE_VERSION,
 * FIELD_OWNED_ELSEWHERE.
 */
export async function replaceCustomerDetails(
  tx: Tx,
  input: {
    id: string;
    version: number;
    addresses?: readonly AddressInput[] | undefined;
    contacts?: readonly ContactInput[] | undefined;
  },
  phase: Phase,
): Promise<void> {
  const customer = await lockCustomer(tx, input.id, 'id');
  const { addresses, contacts } = input;
  if ((addresses?.length ?? 0) > MAX_ROWS || (contacts?.length ?? 0) > MAX_ROWS) {
    throw badInput('addresses', msg`At most ${MAX_ROWS} of each.`);
  }
  addresses?.forEach((one, index) => assertTexts(one, `addresses.${index}`, ['label', 'line', 'city']));
  contacts?.forEach((one, index) => assertTexts(one, `contacts.${index}`, ['name']));
  if ((addresses?.filter((one) => one.isDefault).length ?? 0) > 1) {
    throw badInput('addresses', msg`One address is the default one.`);
  }
  if (customer.version !== input.version) throw staleVersion(customer.version);
  const given = [...(addresses ? ['addresses'] : []), ...(contacts ? ['contacts'] : [])];
  if (customer.externalRef) assertOwned(customerOwners, given, phase);
  if (addresses) {
    for (const old of await tx.em.find(CustomerAddress, { customer: customer.id })) tx.em.remove(old);
    for (const one of addresses) {
      tx.em.create(CustomerAddress, { isDefault: false, ...one, id: newId(), customer: ref(customer) });
    }
  }
  if (contacts) {
    for (const old of await tx.em.find(CustomerContact, { customer: customer.id })) tx.em.remove(old);
    for (const one of contacts) tx.em.create(CustomerContact, { ...one, id: newId(), customer: ref(customer) });
  }
  customer.updatedAt = now();
  const salespersonIds = lookedAfterBy(customer.salesperson?.id);
  tx.emit(customerChanged(customer.id, { change: 'updated', salespersonIds }));
}

/**
 * Lets a person sign in for a customer, and for no other one. The same again is a no-op. Throws NOT_FOUND, BAD_INPUT for
 * staff. Takes effect at once.
 */
export async function linkCustomerUser(tx: Tx, input: { customerId: string; userId: string }): Promise<void> {
  const customer = await lockCustomer(tx, input.customerId, 'customerId');
  const user = isId(input.userId) ? await tx.em.findOne(User, input.userId) : null;
  if (!user) throw notFound('User', input.userId, 'userId');
  if (user.role !== 'WHOLESALE_CLIENT' && user.role !== 'CONSUMER') {
    throw badInput('userId', msg`Only a client or a consumer signs in for a customer.`);
  }
  const known = await tx.em.findOne(CustomerUser, { userId: user.id });
  if (known) known.customer = ref(customer);
  else tx.em.create(CustomerUser, { userId: user.id, customer: ref(customer) });
  tx.emit(userChanged(user.id, {}));
}

/** Sets what partners keep beside a customer; no change of the customer itself. Throws NOT_FOUND, BAD_INPUT. */
export async function setCustomerMetadata(tx: Tx, id: string, entries: readonly MetadataInput[]): Promise<void> {
  const customer = await lockCustomer(tx, id, 'id');
  await writeMetadata(tx, { entityType: 'customer', auditType: 'Customer', id: customer.id }, entries);
}
