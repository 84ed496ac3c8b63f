import { LockMode, ref } from '@mikro-orm/core';
import { addDays, isBusinessDate, now } from '../kernel/clock.js';
import { assertAmount, assertPercent, assertQuantity, assertReason, assertText } from '../kernel/document-values.js';
import { badInput, notFound, staleVersion } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { Decimal, decimalText, type Currency } from '../kernel/money.js';
import { assertOwned } from '../kernel/ownership.js';
import { computeTotals, type LineAmounts } from '../kernel/totals.js';
import { listVisibleProducts } from '../catalog/product.queries.js';
import { lockLevels } from '../stock/stock.queries.js';
import { postMovements, emitStockChanges } from '../stock/stock.service.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { type DocumentContext, type DocumentMade } from '../documents/document-context.service.js';
import { nextDocumentNumber } from '../organisation/organisation.service.js';
import { findExchangeRate } from '../organisation/organisation.queries.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { withIdempotencyKey, type Keyed } from '../platform/idempotency.js';
import { Bill, BillLine } from './bill.entity.js';
import { releaseBillAllocations } from './payment-made.service.js';
import { billChanged } from './purchasing.events.js';
import { lockVendor } from '../vendors/vendor.service.js';
import { purchasingOwners } from './purchasing-owners.js';

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

const MAX_LINES = 200;

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
  const movements = [];
  for (const [line, quantity] of quantities) {
    line.received = new Decimal(line.received).plus(quantity).toFixed(3);
    if (!line.stocked || !line.productId) continue;
    movements.push({
      type: 'RECEIPT' as const,
      productId: line.productId,
      warehouseId: bill.warehouse.id,
      quantity: quantity.toFixed(3),
      unitCostUsd: await costInUsd(tx, bill, line.unitCost),
      referenceType: 'bill',
      referenceId: bill.id,
      reason: bill.number,
    });
  }
  if (movements.length === 0) return;
  await postMovements(tx, await lockLevels(tx.sql, movements), movements);
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

/**
 * Enters a bill in the vendor's currency. Throws NOT_FOUND (vendor, product, warehouse), BAD_INPUT, PERIOD_CLOSED,
 * FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function createBill(
  tx: Tx,
  documentContext: DocumentContext,
  { idempotencyKey: key, ...input }: NewBill & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'createBill', key, input }, async () => {
    assertOwned(purchasingOwners, ['bill'], documentContext.phase);
    if (input.lines.length === 0 || input.lines.length > MAX_LINES)
      throw badInput('lines', `Give 1 to ${MAX_LINES} lines.`);
    assertText(input.vendorNumber, 'vendorNumber');
    assertText(input.notes, 'notes');
    const vendor = await lockVendor(tx, input.vendorId, 'vendorId');
    if (vendor.archivedAt) throw badInput('vendorId', 'This vendor is archived.');
    const currency = vendor.currency as Currency;
    const ids = [...new Set(input.lines.flatMap((line) => line.productId ?? []))];
    const products = new Map(
      (ids.every(isId) ? await listVisibleProducts(tx.sql, documentContext, ids) : []).map((one) => [one.id, one]),
    );
    const lines = input.lines.map((line, index) => {
      const field = (name: string): string => `lines.${index}.${name}`;
      const product = line.productId == null ? null : products.get(line.productId);
      if (product === undefined) throw notFound('Product', line.productId ?? '', field('productId'));
      const description = line.description ?? product?.name ?? '';
      if (description.trim() === '') throw badInput(field('description'), 'A line needs a product or a description.');
      assertText(description, field('description'));
      assertQuantity(line.quantity, field('quantity'));
      assertAmount(line.unitCost, currency, field('unitCost'));
      assertPercent(line.taxPercent ?? '0', field('taxPercent'));
      return {
        productId: product?.id ?? null,
        stocked: product?.trackable === true,
        description,
        quantity: line.quantity,
        unitPrice: line.unitCost,
        discountPercent: '0',
        taxPercent: line.taxPercent ?? '0',
      };
    });
    const warehouse =
      input.warehouseId == null
        ? await tx.em.findOneOrFail(Warehouse, { isPrimary: true })
        : isId(input.warehouseId)
          ? await tx.em.findOne(Warehouse, input.warehouseId)
          : null;
    if (!warehouse || !warehouse.active) throw notFound('Warehouse', input.warehouseId ?? '', 'warehouseId');
    const billedOn = await assertDay(tx, documentContext, input.billedOn, 'billedOn');
    const dueOn = input.dueOn ?? addDays(billedOn, vendor.paymentTermsDays);
    if (!isBusinessDate(dueOn) || dueOn < billedOn)
      throw badInput('dueOn', 'The due date cannot be before the bill date.');
    const totals = computeTotals({ currency, lines, discountPercent: '0', shipping: '0', adjustment: '0' });
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
    const made = lines.map(({ unitPrice, discountPercent: _none, ...line }, position) => {
      const { lineTotal, taxAmount } = totals.lines[position] as LineAmounts;
      const amounts = { lineTotal, taxAmount, unitCost: unitPrice };
      return tx.em.create(BillLine, { id: newId(), bill: ref(bill), position, received: '0', ...line, ...amounts });
    });
    if (input.receive === true) await takeIn(tx, bill, new Map(made.map((line) => [line, new Decimal(line.quantity)])));
    emitBillChanged(tx, bill, input.receive === true ? 'received' : 'entered');
    return { id: bill.id };
  });
}

/** A bill, locked after its vendor. Throws NOT_FOUND. */
export async function lockBill(tx: Tx, id: string): Promise<Bill> {
  const known = isId(id) ? await tx.em.findOne(Bill, id) : null;
  if (!known) throw notFound('Bill', id);
  await lockVendor(tx, known.vendor.id, 'id');
  return tx.em.findOneOrFail(Bill, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

/**
 * Takes goods of a bill in: the given quantities, or all that is left. Throws NOT_FOUND, STALE_VERSION, BAD_INPUT,
 * FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function receiveBill(
  tx: Tx,
  documentContext: DocumentContext,
  {
    idempotencyKey: key,
    ...input
  }: {
    id: string;
    version: number;
    lines?: readonly { lineId: string; quantity: string }[] | null | undefined;
    idempotencyKey: string;
  },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'receiveBill', key, input }, async () => {
    assertOwned(purchasingOwners, ['bill'], documentContext.phase);
    const bill = await lockBill(tx, input.id);
    if (bill.version !== input.version) throw staleVersion(bill.version);
    if (bill.voidedAt) throw badInput('id', 'This bill is void.');
    const lines = await tx.em.find(BillLine, { bill: bill.id }, { orderBy: { position: 'asc' }, refresh: true });
    const left = (line: BillLine): Decimal => new Decimal(line.quantity).minus(line.received);
    const quantities = new Map<BillLine, Decimal>();
    const given =
      input.lines ??
      lines.filter((line) => !left(line).isZero()).map((line) => ({ lineId: line.id, quantity: left(line).toFixed() }));
    if (new Set(given.map((one) => one.lineId)).size < given.length)
      throw badInput('lines', 'The same line appears twice.');
    if (given.length === 0) throw badInput('lines', 'Everything on this bill has been received.');
    for (const [index, { lineId, quantity }] of given.entries()) {
      const line = lines.find((one) => one.id === lineId);
      if (!line) throw notFound('Line', lineId, `lines.${index}.lineId`);
      assertQuantity(quantity, `lines.${index}.quantity`);
      if (left(line).lessThan(quantity)) {
        throw badInput(`lines.${index}.quantity`, `Only ${decimalText(left(line))} remain on this line.`);
      }
      quantities.set(line, new Decimal(quantity));
    }
    await takeIn(tx, bill, quantities);
    emitBillChanged(tx, bill, 'received');
    return { id: bill.id };
  });
}

/**
 * Takes a bill back: what paid it is free again. Goods that came in by it stay; such a bill cannot be void. Throws
 * NOT_FOUND, STALE_VERSION, BAD_INPUT, PERIOD_CLOSED, FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function voidBill(
  tx: Tx,
  documentContext: DocumentContext,
  { idempotencyKey: key, ...input }: { id: string; version: number; reason: string; idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'voidBill', key, input }, async () => {
    assertOwned(purchasingOwners, ['bill'], documentContext.phase);
    assertReason(input.reason);
    const bill = await lockBill(tx, input.id);
    if (bill.version !== input.version) throw staleVersion(bill.version);
    if (bill.voidedAt) throw badInput('id', 'This bill is already void.');
    await assertDay(tx, documentContext, bill.billedOn, 'id');
    const lines = await tx.em.find(BillLine, { bill: bill.id }, { refresh: true });
    if (lines.some((line) => !new Decimal(line.received).isZero())) {
      throw badInput('id', 'Goods of this bill have been received. Adjust the stock or return them instead.');
    }
    await releaseBillAllocations(tx, { billId: bill.id });
    await tx.em.refresh(bill);
    bill.voidedAt = now();
    bill.voidReason = input.reason;
    bill.balance = '0';
    emitBillChanged(tx, bill, 'voided');
    return { id: bill.id };
  });
}
