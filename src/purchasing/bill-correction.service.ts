import { ref } from '@mikro-orm/core';
import type { CarriedBase } from '../documents/allocation.service.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { totalsOf } from '../documents/lines.service.js';
import { now } from '../kernel/clock.js';
import { assertAmount, assertReason, knownCurrency } from '../kernel/document-values.js';
import { badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import type { LineAmounts } from '../kernel/totals.js';
import { assertDay } from '../ledger/books.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { type CostLine, costOf } from './bill-costs.js';
import { readCarried } from './bill-settlement.queries.js';
import { BillChange, isGoods, receiptLines, shareLandedCosts, valuedBy } from './bill-posting.service.js';
import { type Bill, BillCorrection, type BillLine } from './bill.entity.js';
import { emitBillChanged, linesOf, lockBill } from './bill.service.js';

export interface BillCorrectionInput {
  id: string;
  version: number;
  reason: string;
  lines: readonly { lineId: string; unitCost: string }[];
  idempotencyKey: string;
}

/** The unit costs that are given, checked, by line. Throws NOT_FOUND, BAD_INPUT. */
function correctedCosts(
  bill: Bill,
  lines: readonly BillLine[],
  given: BillCorrectionInput['lines'],
): Map<BillLine, string> {
  if (given.length === 0) throw badInput('lines', msg`Name at least one line.`);
  const costs = new Map<BillLine, string>();
  mapAll(given, ({ lineId, unitCost }, index) => {
    const line = lines.find(({ id }) => id === lineId);
    assertAll(
      () => {
        if (!line) throw notFound('Line', lineId, `lines.${index}.lineId`);
        if (costs.has(line)) throw badInput('lines', msg`The same line appears twice.`);
      },
      () => assertAmount(unitCost, knownCurrency(bill.currency), `lines.${index}.unitCost`),
    );
    if (line) costs.set(line, unitCost);
  });
  return costs;
}

/** Sets the costs of the lines, and what the bill comes to with them; answers what the lines said before. */
function changeCosts(
  bill: Bill,
  lines: readonly BillLine[],
  costs: ReadonlyMap<BillLine, string>,
): Map<BillLine, CostLine> {
  const before = new Map(
    lines.map((line) => [line, { quantity: line.quantity, lineTotal: line.lineTotal, landedCost: line.landedCost }]),
  );
  for (const [line, unitCost] of costs) line.unitCost = unitCost;
  const priced = lines.map((line) => ({ ...pricedBy(line), discountPercent: '0' }));
  const totals = totalsOf({ currency: bill.currency as Currency, lines: priced });
  lines.forEach((line, index) => {
    const { lineTotal, taxAmount } = totals.lines[index] as LineAmounts;
    Object.assign(line, { lineTotal, taxAmount });
  });
  const { subtotal, taxTotal, total } = totals.document;
  const balance = new Decimal(total).minus(bill.paid).minus(bill.credited);
  if (balance.isNegative())
    throw badInput(
      'lines',
      msg`It would come to ${decimalText(total)}, and more of it is settled. Void a payment first.`,
    );
  Object.assign(bill, { subtotal, taxTotal, total, balance: balance.toFixed() });
  return before;
}

const pricedBy = ({ quantity, unitCost: unitPrice, taxPercent }: BillLine) => ({ quantity, unitPrice, taxPercent });

/** What the books learn of the change, line by line. */
async function changeOf(tx: Tx, bill: Bill, before: ReadonlyMap<BillLine, CostLine>): Promise<BillChange> {
  const valued = await valuedBy(tx, bill);
  const lines = [...before.keys()];
  shareLandedCosts(lines, valued);
  const change = new BillChange(bill, valued);
  const receipts = await receiptLines(
    tx,
    lines.flatMap(({ landedReceiptId }) => landedReceiptId ?? []),
  );
  for (const [line, was] of before) {
    if (isGoods(line)) change.goods(line, was);
    else if (line.landedReceiptId)
      change.landed({ is: line.lineTotal, was: was.lineTotal }, receipts.get(line.landedReceiptId) ?? []);
    else if (!line.landed) change.expense(costOf(line).minus(costOf(was)));
  }
  return change;
}

/**
 * By how much a debt moves in the base currency: by the rates of the day of the bill, at which it was posted. One that is
 * settled by the correction takes what payments left of it, so that it carries nothing.
 */
async function debtMoved(tx: Tx, bill: Bill, before: string): Promise<Decimal> {
  if (new Decimal(bill.balance).isZero()) {
    const { documents } = await readCarried(tx.sql, [bill.id], bill.id);
    const { posted, taken } = documents.get(bill.id) as CarriedBase;
    return new Decimal(taken).minus(posted);
  }
  const { valueOf } = await valuedBy(tx, bill);
  return valueOf(new Decimal(bill.total)).minus(valueOf(new Decimal(before)));
}

/**
 * Corrects the unit costs of a bill, received or not, on today: what is owed moves, goods that are still here take the
 * difference, and what is sold already is a cost of today. Earlier sales never change.
 */
export const correctBill = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: BillCorrectionInput) =>
    recordDocument(tx, documentContext, { operation: 'correctBill', kind: 'bill', input }, async (given) => {
      const [, bill] = await checkAll(
        () => assertReason(given.reason),
        () => lockBill(tx, given.id),
      );
      if (bill.version !== given.version) throw staleVersion(bill.version);
      if (bill.voidedAt) throw badInput('id', msg`This bill is void.`);
      const correctedOn = await assertDay(tx, documentContext, null, 'id');
      const lines = await linesOf(tx, bill);
      const costs = correctedCosts(bill, lines, given.lines);
      const was = { total: bill.total, taxTotal: bill.taxTotal };
      const before = changeCosts(bill, lines, costs);
      const owed = new Decimal(bill.total).minus(was.total);
      bill.settledOn = new Decimal(bill.balance).isZero() ? correctedOn : null;
      const change = await changeOf(tx, bill, before);
      const correction = tx.em.create(BillCorrection, {
        id: newId(),
        bill: ref(bill),
        position: await tx.em.count(BillCorrection, { bill: bill.id }),
        correctedOn,
        amount: owed.toFixed(),
        currency: bill.currency,
        reason: given.reason,
        createdBy: tx.actor,
        createdAt: now(),
      });
      await tx.em.flush();
      const document = { type: 'bill', id: correction.id, event: 'BILL_CORRECTION', day: correctedOn };
      const tax = new Decimal(bill.taxTotal).minus(was.taxTotal);
      const owedBase = await debtMoved(tx, bill, was.total);
      await change.post(tx, { ...document, reason: given.reason }, { owed, owedBase, tax });
      emitBillChanged(tx, bill, 'corrected');
      return bill;
    }),
);
