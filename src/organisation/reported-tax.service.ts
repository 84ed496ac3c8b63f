import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { MAX_NAME } from '../kernel/naming.js';
import { ownerOf, type Phase } from '../kernel/ownership.js';
import type { Tx } from '../platform/db/transact.js';
import { Tax } from './currency.entity.js';
import { taxOwners } from './tax.service.js';

/** What an outside source reports about a tax. `undefined` is no report: the old value stays. */
export interface TaxSnapshot {
  externalRef: string;
  name: string | undefined;
  /** 0 to 100. */
  ratePercent: string | undefined;
  active: boolean;
}

interface Reported {
  id: string;
  changed: boolean;
}

/** A tax of ours that nobody has bound yet and that is the same: by its name and its rate. */
async function findTwin(tx: Tx, { name, ratePercent }: TaxSnapshot): Promise<Tax | null> {
  if (name === undefined || ratePercent === undefined) return null;
  const free = await tx.em.find(Tax, { externalRef: null }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const wanted = name.toLowerCase();
  return (
    free.find((tax) => tax.name.toLowerCase() === wanted && new Decimal(tax.ratePercent).equals(ratePercent)) ?? null
  );
}

function createReported(tx: Tx, { externalRef, name = externalRef, ratePercent = '0', active }: TaxSnapshot): Tax {
  return tx.em.create(Tax, {
    id: newId(),
    code: `Z${externalRef}`.slice(-20).toUpperCase(),
    name: name.slice(0, MAX_NAME),
    nameAr: name.slice(0, MAX_NAME),
    ratePercent,
    active,
    externalRef,
    version: 1,
    createdAt: now(),
  });
}

/**
 * Brings a tax to what the source reports; idempotent. The source names it when it is new; afterwards the names are
 * ours. Its rate follows the source until the last phase; documents keep the percentage that they were made with.
 */
export async function upsertReportedTax(tx: Tx, snapshot: TaxSnapshot, phase: Phase): Promise<Reported> {
  const { externalRef, ratePercent, active } = snapshot;
  const bound = await tx.em.findOne(Tax, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const found = bound ?? (await findTwin(tx, snapshot));
  if (!found) return { id: createReported(tx, snapshot).id, changed: true };
  const follows = (field: string): boolean => ownerOf(taxOwners, field, phase) === 'ZOHO';
  let changed = !bound;
  found.externalRef = externalRef;
  if (ratePercent !== undefined && follows('ratePercent') && !new Decimal(ratePercent).equals(found.ratePercent)) {
    found.ratePercent = ratePercent;
    changed = true;
  }
  if (follows('active') && found.active !== active) {
    found.active = active;
    changed = true;
  }
  return { id: found.id, changed };
}

/** The source no longer has the tax: no new line carries it. Again is a no-op. */
export async function archiveGoneTax(tx: Tx, externalRef: string): Promise<Reported | null> {
  const found = await tx.em.findOne(Tax, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!found) return null;
  const changed = found.active;
  found.active = false;
  return { id: found.id, changed };
}
