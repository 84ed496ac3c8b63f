import { ref } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { assertOurs, failuresOf } from '../documents/document.service.js';
import { currencyOf, dueDay, type GivenLine, parseLines, totalsOf } from '../documents/lines.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { assertActive, type DocumentOf, lockCustomerDocument, lockNamedCustomer } from '../documents/party.service.js';
import { assertQuantities, type LineQuantity, resolveQuantities } from '../documents/quantities.service.js';
import { findSellingWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertText, knownCurrency } from '../kernel/document-values.js';
import { badInput, forbidden } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { type Currency, Decimal } from '../kernel/money.js';
import { addUp, type LineAmounts, partOf } from '../kernel/totals.js';
import { can } from '../kernel/viewer.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import type { Order, OrderLine } from '../orders/order.entity.js';
import { assertCredit, assertMayOverrideCredit, hasCredit } from '../orders/credit.service.js';
import { leftToBill, lockOrder, orderLines } from '../orders/order.service.js';
import { readyToBill } from '../orders/reservation.service.js';
import { nextShipmentNumber, recordShipment } from '../orders/shipment.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { emitStockChanges, lockGoods, type Movement, postMovements } from '../stock/stock.service.js';
import { invoiceChanged } from './billing.events.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { takenOfOrder } from './invoice.queries.js';
import { msg } from '../kernel/message.js';

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

export interface FreeInvoice extends InvoiceHead {
  customerId: string;
  currency?: string | null | undefined;
  warehouseId?: string | null | undefined;
  /** With a product the goods leave the warehouse with the invoice. */
  freeLines: readonly GivenLine[];
  overrideCredit?: boolean | null | undefined;
}

/** An invoice of an order, or a free one: the fields of both, as a client gives them. */
export interface NewInvoice extends InvoiceHead {
  orderId?: string | null | undefined;
  lines?: readonly LineQuantity[] | null | undefined;
  customerId?: string | null | undefined;
  currency?: string | null | undefined;
  warehouseId?: string | null | undefined;
  freeLines?: readonly GivenLine[] | null | undefined;
  overrideCredit?: boolean | null | undefined;
}

/** Which of the two kinds is meant. Throws BAD_INPUT for a mixture. */
function kindOf({
  orderId,
  lines,
  customerId,
  currency,
  warehouseId,
  freeLines,
  overrideCredit,
  ...head
}: NewInvoice): InvoiceOfOrder | FreeInvoice {
  if (orderId != null) {
    if (customerId != null || freeLines != null)
      throw badInput('orderId', msg`An invoice for an order takes no customer and no free lines.`);
    return { ...head, orderId, lines: lines ?? null };
  }
  if (customerId == null) throw badInput('orderId', msg`Give an order, or a customer with free lines.`);
  if (freeLines == null) throw badInput('freeLines', msg`An invoice without an order needs lines.`);
  return { ...head, customerId, currency, warehouseId: warehouseId ?? null, freeLines, overrideCredit };
}

interface Days {
  issuedOn: string;
  dueOn: string;
}

interface Issued {
  days: Days;
  notes: string | null;
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

/**
 * Days until an invoice is due: the terms of who buys on account, or of an order that was confirmed on credit. Everybody
 * else pays on delivery.
 */
function termsOf(customer: Customer, order: Order | null): number {
  const onAccount = hasCredit(customer) || order?.paymentMethod === 'CREDIT' || order?.creditOverrideBy != null;
  return onAccount ? customer.paymentTermsDays : 0;
}

/** More time than was agreed is credit, and takes the right to give it. Throws BAD_INPUT. */
function dueWithinTerms({ viewer, today }: DocumentContext, head: InvoiceHead, terms: number): string {
  const issuedOn = head.issuedOn ?? today;
  const dueOn = dueDay(head.dueOn, issuedOn, terms);
  const latest = dueDay(null, issuedOn, terms);
  if (dueOn > latest && !can(viewer, 'credit:override')) {
    throw badInput('dueOn', msg`By the terms of ${terms} days it is due on ${latest} at the latest.`);
  }
  return dueOn;
}

/** Checks the days and notes of an invoice; while its terms are not known (null), without them. */
async function checkHead(
  tx: Tx,
  documentContext: DocumentContext,
  head: InvoiceHead,
  terms: number | null,
): Promise<Days> {
  const [issuedOn, dueOn] = await checkAll(
    () => assertDay(tx, documentContext, head.issuedOn, 'issuedOn'),
    () =>
      terms === null
        ? dueDay(head.dueOn, head.issuedOn ?? documentContext.today, 0)
        : dueWithinTerms(documentContext, head, terms),
    () => assertText(head.notes, 'notes'),
  );
  return { issuedOn, dueOn };
}

/** Writes an invoice and posts it to the customer ledger; the caller has locked the balance. */
async function issue(tx: Tx, issued: Issued): Promise<Invoice> {
  const { customer, currency, notes } = issued;
  const { issuedOn, dueOn } = issued.days;
  const amounts = addUp(issued.lines, issued);
  if (new Decimal(amounts.total).isNegative())
    throw badInput('lines', msg`The total of an invoice cannot be negative.`);
  const invoice = tx.em.create(Invoice, {
    id: newId(),
    kind: 'INVOICE',
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
    notes,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  issued.lines.forEach((line, position) => {
    tx.em.create(InvoiceLine, { id: newId(), invoice: ref(invoice), position, credited: '0', ...line });
  });
  await tx.em.flush();
  const entry = { kind: 'INVOICE', documentId: invoice.id, number: invoice.number, enteredOn: issuedOn } as const;
  const { branchId, exchangeRate, discountTotal: discount, taxTotal: tax } = invoice;
  const charges = new Decimal(amounts.shipping).plus(amounts.adjustment);
  const products = issued.lines.map(({ productId = null, lineTotal }) => ({ productId, amount: lineTotal }));
  const document = { branchId, exchangeRate, discount, tax, charges, products };
  await postEntry(tx, { ...entry, customerId: customer.id, currency, document }, amounts.total);
  emitInvoiceChanged(tx, invoice, customer, 'issued');
  return invoice;
}

async function quantitiesToBill(
  tx: Tx,
  order: Order,
  given: InvoiceOfOrder['lines'],
): Promise<Map<OrderLine, Decimal>> {
  const lines = await orderLines(tx, order);
  const quantities = await resolveQuantities(tx, { lines, given, left: readyToBill });
  if (quantities.size === 0) {
    throw badInput(
      'lines',
      lines.every((line) => leftToBill(line).isZero())
        ? msg`Everything on this order has been invoiced.`
        : msg`The rest of this order waits for goods.`,
    );
  }
  return quantities;
}

/**
 * Bills an order, whole or by line, inside a Tx that holds an idempotency key. Parts of a line sum to it to the last
 * unit; shipping and adjustment go with the first invoice.
 */
export async function invoiceOrder(tx: Tx, documentContext: DocumentContext, input: InvoiceOfOrder): Promise<Invoice> {
  assertOurs(documentContext, 'invoice');
  const known: { customer: Customer | null; order: Order | null } = { customer: null, order: null };
  const [{ order, customer }, quantities, days] = await checkAll(
    async () => {
      const named = { id: input.orderId, field: 'orderId', balance: true };
      const locked = await lockOrder(tx, documentContext, named);
      Object.assign(known, locked);
      const { status } = locked.order;
      if (status === 'DRAFT' || status === 'CANCELLED')
        throw badInput('orderId', msg`A ${status.toLowerCase()} order cannot be invoiced.`);
      return locked;
    },
    async () => {
      if (known.order) return quantitiesToBill(tx, known.order, input.lines);
      assertQuantities(input.lines);
      return new Map<OrderLine, Decimal>();
    },
    () => checkHead(tx, documentContext, input, known.customer && termsOf(known.customer, known.order)),
  );
  const currency = order.currency as Currency;
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
  return issue(tx, {
    days,
    notes: input.notes ?? null,
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
  if (!can(documentContext.viewer, 'invoices:free')) throw forbidden(msg`You need the permission invoices:free.`);
  const known: { customer: Customer | null } = { customer: null };
  const list = 'freeLines';
  const [currency, customer, warehouse, days, parsed] = await checkAll(
    () => currencyOf(input.currency),
    async () => {
      const named = { customerId: input.customerId, currency: knownCurrency(input.currency) };
      known.customer = await lockNamedCustomer(tx, documentContext, named);
      assertActive(known.customer);
      return known.customer;
    },
    () => findSellingWarehouse(tx, input.warehouseId),
    () => checkHead(tx, documentContext, input, known.customer && termsOf(known.customer, null)),
    () =>
      parseLines(tx, documentContext, input.freeLines, {
        currency: knownCurrency(input.currency),
        names: { list, price: 'unitPrice' },
      }),
  );
  const totals = totalsOf({ currency, lines: parsed }, list);
  if (input.overrideCredit === true) assertMayOverrideCredit(documentContext);
  else {
    const { total } = totals.document;
    await assertCredit(tx, documentContext, customer, { currency, total, asksForCredit: false, field: list });
  }
  // Levels are locked before the number: whoever holds a number's lock never waits for another lock.
  await lockGoods(
    tx,
    parsed.flatMap(({ productId, stocked }) =>
      stocked && productId ? [{ productId, warehouseId: warehouse.id }] : [],
    ),
  );
  const shipmentNumber = parsed.some(({ stocked }) => stocked)
    ? await nextShipmentNumber(tx, warehouse.branch.id)
    : null;
  const lines = parsed.map(({ stocked, ...line }, index) => ({
    ...line,
    ...(totals.lines[index] as LineAmounts),
    orderLineId: null,
    movedStock: stocked,
  }));
  const invoice = await issue(tx, {
    days,
    notes: input.notes ?? null,
    customer,
    currency,
    branchId: warehouse.branch.id,
    warehouseId: warehouse.id,
    orderId: null,
    shipping: '0',
    adjustment: '0',
    lines,
  });
  await moveGoods(tx, invoice, lines, { type: 'SALE', day: invoice.issuedOn });
  if (shipmentNumber !== null) {
    recordShipment(tx, documentContext, shipmentNumber, {
      customerId: customer.id,
      invoiceId: invoice.id,
      warehouseId: warehouse.id,
      branchId: warehouse.branch.id,
      lines: lines.filter(({ movedStock }) => movedStock),
    });
  }
  return invoice;
}

/** Goods of an invoice without an order: out with it, back when it is void. */
export async function moveGoods(
  tx: Tx,
  invoice: Invoice,
  lines: readonly Pick<InvoiceLine, 'productId' | 'quantity' | 'movedStock'>[],
  { type, day }: { type: 'SALE' | 'RETURN'; day: string },
): Promise<void> {
  const movements = lines.flatMap((line, index): Movement[] => {
    if (!line.movedStock || !line.productId) return [];
    const quantity = type === 'SALE' ? new Decimal(line.quantity).negated().toFixed() : line.quantity;
    const reference = { referenceType: 'invoice', referenceId: invoice.id };
    const levelKey = { productId: line.productId, warehouseId: invoice.warehouseId };
    const said = { ...reference, soldBy: reference, reason: invoice.number };
    return [{ type, quantity, ...levelKey, ...said, line: index, list: 'freeLines' }];
  });
  if (movements.length === 0) return;
  const event = type === 'SALE' ? 'SHIPMENT' : 'GOODS_RETURN';
  await postMovements(tx, await lockGoods(tx, movements), movements, {
    day,
    document: { type: 'invoice', id: invoice.id, event },
    salespersonOf: invoice.customer.id,
  });
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

/** Bills an order, whole or by line; or without an order. */
export const createInvoice = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_STOCK', 'CREDIT_REFUSED'],
  (tx: Tx, documentContext: DocumentContext, { idempotencyKey, ...given }: NewInvoice & { idempotencyKey: string }) => {
    const input = { ...kindOf(given), idempotencyKey };
    return recordDocument(tx, documentContext, { operation: 'createInvoice', kind: 'invoice', input }, () =>
      'orderId' in input ? invoiceOrder(tx, documentContext, input) : invoiceFreely(tx, documentContext, input),
    );
  },
);

/** An invoice among those that the viewer sees, locked after the customer's balance. Throws NOT_FOUND. */
export async function lockInvoice(
  tx: Tx,
  documentContext: DocumentContext,
  named: Pick<DocumentOf<Invoice>, 'id' | 'field' | 'others'>,
): Promise<{ invoice: Invoice; customer: Customer }> {
  const of: DocumentOf<Invoice> = { type: Invoice, noun: 'Invoice', balance: true, ...named };
  const { document: invoice, customer } = await lockCustomerDocument<Invoice>(tx, documentContext, of);
  return { invoice, customer };
}
