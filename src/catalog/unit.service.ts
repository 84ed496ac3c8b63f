import { now } from '../kernel/clock.js';
import { assertQuantity } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal, QUANTITY_DECIMALS } from '../kernel/money.js';
import { assertNames } from '../kernel/naming.js';
import { assertNeverNull } from '../kernel/patch.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { Unit } from './unit.entity.js';
import { type Counted, listCounted } from './unit.queries.js';

const MAX_CODE = 20;

/** A quantity that people give has no more decimals than the unit of its product. Throws BAD_INPUT. */
export function assertCountable(quantity: string, of: Counted, field: string): void {
  if (new Decimal(quantity).decimalPlaces() <= of.decimals) return;
  throw badInput(
    field,
    of.decimals === 0
      ? msg`${of} is counted in whole units.`
      : msg`A quantity of ${of} has at most ${of.decimals} decimals.`,
  );
}

/** The quantities of lines that name products, each as `check` wants it and as the unit of its product allows. */
export async function assertCountableLines(
  tx: Tx,
  lines: readonly { productId: string; quantity: string }[],
  check: (quantity: string, field: string) => void = assertQuantity,
): Promise<void> {
  const counted = await listCounted(tx.sql, lines.map(({ productId }) => productId).filter(isId));
  mapAll(lines, ({ productId, quantity }, index) => {
    const field = `lines.${index}.quantity`;
    check(quantity, field);
    const product = counted.get(productId);
    if (product) assertCountable(quantity, product, field);
  });
}

function assertDecimals(decimals: number | undefined): void {
  if (decimals !== undefined && (decimals < 0 || decimals > QUANTITY_DECIMALS))
    throw badInput('decimals', msg`A unit has 0 to ${QUANTITY_DECIMALS} decimals.`);
}

export interface NewUnit {
  code: string;
  name: string;
  nameAr: string;
  decimals: number;
}

async function assertFreeCode(tx: Tx, code: string): Promise<void> {
  if (code === '' || code.length > MAX_CODE) throw badInput('code', msg`A unit has 1 to ${MAX_CODE} characters.`);
  if ((await tx.em.count(Unit, { code })) > 0)
    throw new AppError('ALREADY_EXISTS', msg`There is a unit ${code} already.`, { field: 'code' });
}

/** Describes a unit that products name. */
export const createUnit = defineCommand(
  ['BAD_INPUT', 'ALREADY_EXISTS'],
  async (tx: Tx, input: NewUnit): Promise<Unit> => {
    const code = input.code.trim().toLowerCase();
    await checkAll(
      () => assertFreeCode(tx, code),
      () => assertNames(input),
      () => assertDecimals(input.decimals),
    );
    const { decimals } = input;
    const names = { name: input.name.trim(), nameAr: input.nameAr.trim() };
    return tx.em.create(Unit, { id: newId(), code, ...names, decimals, version: 1, createdAt: now() });
  },
);

export interface UnitPatch {
  id: string;
  version: number;
  name?: string | undefined;
  nameAr?: string | undefined;
  decimals?: number | undefined;
}

/** Changes what is given. What documents and stock say already stays, and can leave as it is. */
export const updateUnit = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION'],
  async (tx: Tx, input: UnitPatch): Promise<void> => {
    const found = isId(input.id) ? await tx.em.findOne(Unit, input.id) : null;
    if (!found) throw notFound('Unit', input.id);
    assertAll(
      () => assertNeverNull(input, ['name', 'nameAr', 'decimals']),
      () => assertNames(input),
      () => assertDecimals(input.decimals),
    );
    if (found.version !== input.version) throw staleVersion(found.version);
    const { name = found.name, nameAr = found.nameAr, decimals = found.decimals } = input;
    Object.assign(found, { name: name.trim(), nameAr: nameAr.trim(), decimals });
  },
);
