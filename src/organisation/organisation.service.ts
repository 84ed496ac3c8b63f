import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { Decimal, isCurrency } from '../kernel/money.js';
import { assertNeverNull } from '../kernel/patch.js';
import { userChanged } from '../identity/identity.events.js';
import { User } from '../identity/user.entity.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { Branch } from './branch.entity.js';
import { ExchangeRate } from './currency.entity.js';
import { assertCode, assertNames, MAX_NAME } from '../kernel/naming.js';
import { warehouseChanged } from './organisation.events.js';
import { closedUntil, lockBooks, replaceUserWarehouses } from './organisation.queries.js';
import { Warehouse } from './warehouse.entity.js';
import { msg } from '../kernel/message.js';

async function assertFreeCode(tx: Tx, code: string): Promise<void> {
  assertCode(code);
  if ((await tx.em.count(Warehouse, { code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a warehouse ${code} already.`, { field: 'code' });
  }
}

async function findBranch(tx: Tx, id: string): Promise<Branch> {
  const branch = isId(id) ? await tx.em.findOne(Branch, id) : null;
  if (!branch) throw notFound('Branch', id, 'branchId');
  return branch;
}

interface NewWarehouse {
  code: string;
  name: string;
  nameAr: string;
  branchId: string;
  damaged?: boolean | null | undefined;
}

/** Makes a warehouse of a branch. */
export const createWarehouse = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND', 'ALREADY_EXISTS'],
  async (tx: Tx, input: NewWarehouse): Promise<Warehouse> => {
    const [branch] = await checkAll(
      () => findBranch(tx, input.branchId),
      () => assertFreeCode(tx, input.code),
      () => assertNames(input),
    );
    const warehouse = tx.em.create(Warehouse, {
      id: newId(),
      code: input.code,
      name: input.name.trim(),
      nameAr: input.nameAr.trim(),
      branch: branch.id,
      isPrimary: false,
      damaged: input.damaged === true,
      active: true,
      version: 1,
      createdAt: now(),
    });
    tx.emit(warehouseChanged(warehouse.id, { change: 'created' }));
    return warehouse;
  },
);

/** Renames, closes or opens a warehouse. */
export const updateWarehouse = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION'],
  async (
    tx: Tx,
    input: { id: string; version: number; name?: string; nameAr?: string; active?: boolean },
  ): Promise<void> => {
    const found = isId(input.id) ? await tx.em.findOne(Warehouse, input.id) : null;
    if (!found) throw notFound('Warehouse', input.id);
    assertAll(
      () => assertNeverNull(input, ['name', 'nameAr', 'active']),
      () => assertNames(input),
      () => {
        if (input.active === false && found.isPrimary) {
          throw badInput('active', msg`The primary warehouse stays open.`);
        }
      },
    );
    if (found.version !== input.version) throw staleVersion(found.version);
    const { name = found.name, nameAr = found.nameAr, active = found.active } = input;
    if (name === found.name && nameAr === found.nameAr && active === found.active) return;
    Object.assign(found, { name, nameAr, active });
    tx.emit(warehouseChanged(found.id, { change: 'updated' }));
  },
);

/**
 * The warehouse of a location at the source, created when it is new. The source's primary location becomes our primary
 * one as long as that has no twin. Runs in its own short Tx before the record's, like every shared parent.
 */
export async function ensureWarehouse(
  tx: Tx,
  location: { externalRef: string; name: string; primary: boolean },
): Promise<string> {
  // Several pulls may meet a new warehouse at once: one creates it, the others find it after waiting for the lock.
  const main = await tx.em.findOneOrFail(Warehouse, { isPrimary: true }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const known = await tx.em.findOne(Warehouse, { externalRef: location.externalRef });
  if (known) return known.id;
  if (location.primary && !main.externalRef) {
    main.externalRef = location.externalRef;
    tx.emit(warehouseChanged(main.id, { change: 'updated' }));
    return main.id;
  }
  const warehouse = tx.em.create(Warehouse, {
    id: newId(),
    code: `Z${location.externalRef}`.slice(-20).toUpperCase(),
    name: location.name.slice(0, MAX_NAME) || location.externalRef,
    nameAr: location.name.slice(0, MAX_NAME) || location.externalRef,
    branch: main.branch.id,
    externalRef: location.externalRef,
    isPrimary: false,
    damaged: false,
    active: true,
    version: 1,
    createdAt: now(),
  });
  tx.emit(warehouseChanged(warehouse.id, { change: 'created' }));
  return warehouse.id;
}

/** A day of closed books takes nothing new. Whoever asks has locked the books, so that nothing enters a day that is being closed. Throws PERIOD_CLOSED. */
export async function assertOpenDay(tx: Tx, day: string, field: string): Promise<void> {
  const closed = await closedUntil(tx.sql);
  if (closed === null || day > closed) return;
  throw new AppError('PERIOD_CLOSED', msg`The books are closed up to ${closed}.`, {
    field,
    details: { closedUntil: closed },
  });
}

/**
 * Records what a currency is worth in IQD from a day on; the same day again replaces it, the same rate again is a no-op.
 * A day of closed books is refused. Documents keep the rate that they were made with.
 */
export const recordExchangeRate = defineCommand(
  ['BAD_INPUT', 'PERIOD_CLOSED'],
  async (tx: Tx, input: { currency: string; rate: string; effectiveOn: string }): Promise<string> => {
    const { currency, rate, effectiveOn } = input;
    assertAll(
      () => {
        if (!isCurrency(currency) || currency === 'IQD') {
          throw badInput('currency', msg`A rate is of USD or RMB, in IQD.`);
        }
      },
      () => {
        if (!new Decimal(rate).isPositive() || new Decimal(rate).isZero()) {
          throw badInput('rate', msg`A rate is above 0.`);
        }
      },
    );
    await lockBooks(tx.sql, 'posting');
    const known = await tx.em.findOne(ExchangeRate, { currency, effectiveOn });
    if (known && new Decimal(known.rate).equals(rate)) return known.id;
    await assertOpenDay(tx, effectiveOn, 'effectiveOn');
    if (known) {
      known.rate = rate;
      return known.id;
    }
    const id = newId();
    tx.em.create(ExchangeRate, { id, currency, rate, effectiveOn, createdAt: now() });
    return id;
  },
);

async function findUser(tx: Tx, id: string): Promise<User> {
  const user = isId(id) ? await tx.em.findOne(User, id) : null;
  if (!user) throw notFound('User', id, 'userId');
  return user;
}

async function assertWarehouses(tx: Tx, ids: readonly string[]): Promise<void> {
  const found = await tx.em.find(Warehouse, { id: { $in: [...new Set(ids)].filter(isId) } });
  const known = new Set(found.map(({ id }) => id));
  mapAll(ids, (id, index) => {
    if (!known.has(id)) throw notFound('Warehouse', id, `warehouseIds.${index}`);
  });
}

/** Sets which warehouses an inventory manager keeps. Takes effect at once. */
export const assignWarehouses = defineCommand(
  ['NOT_FOUND'],
  async (tx: Tx, userId: string, warehouseIds: readonly string[]): Promise<void> => {
    await checkAll(
      () => findUser(tx, userId),
      () => assertWarehouses(tx, warehouseIds),
    );
    const distinct = [...new Set(warehouseIds)];
    const before = await replaceUserWarehouses(tx.sql, userId, distinct);
    tx.audit({
      entityType: 'User',
      entityId: userId,
      action: 'update',
      changes: { warehouses: [before.sort(), distinct.sort()] },
    });
    tx.emit(userChanged(userId, {}));
  },
);
