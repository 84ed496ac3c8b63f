import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { assertCurrency, assertText } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { normaliseText } from '../kernel/normalise.js';
import { assertOwned, type FieldOwners, type Owner, type Phase } from '../kernel/ownership.js';
import { assertNeverNull } from '../kernel/patch.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { Vendor } from './vendor.entity.js';
import { vendorChanged } from './vendor.events.js';
import { takeVendorNumber } from './vendor.queries.js';
import { msg } from '../kernel/message.js';

const ZOHO_IN_PARALLEL: Record<Phase, Owner> = { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' };

/** Zoho owns vendors in the first phase. */
export const vendorOwners: FieldOwners = { vendor: ZOHO_IN_PARALLEL };

export interface VendorPatch {
  name?: string | undefined;
  nameAr?: string | null | undefined;
  phone?: string | null | undefined;
  email?: string | null | undefined;
  currency?: string | undefined;
  paymentTermsDays?: number | undefined;
  notes?: string | null | undefined;
}

const CODE = /^[A-Z0-9][A-Z0-9-]{0,19}$/;

const MAX_NAME = 200;

/** Everything about a vendor that can be judged without the database. Throws BAD_INPUT. */
function assertShape(patch: VendorPatch): void {
  const { name, currency, paymentTermsDays: days } = patch;
  assertAll(
    () => assertNeverNull(patch, ['name', 'paymentTermsDays', 'currency']),
    () => {
      if (name != null && (name.trim() === '' || name.length > MAX_NAME)) {
        throw badInput('name', msg`A name has 1 to ${MAX_NAME} characters.`);
      }
    },
    ...(['nameAr', 'phone', 'email', 'notes'] as const).map((field) => () => assertText(patch[field], field)),
    () => currency != null && assertCurrency(currency),
    () => {
      if (days != null && (days < 0 || days > 365)) throw badInput('paymentTermsDays', msg`Terms are 0 to 365 days.`);
    },
  );
}

export function assignVendor(vendor: Vendor, patch: VendorPatch): void {
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  Object.assign(vendor, given);
  vendor.nameAr = (patch.nameAr === undefined ? vendor.nameAr : patch.nameAr) ?? vendor.name;
  vendor.searchText = normaliseText(
    [vendor.name, vendor.nameAr, vendor.code, vendor.phone, vendor.email].filter(Boolean).join(' '),
  );
}

async function assertFreeCode(tx: Tx, code: string): Promise<void> {
  if (!CODE.test(code)) throw badInput('code', msg`A code has 1 to 20 capitals, digits or dashes.`);
  if ((await tx.em.count(Vendor, { code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a vendor ${code} already.`, { field: 'code' });
  }
}

/** Makes a vendor of our own, once vendors are ours. */
export const createVendor = defineCommand(
  ['BAD_INPUT', 'ALREADY_EXISTS', 'FIELD_OWNED_ELSEWHERE'],
  async (
    tx: Tx,
    input: VendorPatch & { name: string; code?: string | null | undefined },
    phase: Phase,
  ): Promise<string> => {
    assertOwned(vendorOwners, ['vendor'], phase);
    const { code: given = null, ...patch } = input;
    await checkAll(
      () => assertShape(patch),
      () => (given === null ? null : assertFreeCode(tx, given)),
    );
    const code = given ?? `V${String(await takeVendorNumber(tx.sql)).padStart(5, '0')}`;
    if (given === null) await assertFreeCode(tx, code);
    const vendor = tx.em.create(Vendor, {
      id: newId(),
      code,
      name: input.name,
      nameAr: input.name,
      currency: input.currency ?? 'USD',
      paymentTermsDays: 0,
      searchText: '',
      version: 1,
      createdAt: now(),
    });
    assignVendor(vendor, patch);
    tx.emit(vendorChanged(vendor.id, { change: 'created' }));
    return vendor.id;
  },
);

/** A vendor, locked: every command that moves what is owed to one takes this lock first. Throws NOT_FOUND. */
export async function lockVendor(tx: Tx, id: string, field: string): Promise<Vendor> {
  const found = isId(id)
    ? await tx.em.findOne(Vendor, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
    : null;
  if (!found) throw notFound('Vendor', id, field);
  return found;
}

/** Changes what is given; the code stays. */
export const updateVendor = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (tx: Tx, input: { id: string; version: number; patch: VendorPatch }, phase: Phase): Promise<void> => {
    const vendor = await lockVendor(tx, input.id, 'id');
    assertShape(input.patch);
    if (vendor.version !== input.version) throw staleVersion(vendor.version);
    if (vendor.externalRef) assertOwned(vendorOwners, ['vendor'], phase);
    assignVendor(vendor, input.patch);
    tx.emit(vendorChanged(vendor.id, { change: 'updated' }));
  },
);

/** Archived, never deleted: bills point at it. Again is a no-op. */
export const archiveVendor = defineCommand(
  ['NOT_FOUND', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (tx: Tx, input: { id: string; version: number }, phase: Phase): Promise<void> => {
    const vendor = await lockVendor(tx, input.id, 'id');
    if (vendor.archivedAt) return;
    if (vendor.version !== input.version) throw staleVersion(vendor.version);
    if (vendor.externalRef) assertOwned(vendorOwners, ['vendor'], phase);
    vendor.archivedAt = now();
    tx.emit(vendorChanged(vendor.id, { change: 'archived' }));
  },
);
