import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { ownerOf, type Phase } from '../kernel/ownership.js';
import type { Tx } from '../platform/db/transact.js';
import { vendorChanged } from './vendor.events.js';
import { takeVendorNumber } from './vendor.queries.js';
import { Vendor } from './vendor.entity.js';
import { assignVendor, vendorOwners, type VendorPatch } from './vendor.service.js';

/** What an outside source reports about a vendor. `undefined` is no report: the old value stays. */
export interface VendorSnapshot {
  externalRef: string;
  name?: string | undefined;
  nameAr?: string | undefined;
  phone?: string | null | undefined;
  email?: string | null | undefined;
  currency?: string | undefined;
  paymentTermsDays?: number | undefined;
  notes?: string | null | undefined;
  active?: boolean | undefined;
}

interface Upserted {
  id: string;
  changed: boolean;
}

const PATCHED = ['name', 'nameAr', 'phone', 'email', 'currency', 'paymentTermsDays', 'notes'] as const;

/** The fields of the report that differ from the vendor. */
function changesOf(vendor: Vendor, snapshot: VendorSnapshot): VendorPatch {
  const changed = PATCHED.filter(
    (field) => snapshot[field] !== undefined && (snapshot[field] ?? null) !== (vendor[field] ?? null),
  );
  return Object.fromEntries(changed.map((field) => [field, snapshot[field]]));
}

/**
 * Brings a vendor to what the source reports; idempotent. Locks the row; the caller holds the link's lock before it. An
 * inactive vendor of the source is archived here. A record that is new here takes every value.
 */
export async function upsertReportedVendor(tx: Tx, snapshot: VendorSnapshot, phase: Phase): Promise<Upserted> {
  const { externalRef, active } = snapshot;
  const found = await tx.em.findOne(Vendor, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (found && ownerOf(vendorOwners, 'vendor', phase) !== 'ZOHO') return { id: found.id, changed: false };
  const vendor = found ?? (await createReported(tx, snapshot));
  const patch = changesOf(vendor, snapshot);
  const mirrored = vendor.nameAr === vendor.name;
  const isArchived = active === undefined ? false : !active;
  const archiving = isArchived !== Boolean(vendor.archivedAt);
  if (found && Object.keys(patch).length === 0 && !archiving) return { id: vendor.id, changed: false };
  // A name without an Arabic one is shown for both, so the second follows the first.
  assignVendor(vendor, mirrored && patch.nameAr === undefined ? { ...patch, nameAr: null } : patch);
  if (archiving) vendor.archivedAt = isArchived ? now() : null;
  tx.emit(vendorChanged(vendor.id, { change: !found ? 'created' : isArchived && archiving ? 'archived' : 'updated' }));
  return { id: vendor.id, changed: true };
}

async function createReported(tx: Tx, snapshot: VendorSnapshot): Promise<Vendor> {
  const name = snapshot.name ?? snapshot.externalRef;
  return tx.em.create(Vendor, {
    id: newId(),
    code: `V${String(await takeVendorNumber(tx.sql)).padStart(5, '0')}`,
    externalRef: snapshot.externalRef,
    name,
    nameAr: name,
    currency: 'USD',
    paymentTermsDays: 0,
    searchText: '',
    version: 1,
    createdAt: now(),
  });
}

/** The source no longer has the record. Archived, never deleted: bills point at it. Again is a no-op. */
export async function archiveGoneVendor(tx: Tx, externalRef: string): Promise<Upserted | null> {
  const vendor = await tx.em.findOne(Vendor, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!vendor) return null;
  if (vendor.archivedAt) return { id: vendor.id, changed: false };
  vendor.archivedAt = now();
  tx.emit(vendorChanged(vendor.id, { change: 'archived' }));
  return { id: vendor.id, changed: true };
}
