import { LockMode } from '@mikro-orm/core';
import { isBusinessDate, now } from '../kernel/clock.js';
import { assertCurrency } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { assertOwned, ownerOf, type FieldOwners, type Phase } from '../kernel/ownership.js';
import { assertNeverNull } from '../kernel/patch.js';
import { defineCommand } from '../platform/command.js';
import { takeLock } from '../platform/db/locks.js';
import type { Tx } from '../platform/db/transact.js';
import { PriceList } from './price-list.entity.js';
import { codeOfName } from './price-resolution.js';

/** Lists that are bound to a price book at Zoho are written there until the last phase. */
export const priceListOwners: FieldOwners = {
  name: { parallel: 'ZOHO', gradual: 'ZOHO', full: 'ERP' },
  active: { parallel: 'ZOHO', gradual: 'ZOHO', full: 'ERP' },
  prices: { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' },
  nameAr: { parallel: 'ERP', gradual: 'ERP', full: 'ERP' },
  effectiveFrom: { parallel: 'ERP', gradual: 'ERP', full: 'ERP' },
  effectiveTo: { parallel: 'ERP', gradual: 'ERP', full: 'ERP' },
};

const CODE = /^[a-z0-9][a-z0-9_]{0,39}$/;
const MAX_NAME = 100;

function assertName(value: string): void {
  if (value.trim() === '' || value.length > MAX_NAME) {
    throw badInput('name', msg`A name has 1 to ${MAX_NAME} characters.`);
  }
}

function assertNameAr(value: string | null | undefined): void {
  if (value != null && value.length > MAX_NAME) throw badInput('nameAr', msg`At most ${MAX_NAME} characters.`);
}

/** The first and the last day of a list or a price. `prefix` leads to them in the input: `prices.0.`. */
export function assertPeriod(from: string | null | undefined, to: string | null | undefined, prefix = ''): void {
  assertAll(
    ...Object.entries({ effectiveFrom: from, effectiveTo: to }).map(([field, day]) => () => {
      if (day != null && !isBusinessDate(day)) throw badInput(`${prefix}${field}`, msg`Not a valid date.`);
    }),
    () => {
      if (from && to && from > to) throw badInput(`${prefix}effectiveTo`, msg`The last day is before the first one.`);
    },
  );
}

async function assertFreeCode(tx: Tx, code: string): Promise<void> {
  if (!CODE.test(code)) throw badInput('code', msg`A code has 1 to 40 small letters, digits or underscores.`);
  if ((await tx.em.count(PriceList, { code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a price list ${code} already.`, { field: 'code' });
  }
}

export interface NewPriceList {
  code: string;
  name: string;
  nameAr?: string | null | undefined;
  currency: string;
  effectiveFrom?: string | null | undefined;
  effectiveTo?: string | null | undefined;
}

/** Makes a list of our own. */
export const createPriceList = defineCommand(
  ['BAD_INPUT', 'ALREADY_EXISTS'],
  async (tx: Tx, input: NewPriceList): Promise<PriceList> => {
    const { code, name, nameAr = null, currency, effectiveFrom = null, effectiveTo = null } = input;
    await checkAll(
      () => assertFreeCode(tx, code),
      () => assertName(name),
      () => assertNameAr(nameAr),
      () => assertCurrency(currency),
      () => assertPeriod(effectiveFrom, effectiveTo),
    );
    return tx.em.create(PriceList, {
      id: newId(),
      code,
      name: name.trim(),
      nameAr,
      currency,
      active: true,
      effectiveFrom,
      effectiveTo,
      version: 1,
      createdAt: now(),
    });
  },
);

/** What an outside source reports about a list. */
export interface PriceListSnapshot {
  externalRef: string;
  name: string;
  currency: string;
  active: boolean;
}

/**
 * Brings a list to what the source reports; idempotent. It is bound by its id once, by the code that its name stands
 * for (domain.md 1), and keeps that code when it is renamed; a code that is taken, or a name that stands for none,
 * makes a custom list. A list that priced something keeps its currency: another reported currency throws BAD_INPUT.
 */
export async function upsertPriceList(
  tx: Tx,
  snapshot: PriceListSnapshot,
  phase: Phase,
): Promise<{ id: string; changed: boolean }> {
  assertCurrency(snapshot.currency);
  // Two new lists with one name would bind to one code at once.
  await takeLock(tx.sql, 'priceListCodes');
  const code = codeOfName(snapshot.name);
  const bound = await tx.em.findOne(PriceList, { externalRef: snapshot.externalRef });
  const free = bound || code === null ? null : await tx.em.findOne(PriceList, { code, externalRef: null });
  const name = snapshot.name.trim().slice(0, MAX_NAME) || snapshot.externalRef;
  const list = bound ?? free;
  if (!list || (!bound && list.currency !== snapshot.currency)) {
    const made = tx.em.create(PriceList, {
      id: newId(),
      code: `custom_${snapshot.externalRef.toLowerCase()}`,
      name,
      currency: snapshot.currency,
      externalRef: snapshot.externalRef,
      active: snapshot.active,
      version: 1,
      createdAt: now(),
    });
    return { id: made.id, changed: true };
  }
  if (list.currency !== snapshot.currency) {
    throw badInput(
      'currency',
      msg`The list ${list.code} is in ${list.currency}; its prices cannot change to another currency.`,
    );
  }
  const reported = { name, active: snapshot.active };
  const fields = (['name', 'active'] as const).filter(
    (field) => list[field] !== reported[field] && (!bound || ownerOf(priceListOwners, field, phase) === 'ZOHO'),
  );
  if (bound && fields.length === 0) return { id: list.id, changed: false };
  list.externalRef = snapshot.externalRef;
  Object.assign(list, Object.fromEntries(fields.map((field) => [field, reported[field]])));
  return { id: list.id, changed: true };
}

export interface PriceListPatch {
  name?: string | undefined;
  nameAr?: string | null | undefined;
  active?: boolean | undefined;
  effectiveFrom?: string | null | undefined;
  effectiveTo?: string | null | undefined;
}

/** Changes what is given; the code never changes. */
export const updatePriceList = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (tx: Tx, input: { id: string; version: number; patch: PriceListPatch }, phase: Phase): Promise<void> => {
    const found = await lockPriceList(tx, input.id, 'id');
    const { patch } = input;
    const { effectiveFrom = found.effectiveFrom, effectiveTo = found.effectiveTo } = patch;
    assertAll(
      () => assertNeverNull(patch, ['name', 'active']),
      () => assertName(patch.name ?? found.name),
      () => assertNameAr(patch.nameAr),
      () => assertPeriod(effectiveFrom, effectiveTo),
    );
    if (found.version !== input.version) throw staleVersion(found.version);
    const fields = (Object.keys(patch) as (keyof PriceListPatch)[]).filter(
      (field) => patch[field] !== undefined && (patch[field] ?? null) !== (found[field] ?? null),
    );
    if (found.externalRef) assertOwned(priceListOwners, fields, phase);
    Object.assign(found, Object.fromEntries(fields.map((field) => [field, patch[field]])));
  },
);

/** Archived, never deleted: documents were priced by it. Again is a no-op. */
export const archivePriceList = defineCommand(
  ['NOT_FOUND', 'STALE_VERSION'],
  async (tx: Tx, input: { id: string; version: number }): Promise<void> => {
    const found = await lockPriceList(tx, input.id, 'id');
    if (found.archivedAt) return;
    if (found.version !== input.version) throw staleVersion(found.version);
    found.archivedAt = now();
  },
);

export async function lockPriceList(tx: Tx, id: string, field: string): Promise<PriceList> {
  const found = isId(id) ? await tx.em.findOne(PriceList, id, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
  if (!found) throw notFound('Price list', id, field);
  return found;
}
