import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import type { Tx } from '../platform/db/transact.js';
import { Tax } from './currency.entity.js';
import { assertCode, assertNames } from './naming.js';
import { msg } from '../kernel/message.js';

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

/** Throws BAD_INPUT, ALREADY_EXISTS (code). */
export async function createTax(tx: Tx, input: NewTax): Promise<Tax> {
  assertCode(input.code);
  assertNames({ name: input.name, nameAr: input.nameAr });
  assertRate(input.ratePercent);
  if ((await tx.em.count(Tax, { code: input.code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a tax ${input.code} already.`, { field: 'code' });
  }
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
}

export interface TaxPatch {
  id: string;
  version: number;
  name?: string | undefined;
  nameAr?: string | undefined;
  ratePercent?: string | undefined;
  /** True offers an archived tax again; it is withdrawn by `archiveTax`. */
  active?: true | undefined;
}

async function findTax(tx: Tx, id: string): Promise<Tax> {
  const found = isId(id) ? await tx.em.findOne(Tax, id) : null;
  if (!found) throw notFound('Tax', id);
  return found;
}

/** Changes what is given; documents keep the percentage that they were made with. Throws NOT_FOUND, BAD_INPUT, STALE_VERSION. */
export async function updateTax(tx: Tx, input: TaxPatch): Promise<void> {
  const found = await findTax(tx, input.id);
  assertNames({ name: input.name, nameAr: input.nameAr });
  if (input.ratePercent !== undefined) assertRate(input.ratePercent);
  if (found.version !== input.version) throw staleVersion(found.version);
  const { name = found.name, nameAr = found.nameAr, active = found.active } = input;
  Object.assign(found, { name: name.trim(), nameAr: nameAr.trim(), active });
  const { ratePercent } = input;
  if (ratePercent !== undefined && !new Decimal(ratePercent).equals(found.ratePercent)) found.ratePercent = ratePercent;
}

/** No new line carries it any more; documents keep it. Again is a no-op. Throws NOT_FOUND, STALE_VERSION. */
export async function archiveTax(tx: Tx, input: { id: string; version: number }): Promise<void> {
  const found = await findTax(tx, input.id);
  if (!found.active) return;
  if (found.version !== input.version) throw staleVersion(found.version);
  found.active = false;
}
