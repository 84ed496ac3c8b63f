import { ref } from '@mikro-orm/core';
import { PriceList } from '../catalog/price-list.entity.js';
import { CONSUMER_LIST, listTiersOf } from '../catalog/price.queries.js';
import { unitPriceAt } from '../catalog/price.service.js';
import type { Customer } from '../customers/customer.entity.js';
import { ensureViewerCustomer } from '../customers/viewer-customer.service.js';
import { type DocumentContext, type DocumentMade, recordDocument } from '../documents/document-context.service.js';
import { assertOurs } from '../documents/document.service.js';
import { assertLineCount, lineField, productsOfLines, totalsOf } from '../documents/lines.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { type DocumentOf, assertActive, lockCustomerDocument, lockNamedCustomer } from '../documents/party.service.js';
import { findWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertAmount, assertPercent, assertQuantity, assertText } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { type Currency, Decimal } from '../kernel/money.js';
import { discountGiven, type PricedLine } from '../kernel/totals.js';
import { can } from '../kernel/viewer.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { Tax } from '../organisation/currency.entity.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Tx } from '../platform/db/transact.js';
import type { Keyed } from '../platform/idempotency.js';
import { orderTransitions } from './order-states.js';
import { Order, OrderLine } from './order.entity.js';
import { orderChanged } from './order.events.js';
import { msg } from '../kernel/message.js';

export interface OrderLineInput {
  productId: string;
  quantity: string;
  discountPercent?: string | null | undefined;
  taxId?: string | null | undefined;
}

export interface OrderTerms {
  lines: readonly OrderLineInput[];
  warehouseId?: string | null | undefined;
  paymentMethod?: PaymentMethod | undefined;
  /** On the sum of the lines; left out: the customer's standing discount. */
  discountPercent?: string | null | undefined;
  shipping?: string | null | undefined;
  expectedOn?: string | null | undefined;
  deliveryAddress?: string | null | undefined;
  notes?: string | null | undefined;
}

export interface NewOrder extends OrderTerms {
  /** Left out by clients and consumers: their own. */
  customerId?: string | null | undefined;
}

/** What a salesperson may give on top of a customer's standing discount, in percent of the list's prices. */
export const FREE_DISCOUNT_PERCENT = 5;

/** The customer that an order is for: named by staff among those they see, one's own for clients, made for consumers. */
async function customerOf(
  tx: Tx,
  documentContext: DocumentContext,
  customerId: string | null | undefined,
): Promise<Customer> {
  const id = customerId ?? (await ensureViewerCustomer(tx, documentContext.viewer)).id;
  const customer = await lockNamedCustomer(tx, documentContext, { customerId: id, currency: null });
  assertActive(customer);
  return customer;
}

/** The list that a customer buys by: the own one; a consumer's is the consumer list. Throws BAD_INPUT without one. */
async function priceListOf(tx: Tx, customer: Customer): Promise<PriceList> {
  const list = customer.priceList
    ? await tx.em.findOne(PriceList, customer.priceList.id)
    : await tx.em.findOne(PriceList, { code: CONSUMER_LIST });
  if (!list || !list.active || list.archivedAt)
    throw badInput('customerId', msg`This customer has no open price list.`);
  return list;
}

type Priced = PricedLine & { productId: string; description: string; stocked: boolean };

/** Prices every line by the customer's list, at its quantity, on this day; no other list and no base price steps in. */
async function priceLines(
  tx: Tx,
  documentContext: DocumentContext,
  list: PriceList,
  lines: readonly OrderLineInput[],
): Promise<Priced[]> {
  assertLineCount(lines);
  const products = await productsOfLines(tx, documentContext, lines);
  const ids = [...new Set(lines.map((line) => line.productId))];
  const tiers = await listTiersOf(tx.sql, list.id, ids, documentContext.today);
  const taxes = new Map((await tx.em.find(Tax, { active: true })).map((tax) => [tax.id, tax]));
  return lines.map((line, index) => {
    const field = (name: string): string => lineField(index, name);
    const product = products[index];
    if (!product) throw notFound('Product', line.productId, field('productId'));
    if (!product.active) throw badInput(field('productId'), msg`${product.name} is not for sale.`);
    assertQuantity(line.quantity, field('quantity'));
    const discountPercent = line.discountPercent ?? '0';
    assertPercent(discountPercent, field('discountPercent'));
    const tax = line.taxId == null ? null : taxes.get(line.taxId);
    if (tax === undefined) throw notFound('Tax', line.taxId ?? '', field('taxId'));
    const at = { quantity: line.quantity, day: documentContext.today, currency: list.currency as Currency };
    const unitPrice = unitPriceAt(tiers.get(line.productId) ?? [], at);
    if (unitPrice === null)
      throw badInput(field('productId'), msg`${product.name} has no price in the list ${list.code}.`);
    return {
      productId: product.id,
      description: product.name,
      stocked: product.trackable,
      quantity: line.quantity,
      unitPrice,
      discountPercent,
      taxPercent: tax?.ratePercent ?? '0',
    };
  });
}

/** Clients take what the list says: a discount, a tax or a charge is for staff to give. */
function assertClientTerms(documentContext: DocumentContext, terms: OrderTerms): void {
  if (can(documentContext.viewer, 'orders:write')) return;
  const given = [
    ['discountPercent', terms.discountPercent],
    ['shipping', terms.shipping],
    ['warehouseId', terms.warehouseId],
    ...terms.lines.flatMap((line, index) => [
      [`lines.${index}.discountPercent`, line.discountPercent],
      [`lines.${index}.taxId`, line.taxId],
    ]),
  ].find(([, value]) => value != null);
  if (given) throw badInput(given[0] as string, msg`Only staff may set this.`);
  if (terms.paymentMethod === 'CREDIT' && !can(documentContext.viewer, 'customers:read')) {
    throw badInput('paymentMethod', msg`Choose payment on delivery or by transfer.`);
  }
}

/** Fills an order with terms: prices, totals, whether somebody must approve. Lines are made anew. */
async function applyTerms(
  tx: Tx,
  documentContext: DocumentContext,
  order: Order,
  customer: Customer,
  terms: OrderTerms,
): Promise<void> {
  assertClientTerms(documentContext, terms);
  assertText(terms.notes, 'notes');
  assertText(terms.deliveryAddress, 'deliveryAddress');
  const list = await priceListOf(tx, customer);
  const currency = list.currency as Currency;
  const priced = await priceLines(tx, documentContext, list, terms.lines);
  const discountPercent = terms.discountPercent ?? customer.discountPercent;
  assertPercent(discountPercent, 'discountPercent');
  const shipping = terms.shipping ?? '0';
  assertAmount(shipping, currency, 'shipping');
  const input = { currency, lines: priced, discountPercent, shipping, adjustment: '0' };
  const { lines, document } = totalsOf(input);
  const free = new Decimal(customer.discountPercent).plus(FREE_DISCOUNT_PERCENT);
  const warehouse = await findWarehouse(tx, terms.warehouseId);
  Object.assign(order, document, {
    currency,
    warehouse: ref(warehouse),
    branchId: warehouse.branch.id,
    exchangeRate: await rateOn(tx, currency, documentContext.today),
    paymentMethod: terms.paymentMethod ?? 'CASH',
    discountPercent,
    needsApproval: !can(documentContext.viewer, 'orders:approve') && discountGiven(input).greaterThan(free),
    approvedBy: null,
    expectedOn: terms.expectedOn ?? null,
    deliveryAddress: terms.deliveryAddress ?? null,
    notes: terms.notes ?? null,
    updatedAt: now(),
  });
  priced.forEach(({ stocked, productId, description, ...line }, position) => {
    tx.em.create(OrderLine, {
      id: newId(),
      order: ref(order),
      position,
      productId,
      description,
      stocked,
      shipped: '0',
      invoiced: '0',
      ...line,
      ...(lines[position] as (typeof lines)[number]),
    });
  });
}

export function emitOrderChanged(tx: Tx, order: Order, customer: Customer, change: string): void {
  const { id, number, status } = order;
  const salespersonId = customer.salesperson?.id ?? null;
  tx.emit(orderChanged(id, { change, number, status, customerId: customer.id, salespersonId }));
}

/** Makes a draft order inside of a Tx that holds an idempotency key. Throws what createOrder throws. */
export async function draftOrder(tx: Tx, documentContext: DocumentContext, input: NewOrder): Promise<Order> {
  assertOurs(documentContext, 'order');
  const customer = await customerOf(tx, documentContext, input.customerId);
  const day = await assertDay(tx, documentContext, null, 'orderedOn');
  const order = new Order();
  Object.assign(order, {
    id: newId(),
    customer: ref(customer),
    status: 'DRAFT',
    orderedOn: day,
    creditOverrideBy: null,
    cancelReason: null,
    externalRef: null,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
    confirmedAt: null,
  });
  await applyTerms(tx, documentContext, order, customer, input);
  order.number = await nextDocumentNumber(tx, 'SO', order.branchId);
  tx.em.persist(order);
  emitOrderChanged(tx, order, customer, 'created');
  return order;
}

/**
 * Makes a draft at the server's prices. Throws NOT_FOUND (customer, product, warehouse, tax), BAD_INPUT,
 * FIELD_OWNED_ELSEWHERE, PERIOD_CLOSED, IDEMPOTENCY_MISMATCH.
 */
export function createOrder(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewOrder & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return recordDocument(tx, documentContext, { operation: 'createOrder', kind: 'order', input }, (given) =>
    draftOrder(tx, documentContext, given),
  );
}

/**
 * An order among those that the viewer sees, locked after its customer; with `balance` after what the customer owes too.
 * Throws NOT_FOUND.
 */
export async function lockOrder(
  tx: Tx,
  documentContext: DocumentContext,
  { id, field = 'id', balance = false }: { id: string; field?: string; balance?: boolean },
): Promise<{ order: Order; customer: Customer }> {
  const of: DocumentOf<Order> = { type: Order, noun: 'Order', id, field, balance };
  const { document: order, customer } = await lockCustomerDocument<Order>(tx, documentContext, of);
  return { order, customer };
}

export const orderLines = (tx: Tx, order: Order): Promise<OrderLine[]> =>
  tx.em.find(OrderLine, { order: order.id }, { orderBy: { position: 'asc' }, refresh: true });

/** Changes a draft; its lines are priced anew. Throws what createOrder throws, STALE_VERSION, ILLEGAL_TRANSITION. */
export async function updateOrder(
  tx: Tx,
  documentContext: DocumentContext,
  { id, version, ...terms }: OrderTerms & { id: string; version: number },
): Promise<void> {
  assertOurs(documentContext, 'order');
  const { order, customer } = await lockOrder(tx, documentContext, { id });
  if (order.version !== version) throw staleVersion(order.version);
  if (order.status !== 'DRAFT') orderTransitions.assert(order.status, 'DRAFT');
  const before = await orderLines(tx, order);
  for (const line of before) tx.em.remove(line);
  await applyTerms(tx, documentContext, order, customer, terms);
  const describe = (lines: readonly { productId?: string | null; quantity: string }[]): string[] =>
    lines.map((line) => `${new Decimal(line.quantity).toFixed()} x ${line.productId ?? '?'}`);
  const changes = { lines: [describe(before), describe(terms.lines)] as [unknown, unknown] };
  tx.audit({ entityType: 'Order', entityId: order.id, action: 'update', changes });
  emitOrderChanged(tx, order, customer, 'updated');
}

/** Approves the discount of a draft. Again is a no-op. Throws NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION. */
export async function approveOrder(
  tx: Tx,
  documentContext: DocumentContext,
  input: { id: string; version: number },
): Promise<void> {
  assertOurs(documentContext, 'order');
  const { order, customer } = await lockOrder(tx, documentContext, input);
  if (!order.needsApproval || order.approvedBy) return;
  if (order.version !== input.version) throw staleVersion(order.version);
  if (order.status !== 'DRAFT') orderTransitions.assert(order.status, 'DRAFT');
  order.approvedBy = actorId(documentContext);
  order.updatedAt = now();
  emitOrderChanged(tx, order, customer, 'approved');
}

export function actorId({ viewer }: DocumentContext): string {
  if (viewer.kind === 'user') return viewer.userId;
  if (viewer.kind === 'key' && isId(viewer.keyId)) return viewer.keyId;
  throw new AppError('FORBIDDEN', msg`Only a person or a key can do this.`);
}
