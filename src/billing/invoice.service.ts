import { LockMode, ref } from '@mikro-orm/core';
import { listVisibleProducts } from '../catalog/product.queries.js';
import type { Customer } from '../customers/customer.entity.js';
import { findOwnCustomer } from '../customers/viewer-customer.service.js';
import type { DocumentContext, DocumentMade } from '../documents/document-context.service.js';
import { assertOurs, findDocumentCustomer } from '../documents/document.service.js';
import { type LineQuantity, resolveQuantities } from '../documents/quantities.service.js';
import { addDays, isBusinessDate, now } from '../kernel/clock.js';
import { assertAmount, assertPercent, assertQuantity, assertReason, assertText } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { type Currency, Decimal } from '../kernel/money.js';
import { addUp, computeTotals, type LineAmounts, partOf } from '../kernel/totals.js';
import { can } from '../kernel/viewer.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { lockCustomerBalance } from '../ledger/customer-ledger.queries.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { Order, OrderLine } from '../orders/order.entity.js';
import { lockOrder, orderLines } from '../orders/order.service.js';
import { nextDocumentNumber } from '../organisation/organisation.service.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { type Keyed, withIdempotencyKey } from '../platform/idempotency.js';
import { lockLevels } from '../stock/stock.queries.js';
import { emitStockChanges, postMovements } from '../stock/stock.service.js';
import { invoiceChanged } from './billing.events.js';
import { CreditNote } from './credit-note.entity.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { takenOfOrder } from './invoice.queries.js';
import { releaseAllocations } from './settlement.service.js';

interface InvoiceHead {
  issuedOn?: string | null | undefined;
  dueOn?: string | null | undefined;
  notes?: string | null | undefined;
}

export interface InvoiceOfOrder extends InvoiceHead {
  orderId: string;
  /** Left out: everything that is not invoiced yet. */
  lines?: readonly LineQuantity[] | null | undefined;
}

export interface FreeInvoiceLine {
  /** With a product the goods leave the warehouse with the invoice. */
  productId?: string | null | undefined;
  description?: string | null | undefined;
  quantity: string;
  unitPrice: string;
  discountPercent?: string | null | undefined;
  taxPercent?: string | null | undefined;
}

export interface FreeInvoice extends InvoiceHead {
  customerId: string;
  currency: Currency;
  warehouseId?: string | null | undefined;
  lines: readonly FreeInvoiceLine[];
}

const MAX_LINES = 200;

interface Issued {
  customer: Customer;
  currency: Currency;
  branchId: string;
  warehouseId: string;
  orderId: string | null;
  shipping: string;
  adjustment: string;
  lines: (Pick<
    InvoiceLine,
    | 'orderLineId'
    | 'productId'
    | 'description'
    | 'quantity'
    | 'unitPrice'
    | 'discountPercent'
    | 'taxPercent'
    | 'movedStock'
  > &
    LineAmounts)[];
}

export function emitInvoiceChanged(tx: Tx, invoice: Invoice, customer: Customer, change: string): void {
  const salespersonId = customer.salesperson?.id ?? null;
  tx.emit(invoiceChanged(invoice.id, { change, number: invoice.number, customerId: customer.id, salespersonId }));
}

/** Writes an invoice and posts it to the customer ledger; the caller has locked the balance. */
async function issue(tx: Tx, documentContext: DocumentContext, head: InvoiceHead, issued: Issued): Promise<Invoice> {
  const { customer, currency } = issued;
  const issuedOn = await assertDay(tx, documentContext, head.issuedOn, 'issuedOn');
  const dueOn = head.dueOn ?? addDays(issuedOn, customer.paymentTermsDays);
  if (!isBusinessDate(dueOn) || dueOn < issuedOn)
    throw badInput('dueOn', 'The due date cannot be before the invoice date.');
  assertText(head.notes, 'notes');
  const amounts = addUp(issued.lines, issued);
  if (new Decimal(amounts.total).isNegative()) throw badInput('lines', 'The total of an invoice cannot be negative.');
  const invoice = tx.em.create(Invoice, {
    id: newId(),
    number: await nextDocumentNumber(tx, 'INV', issued.branchId),
    customer: ref(customer),
    orderId: issued.orderId,
    branchId: issued.branchId,
    warehouseId: issued.warehouseId,
    issuedOn,
    dueOn,
    currency,
    exchangeRate: await rateOn(tx, currency, issuedOn),
    ...amounts,
    paid: '0',
    credited: '0',
    balance: amounts.total,
    notes: head.notes ?? null,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  issued.lines.forEach((line, position) => {
    tx.em.create(InvoiceLine, { id: newId(), invoice: ref(invoice), position, credited: '0', ...line });
  });
  await tx.em.flush();
  const entry = { kind: 'INVOICE', documentId: invoice.id, number: invoice.number, enteredOn: issuedOn } as const;
  await postEntry(tx, { ...entry, customerId: customer.id, currency }, amounts.total);
  emitInvoiceChanged(tx, invoice, customer, 'issued');
  return invoice;
}

/**
 * Bills an order, whole or by line, inside a Tx that holds an idempotency key. Parts of a line sum to it to the last
 * unit; shipping and adjustment go with the first invoice.
 */
export async function invoiceOrder(tx: Tx, documentContext: DocumentContext, input: InvoiceOfOrder): Promise<Invoice> {
  assertOurs(documentContext, 'invoice');
  const known = isId(input.orderId) ? await tx.em.findOne(Order, input.orderId) : null;
  if (!known) throw notFound('Order', input.orderId, 'orderId');
  await lockCustomerBalance(tx.sql, known.customer.id, known.currency);
  const { order, customer } = await lockOrder(tx, documentContext, input.orderId);
  if (order.status === 'DRAFT' || order.status === 'CANCELLED') {
    throw badInput('orderId', `A ${order.status.toLowerCase()} order cannot be invoiced.`);
  }
  const currency = order.currency as Currency;
  const lines = await orderLines(tx, order);
  const quantities = resolveQuantities(lines, input.lines, (line) => new Decimal(line.quantity).minus(line.invoiced));
  if (quantities.size === 0) throw badInput('lines', 'Everything on this order has been invoiced.');
  const taken = await takenOfOrder(tx.sql, order.id);
  const billed = [...quantities].map(([line, quantity]) => {
    const before = taken.lines.get(line.id) ?? { lineTotal: '0', discountShare: '0', taxAmount: '0' };
    const part = partOf(line, { ...before, quantity: line.invoiced }, quantity.toFixed(), currency);
    line.invoiced = new Decimal(line.invoiced).plus(quantity).toFixed(3);
    const { id: orderLineId, productId = null, description, unitPrice, discountPercent, taxPercent } = line;
    const said = { orderLineId, productId, description, unitPrice, discountPercent, taxPercent };
    return { ...said, quantity: quantity.toFixed(3), movedStock: false, ...part };
  });
  order.updatedAt = now();
  return issue(tx, documentContext, input, {
    customer,
    currency,
    branchId: order.branchId,
    warehouseId: order.warehouse.id,
    orderId: order.id,
    shipping: new Decimal(order.shipping).minus(taken.shipping).toFixed(),
    adjustment: new Decimal(order.adjustment).minus(taken.adjustment).toFixed(),
    lines: billed,
  });
}

/** Bills without an order: goods leave the warehouse with the invoice, services are described. */
async function invoiceFreely(tx: Tx, documentContext: DocumentContext, input: FreeInvoice): Promise<Invoice> {
  assertOurs(documentContext, 'invoice');
  if (!can(documentContext.viewer, 'invoices:free')) {
    throw new AppError('FORBIDDEN', 'You need the permission invoices:free.');
  }
  const { currency } = input;
  const customer = await findOwnCustomer(tx, documentContext.viewer, input.customerId);
  if (!customer) throw notFound('Customer', input.customerId, 'customerId');
  if (!customer.active || customer.archivedAt) throw badInput('customerId', 'This customer is inactive or archived.');
  if (input.lines.length === 0 || input.lines.length > MAX_LINES)
    throw badInput('lines', `Give 1 to ${MAX_LINES} lines.`);
  const ids = [...new Set(input.lines.flatMap((line) => line.productId ?? []))];
  const products = new Map(
    (ids.every(isId) ? await listVisibleProducts(tx.sql, documentContext, ids) : []).map((one) => [one.id, one]),
  );
  const lines = input.lines.map((line, index) => {
    const at = (field: string): string => `lines.${index}.${field}`;
    const product = line.productId == null ? null : products.get(line.productId);
    if (product === undefined) throw notFound('Product', line.productId ?? '', at('productId'));
    const description = line.description ?? product?.name ?? '';
    if (description.trim() === '') throw badInput(at('description'), 'A line needs a product or a description.');
    assertText(description, at('description'));
    assertQuantity(line.quantity, at('quantity'));
    assertAmount(line.unitPrice, currency, at('unitPrice'));
    assertPercent(line.discountPercent ?? '0', at('discountPercent'));
    assertPercent(line.taxPercent ?? '0', at('taxPercent'));
    return {
      orderLineId: null,
      productId: product?.id ?? null,
      description,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
      discountPercent: line.discountPercent ?? '0',
      taxPercent: line.taxPercent ?? '0',
      movedStock: product?.trackable === true,
    };
  });
  const warehouse =
    input.warehouseId == null
      ? await tx.em.findOneOrFail(Warehouse, { isPrimary: true })
      : isId(input.warehouseId)
        ? await tx.em.findOne(Warehouse, input.warehouseId)
        : null;
  if (!warehouse || !warehouse.active) throw notFound('Warehouse', input.warehouseId ?? '', 'warehouseId');
  await lockCustomerBalance(tx.sql, customer.id, currency);
  // Levels are locked before the number: whoever holds a number's lock never waits for another lock.
  const goods = lines.flatMap(({ productId, movedStock }) => (movedStock && productId ? [productId] : []));
  if (goods.length > 0) {
    await lockLevels(
      tx.sql,
      goods.map((productId) => ({ productId, warehouseId: warehouse.id })),
    );
  }
  const totals = computeTotals({ currency, lines, discountPercent: '0', shipping: '0', adjustment: '0' });
  const invoice = await issue(tx, documentContext, input, {
    customer,
    currency,
    branchId: warehouse.branch.id,
    warehouseId: warehouse.id,
    orderId: null,
    shipping: '0',
    adjustment: '0',
    lines: lines.map((line, index) => ({ ...line, ...(totals.lines[index] as LineAmounts) })),
  });
  await moveGoods(tx, invoice, lines, 'SALE');
  return invoice;
}

/** Goods of an invoice without an order: out with it, back when it is void. */
async function moveGoods(
  tx: Tx,
  invoice: Invoice,
  lines: readonly Pick<InvoiceLine, 'productId' | 'quantity' | 'movedStock'>[],
  type: 'SALE' | 'RETURN',
): Promise<void> {
  const movements = lines.flatMap((line) =>
    line.movedStock && line.productId
      ? [
          {
            type,
            productId: line.productId,
            warehouseId: invoice.warehouseId,
            quantity: type === 'SALE' ? new Decimal(line.quantity).negated().toFixed() : line.quantity,
            referenceType: 'invoice',
            referenceId: invoice.id,
            reason: invoice.number,
          },
        ]
      : [],
  );
  if (movements.length === 0) return;
  await postMovements(tx, await lockLevels(tx.sql, movements), movements);
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

/**
 * Throws NOT_FOUND (order, line, customer, product), BAD_INPUT, FORBIDDEN, INSUFFICIENT_STOCK, PERIOD_CLOSED,
 * FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function createInvoice(
  tx: Tx,
  documentContext: DocumentContext,
  { idempotencyKey: key, ...input }: (InvoiceOfOrder | FreeInvoice) & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'createInvoice', key, input }, async () => {
    const { id } = await ('orderId' in input
      ? invoiceOrder(tx, documentContext, input)
      : invoiceFreely(tx, documentContext, input));
    return { id };
  });
}

/** An invoice among those that the viewer sees, locked after the customer's balance. Throws NOT_FOUND. */
export async function lockInvoice(
  tx: Tx,
  documentContext: DocumentContext,
  id: string,
  field: string,
): Promise<{ invoice: Invoice; customer: Customer }> {
  const known = isId(id) ? await tx.em.findOne(Invoice, id) : null;
  const customer = known && (await findDocumentCustomer(tx, documentContext.viewer, known.customer.id));
  if (!known || !customer) throw notFound('Invoice', id, field);
  await lockCustomerBalance(tx.sql, customer.id, known.currency);
  const invoice = await tx.em.findOneOrFail(Invoice, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  return { invoice, customer };
}

export interface VoidInput {
  id: string;
  version: number;
  reason: string;
  idempotencyKey: string;
}

/**
 * Voids an invoice by a counter-entry of today: the payments that settled it are unapplied again, its order can be
 * invoiced again, and goods that left with it come back. Throws NOT_FOUND, STALE_VERSION, BAD_INPUT (void already,
 * credited lines), PERIOD_CLOSED, FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function voidInvoice(
  tx: Tx,
  documentContext: DocumentContext,
  { idempotencyKey: key, ...input }: VoidInput,
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'voidInvoice', key, input }, async () => {
    assertOurs(documentContext, 'invoice');
    assertReason(input.reason);
    const { invoice, customer } = await lockInvoice(tx, documentContext, input.id, 'id');
    if (invoice.version !== input.version) throw staleVersion(invoice.version);
    if (invoice.voidedAt) throw badInput('id', 'This invoice is already void.');
    const enteredOn = await assertDay(tx, documentContext, null, 'id');
    const lines = await tx.em.find(InvoiceLine, { invoice: invoice.id }, { refresh: true });
    // A credit note must not remain when the invoice it credits is void.
    if ((await tx.em.count(CreditNote, { invoiceId: invoice.id, voidedAt: null })) > 0) {
      throw badInput('id', 'This invoice has credit notes. Void them first.');
    }
    await releaseAllocations(tx, { invoiceId: invoice.id });
    await tx.em.refresh(invoice);
    invoice.voidedAt = now();
    invoice.voidReason = input.reason;
    invoice.balance = '0';
    for (const line of lines) {
      if (!line.orderLineId) continue;
      const orderLine = await tx.em.findOneOrFail(OrderLine, line.orderLineId, {
        lockMode: LockMode.PESSIMISTIC_WRITE,
      });
      orderLine.invoiced = new Decimal(orderLine.invoiced).minus(line.quantity).toFixed(3);
    }
    await tx.em.flush();
    const entry = { kind: 'INVOICE_VOID', documentId: invoice.id, number: invoice.number, enteredOn } as const;
    await postEntry(
      tx,
      { ...entry, customerId: customer.id, currency: invoice.currency },
      new Decimal(invoice.total).negated(),
    );
    await moveGoods(tx, invoice, lines, 'RETURN');
    emitInvoiceChanged(tx, invoice, customer, 'voided');
    return { id: invoice.id };
  });
}
