import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import type { Tx } from '../platform/db/transact.js';
import { BOX_ACCOUNTS, CashBox } from './cash-box.entity.js';

/** An account of money as a source names it. */
export interface ReportedAccount {
  externalRef: string;
  name: string;
  isBank: boolean;
}

/** Where money lies of which the source does not say where. */
const UNNAMED: ReportedAccount = { externalRef: 'zoho', name: 'Zoho', isBank: true };

/**
 * The box of an account of money at the source, made when it is first named. Documents come in any order, so it may be
 * overdrawn for a while.
 */
export async function ensureReportedBox(tx: Tx, account: ReportedAccount | null, branchId: string): Promise<CashBox> {
  const { externalRef, name, isBank } = account ?? UNNAMED;
  const known = await tx.em.findOne(CashBox, { externalRef });
  if (known) return known;
  // Two documents may name a new account at once; whoever comes second finds it, or tries again.
  const box = tx.em.create(CashBox, {
    id: newId(),
    externalRef,
    account: isBank ? BOX_ACCOUNTS.BANK : BOX_ACCOUNTS.SAFE,
    name,
    nameAr: name,
    branchId,
    isDefault: false,
    mayOverdraw: true,
    active: true,
    version: 1,
    createdAt: now(),
  });
  await tx.em.flush();
  return box;
}
