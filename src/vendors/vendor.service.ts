import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { assertCurrency, assertText } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { normaliseText } from '../kernel/normalise.js';
import { assertOwned, type FieldOwners, type Owner, type Phase } from '../kernel/ownership.js';
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

function assertShape(patch: VendorPatch): void {
  if (patch.name !== undefined && (patch.name.trim() === '' || patch.name.length > MAX_NAME)) {
    throw badInput('name', msg`A name has 1 to ${MAX_NAME} characters.`);
  }
  for (const field of ['nameAr', 'phone', 'email', 'notes'] as const) assertText(patch[field], field);
  if (patch.currency !== undefined) assertCurrency(patch.currency);
  const days = patch.paymentTermsDays;
  if (days !== undefined && (days < 0 || days > 365)) throw badInput('paymentTermsDays', msg`Terms are 0 to 365 days.`);
}

export function assignVendor(vendor: Vendor, patch: VendorPatch): void {
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  Object.assign(vendor, given);
  vendor.nameAr = (patch.nameAr === undefined ? vendor.nameAr : patch.nameAr) ?? vendor.name;
  vendor.searchText = normaliseText(
    [vendor.name, vendor.nameAr, vendor.code, vendor.phone, vendor.email].filter(Boolean).join(' '),
  );
}

/** Throws BAD_INPUT, ALREADY_EXISTS (code), FIELD_OWNED_ELSEWHERE. */
export async function createVendor(
  tx: Tx,
  input: VendorPatch & { name: string; code?: string | null | undefined },
  phase: Phase,
): Promise<string> {
  assertOwned(vendorOwners, ['vendor'], phase);
  const { code: given, ...patch } = input;
  assertShape(patch);
  if (given != null && !CODE.test(given)) throw badInput('code', msg`A code has 1 to 20 capitals, digits or dashes.`);
  const code = given ?? `V${String(await takeVendorNumber(tx.sql)).padStart(5, '0')}`;
  if ((await tx.em.count(Vendor, { code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a vendor ${code} already.`, { field: 'code' });
  }
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
}

/** A vendor, locked: every command that moves what is owed to one takes this lock first. Throws NOT_FOUND. */
export async function lockVendor(tx: Tx, id: string, field: string): Promise<Vendor> {
  const found = isId(id)
    ? await tx.em.findOne(Vendor, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
    : null;
  if (!found) throw notFound('Vendor', id, field);
  return found;
}

/** Throws NOT_FOUND, BAD_INPUT, STALE_VERSION, FIELD_OWNED_ELSEWHERE. */
export async function updateVendor(
  tx: Tx,
  input: { id: string; version: number; patch: VendorPatch },
  phase: Phase,
): Promise<void> {
  const vendor = await lockVendor(tx, input.id, 'id');
  assertShape(input.patch);
  if (vendor.version !== input.version) throw staleVersion(vendor.version);
  if (vendor.externalRef) assertOwned(vendorOwners, ['vendor'], phase);
  assignVendor(vendor, input.patch);
  tx.emit(vendorChanged(vendor.id, { change: 'updated' }));
}

/** Archived, never deleted: bills point at it. Again is a no-op. Throws NOT_FOUND, STALE_VERSION, FIELD_OWNED_ELSEWHERE. */
export async function archiveVendor(tx: Tx, input: { id: string; version: number }, phase: Phase): Promise<void> {
  const vendor = await lockVendor(tx, input.id, 'id');
  if (vendor.archivedAt) return;
  if (vendor.version !== input.version) throw staleVersion(vendor.version);
  if (vendor.externalRef) assertOwned(vendorOwners, ['vendor'], phase);
  vendor.archivedAt = now();
  tx.emit(vendorChanged(vendor.id, { change: 'archived' }));
}
