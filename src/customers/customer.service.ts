import { LockMode, ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { assertAmount, assertCurrency } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { normaliseText } from '../kernel/normalise.js';
import { isId, newId } from '../kernel/ids.js';
import { Decimal, decimalText, isCurrency } from '../kernel/money.js';
import { assertOwned, type Phase } from '../kernel/ownership.js';
import { assertNeverNull } from '../kernel/patch.js';
import { PriceList } from '../catalog/price-list.entity.js';
import { userChanged } from '../identity/identity.events.js';
import { User } from '../identity/user.entity.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { writeMetadata, type MetadataInput } from '../platform/metadata.js';
import { Customer, CustomerUser, customerOwners } from './customer.entity.js';
import { customerChanged } from './customer.events.js';
import { listCustomerUsers, readOpenBusiness, takeCustomerNumber } from './customer.queries.js';
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
const NEVER_NULL = [
  'name',
  'nameAr',
  'currency',
  'creditLimit',
  'paymentTermsDays',
  'discountPercent',
  'active',
] as const;
const MAX_TEXT = 200;
const MAX_NOTES = 5000;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

function assertCreditLimit(limit: string, currency: string): void {
  if (new Decimal(limit).isNegative()) throw badInput('creditLimit', msg`A credit limit is not negative.`);
  // Of a currency that nobody has the decimals are unknown, and the currency is the fault.
  if (isCurrency(currency)) assertAmount(limit, currency, 'creditLimit');
}

function assertDiscount(percent: string): void {
  const discount = new Decimal(percent);
  if (discount.isNegative() || discount.greaterThan(100) || discount.decimalPlaces() > 3) {
    throw badInput('discountPercent', msg`A discount is 0 to 100 percent.`);
  }
}

/** Everything about a customer that can be judged without the database. Throws BAD_INPUT. */
function assertShape(patch: CustomerPatch, currency: string): void {
  const { email, creditLimit, paymentTermsDays, discountPercent } = patch;
  assertAll(
    () => assertNeverNull(patch, NEVER_NULL),
    ...TEXTS.map((field) => () => {
      const limit = field === 'notes' ? MAX_NOTES : MAX_TEXT;
      if ((patch[field]?.length ?? 0) > limit) throw badInput(field, msg`At most ${limit} characters.`);
    }),
    ...(['name', 'nameAr'] as const).map((field) => () => {
      if (patch[field]?.trim() === '') throw badInput(field, msg`A customer has a name.`);
    }),
    () => {
      if (email != null && !EMAIL.test(email)) throw badInput('email', msg`Not a valid e-mail address.`);
    },
    () => assertCurrency(currency),
    () => creditLimit != null && assertCreditLimit(creditLimit, currency),
    () => {
      if (paymentTermsDays != null && (paymentTermsDays < 0 || paymentTermsDays > 365)) {
        throw badInput('paymentTermsDays', msg`Terms are 0 to 365 days.`);
      }
    },
    () => discountPercent != null && assertDiscount(discountPercent),
  );
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

/** What a patch names, where it differs from the customer; null empties it, and undefined leaves it. */
interface References {
  priceList: PriceList | null | undefined;
  salesperson: User | null | undefined;
}

/** Looks up what a patch names. Throws NOT_FOUND, BAD_INPUT for a person who sells nothing. */
export async function referencesOf(tx: Tx, customer: Customer | null, patch: CustomerPatch): Promise<References> {
  const { priceListId, salespersonId } = patch;
  const [priceList, salesperson] = await checkAll(
    () =>
      priceListId === undefined || isSame(customer?.priceList?.id, priceListId)
        ? undefined
        : findPriceList(tx, priceListId),
    () =>
      salespersonId === undefined || isSame(customer?.salesperson?.id, salespersonId)
        ? undefined
        : findSalesperson(tx, salespersonId),
  );
  return { priceList, salesperson };
}

/** Assigns what differs and answers the names of those fields. */
export function assignCustomer(
  customer: Customer,
  patch: CustomerPatch,
  { priceList, salesperson }: References,
): string[] {
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
  if (priceList !== undefined) {
    customer.priceList = priceList ? ref(priceList) : null;
    fields.push('priceList');
  }
  if (salesperson !== undefined) {
    customer.salesperson = salesperson ? ref(salesperson) : null;
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

async function assertFreeCode(tx: Tx, code: string): Promise<void> {
  if (!CODE.test(code)) throw badInput('code', msg`A code has 1 to 30 capitals, digits or dashes.`);
  if ((await tx.em.count(Customer, { code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a customer ${code} already.`, { field: 'code' });
  }
}

/** Makes a customer of our own. */
export const createCustomer = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND', 'ALREADY_EXISTS'],
  async (tx: Tx, input: CustomerPatch & { name: string; code?: string | null | undefined }): Promise<Customer> => {
    const { code: given = null, ...patch } = input;
    const [references] = await checkAll(
      () => referencesOf(tx, null, patch),
      () => assertShape(patch, patch.currency ?? 'IQD'),
      () => (given === null ? null : assertFreeCode(tx, given)),
    );
    const code = given ?? `C${String(await takeCustomerNumber(tx.sql)).padStart(5, '0')}`;
    if (given === null) await assertFreeCode(tx, code);
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
    assignCustomer(customer, { ...patch, name: undefined, nameAr: undefined }, references);
    customer.searchText = searchTextOf(customer);
    const salespersonIds = lookedAfterBy(customer.salesperson?.id);
    tx.emit(customerChanged(customer.id, { change: 'created', salespersonIds }));
    return customer;
  },
);

export async function lockCustomer(tx: Tx, id: string, field: string): Promise<Customer> {
  const found = isId(id) ? await tx.em.findOne(Customer, id, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
  if (!found) throw notFound('Customer', id, field);
  return found;
}

/** A limit is in the agreed currency, so with another currency it is another limit. Throws BAD_INPUT. */
function assertLimitAnew(customer: Customer, { currency, creditLimit }: CustomerPatch): void {
  if (currency === undefined || currency === customer.currency || creditLimit !== undefined) return;
  if (new Decimal(customer.creditLimit).isZero()) return;
  const limit = decimalText(customer.creditLimit);
  throw badInput('creditLimit', msg`The limit is ${limit} ${customer.currency}. Give it anew, in ${currency}.`);
}

/**
 * Checks in a fixed order: existence, input, version, ownership; nothing is written when one refuses. Equal values are
 * no change.
 */
export const updateCustomer = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (tx: Tx, input: { id: string; version: number; patch: CustomerPatch }, phase: Phase): Promise<void> => {
    const customer = await lockCustomer(tx, input.id, 'id');
    const { patch } = input;
    const [references] = await checkAll(
      () => referencesOf(tx, customer, patch),
      () => assertShape(patch, patch.currency ?? customer.currency),
    );
    if (customer.version !== input.version) throw staleVersion(customer.version);
    assertLimitAnew(customer, patch);
    const before = customer.salesperson?.id;
    const fields = assignCustomer(customer, patch, references);
    if (fields.length === 0) return;
    if (customer.externalRef) assertOwned(customerOwners, fields, phase);
    const salespersonIds = lookedAfterBy(before, customer.salesperson?.id);
    tx.emit(customerChanged(customer.id, { change: 'updated', salespersonIds }));
    if (fields.includes('priceList') || fields.includes('active')) await renewViewers(tx, customer.id);
  },
);

/** Archived, never deleted: documents point at it. Who owes, is owed or waits for goods stays. Again is a no-op. */
export const archiveCustomer = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (tx: Tx, input: { id: string; version: number }, phase: Phase): Promise<void> => {
    const customer = await lockCustomer(tx, input.id, 'id');
    if (customer.archivedAt) return;
    if (customer.version !== input.version) throw staleVersion(customer.version);
    if (customer.externalRef) assertOwned(customerOwners, ['active'], phase);
    const { balances, orders } = await readOpenBusiness(tx.sql, customer.id);
    assertAll(
      () => {
        if (balances !== null) throw badInput('id', msg`There is an open balance: ${balances}. Settle it first.`);
      },
      () => {
        if (orders > 0) throw badInput('id', msg`${orders} orders are still open. Ship, close or cancel them first.`);
      },
    );
    archive(tx, customer, { change: 'archived' });
    await renewViewers(tx, customer.id);
  },
);

export function archive(
  tx: Tx,
  customer: Customer,
  event: { change: 'archived' } | { change: 'merged'; on: string },
): void {
  customer.archivedAt = now();
  customer.updatedAt = now();
  customer.active = false;
  tx.emit(customerChanged(customer.id, { ...event, salespersonIds: lookedAfterBy(customer.salesperson?.id) }));
}

async function findUserToLink(tx: Tx, id: string): Promise<User> {
  const user = isId(id) ? await tx.em.findOne(User, id) : null;
  if (!user) throw notFound('User', id, 'userId');
  if (user.role !== 'WHOLESALE_CLIENT' && user.role !== 'CONSUMER') {
    throw badInput('userId', msg`Only a client or a consumer signs in for a customer.`);
  }
  return user;
}

/** Lets a person sign in for a customer, and for no other one; staff cannot. The same again is a no-op. Takes effect at once. */
export const linkCustomerUser = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT'],
  async (tx: Tx, input: { customerId: string; userId: string }): Promise<void> => {
    const [customer, user] = await checkAll(
      () => lockCustomer(tx, input.customerId, 'customerId'),
      () => findUserToLink(tx, input.userId),
    );
    const known = await tx.em.findOne(CustomerUser, { userId: user.id });
    if (known) known.customer = ref(customer);
    else tx.em.create(CustomerUser, { userId: user.id, customer: ref(customer) });
    tx.emit(userChanged(user.id, {}));
  },
);

/** Sets what partners keep beside a customer; no change of the customer itself. */
export const setCustomerMetadata = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT'],
  async (tx: Tx, id: string, entries: readonly MetadataInput[]): Promise<void> => {
    const customer = await lockCustomer(tx, id, 'id');
    await writeMetadata(tx, { entityType: 'customer', auditType: 'Customer', id: customer.id }, entries);
  },
);
