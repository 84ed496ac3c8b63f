import { LockMode, ref } from '@mikro-orm/core';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { dueDay, type ParsedLine, parseLines, totalsOf } from '../documents/lines.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { type LineQuantity, resolveQuantities } from '../documents/quantities.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { assertKeeper, findWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertText, knownCurrency } from '../kernel/document-values.js';
import { badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import type { LineAmounts } from '../kernel/totals.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { postJournalEntry, reverseLines } from '../ledger/journal.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { lockGoods } from '../stock/stock.service.js';
import type { Vendor } from '../vendors/vendor.entity.js';
import { lockVendor } from '../vendors/vendor.service.js';
import { partOfCost } from './bill-costs.js';
import { BillChange, clearedBy, isGoods, receiptLines, shareLandedCosts, valuedBy } from './bill-posting.service.js';
import { Bill, BillCorrection, BillLine } from './bill.entity.js';
import { GoodsReceipt, GoodsReceiptLine } from './goods-receipt.entity.js';
import { type ReceivedLine, recordReceipt } from './goods-receipt.service.js';
import { releaseBillAllocations } from './payment-made.service.js';
import { billChanged } from './purchasing.events.js';
import { releaseCreditAllocations } from './vendor-credit-allocation.service.js';
import { msg } from '../kernel/message.js';

export interface BillLineInput {
  productId?: string | null | undefined;
  description?: string | null | undefined;
  quantity: string;
  unitCost: string;
  taxPercent?: string | null | undefined;
  /** A service whose cost belongs to the goods of the bill, or to those of `landedReceiptId`. */
  landed?: boolean | null | undefined;
  landedReceiptId?: string | null | undefined;
  /** The line of a receipt that it bills. */
  receiptLineId?: string | null | undefined;
}

export interface NewBill {
  vendorId: string;
  vendorNumber?: string | null | undefined;
  warehouseId?: string | null | undefined;
  billedOn?: string | null | undefined;
  dueOn?: string | null | undefined;
  notes?: string | null | undefined;
  lines: readonly BillLineInput[];
  /** The goods are here: receive all of them with the bill. */
  receive?: boolean | null | undefined;
}

export function emitBillChanged(tx: Tx, bill: Bill, change: string): void {
  tx.emit(billChanged(bill.id, { change, number: bill.number, vendorId: bill.vendor.id }));
}

/** Takes goods of a bill into its warehouse, with what they cost: they are no longer billed and not received. */
async function takeIn(tx: Tx, bill: Bill, quantities: ReadonlyMap<BillLine, Decimal>, day: string): Promise<void> {
  // The version moves with what came in, so that two people do not receive the same goods.
  bill.receivedAt = now();
  const valued = await valuedBy(tx, bill);
  const lines: ReceivedLine[] = [];
  for (const [line, quantity] of quantities) {
    const { id: billLineId, position, description, received: before } = line;
    line.received = new Decimal(before).plus(quantity).toFixed(3);
    if (!isGoods(line)) continue;
    const cost = partOfCost(line, { before, quantity }, valued);
    lines.push({ productId: line.productId, billLineId, position, description, quantity, ...cost });
  }
  const { id, number, vendor, warehouse, branchId, currency, exchangeRate } = bill;
  const of = { kind: 'bill', id, number, vendor, warehouse, branchId, currency, exchangeRate } as const;
  await recordReceipt(tx, of, lines, { day });
}

/** Posts a bill that is new. Goods that receipts brought are billed by it. */
async function postBill(tx: Tx, bill: Bill, lines: readonly BillLine[]): Promise<void> {
  const valued = await valuedBy(tx, bill);
  shareLandedCosts(lines, valued);
  const change = new BillChange(bill, valued);
  const receipts = await receiptLines(
    tx,
    lines.flatMap(({ landedReceiptId }) => landedReceiptId ?? []),
  );
  for (const line of lines) {
    const billed = line.receiptLineId ? await tx.em.findOneOrFail(GoodsReceiptLine, line.receiptLineId) : null;
    if (billed && isGoods(line)) {
      change.received(line, clearedBy(line, billed, valued));
      billed.billed = new Decimal(billed.billed).plus(line.quantity).toFixed(3);
      line.received = line.quantity;
    } else if (isGoods(line)) change.goods(line);
    else if (line.landedReceiptId)
      change.landed({ is: line.lineTotal, was: '0' }, receipts.get(line.landedReceiptId) ?? []);
    else if (!line.landed) change.expense(new Decimal(line.lineTotal));
  }
  const document = { type: 'bill', id: bill.id, event: 'BILL', day: bill.billedOn };
  await change.post(tx, document, { owed: new Decimal(bill.total), tax: new Decimal(bill.taxTotal) });
}

/** Writes the lines of a bill with what they come to. */
function makeLines(
  tx: Tx,
  bill: Bill,
  lines: readonly ParsedLine[],
  { amounts, given }: { amounts: readonly LineAmounts[]; given: readonly BillLineInput[] },
): BillLine[] {
  return lines.map(({ unitPrice: unitCost, discountPercent: _none, ...line }, position) => {
    const { lineTotal, taxAmount } = amounts[position] as LineAmounts;
    const { landed, landedReceiptId = null, receiptLineId = null } = given[position] as BillLineInput;
    const costs = {
      landed: landed === true || landedReceiptId !== null,
      landedCost: '0',
      landedReceiptId,
      receiptLineId,
    };
    const made = { ...line, ...costs, unitCost, lineTotal, taxAmount, received: '0', returned: '0' };
    return tx.em.create(BillLine, { id: newId(), bill: ref(bill), position, ...made });
  });
}

/** Enters a bill in the vendor's currency. */
export const createBill = defineCommand(
  failuresOf.making,
  (tx: Tx, documentContext: DocumentContext, input: NewBill & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'createBill', kind: 'bill', input }, (given) =>
      enterBill(tx, documentContext, given),
    ),
);

/** Checks a bill and locks its vendor. Throws NOT_FOUND, BAD_INPUT, PERIOD_CLOSED. */
async function checkBill(tx: Tx, documentContext: DocumentContext, input: NewBill) {
  const known: { vendor: Vendor | null } = { vendor: null };
  const given = input.lines.map(
    ({ unitCost: unitPrice, landed: _, landedReceiptId: __, receiptLineId: ___, ...line }) => ({ ...line, unitPrice }),
  );
  const names = { list: 'lines', price: 'unitCost' };
  const [vendor, warehouse, billedOn, dueOn, , , lines] = await checkAll(
    async () => {
      known.vendor = await lockVendor(tx, input.vendorId, 'vendorId');
      if (known.vendor.archivedAt) throw badInput('vendorId', msg`This vendor is archived.`);
      return known.vendor;
    },
    async () => {
      const found = await findWarehouse(tx, input.warehouseId);
      const named = { noun: 'Warehouse', id: found.id, field: 'warehouseId' } as const;
      if (input.receive === true) assertKeeper(documentContext, found.id, named);
      return found;
    },
    () => assertDay(tx, documentContext, input.billedOn, 'billedOn'),
    () => dueDay(input.dueOn, input.billedOn ?? documentContext.today, known.vendor?.paymentTermsDays ?? 0),
    () => assertText(input.vendorNumber, 'vendorNumber'),
    () => assertText(input.notes, 'notes'),
    () => parseLines(tx, documentContext, given, { currency: knownCurrency(known.vendor?.currency), names }),
    () => assertCosts(tx, input.lines, known.vendor),
  );
  return { vendor, warehouse, billedOn, dueOn, lines };
}

/** The receipts that lines name, locked, and what may be said of costs. Throws NOT_FOUND, BAD_INPUT. */
async function assertCosts(tx: Tx, lines: readonly BillLineInput[], vendor: Vendor | null): Promise<void> {
  const at = (index: number, name: string): string => `lines.${index}.${name}`;
  const ids = lines.flatMap(({ receiptLineId }) => receiptLineId ?? []).filter(isId);
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, refresh: true } as const;
  const received = ids.length > 0 ? await tx.em.find(GoodsReceiptLine, { id: { $in: ids } }, lock) : [];
  const receiptIds = [
    ...received.map(({ receipt }) => receipt.id),
    ...lines.flatMap(({ landedReceiptId }) => landedReceiptId ?? []).filter(isId),
  ];
  const receipts = new Map(
    (await tx.em.find(GoodsReceipt, { id: { $in: receiptIds }, voidedAt: null })).map((one) => [one.id, one]),
  );
  const left = new Map(received.map((one) => [one.id, new Decimal(one.quantity).minus(one.billed)]));
  const hasGoods = lines.some(({ productId }) => productId != null);
  mapAll(lines, ({ productId, quantity, landed, landedReceiptId, receiptLineId }, index) =>
    assertAll(
      () => {
        if (landed !== true && landedReceiptId == null) return;
        if (productId != null) throw badInput(at(index, 'landed'), msg`Only a service can be a cost of goods.`);
        if (landedReceiptId != null && !receipts.has(landedReceiptId))
          throw notFound('Goods receipt', landedReceiptId, at(index, 'landedReceiptId'));
        if (landedReceiptId == null && !hasGoods)
          throw badInput(
            at(index, 'landed'),
            msg`This bill has no goods. Name the receipt whose goods it makes dearer.`,
          );
      },
      () => {
        if (receiptLineId == null) return;
        const line = received.find(({ id }) => id === receiptLineId);
        const receipt = line && receipts.get(line.receipt.id);
        if (!line || !receipt || (vendor && receipt.vendor.id !== vendor.id))
          throw notFound('Line', receiptLineId, at(index, 'receiptLineId'));
        if (line.productId !== productId)
          throw badInput(at(index, 'productId'), msg`The receipt has another product on this line.`);
        const rest = (left.get(line.id) as Decimal).minus(quantity);
        left.set(line.id, rest);
        if (rest.isNegative())
          throw badInput(
            at(index, 'quantity'),
            msg`Only ${decimalText(rest.plus(quantity))} of ${line.description} are not billed yet.`,
          );
      },
    ),
  );
}

async function enterBill(tx: Tx, documentContext: DocumentContext, input: NewBill): Promise<Bill> {
  const { vendor, warehouse, billedOn, dueOn, lines } = await checkBill(tx, documentContext, input);
  const currency = vendor.currency as Currency;
  const receive = input.receive === true;
  const totals = totalsOf({ currency, lines });
  if (receive) {
    const goods = lines.flatMap(({ productId, stocked }) => (stocked && productId ? [productId] : []));
    // Before the number of the bill: whoever holds a number's lock never waits for another lock.
    await lockGoods(
      tx,
      goods.map((productId) => ({ productId, warehouseId: warehouse.id })),
    );
  }
  const { subtotal, taxTotal, total } = totals.document;
  const bill = tx.em.create(Bill, {
    id: newId(),
    number: await nextDocumentNumber(tx, 'BILL', warehouse.branch.id),
    vendorNumber: input.vendorNumber ?? null,
    vendor: ref(vendor),
    warehouse: ref(warehouse),
    branchId: warehouse.branch.id,
    billedOn,
    dueOn,
    currency,
    exchangeRate: await rateOn(tx, currency, billedOn),
    subtotal,
    taxTotal,
    total,
    paid: '0',
    credited: '0',
    balance: total,
    notes: input.notes ?? null,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  const made = makeLines(tx, bill, lines, { amounts: totals.lines, given: input.lines });
  await postBill(tx, bill, made);
  if (receive) {
    const rest = made.map((line) => [line, new Decimal(line.quantity).minus(line.received)] as const);
    await takeIn(tx, bill, new Map(rest.filter(([, quantity]) => quantity.greaterThan(0))), billedOn);
  }
  emitBillChanged(tx, bill, receive ? 'received' : 'entered');
  return bill;
}

/** A bill, locked after its vendor. Throws NOT_FOUND. */
export async function lockBill(tx: Tx, id: string, field = 'id'): Promise<Bill> {
  const known = isId(id) ? await tx.em.findOne(Bill, id) : null;
  if (!known) throw notFound('Bill', id, field);
  await lockVendor(tx, known.vendor.id, 'id');
  return tx.em.findOneOrFail(Bill, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

export const linesOf = (tx: Tx, bill: Bill): Promise<BillLine[]> =>
  tx.em.find(BillLine, { bill: bill.id }, { orderBy: { position: 'asc' }, refresh: true });

/**
 * Takes goods of a bill in: the given quantities, or all that is left. A bill of a warehouse that an inventory manager
 * does not keep is not found.
 */
export const receiveBill = defineCommand(
  failuresOf.changing,
  (
    tx: Tx,
    documentContext: DocumentContext,
    input: {
      id: string;
      version: number;
      lines?: readonly LineQuantity[] | null | undefined;
      idempotencyKey: string;
    },
  ) =>
    recordDocument(tx, documentContext, { operation: 'receiveBill', kind: 'bill', input }, async (given) => {
      const bill = await lockBill(tx, given.id);
      assertKeeper(documentContext, bill.warehouse.id, { noun: 'Bill', id: bill.id, field: 'id' });
      if (bill.version !== given.version) throw staleVersion(bill.version);
      if (bill.voidedAt) throw badInput('id', msg`This bill is void.`);
      const left = (line: BillLine): Decimal => new Decimal(line.quantity).minus(line.received);
      const quantities = await resolveQuantities(tx, { lines: await linesOf(tx, bill), given: given.lines, left });
      if (quantities.size === 0) throw badInput('lines', msg`Everything on this bill has been received.`);
      await takeIn(tx, bill, quantities, documentContext.today);
      emitBillChanged(tx, bill, 'received');
      return bill;
    }),
);

/** Voids a bill: what paid it is free again. Refused when goods came in by it. */
export const voidBill = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    voidDocument<Bill, null>(tx, documentContext, input, {
      operation: 'voidBill',
      kind: 'bill',
      noun: 'bill',
      lock: async (id) => ({ document: await lockBill(tx, id), party: null }),
      async assertVoidable(bill) {
        const lines = await linesOf(tx, bill);
        if (lines.some((line) => line.landedReceiptId))
          throw badInput('id', msg`Costs of this bill are part of the stock. Correct them instead.`);
        if (lines.some((line) => !new Decimal(line.received).isZero())) {
          throw badInput(
            'id',
            msg`Goods of this bill have been received. Correct its costs, or return them to the vendor.`,
          );
        }
      },
      async undo(bill, _party, day) {
        await releaseBillAllocations(tx, { billId: bill.id }, day);
        await releaseCreditAllocations(tx, { billId: bill.id }, day);
      },
      clear(bill) {
        bill.balance = '0';
        bill.settledOn = bill.voidedOn ?? null;
      },
      async post(bill, _party, day) {
        const { id: documentId, currency, total } = bill;
        await postJournalEntry(tx, { event: 'BILL_VOID', documentId, partyId: bill.vendor.id, day, currency, total });
        for (const { id } of await tx.em.find(BillCorrection, { bill: bill.id }))
          await reverseLines(tx, { documentId: id, reverses: 'BILL_CORRECTION', event: 'BILL_CORRECTION_VOID', day });
        emitBillChanged(tx, bill, 'voided');
      },
    }),
);
