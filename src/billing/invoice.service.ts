import { LockMode, ref } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, type DocumentMade, recordDocument } from '../documents/document-context.service.js';
import { assertOurs } from '../documents/document.service.js';
import { dueDay, type GivenLine, parseLines, totalsOf } from '../documents/lines.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { assertActive, type DocumentOf, lockCustomerDocument, lockNamedCustomer } from '../documents/party.service.js';
import { type LineQuantity, resolveQuantities } from '../documents/quantities.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { findWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertText } from '../kernel/document-values.js';
import { badInput, forbidden } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { type Currency, Decimal } from '../kernel/money.js';
import { addUp, type LineAmounts, partOf } from '../kernel/totals.js';
import { can } from '../kernel/viewer.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { OrderLine } from '../orders/order.entity.js';
import { lockOrder, orderLines } from '../orders/order.service.js';
import type { Tx } from '../platform/db/transact.js';
import type { Keyed } from '../platform/idempotency.js';
import { lockLevels } from '../stock/stock.queries.js';
import { emitStockChanges, type Movement, postMovements } from '../stock/stock.service.js';
import { invoiceChanged } from './billing.events.js';
import { CreditNote } from './credit-note.entity.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { takenOfOrder } from './invoice.queries.js';
import { releaseAllocations } from './settlement.service.js';
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
  currency: Currency;
  warehouseId?: string | null | undefined;
  /** With a product the goods leave the warehouse with the invoice. */
  lines: readonly GivenLine[];
}

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
  const dueOn = dueDay(head.dueOn, issuedOn, customer.paymentTermsDays);
  assertText(head.notes, 'notes');
  const amounts = addUp(issued.lines, issued);
  if (new Decimal(amounts.total).isNegative())
    throw badInput('lines', msg`The total of an invoice cannot be negative.`);
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
  const { branchId, exchangeRate, discountTotal: discount, taxTotal: tax } = invoice;
  const charges = new Decimal(amounts.shipping).plus(amounts.adjustment);
  const document = { branchId, exchangeRate, discount, tax, charges };
  await postEntry(tx, { ...entry, customerId: customer.id, currency, document }, amounts.total);
  emitInvoiceChanged(tx, invoice, customer, 'issued');
  return invoice;
}

/**
 * Bills an order, whole or by line, inside a Tx that holds an idempotency key. Parts of a line sum to it to the last
 * unit; shipping and adjustment go with the first invoice.
 */
export async function invoiceOrder(tx: Tx, documentContext: DocumentContext, input: InvoiceOfOrder): Promise<Invoice> {
  assertOurs(documentContext, 'invoice');
  const { order, customer } = await lockOrder(tx, documentContext, {
    id: input.orderId,
    field: 'orderId',
    balance: true,
  });
  if (order.status === 'DRAFT' || order.status === 'CANCELLED') {
    throw badInput('orderId', msg`A ${order.status.toLowerCase()} order cannot be invoiced.`);
  }
  const currency = order.currency as Currency;
  const lines = await orderLines(tx, order);
  const quantities = resolveQuantities(lines, input.lines, (line) => new Decimal(line.quantity).minus(line.invoiced));
  if (quantities.size === 0) throw badInput('lines', msg`Everything on this order has been invoiced.`);
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
  if (!can(documentContext.viewer, 'invoices:free')) throw forbidden(msg`You need the permission invoices:free.`);
  const { currency } = input;
  const customer = await lockNamedCustomer(tx, documentContext, input);
  assertActive(customer);
  const parsed = await parseLines(tx, documentContext, input.lines, { currency, priceField: 'unitPrice' });
  const warehouse = await findWarehouse(tx, input.warehouseId);
  // Levels are locked before the number: whoever holds a number's lock never waits for another lock.
  await lockLevels(
    tx.sql,
    parsed.flatMap(({ productId, stocked }) =>
      stocked && productId ? [{ productId, warehouseId: warehouse.id }] : [],
    ),
  );
  const totals = totalsOf({ currency, lines: parsed });
  const lines = parsed.map(({ stocked, ...line }, index) => ({
    ...line,
    ...(totals.lines[index] as LineAmounts),
    orderLineId: null,
    movedStock: stocked,
  }));
  const invoice = await issue(tx, documentContext, input, {
    customer,
    currency,
    branchId: warehouse.branch.id,
    warehouseId: warehouse.id,
    orderId: null,
    shipping: '0',
    adjustment: '0',
    lines,
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
  const movements = lines.flatMap((line, index): Movement[] => {
    if (!line.movedStock || !line.productId) return [];
    const quantity = type === 'SALE' ? new Decimal(line.quantity).negated().toFixed() : line.quantity;
    const reference = { referenceType: 'invoice', referenceId: invoice.id, reason: invoice.number };
    const levelKey = { productId: line.productId, warehouseId: invoice.warehouseId };
    return [{ type, quantity, ...levelKey, ...reference, line: index }];
  });
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
  input: (InvoiceOfOrder | FreeInvoice) & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return recordDocument(tx, documentContext, { operation: 'createInvoice', kind: 'invoice', input }, () =>
    'orderId' in input ? invoiceOrder(tx, documentContext, input) : invoiceFreely(tx, documentContext, input),
  );
}

/** An invoice among those that the viewer sees, locked after the customer's balance. Throws NOT_FOUND. */
export async function lockInvoice(
  tx: Tx,
  documentContext: DocumentContext,
  named: Pick<DocumentOf<Invoice>, 'id' | 'field'>,
): Promise<{ invoice: Invoice; customer: Customer }> {
  const of: DocumentOf<Invoice> = { type: Invoice, noun: 'Invoice', balance: true, ...named };
  const { document: invoice, customer } = await lockCustomerDocument<Invoice>(tx, documentContext, of);
  return { invoice, customer };
}

/** What a void invoice billed of its order can be billed again. */
async function releaseBilled(tx: Tx, lines: readonly InvoiceLine[]): Promise<void> {
  const ids = lines.flatMap((line) => line.orderLineId ?? []);
  const options = { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, refresh: true } as const;
  const orderLinesOf = new Map(
    (await tx.em.find(OrderLine, { id: { $in: ids } }, options)).map((one) => [one.id, one]),
  );
  for (const { orderLineId, quantity } of lines) {
    const orderLine = orderLineId ? orderLinesOf.get(orderLineId) : undefined;
    if (orderLine) orderLine.invoiced = new Decimal(orderLine.invoiced).minus(quantity).toFixed(3);
  }
}

/**
 * Voids an invoice: the payments that settled it are unapplied again, its order can be invoiced again, and goods that
 * left with it come back. Throws what voidDocument throws; BAD_INPUT when it has credit notes.
 */
export function voidInvoice(tx: Tx, documentContext: DocumentContext, input: VoidInput): Promise<Keyed<DocumentMade>> {
  return voidDocument<Invoice, Customer>(tx, documentContext, input, {
    operation: 'voidInvoice',
    kind: 'invoice',
    noun: 'invoice',
    async lock(id) {
      const { invoice: document, customer: party } = await lockInvoice(tx, documentContext, { id });
      return { document, party };
    },
    async assertVoidable(invoice) {
      // A credit note must not remain when the invoice it credits is void.
      if ((await tx.em.count(CreditNote, { invoiceId: invoice.id, voidedAt: null })) > 0) {
        throw badInput('id', msg`This invoice has credit notes. Void them first.`);
      }
    },
    async undo(invoice) {
      await releaseAllocations(tx, { invoiceId: invoice.id });
      await releaseBilled(tx, await linesOf(tx, invoice));
    },
    clear(invoice) {
      invoice.balance = '0';
    },
    async post(invoice, customer, enteredOn) {
      const { id: documentId, number, currency, total } = invoice;
      const entry = { kind: 'INVOICE_VOID', documentId, number, enteredOn, customerId: customer.id, currency } as const;
      await postEntry(tx, entry, new Decimal(total).negated());
      await moveGoods(tx, invoice, await linesOf(tx, invoice), 'RETURN');
      emitInvoiceChanged(tx, invoice, customer, 'voided');
    },
  });
}

const linesOf = (tx: Tx, invoice: Invoice): Promise<InvoiceLine[]> =>
  tx.em.find(InvoiceLine, { invoice: invoice.id }, { orderBy: { position: 'asc' }, refresh: true });
