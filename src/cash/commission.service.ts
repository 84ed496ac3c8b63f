import { LockMode } from '@mikro-orm/core';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { primaryBranchId } from '../documents/warehouse.service.js';
import { User } from '../identity/user.entity.js';
import { now } from '../kernel/clock.js';
import { assertAmount, assertPercent } from '../kernel/document-values.js';
import { badInput, notFound, staleVersion } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { type Currency, Decimal, roundMoney } from '../kernel/money.js';
import { assertDay } from '../ledger/books.service.js';
import { ACCOUNTS, postLines } from '../ledger/journal.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { getUsableBox } from './cash-box.service.js';
import {
  Commission,
  type CommissionBasis,
  CommissionPlan,
  type CommissionState,
  commissionTransitions,
} from './commission.entity.js';
import { type Earning, listEarnings } from './commission.queries.js';
import { readPostedBase } from './expense.queries.js';

const FIRST_DAY = /-01$/;

function assertMonth(month: string, field: string): void {
  if (!FIRST_DAY.test(month)) throw badInput(field, msg`Name the first day of a month.`);
}

export interface NewCommissionPlan {
  salespersonId: string;
  fromMonth: string;
  basis: CommissionBasis;
  ratePercent: string;
  target?: string | null | undefined;
  bonus?: string | null | undefined;
}

/** Sets what a salesperson earns from a month on; the same month again replaces it. */
export const setCommissionPlan = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT'],
  async (tx: Tx, input: NewCommissionPlan): Promise<string> => {
    const { salespersonId, fromMonth, basis, ratePercent, target = null, bonus = null } = input;
    await checkAll(
      async () => {
        const found = isId(salespersonId) ? await tx.em.findOne(User, salespersonId) : null;
        if (!found) throw notFound('User', salespersonId, 'salespersonId');
      },
      () => assertMonth(fromMonth, 'fromMonth'),
      () => assertPercent(ratePercent, 'ratePercent'),
      () => target !== null && assertAmount(target, null, 'target'),
      () => bonus !== null && assertAmount(bonus, null, 'bonus'),
      () => {
        if ((target === null) !== (bonus === null)) throw badInput('bonus', msg`A target and its bonus go together.`);
      },
    );
    const known = await tx.em.findOne(CommissionPlan, { salespersonId, fromMonth });
    if (known) {
      Object.assign(known, { basis, ratePercent, target, bonus });
      return known.id;
    }
    const id = newId();
    const plan = { salespersonId, fromMonth, basis, ratePercent, target, bonus };
    tx.em.create(CommissionPlan, { id, ...plan, version: 1, createdAt: now() });
    return id;
  },
);

function earnedOf({ amount, ratePercent, target, bonus, currency }: Earning) {
  const base = Decimal.max(new Decimal(amount), 0);
  const earned = roundMoney(base.times(ratePercent).dividedBy(100), currency as Currency);
  const reached = target !== null && base.greaterThanOrEqualTo(target);
  const extra = reached ? (bonus ?? '0') : '0';
  return { basisAmount: amount, earned, bonus: extra, total: new Decimal(earned).plus(extra).toFixed() };
}

/**
 * Computes what everybody with a plan earned in a month, from the journal. Again gives the same; what was approved
 * stays. A month that goes on is pending.
 */
export const calculateCommissions = defineCommand(
  ['BAD_INPUT'],
  async (tx: Tx, { today }: { today: string }, month: string): Promise<void> => {
    assertMonth(month, 'month');
    if (month > today) throw badInput('month', msg`The month has not begun.`);
    const over = !today.startsWith(month.slice(0, 7));
    for (const earning of await listEarnings(tx.sql, month)) {
      const { salespersonId, planId, currency } = earning;
      const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
      const known = await tx.em.findOne(Commission, { salespersonId, month }, lock);
      const status: CommissionState = over ? 'CALCULATED' : 'PENDING';
      const figures = { status, planId, currency, ...earnedOf(earning) };
      if (!known) {
        const made = { id: newId(), salespersonId, month, version: 1, createdAt: now() };
        tx.em.create(Commission, { ...made, ...figures });
        continue;
      }
      const settled = known.status === 'APPROVED' || known.status === 'PAID';
      const same = (['basisAmount', 'earned', 'bonus', 'total'] as const).every((one) =>
        new Decimal(known[one]).equals(figures[one]),
      );
      if (!settled && !(same && known.status === status && known.planId === planId)) Object.assign(known, figures);
    }
  },
);

export interface CommissionStep {
  id: string;
  version: number;
  idempotencyKey: string;
}

async function lockCommission(
  tx: Tx,
  { id, version }: { id: string; version: number },
  next: CommissionState,
): Promise<Commission> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const found = isId(id) ? await tx.em.findOne(Commission, id, lock) : null;
  if (!found) throw notFound('Commission', id);
  if (found.version !== version) throw staleVersion(found.version);
  commissionTransitions.assert(found.status, next);
  return found;
}

const STEP = [...failuresOf.stepping, 'PERIOD_CLOSED'] as const;

/** The company owes it from today on. */
export const approveCommission = defineCommand(
  STEP,
  (tx: Tx, documentContext: DocumentContext, input: CommissionStep) =>
    recordDocument(tx, documentContext, { operation: 'approveCommission', kind: 'payment', input }, async (given) => {
      const day = await assertDay(tx, documentContext, null, 'id');
      const commission = await lockCommission(tx, given, 'APPROVED');
      const { viewer } = documentContext;
      const approvedBy = viewer.kind === 'user' ? viewer.userId : null;
      Object.assign(commission, { status: 'APPROVED', approvedOn: day, approvedBy });
      await tx.em.flush();
      const { id: documentId, total, currency, salespersonId } = commission;
      if (new Decimal(total).isZero()) return commission;
      const branchId = await primaryBranchId(tx);
      await postLines(tx, {
        day,
        event: 'COMMISSION_APPROVED',
        documentType: 'commission',
        documentId,
        lines: [
          { account: ACCOUNTS.commission, currency, amount: total, branchId, salespersonId },
          {
            account: ACCOUNTS.commissionDue,
            partyId: salespersonId,
            currency,
            amount: new Decimal(total).negated(),
            branchId,
          },
        ],
      });
      return commission;
    }),
);

/** Pays an approved commission out of a box. */
export const payCommission = defineCommand(
  [...STEP, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, input: CommissionStep & { boxId: string }) => {
    const command = { operation: 'payCommission', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async ({ boxId, ...step }) => {
      const [day, commission, box] = await checkAll(
        () => assertDay(tx, documentContext, null, 'id'),
        () => lockCommission(tx, step, 'PAID'),
        () => getUsableBox(tx, documentContext.viewer, boxId, 'boxId'),
      );
      Object.assign(commission, { status: 'PAID', paidOn: day, boxId: box.id });
      await tx.em.flush();
      const { id: documentId, total, currency, salespersonId } = commission;
      if (new Decimal(total).isZero()) return commission;
      const { branchId } = box;
      const approval = { documentId, event: 'COMMISSION_APPROVED', account: ACCOUNTS.commissionDue };
      const base = new Decimal(await readPostedBase(tx.sql, approval)).negated();
      await postLines(tx, {
        day,
        event: 'COMMISSION_PAID',
        documentType: 'commission',
        documentId,
        lines: [
          { account: ACCOUNTS.commissionDue, partyId: salespersonId, currency, amount: total, base, branchId },
          { account: box.account, partyId: box.id, currency, amount: new Decimal(total).negated(), branchId },
        ],
      });
      return commission;
    });
  },
);
