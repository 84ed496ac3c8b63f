import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import type { Tx } from '../platform/db/transact.js';
import { Branch } from './branch.entity.js';
import { assertCode, assertNames, MAX_NAME } from './naming.js';
import { Warehouse } from './warehouse.entity.js';
import { msg } from '../kernel/message.js';

function assertCity(city: string | null | undefined): void {
  if (city != null && (city.trim() === '' || city.length > MAX_NAME)) {
    throw badInput('city', msg`A city has 1 to ${MAX_NAME} characters.`);
  }
}

export interface NewBranch {
  code: string;
  name: string;
  nameAr: string;
  city?: string | null | undefined;
}

/** Makes a branch; its code stands in the numbers of its documents. Throws BAD_INPUT, ALREADY_EXISTS (code). */
export async function createBranch(tx: Tx, input: NewBranch): Promise<Branch> {
  assertCode(input.code);
  assertNames({ name: input.name, nameAr: input.nameAr });
  assertCity(input.city);
  if ((await tx.em.count(Branch, { code: input.code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a branch ${input.code} already.`, { field: 'code' });
  }
  return tx.em.create(Branch, {
    id: newId(),
    code: input.code,
    name: input.name.trim(),
    nameAr: input.nameAr.trim(),
    city: input.city?.trim() ?? null,
    active: true,
    version: 1,
    createdAt: now(),
  });
}

export interface BranchPatch {
  id: string;
  version: number;
  name?: string | undefined;
  nameAr?: string | undefined;
  city?: string | null | undefined;
  /** True opens a closed branch again; it is closed by `archiveBranch`. */
  active?: true | undefined;
}

async function findBranch(tx: Tx, id: string): Promise<Branch> {
  const found = isId(id) ? await tx.em.findOne(Branch, id) : null;
  if (!found) throw notFound('Branch', id);
  return found;
}

/** Changes what is given; the code stays, because documents carry it. Throws NOT_FOUND, BAD_INPUT, STALE_VERSION. */
export async function updateBranch(tx: Tx, input: BranchPatch): Promise<void> {
  const found = await findBranch(tx, input.id);
  assertNames({ name: input.name, nameAr: input.nameAr });
  assertCity(input.city);
  if (found.version !== input.version) throw staleVersion(found.version);
  const { name = found.name, nameAr = found.nameAr, active = found.active } = input;
  const city = input.city === undefined ? found.city : input.city;
  Object.assign(found, { name: name.trim(), nameAr: nameAr.trim(), city: city?.trim() ?? null, active });
}

/**
 * Closes a branch; its documents stay. Again is a no-op. Throws NOT_FOUND, STALE_VERSION, BAD_INPUT while one of its
 * warehouses is open.
 */
export async function archiveBranch(tx: Tx, input: { id: string; version: number }): Promise<void> {
  const found = await findBranch(tx, input.id);
  if (!found.active) return;
  if (found.version !== input.version) throw staleVersion(found.version);
  const open = await tx.em.findOne(Warehouse, { branch: found.id, active: true }, { orderBy: { code: 'asc' } });
  if (open) throw badInput('id', msg`The warehouse ${open.code} of this branch is open. Close it first.`);
  found.active = false;
}
