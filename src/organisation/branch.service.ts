import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { assertNeverNull } from '../kernel/patch.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { Branch } from './branch.entity.js';
import { assertCode, assertNames, assertOnlyOpens, MAX_NAME } from '../kernel/naming.js';
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

async function assertFreeCode(tx: Tx, code: string): Promise<void> {
  assertCode(code);
  if ((await tx.em.count(Branch, { code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a branch ${code} already.`, { field: 'code' });
  }
}

/** Makes a branch; its code stands in the numbers of its documents. */
export const createBranch = defineCommand(
  ['BAD_INPUT', 'ALREADY_EXISTS'],
  async (tx: Tx, input: NewBranch): Promise<Branch> => {
    await checkAll(
      () => assertFreeCode(tx, input.code),
      () => assertNames(input),
      () => assertCity(input.city),
    );
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
  },
);

export interface BranchPatch {
  id: string;
  version: number;
  name?: string | undefined;
  nameAr?: string | undefined;
  city?: string | null | undefined;
  /** True opens a closed branch again; false is refused, because it is closed by `archiveBranch`. */
  active?: boolean | undefined;
}

async function findBranch(tx: Tx, id: string): Promise<Branch> {
  const found = isId(id) ? await tx.em.findOne(Branch, id) : null;
  if (!found) throw notFound('Branch', id);
  return found;
}

/** Changes what is given; the code stays, because documents carry it. */
export const updateBranch = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION'],
  async (tx: Tx, input: BranchPatch): Promise<void> => {
    const found = await findBranch(tx, input.id);
    assertAll(
      () => assertNeverNull(input, ['name', 'nameAr', 'active']),
      () => assertNames(input),
      () => assertCity(input.city),
      () => assertOnlyOpens(input.active),
    );
    if (found.version !== input.version) throw staleVersion(found.version);
    const { name = found.name, nameAr = found.nameAr, active = found.active } = input;
    const city = input.city === undefined ? found.city : input.city;
    Object.assign(found, { name: name.trim(), nameAr: nameAr.trim(), city: city?.trim() ?? null, active });
  },
);

/** Closes a branch; its documents stay. Again is a no-op. Refused while one of its warehouses is open. */
export const archiveBranch = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION'],
  async (tx: Tx, input: { id: string; version: number }): Promise<void> => {
    const found = await findBranch(tx, input.id);
    if (!found.active) return;
    if (found.version !== input.version) throw staleVersion(found.version);
    const open = await tx.em.findOne(Warehouse, { branch: found.id, active: true }, { orderBy: { code: 'asc' } });
    if (open) throw badInput('id', msg`The warehouse ${open.code} of this branch is open. Close it first.`);
    found.active = false;
  },
);
