import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { ALWAYS_ERP, assertOwned, type FieldOwners, type Phase, ZOHO_UNTIL_FULL } from '../kernel/ownership.js';
import { assertNeverNull } from '../kernel/patch.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { Tax } from './currency.entity.js';
import { assertCode, assertNames, assertOnlyOpens } from '../kernel/naming.js';
import { msg } from '../kernel/message.js';

/** A tax that has a twin at Zoho. The names stand on our papers, in two languages. */
export const taxOwners: FieldOwners = {
  name: ALWAYS_ERP,
  nameAr: ALWAYS_ERP,
  ratePercent: ZOHO_UNTIL_FULL,
  active: ZOHO_UNTIL_FULL,
};

const RATE_DECIMALS = 3;

function assertRate(rate: string): void {
  const percent = new Decimal(rate);
  if (percent.isNegative() || percent.greaterThan(100) || percent.decimalPlaces() > RATE_DECIMALS) {
    throw badInput('ratePercent', msg`A tax is 0 to 100 percent, with at most ${RATE_DECIMALS} decimals.`);
  }
}

export interface NewTax {
  code: string;
  name: string;
  nameAr: string;
  ratePercent: string;
}

async function assertFreeCode(tx: Tx, code: string): Promise<void> {
  assertCode(code);
  if ((await tx.em.count(Tax, { code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a tax ${code} already.`, { field: 'code' });
  }
}

/** Makes a tax that lines can carry. */
export const createTax = defineCommand(['BAD_INPUT', 'ALREADY_EXISTS'], async (tx: Tx, input: NewTax): Promise<Tax> => {
  await checkAll(
    () => assertFreeCode(tx, input.code),
    () => assertNames(input),
    () => assertRate(input.ratePercent),
  );
  return tx.em.create(Tax, {
    id: newId(),
    code: input.code,
    name: input.name.trim(),
    nameAr: input.nameAr.trim(),
    ratePercent: input.ratePercent,
    active: true,
    version: 1,
    createdAt: now(),
  });
});

export interface TaxPatch {
  id: string;
  version: number;
  name?: string | undefined;
  nameAr?: string | undefined;
  ratePercent?: string | undefined;
  /** True offers an archived tax again; false is refused, because it is withdrawn by `archiveTax`. */
  active?: boolean | undefined;
}

async function findTax(tx: Tx, id: string): Promise<Tax> {
  const found = isId(id) ? await tx.em.findOne(Tax, id) : null;
  if (!found) throw notFound('Tax', id);
  return found;
}

/** Changes what is given; documents keep the percentage that they were made with. */
export const updateTax = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (tx: Tx, input: TaxPatch, phase: Phase): Promise<void> => {
    const found = await findTax(tx, input.id);
    assertAll(
      () => assertNeverNull(input, ['name', 'nameAr', 'ratePercent', 'active']),
      () => assertNames(input),
      () => assertRate(input.ratePercent ?? found.ratePercent),
      () => assertOnlyOpens(input.active),
    );
    if (found.version !== input.version) throw staleVersion(found.version);
    const { name = found.name, nameAr = found.nameAr, ratePercent = found.ratePercent, active = found.active } = input;
    const moved = !new Decimal(ratePercent).equals(found.ratePercent);
    if (found.externalRef) {
      assertOwned(
        taxOwners,
        [...(moved ? ['ratePercent'] : []), ...(active === found.active ? [] : ['active'])],
        phase,
      );
    }
    Object.assign(found, { name: name.trim(), nameAr: nameAr.trim(), active });
    if (moved) found.ratePercent = ratePercent;
  },
);

/** No new line carries it any more; documents keep it. Again is a no-op. */
export const archiveTax = defineCommand(
  ['NOT_FOUND', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (tx: Tx, input: { id: string; version: number }, phase: Phase): Promise<void> => {
    const found = await findTax(tx, input.id);
    if (!found.active) return;
    if (found.version !== input.version) throw staleVersion(found.version);
    if (found.externalRef) assertOwned(taxOwners, ['active'], phase);
    found.active = false;
  },
);
