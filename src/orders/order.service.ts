import { ref } from '@mikro-orm/core';
import { PriceList } from '../catalog/price-list.entity.js';
import { CONSUMER_LIST, listTiersOf, tiersOfCurrency } from '../catalog/price.queries.js';
import type { SoldProduct } from '../catalog/product.queries.js';
import { type Tier, unitPriceAt } from '../catalog/price.service.js';
import { assertCountable } from '../catalog/unit.service.js';
import type { Customer } from '../customers/customer.entity.js';
import { ensureViewerCustomer } from '../customers/viewer-customer.service.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { assertOurs, failuresOf } from '../documents/document.service.js';
import { assertLineCount, lineField, productsOfLines, totalsOf } from '../documents/lines.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { type DocumentOf, assertActive, lockCustomerDocument, lockNamedCustomer } from '../documents/party.service.js';
import { findSellingWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertAmount, assertPercent, assertQuantity, assertReason, assertText } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText, roundMoney } from '../kernel/money.js';
import { discountGiven, type DocumentInput, type LineAmounts, type PricedLine } from '../kernel/totals.js';
import { can } from '../kernel/viewer.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { Tax } from '../organisation/currency.entity.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Warehouse } from '../organisation/warehouse.entity.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { orderTransitions } from './order-states.js';
import { Order, OrderLine } from './order.entity.js';
import { orderChanged } from './order.events.js';
import { msg } from '../kernel/message.js';

export interface OrderLineInput {
  productId: string;
  quantity: string;
  /** Negotiated; left out: that of the list. */
  unitPrice?: string | null | undefined;
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
  /** The last day on which a draft can be confirmed. */
  validUntil?: string | null | undefined;
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

type Priced = PricedLine & { productId: string; description: string; stocked: boolean; listPrice: string | null };

interface Floor {
  listPrice: string;
  /** The tiers of the product in every list of the currency. */
  lists: readonly (readonly Tier[])[];
  at: { quantity: string; day: string; currency: Currency };
}

/**
 * What a price may be negotiated down to: the free discount below the list, and with prices:override the lowest list of the
 * currency, where that is less.
 */
function floorOf({ viewer }: DocumentContext, { listPrice, lists, at }: Floor): Decimal {
  const free = new Decimal(100).minus(FREE_DISCOUNT_PERCENT).dividedBy(100);
  const floor = new Decimal(roundMoney(new Decimal(listPrice).times(free), at.currency));
  if (!can(viewer, 'prices:override')) return floor;
  const prices = lists.flatMap((tiers) => unitPriceAt(tiers, at) ?? []).filter((price) => !new Decimal(price).isZero());
  return Decimal.min(floor, ...prices);
}

/** Throws BAD_INPUT for a negotiated price below its floor. */
function assertNegotiated(
  documentContext: DocumentContext,
  given: string,
  floor: Floor,
  named: { field: string; product: string },
): void {
  assertAmount(given, floor.at.currency, named.field);
  const least = floorOf(documentContext, floor);
  if (least.greaterThan(given))
    throw badInput(
      named.field,
      msg`The price of ${named.product} is at least ${decimalText(least)} ${floor.at.currency}.`,
    );
}

/**
 * Prices every line by the customer's list, at its quantity, on this day; no other list and no base price steps in.
 * Without a list (null) the rest of the lines is checked all the same.
 */
async function priceLines(
  tx: Tx,
  documentContext: DocumentContext,
  list: PriceList | null,
  lines: readonly OrderLineInput[],
): Promise<Priced[]> {
  assertLineCount(lines);
  const products = await productsOfLines(tx, documentContext, lines);
  const { today } = documentContext;
  const tiers = list && (await listTiersOf(tx.sql, list.id, [...products.keys()], today));
  const negotiated = list !== null && lines.some((line) => line.unitPrice != null);
  const lowest = negotiated ? await tiersOfCurrency(tx.sql, list.currency, [...products.keys()], today) : null;
  const taxes = new Map((await tx.em.find(Tax, { active: true })).map((tax) => [tax.id, tax]));
  return mapAll(lines, (line, index) => {
    const field = (name: string): string => lineField(index, name);
    const product = products.get(line.productId);
    const { quantity, discountPercent = null, taxId = null } = line;
    const tax = taxId === null ? null : taxes.get(taxId);
    let unitPrice = '0';
    let listPrice: string | null = null;
    assertAll(
      () => {
        if (!product) throw notFound('Product', line.productId, field('productId'));
        if (!product.active) throw badInput(field('productId'), msg`${product.name} is not for sale.`);
      },
      () => {
        assertQuantity(quantity, field('quantity'));
        if (product) assertCountable(quantity, product, field('quantity'));
        if (!list || !product?.active) return;
        const at = { quantity, day: today, currency: list.currency as Currency };
        const found = unitPriceAt(tiers?.get(product.id) ?? [], at);
        if (found === null)
          throw badInput(field('productId'), msg`${product.name} has no price in the list ${list.code}.`);
        // Nothing is given away to whoever orders for themselves: a price of 0 is a price that somebody forgot.
        if (new Decimal(found).isZero() && !can(documentContext.viewer, 'orders:write'))
          throw badInput(field('productId'), msg`${product.name} has no price in the list ${list.code}.`);
        unitPrice = found;
        if (line.unitPrice == null) return;
        const floor = { listPrice: found, lists: lowest?.get(product.id) ?? [], at };
        assertNegotiated(documentContext, line.unitPrice, floor, { field: field('unitPrice'), product: product.name });
        [unitPrice, listPrice] = [line.unitPrice, found];
      },
      () => assertPercent(discountPercent ?? '0', field('discountPercent')),
      () => {
        if (tax === undefined) throw notFound('Tax', taxId ?? '', field('taxId'));
      },
    );
    const { id: productId, name: description, trackable: stocked } = product as SoldProduct;
    const taxPercent = tax?.ratePercent ?? '0';
    return {
      productId,
      description,
      stocked,
      quantity,
      unitPrice,
      listPrice,
      discountPercent: discountPercent ?? '0',
      taxPercent,
    };
  });
}

/** Prices lines that are added to an order, by the customer's list of today. Throws NOT_FOUND, BAD_INPUT. */
export async function priceAdded(
  tx: Tx,
  documentContext: DocumentContext,
  { order, customer }: { order: Order; customer: Customer },
  lines: readonly OrderLineInput[],
): Promise<Priced[]> {
  const list = await priceListOf(tx, customer);
  if (list.currency !== order.currency)
    throw badInput('lines', msg`The list ${list.code} is in ${list.currency}; this order is in ${order.currency}.`);
  return priceLines(tx, documentContext, list, lines);
}

/** Clients take what the list says: a discount, a tax or a charge is for staff to give. */
function assertClientTerms({ viewer }: DocumentContext, terms: OrderTerms): void {
  if (can(viewer, 'orders:write')) return;
  const forStaff: [string, unknown][] = [
    ['discountPercent', terms.discountPercent],
    ['shipping', terms.shipping],
    ['warehouseId', terms.warehouseId],
    ['validUntil', terms.validUntil],
    ...terms.lines.flatMap(({ unitPrice, discountPercent, taxId }, index): [string, unknown][] => [
      [lineField(index, 'unitPrice'), unitPrice],
      [lineField(index, 'discountPercent'), discountPercent],
      [lineField(index, 'taxId'), taxId],
    ]),
  ];
  assertAll(
    ...forStaff.map(([field, value]) => () => {
      if (value != null) throw badInput(field, msg`Only staff may set this.`);
    }),
    () => {
      if (terms.paymentMethod === 'CREDIT' && !can(viewer, 'customers:read'))
        throw badInput('paymentMethod', msg`Choose payment on delivery or by transfer.`);
    },
  );
}

/** The terms of an order, checked and priced. */
export interface PricedTerms {
  customer: Customer;
  currency: Currency;
  warehouse: Warehouse;
  input: Omit<DocumentInput, 'lines'> & { lines: readonly Priced[] };
  totals: ReturnType<typeof totalsOf>;
  terms: OrderTerms;
}

/** Checks and prices terms; `buyer` finds the customer and locks it. Throws NOT_FOUND, BAD_INPUT. */
async function priceTerms(
  tx: Tx,
  documentContext: DocumentContext,
  buyer: () => Promise<Customer>,
  terms: OrderTerms,
): Promise<PricedTerms> {
  const known: { list: PriceList | null } = { list: null };
  const currencyKnown = (): Currency | null => (known.list?.currency ?? null) as Currency | null;
  const shipping = terms.shipping ?? '0';
  const [customer, warehouse, , , , , , , lines] = await checkAll(
    async () => {
      const found = await buyer();
      known.list = await priceListOf(tx, found);
      return found;
    },
    () => findSellingWarehouse(tx, terms.warehouseId),
    () => assertClientTerms(documentContext, terms),
    () => assertPercent(terms.discountPercent ?? '0', 'discountPercent'),
    () => assertAmount(shipping, currencyKnown(), 'shipping'),
    () => {
      if (terms.validUntil != null && terms.validUntil < documentContext.today)
        throw badInput('validUntil', msg`A quote ends today or later.`);
    },
    () => assertText(terms.deliveryAddress, 'deliveryAddress'),
    () => assertText(terms.notes, 'notes'),
    () => priceLines(tx, documentContext, known.list, terms.lines),
  );
  const currency = currencyKnown() as Currency;
  const discountPercent = terms.discountPercent ?? customer.discountPercent;
  const input = { currency, lines, discountPercent, shipping, adjustment: '0' };
  return { customer, currency, warehouse, input, totals: totalsOf(input), terms };
}

/** Fills an order with terms: prices, totals, whether somebody must approve. Lines are made anew. */
async function applyTerms(tx: Tx, documentContext: DocumentContext, order: Order, priced: PricedTerms): Promise<void> {
  const { customer, currency, warehouse, input, totals, terms } = priced;
  const free = new Decimal(customer.discountPercent).plus(FREE_DISCOUNT_PERCENT);
  Object.assign(order, totals.document, {
    currency,
    warehouse: ref(warehouse),
    branchId: warehouse.branch.id,
    exchangeRate: await rateOn(tx, currency, documentContext.today),
    paymentMethod: terms.paymentMethod ?? 'CASH',
    discountPercent: input.discountPercent,
    needsApproval: !can(documentContext.viewer, 'orders:approve') && discountGiven(input).greaterThan(free),
    approvedBy: null,
    rejectedBy: null,
    rejectReason: null,
    expectedOn: terms.expectedOn ?? null,
    validUntil: terms.validUntil ?? null,
    deliveryAddress: terms.deliveryAddress ?? null,
    notes: terms.notes ?? null,
    updatedAt: now(),
  });
  input.lines.forEach((line, position) => {
    tx.em.create(OrderLine, {
      id: newId(),
      order: ref(order),
      position,
      shipped: '0',
      invoiced: '0',
      cancelled: '0',
      credited: '0',
      backordered: '0',
      ...line,
      ...(totals.lines[position] as LineAmounts),
    });
  });
}

export function emitOrderChanged(tx: Tx, order: Order, customer: Customer, change: string): void {
  const { id, number, status } = order;
  const salespersonId = customer.salesperson?.id ?? null;
  tx.emit(orderChanged(id, { change, number, status, customerId: customer.id, salespersonId }));
}

/** Checks and prices a new order and locks its customer. Throws NOT_FOUND, BAD_INPUT. */
export function priceOrder(tx: Tx, documentContext: DocumentContext, input: NewOrder): Promise<PricedTerms> {
  return priceTerms(tx, documentContext, () => customerOf(tx, documentContext, input.customerId), input);
}

/** Makes a draft of a priced order inside of a Tx that holds an idempotency key. Throws PERIOD_CLOSED, BAD_INPUT. */
export async function draftOrder(tx: Tx, documentContext: DocumentContext, priced: PricedTerms): Promise<Order> {
  const { customer } = priced;
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
  await applyTerms(tx, documentContext, order, priced);
  order.number = await nextDocumentNumber(tx, 'SO', order.branchId);
  tx.em.persist(order);
  emitOrderChanged(tx, order, customer, 'created');
  return order;
}

/** Makes a draft at the server's prices. */
export const createOrder = defineCommand(
  failuresOf.making,
  (tx: Tx, documentContext: DocumentContext, input: NewOrder & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'createOrder', kind: 'order', input }, async (given) =>
      draftOrder(tx, documentContext, await priceOrder(tx, documentContext, given)),
    ),
);

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

/** What of a line is still to leave: not shipped, not given up, not credited meanwhile. */
export const leftToShip = ({ quantity, shipped, cancelled, credited }: OrderLine): Decimal =>
  new Decimal(quantity).minus(shipped).minus(cancelled).minus(credited);

/** What of a line is still to be billed. */
export const leftToBill = ({ quantity, invoiced, cancelled }: OrderLine): Decimal =>
  new Decimal(quantity).minus(invoiced).minus(cancelled);

/** Changes a draft; its lines are priced anew. */
export const updateOrder = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'FIELD_OWNED_ELSEWHERE', 'STALE_VERSION', 'ILLEGAL_TRANSITION'],
  async (
    tx: Tx,
    documentContext: DocumentContext,
    { id, version, ...terms }: OrderTerms & { id: string; version: number },
  ): Promise<void> => {
    assertOurs(documentContext, 'order');
    const { order, customer } = await lockOrder(tx, documentContext, { id });
    if (order.version !== version) throw staleVersion(order.version);
    if (order.status !== 'DRAFT') orderTransitions.assert(order.status, 'DRAFT');
    const priced = await priceTerms(tx, documentContext, () => Promise.resolve(customer), terms);
    const before = await orderLines(tx, order);
    for (const line of before) tx.em.remove(line);
    await applyTerms(tx, documentContext, order, priced);
    const describe = (lines: readonly { productId?: string | null; quantity: string }[]): string[] =>
      lines.map((line) => `${new Decimal(line.quantity).toFixed()} x ${line.productId ?? '?'}`);
    const changes = { lines: [describe(before), describe(terms.lines)] as [unknown, unknown] };
    tx.audit({ entityType: 'Order', entityId: order.id, action: 'update', changes });
    emitOrderChanged(tx, order, customer, 'updated');
  },
);

/** Approves the discount of a draft. Again is a no-op. */
export const approveOrder = defineCommand(
  ['NOT_FOUND', 'FIELD_OWNED_ELSEWHERE', 'STALE_VERSION', 'ILLEGAL_TRANSITION'],
  async (tx: Tx, documentContext: DocumentContext, input: { id: string; version: number }): Promise<void> => {
    assertOurs(documentContext, 'order');
    const { order, customer } = await lockOrder(tx, documentContext, input);
    if (!order.needsApproval || order.approvedBy) return;
    if (order.version !== input.version) throw staleVersion(order.version);
    if (order.status !== 'DRAFT') orderTransitions.assert(order.status, 'DRAFT');
    order.approvedBy = actorId(documentContext);
    Object.assign(order, { rejectedBy: null, rejectReason: null });
    order.updatedAt = now();
    emitOrderChanged(tx, order, customer, 'approved');
  },
);

/** Refuses to approve the discount of a draft: it waits for other terms. Again is a no-op. */
export const rejectOrder = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'FIELD_OWNED_ELSEWHERE', 'STALE_VERSION', 'ILLEGAL_TRANSITION'],
  async (
    tx: Tx,
    documentContext: DocumentContext,
    input: { id: string; version: number; reason: string },
  ): Promise<void> => {
    assertOurs(documentContext, 'order');
    const [, { order, customer }] = await checkAll(
      () => assertReason(input.reason),
      () => lockOrder(tx, documentContext, input),
    );
    if (order.rejectedBy) return;
    if (order.version !== input.version) throw staleVersion(order.version);
    if (order.status !== 'DRAFT') orderTransitions.assert(order.status, 'DRAFT');
    if (!order.needsApproval || order.approvedBy) throw badInput('id', msg`This order does not wait for approval.`);
    order.rejectedBy = actorId(documentContext);
    order.rejectReason = input.reason;
    order.updatedAt = now();
    emitOrderChanged(tx, order, customer, 'rejected');
  },
);

export function actorId({ viewer }: DocumentContext): string {
  if (viewer.kind === 'user') return viewer.userId;
  if (viewer.kind === 'key' && isId(viewer.keyId)) return viewer.keyId;
  throw new AppError('FORBIDDEN', msg`Only a person or a key can do this.`);
}
