import { LockMode, ref } from '@mikro-orm/core';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { type LineQuantity, resolveQuantities } from '../documents/quantities.service.js';
import { settleAllotted } from '../documents/allocation.service.js';
import { lockNamed } from '../documents/settlement.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { assertKeeper, primaryBranchId } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertPositiveAmount, assertReason, assertText, knownCurrency } from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { partOf } from '../kernel/totals.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { ACCOUNTS, type EntryLine, postLines, reverseLines } from '../ledger/journal.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { emitStockChanges, lockGoods, type Movement, postMovements } from '../stock/stock.service.js';
import { lockVendor } from '../vendors/vendor.service.js';
import { sumOf } from './bill-costs.js';
import { isGoods } from './bill-posting.service.js';
import type { Bill, BillLine } from './bill.entity.js';
import { linesOf, lockBill } from './bill.service.js';
import type { BillAllocationInput } from './payment-made.service.js';
import { vendorCreditChanged } from './purchasing.events.js';
import { creditedBills, creditSteps, releaseCreditAllocations } from './vendor-credit-allocation.service.js';
import { VendorCredit, VendorCreditLine } from './vendor-credit.entity.js';

export interface NewVendorCredit {
  /** The vendor, or one of the vendor's bills. */
  vendorId?: string | null | undefined;
  billId?: string | null | undefined;
  vendorNumber?: string | null | undefined;
  reason: string;
  issuedOn?: string | null | undefined;
  /** Goods of the bill that go back to the vendor ... */
  lines?: readonly { billLineId: string; quantity: string }[] | null | undefined;
  /** ... or an allowance of this amount. */
  amount?: string | null | undefined;
}

interface CreditedLine {
  line: BillLine | null;
  description: string;
  quantity: string;
  lineTotal: string;
  taxAmount: string;
}

function emitVendorCreditChanged(tx: Tx, credit: VendorCredit, change: string): void {
  tx.emit(vendorCreditChanged(credit.id, { change, number: credit.number, vendorId: credit.vendor.id }));
}

/** The bill or the vendor that is named, locked. Throws NOT_FOUND, BAD_INPUT. */
async function lockCredited(
  tx: Tx,
  input: NewVendorCredit,
): Promise<{ bill: Bill | null; vendorId: string; currency: Currency }> {
  if (input.billId != null) {
    const bill = await lockBill(tx, input.billId, 'billId');
    if (bill.voidedAt) throw badInput('billId', msg`This bill is void.`);
    return { bill, vendorId: bill.vendor.id, currency: bill.currency as Currency };
  }
  if (input.vendorId == null) throw badInput('vendorId', msg`Give a vendor or a bill.`);
  const vendor = await lockVendor(tx, input.vendorId, 'vendorId');
  return { bill: null, vendorId: vendor.id, currency: vendor.currency as Currency };
}

/** What is credited: goods of the bill at its cost, or the allowance. Throws NOT_FOUND, BAD_INPUT. */
async function creditedLines(tx: Tx, bill: Bill | null, input: NewVendorCredit): Promise<CreditedLine[]> {
  const { lines, amount } = input;
  if ((lines == null) === (amount == null)) throw badInput('lines', msg`Give either lines or an amount.`);
  if (amount != null) {
    return [{ line: null, description: input.reason, quantity: '1', lineTotal: amount, taxAmount: '0' }];
  }
  if (!bill) throw badInput('billId', msg`Name the bill whose goods go back.`);
  if (!lines || lines.length === 0) throw badInput('lines', msg`Name at least one line.`);
  const goods = (await linesOf(tx, bill)).filter(isGoods);
  const given = lines.map(({ billLineId: lineId, quantity }): LineQuantity => ({ lineId, quantity }));
  const left = (line: BillLine): Decimal => new Decimal(line.received).minus(line.returned);
  const quantities = await resolveQuantities(tx, { lines: goods, given, left, idField: 'billLineId' });
  return [...quantities].map(([line, quantity]) => {
    const whole = { quantity: line.quantity, lineTotal: line.lineTotal, taxAmount: line.taxAmount, discountShare: '0' };
    const currency = bill.currency as Currency;
    const none = { lineTotal: '0', discountShare: '0', taxAmount: '0', quantity: '0' };
    const upTo = (reached: Decimal.Value) => partOf(whole, none, new Decimal(reached).toFixed(), currency);
    const [to, from] = [upTo(quantity.plus(line.returned)), upTo(line.returned)];
    line.returned = quantity.plus(line.returned).toFixed(3);
    return {
      line,
      description: line.description,
      quantity: quantity.toFixed(3),
      lineTotal: new Decimal(to.lineTotal).minus(from.lineTotal).toFixed(),
      taxAmount: new Decimal(to.taxAmount).minus(from.taxAmount).toFixed(),
    };
  });
}

/** Posts a credit: the debt is less by it; goods leave at the average, and the rest is a correction of cost. */
async function postCredit(
  tx: Tx,
  credit: VendorCredit,
  bill: Bill | null,
  lines: readonly CreditedLine[],
): Promise<void> {
  const { currency, branchId, exchangeRate, issuedOn: day, taxTotal: tax, total } = credit;
  const net = new Decimal(total).minus(tax);
  const posted: EntryLine[] = [
    { account: ACCOUNTS.payables, partyId: credit.vendor.id, currency, amount: total },
    { account: ACCOUNTS.taxDue, currency, amount: new Decimal(tax).negated() },
    { account: ACCOUNTS.costCorrections, currency, amount: net.negated() },
  ];
  const entry = {
    day,
    reason: credit.reason,
    rates: { [currency]: exchangeRate },
    lines: posted.filter(({ amount }) => !new Decimal(amount).isZero()).map((line) => ({ ...line, branchId })),
  };
  const document = { type: 'vendorCredit', id: credit.id, event: 'VENDOR_CREDIT' };
  if (!bill || !credit.returned) {
    await postLines(tx, { ...entry, event: document.event, documentType: document.type, documentId: document.id });
    return;
  }
  const movements = lines.flatMap(({ line, quantity }, index): Movement[] => {
    if (!line?.productId) return [];
    const levelKey = { productId: line.productId, warehouseId: bill.warehouse.id, line: index };
    const reference = { referenceType: 'vendorCredit', referenceId: credit.id, reason: credit.number };
    return [{ type: 'VENDOR_RETURN', quantity: `-${quantity}`, ...levelKey, ...reference }];
  });
  await postMovements(tx, await lockGoods(tx, movements), movements, { ...entry, document });
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

/** Locks the goods that go back before the number of the credit is taken. */
async function lockReturned(tx: Tx, bill: Bill | null, lines: readonly CreditedLine[]): Promise<void> {
  if (!bill) return;
  const keys = lines.flatMap(({ line }) =>
    line?.productId ? [{ productId: line.productId, warehouseId: bill.warehouse.id }] : [],
  );
  await lockGoods(tx, keys);
}

async function assertWithinBill(tx: Tx, bill: Bill | null, total: Decimal): Promise<void> {
  if (!bill) return;
  const credits = await tx.em.find(VendorCredit, { billId: bill.id, voidedAt: null });
  const left = new Decimal(bill.total).minus(sumOf(credits.map((credit) => credit.total)));
  if (total.greaterThan(left))
    throw badInput('lines', msg`Only ${decimalText(left)} of ${bill.number} can be credited.`);
}

/**
 * Enters what a vendor credits: for goods of a bill that go back, or an allowance. It settles what is open on its bill; the
 * rest waits to be applied.
 */
export const issueVendorCredit = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_STOCK'],
  (tx: Tx, documentContext: DocumentContext, input: NewVendorCredit & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'issueVendorCredit', kind: 'vendorCredit', input }, (given) =>
      creditCompany(tx, documentContext, given),
    ),
);

async function creditCompany(tx: Tx, documentContext: DocumentContext, input: NewVendorCredit): Promise<VendorCredit> {
  const known: { bill: Bill | null; currency: Currency | null } = { bill: null, currency: null };
  const [, , { bill, vendorId, currency }, issuedOn, , credited] = await checkAll(
    () => assertReason(input.reason),
    () => assertText(input.vendorNumber, 'vendorNumber'),
    async () => {
      const locked = await lockCredited(tx, input);
      Object.assign(known, locked);
      return locked;
    },
    () => assertDay(tx, documentContext, input.issuedOn, 'issuedOn'),
    () => {
      if (input.amount != null) assertPositiveAmount(input.amount, knownCurrency(known.currency), 'amount');
    },
    () => creditedLines(tx, known.bill, input),
  );
  const returned = input.lines != null;
  if (bill && returned)
    assertKeeper(documentContext, bill.warehouse.id, { noun: 'Bill', id: bill.id, field: 'billId' });
  if (bill && issuedOn < bill.billedOn)
    throw badInput('issuedOn', msg`${bill.number} is of ${bill.billedOn}; it cannot be credited before.`);
  const tax = sumOf(credited.map((line) => line.taxAmount));
  const total = sumOf(credited.map((line) => line.lineTotal)).plus(tax);
  if (!total.greaterThan(0)) throw badInput('lines', msg`The credited amount must be above 0.`);
  await assertWithinBill(tx, bill, total);
  await lockReturned(tx, bill, credited);
  const branchId = bill?.branchId ?? (await primaryBranchId(tx));
  const credit = tx.em.create(VendorCredit, {
    id: newId(),
    number: await nextDocumentNumber(tx, 'VC', branchId),
    vendorNumber: input.vendorNumber ?? null,
    vendor: ref(await lockVendor(tx, vendorId, 'vendorId')),
    billId: bill?.id ?? null,
    branchId,
    issuedOn,
    currency,
    exchangeRate: bill?.exchangeRate ?? (await rateOn(tx, currency, issuedOn)),
    reason: input.reason,
    returned,
    taxTotal: tax.toFixed(),
    total: total.toFixed(),
    applied: '0',
    unapplied: total.toFixed(),
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  credited.forEach(({ line, ...amounts }, position) => {
    const of = { billLineId: line?.id ?? null, productId: line?.productId ?? null };
    tx.em.create(VendorCreditLine, { id: newId(), credit: ref(credit), position, ...of, ...amounts });
  });
  await tx.em.flush();
  await postCredit(tx, credit, bill, credited);
  if (bill && new Decimal(bill.balance).greaterThan(0)) {
    const amount = Decimal.min(total, bill.balance);
    const allotted = {
      document: bill,
      amount,
      sourceAmount: amount,
      rounded: new Decimal(0),
      rate: null,
      day: issuedOn,
    };
    await settleAllotted(tx, credit, [allotted], creditSteps(tx, credit));
  }
  emitVendorCreditChanged(tx, credit, 'issued');
  return credit;
}

/** A credit, locked after its vendor. Throws NOT_FOUND. */
async function lockCredit(tx: Tx, id: string): Promise<VendorCredit> {
  const known = isId(id) ? await tx.em.findOne(VendorCredit, id) : null;
  if (!known) throw notFound('Vendor credit', id);
  await lockVendor(tx, known.vendor.id, 'id');
  return tx.em.findOneOrFail(VendorCredit, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

/** Settles bills with what is left of a credit. */
export const applyVendorCredit = defineCommand(
  failuresOf.settling,
  (
    tx: Tx,
    documentContext: DocumentContext,
    input: { id: string; allocations: readonly BillAllocationInput[]; idempotencyKey: string },
  ) => {
    const command = { operation: 'applyVendorCredit', kind: 'vendorCredit', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const credit = await lockCredit(tx, given.id);
      const requested = given.allocations.map(({ billId: id, ...allocation }) => ({ id, ...allocation }));
      const bills = creditedBills(tx, credit.vendor.id);
      const allotted = await lockNamed(tx, documentContext, credit, requested, bills);
      await settleAllotted(tx, credit, allotted, creditSteps(tx, credit));
      emitVendorCreditChanged(tx, credit, 'applied');
      return credit;
    });
  },
);

/** Voids an allowance: the bills it settled are open again. Goods that went back forbid it. */
export const voidVendorCredit = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    voidDocument<VendorCredit, null>(tx, documentContext, input, {
      operation: 'voidVendorCredit',
      kind: 'vendorCredit',
      noun: 'vendor credit',
      lock: async (id) => ({ document: await lockCredit(tx, id), party: null }),
      assertVoidable(credit) {
        if (credit.returned) throw badInput('id', msg`Its goods went back to the vendor. Enter a new bill instead.`);
      },
      undo: (credit, _party, day) => releaseCreditAllocations(tx, { creditId: credit.id }, day),
      clear(credit) {
        credit.unapplied = '0';
      },
      async post(credit, _party, day) {
        const of = { documentId: credit.id, reverses: 'VENDOR_CREDIT', event: 'VENDOR_CREDIT_VOID' };
        await reverseLines(tx, { ...of, day });
        emitVendorCreditChanged(tx, credit, 'voided');
      },
    }),
);
