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
import { checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { type Currency, Decimal } from '../kernel/money.js';
import type { LineAmounts } from '../kernel/totals.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { postJournalEntry } from '../ledger/journal.service.js';
import { findExchangeRate } from '../organisation/organisation.queries.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { lockLevels } from '../stock/stock.queries.js';
import { emitStockChanges, type Movement, postMovements } from '../stock/stock.service.js';
import type { Vendor } from '../vendors/vendor.entity.js';
import { lockVendor } from '../vendors/vendor.service.js';
import { Bill, BillLine } from './bill.entity.js';
import { releaseBillAllocations } from './payment-made.service.js';
import { billChanged } from './purchasing.events.js';
import { msg } from '../kernel/message.js';

export interface BillLineInput {
  productId?: string | null | undefined;
  description?: string | null | undefined;
  quantity: string;
  unitCost: string;
  taxPercent?: string | null | undefined;
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

/** What a unit cost in USD, for the ledger; null while nobody recorded a rate. */
async function costInUsd(tx: Tx, bill: Bill, unitCost: string): Promise<string | null> {
  if (bill.currency === 'USD') return unitCost;
  const usd = await findExchangeRate(tx.sql, 'USD', bill.billedOn);
  if (usd === null) return null;
  return new Decimal(unitCost).times(bill.exchangeRate).dividedBy(usd).toFixed(6);
}

/** Takes goods of a bill into its warehouse, with what they cost. */
async function takeIn(tx: Tx, bill: Bill, quantities: ReadonlyMap<BillLine, Decimal>): Promise<void> {
  // The version moves with what came in, so that two people do not receive the same goods.
  bill.receivedAt = now();
  const reference = { referenceType: 'bill', referenceId: bill.id, reason: bill.number };
  const movements: Movement[] = [];
  for (const [line, quantity] of quantities) {
    line.received = new Decimal(line.received).plus(quantity).toFixed(3);
    if (!line.stocked || !line.productId) continue;
    const { productId, position } = line;
    const levelKey = { productId, warehouseId: bill.warehouse.id, line: position };
    const unitCostUsd = await costInUsd(tx, bill, line.unitCost);
    movements.push({ type: 'RECEIPT', quantity: quantity.toFixed(3), unitCostUsd, ...levelKey, ...reference });
  }
  if (movements.length === 0) return;
  await postMovements(tx, await lockLevels(tx.sql, movements), movements);
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

/** Writes the lines of a bill with what they come to. */
function makeLines(tx: Tx, bill: Bill, lines: readonly ParsedLine[], amounts: readonly LineAmounts[]): BillLine[] {
  return lines.map(({ unitPrice: unitCost, discountPercent: _none, ...line }, position) => {
    const { lineTotal, taxAmount } = amounts[position] as LineAmounts;
    const made = { ...line, unitCost, lineTotal, taxAmount, received: '0' };
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
  const given = input.lines.map(({ unitCost: unitPrice, ...line }) => ({ ...line, unitPrice }));
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
  );
  return { vendor, warehouse, billedOn, dueOn, lines };
}

async function enterBill(tx: Tx, documentContext: DocumentContext, input: NewBill): Promise<Bill> {
  const { vendor, warehouse, billedOn, dueOn, lines } = await checkBill(tx, documentContext, input);
  const currency = vendor.currency as Currency;
  const receive = input.receive === true;
  const totals = totalsOf({ currency, lines });
  if (receive) {
    const goods = lines.flatMap(({ productId, stocked }) => (stocked && productId ? [productId] : []));
    // Before the number of the bill: whoever holds a number's lock never waits for another lock.
    await lockLevels(
      tx.sql,
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
    balance: total,
    notes: input.notes ?? null,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  const made = makeLines(tx, bill, lines, totals.lines);
  if (receive) await takeIn(tx, bill, new Map(made.map((line) => [line, new Decimal(line.quantity)])));
  const posting = { event: 'BILL', documentId: bill.id, partyId: vendor.id, day: billedOn, currency, total } as const;
  await postJournalEntry(tx, {
    ...posting,
    document: { branchId: bill.branchId, exchangeRate: bill.exchangeRate, tax: taxTotal },
  });
  emitBillChanged(tx, bill, receive ? 'received' : 'entered');
  return bill;
}

/** A bill, locked after its vendor. Throws NOT_FOUND. */
export async function lockBill(tx: Tx, id: string): Promise<Bill> {
  const known = isId(id) ? await tx.em.findOne(Bill, id) : null;
  if (!known) throw notFound('Bill', id);
  await lockVendor(tx, known.vendor.id, 'id');
  return tx.em.findOneOrFail(Bill, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

const linesOf = (tx: Tx, bill: Bill): Promise<BillLine[]> =>
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
      const quantities = resolveQuantities(await linesOf(tx, bill), given.lines, left);
      if (quantities.size === 0) throw badInput('lines', msg`Everything on this bill has been received.`);
      await takeIn(tx, bill, quantities);
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
        if ((await linesOf(tx, bill)).some((line) => !new Decimal(line.received).isZero())) {
          throw badInput('id', msg`Goods of this bill have been received. Adjust the stock or return them instead.`);
        }
      },
      undo: (bill, _party, day) => releaseBillAllocations(tx, { billId: bill.id }, day),
      clear(bill) {
        bill.balance = '0';
        bill.settledOn = bill.voidedOn ?? null;
      },
      async post(bill, _party, day) {
        const { id: documentId, currency, total } = bill;
        await postJournalEntry(tx, { event: 'BILL_VOID', documentId, partyId: bill.vendor.id, day, currency, total });
        emitBillChanged(tx, bill, 'voided');
      },
    }),
);
