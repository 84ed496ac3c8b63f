import { ref } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { assertOurs, failuresOf } from '../documents/document.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { assertQuantities, type LineQuantity, resolveQuantities } from '../documents/quantities.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { findDamagedWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertAmount, assertReason } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { checkAll, mapAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { type LineAmounts, partOf } from '../kernel/totals.js';
import { assertDay } from '../ledger/books.service.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { emitOrderChanged, lockOrder } from '../orders/order.service.js';
import { forgoCredited } from '../orders/order-state.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { emitStockChanges, lockGoods, postMovements } from '../stock/stock.service.js';
import { creditNoteChanged } from './billing.events.js';
import { CreditNote, CreditNoteLine } from './credit-note.entity.js';
import { listReturnable } from './credit-note.queries.js';
import { type Invoice, InvoiceLine } from './invoice.entity.js';
import { takenOfInvoice } from './invoice.queries.js';
import { lockInvoice } from './invoice.service.js';
import { assertNotOpening, CREDIT_EVENTS } from './posted-events.js';
import { settledCurrencies } from './settlement.queries.js';
import { applySource, type ApplySourceInput, lockSource, releaseAllocations, settle } from './settlement.service.js';
import { msg } from '../kernel/message.js';

export function emitCreditNoteChanged(tx: Tx, note: CreditNote, customer: Customer, change: string): void {
  const salespersonId = customer.salesperson?.id ?? null;
  tx.emit(creditNoteChanged(note.id, { change, number: note.number, customerId: customer.id, salespersonId }));
}

export interface NewCreditNote {
  invoiceId: string;
  reason: string;
  /** Goods or services that are credited by line ... */
  lines?: readonly CreditedInput[] | null | undefined;
  /** ... or an allowance of this amount. */
  amount?: string | null | undefined;
  /** The goods of the lines come back. */
  restock?: boolean | null | undefined;
  /** Where they come back to; left out: the warehouse of the invoice. */
  warehouseId?: string | undefined;
  issuedOn?: string | null | undefined;
}

/** Of goods that come back, whether they can be sold again. */
export interface CreditedInput {
  invoiceLineId: string;
  quantity: string;
  damaged?: boolean | null | undefined;
}

interface Returned {
  line: InvoiceLine;
  quantity: string;
  productId: string;
  warehouseId: string;
}

type Credited = LineAmounts & {
  line: InvoiceLine | null;
  description: string;
  quantity: string;
  taxPercent: string;
  damaged: boolean;
};

type CreditedLines = NonNullable<NewCreditNote['lines']>;

const quantitiesOf = (given: CreditedLines): LineQuantity[] =>
  given.map(({ invoiceLineId: lineId, quantity }) => ({ lineId, quantity }));

/** Lines are credited by the rule by which order lines are invoiced: the parts sum to the line. */
async function creditLines(tx: Tx, invoice: Invoice, given: CreditedLines): Promise<Credited[]> {
  const lines = await tx.em.find(InvoiceLine, { invoice: invoice.id }, { refresh: true });
  const left = (line: InvoiceLine): Decimal => new Decimal(line.quantity).minus(line.credited);
  const parts = { lines, given: quantitiesOf(given), left, idField: 'invoiceLineId' };
  const quantities = await resolveQuantities(tx, parts);
  const taken = await takenOfInvoice(tx.sql, invoice.id);
  const broken = new Set(given.filter(({ damaged }) => damaged === true).map(({ invoiceLineId }) => invoiceLineId));
  return [...quantities].map(([line, amount]) => {
    const before = taken.get(line.id) ?? { lineTotal: '0', discountShare: '0', taxAmount: '0' };
    const quantity = amount.toFixed();
    const part = partOf(line, { ...before, quantity: line.credited }, quantity, invoice.currency as Currency);
    line.credited = new Decimal(line.credited).plus(quantity).toFixed(3);
    const { id, description, taxPercent } = line;
    return { line, description, quantity, taxPercent, damaged: broken.has(id), ...part };
  });
}

/** What is credited: the given lines, or the allowance as a line of its own. Null: the invoice is not known. */
async function creditedOf(tx: Tx, invoice: Invoice | null, input: NewCreditNote): Promise<Credited[]> {
  const { lines, amount } = input;
  if ((lines == null) === (amount == null)) throw badInput('lines', msg`Give either lines or an amount.`);
  if (amount != null) {
    assertAmount(amount, invoice && (invoice.currency as Currency), 'amount');
    const none = { discountShare: '0', taxAmount: '0', taxPercent: '0', damaged: false };
    return [{ line: null, description: input.reason, quantity: '1', lineTotal: amount, ...none }];
  }
  if (!lines || lines.length === 0) throw badInput('lines', msg`Name at least one line.`);
  if (invoice) return creditLines(tx, invoice, lines);
  assertQuantities(quantitiesOf(lines));
  return [];
}

const netOf = ({ lineTotal, discountShare, taxAmount }: LineAmounts): Decimal =>
  new Decimal(lineTotal).minus(discountShare).plus(taxAmount);

const sumOf = (credited: readonly Credited[]): Decimal =>
  credited.reduce((sum, line) => sum.plus(netOf(line)), new Decimal(0));

/**
 * Pieces and money are counted apart: what an allowance has credited already is not credited again, but the pieces come
 * back all the same. The last lines lose it as a discount, and only what is more than their price as tax.
 */
function capped(credited: readonly Credited[], left: Decimal): Credited[] {
  let over = Decimal.max(sumOf(credited).minus(left), 0);
  return [...credited]
    .reverse()
    .map((line) => {
      const discount = Decimal.min(over, new Decimal(line.lineTotal).minus(line.discountShare));
      const tax = Decimal.min(over.minus(discount), line.taxAmount);
      over = over.minus(discount).minus(tax);
      const discountShare = new Decimal(line.discountShare).plus(discount).toFixed();
      return { ...line, discountShare, taxAmount: new Decimal(line.taxAmount).minus(tax).toFixed() };
    })
    .reverse();
}

/** What an invoice came to and is not credited yet. */
async function creditableOf(tx: Tx, invoice: Invoice): Promise<Decimal> {
  const notes = await tx.em.find(CreditNote, { invoiceId: invoice.id, voidedAt: null });
  return notes.reduce((left, note) => left.minus(note.total), new Decimal(invoice.total));
}

/** An allowance is above 0, and never more than is left of its invoice. Throws BAD_INPUT. */
function assertAllowance(total: Decimal, left: Decimal, invoice: Invoice): void {
  if (!total.greaterThan(0)) throw badInput('amount', msg`The credited amount must be above 0.`);
  if (total.greaterThan(left))
    throw badInput('amount', msg`Only ${decimalText(left)} of ${invoice.number} can be credited.`);
}

/** Goods that come back, in the order of their lines. Throws BAD_INPUT for such that never left or came back already. */
async function goodsOf(
  tx: Tx,
  invoice: Invoice,
  credited: readonly Credited[],
  warehouseId = invoice.warehouseId,
): Promise<Returned[]> {
  const field = `lines.${credited.findIndex(({ damaged }) => damaged)}.damaged`;
  const broken = credited.some(({ damaged }) => damaged)
    ? (await findDamagedWarehouse(tx, invoice.branchId, field)).id
    : warehouseId;
  const goods = credited.flatMap(({ line, quantity, damaged }) =>
    line?.productId ? [{ line, quantity, productId: line.productId, warehouseId: damaged ? broken : warehouseId }] : [],
  );
  if (goods.length === 0) throw badInput('restock', msg`These lines contain no goods to return.`);
  const returnable = await listReturnable(tx.sql, invoice.id);
  mapAll(goods, ({ line, quantity }) => {
    const left = new Decimal(returnable.get(line.id) ?? 0);
    if (left.lessThan(quantity))
      throw badInput('restock', msg`Only ${decimalText(left)} of ${line.description} can be returned.`);
  });
  // Before the number of the note: whoever holds a number's lock never waits for another lock.
  await lockGoods(tx, goods);
  return goods;
}

/**
 * Takes credited goods that have not left off their order. The order is locked after the invoice's customer and balance,
 * like the invoice itself.
 */
async function forgoGoods(
  tx: Tx,
  documentContext: DocumentContext,
  invoice: Invoice,
  customer: Customer,
  credited: readonly Credited[],
): Promise<Decimal> {
  const ofOrder = credited.flatMap(({ line, quantity }) =>
    line?.orderLineId ? [{ orderLineId: line.orderLineId, quantity }] : [],
  );
  if (invoice.orderId == null || ofOrder.length === 0) return new Decimal(0);
  const { order } = await lockOrder(tx, documentContext, { id: invoice.orderId, field: 'invoiceId' });
  const forgone = await forgoCredited(tx, { order, customer, today: documentContext.today }, ofOrder, invoice.number);
  if (!forgone.isZero()) emitOrderChanged(tx, order, customer, 'credited');
  return forgone;
}

/** Returns goods to a warehouse. */
async function restock(tx: Tx, note: CreditNote, invoice: Invoice, goods: readonly Returned[]): Promise<void> {
  const reference = { referenceType: 'creditNote', referenceId: note.id, reason: note.number };
  const { orderId } = invoice;
  const soldBy = orderId
    ? { referenceType: 'order', referenceId: orderId }
    : { referenceType: 'invoice', referenceId: invoice.id };
  const movements = goods.map(({ line: _line, ...good }) => ({
    type: 'RETURN' as const,
    ...good,
    ...reference,
    soldBy,
  }));
  await postMovements(tx, await lockGoods(tx, movements), movements, {
    day: note.issuedOn,
    document: { type: 'creditNote', id: note.id, event: 'GOODS_RETURN' },
    salespersonOf: note.customer.id,
  });
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

/**
 * Credits an invoice by line or by an amount, never more than it came to, and settles with it what is open there; the
 * rest waits to be applied elsewhere or refunded.
 */
export const issueCreditNote = defineCommand(
  failuresOf.making,
  (tx: Tx, documentContext: DocumentContext, input: NewCreditNote & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'issueCreditNote', kind: 'creditNote', input }, (given) =>
      creditInvoice(tx, documentContext, given),
    ),
);

/** The day of a credit note, never before its invoice. */
async function creditDay(
  tx: Tx,
  documentContext: DocumentContext,
  given: string | null | undefined,
  invoice: Invoice | null,
): Promise<string> {
  const issuedOn = await assertDay(tx, documentContext, given, 'issuedOn');
  if (invoice && issuedOn < invoice.issuedOn)
    throw badInput('issuedOn', msg`${invoice.number} is of ${invoice.issuedOn}; it cannot be credited before.`);
  return issuedOn;
}

/** Credits inside a Tx that holds an idempotency key. */
export async function creditInvoice(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewCreditNote,
): Promise<CreditNote> {
  assertOurs(documentContext, 'creditNote');
  const returns = input.restock === true;
  const known: { invoice: Invoice | null } = { invoice: null };
  const [, { invoice, customer }, issuedOn, , asked] = await checkAll(
    () => assertReason(input.reason),
    async () => {
      const locked = await lockInvoice(tx, documentContext, { id: input.invoiceId, field: 'invoiceId' });
      if (locked.invoice.voidedAt) throw badInput('invoiceId', msg`${locked.invoice.number} is void.`);
      known.invoice = locked.invoice;
      return locked;
    },
    () => creditDay(tx, documentContext, input.issuedOn, known.invoice),
    () => {
      if (returns && input.lines == null) throw badInput('restock', msg`Name the lines whose goods come back.`);
      if (returns) return;
      mapAll(input.lines ?? [], ({ damaged }, index) => {
        if (damaged === true) throw badInput(`lines.${index}.damaged`, msg`Only goods that come back can be damaged.`);
      });
    },
    () => creditedOf(tx, known.invoice, input),
  );
  const currency = invoice.currency as Currency;
  const left = await creditableOf(tx, invoice);
  const credited = input.lines ? capped(asked, left) : asked;
  const total = sumOf(credited);
  const [, goods] = await checkAll(
    () => {
      if (!input.lines) assertAllowance(total, left, invoice);
    },
    () => (returns ? goodsOf(tx, invoice, credited, input.warehouseId) : []),
  );
  const forgone = returns ? new Decimal(0) : await forgoGoods(tx, documentContext, invoice, customer, credited);
  if (total.isZero() && goods.length === 0 && forgone.isZero())
    throw badInput('lines', msg`The credited amount must be above 0.`);
  const note = tx.em.create(CreditNote, {
    id: newId(),
    kind: 'CREDIT_NOTE',
    number: await nextDocumentNumber(tx, 'CN', invoice.branchId),
    customer: ref(customer),
    invoiceId: invoice.id,
    branchId: invoice.branchId,
    issuedOn,
    currency,
    exchangeRate: invoice.exchangeRate,
    reason: input.reason,
    restocked: returns,
    forgone: forgone.toFixed(3),
    total: total.toFixed(),
    applied: '0',
    refunded: '0',
    unapplied: total.toFixed(),
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  credited.forEach(({ line, ...amounts }, position) => {
    tx.em.create(CreditNoteLine, {
      id: newId(),
      creditNote: ref(note),
      position,
      invoiceLineId: line?.id ?? null,
      productId: line?.productId ?? null,
      ...amounts,
    });
  });
  if (goods.length > 0) await restock(tx, note, invoice, goods);
  await tx.em.flush();
  const entry = { kind: 'CREDIT_NOTE', documentId: note.id, number: note.number, enteredOn: issuedOn } as const;
  const tax = credited.reduce((sum, line) => sum.plus(line.taxAmount), new Decimal(0));
  const products = credited.map(({ line, lineTotal, discountShare }) => ({
    productId: line?.productId ?? null,
    amount: new Decimal(lineTotal).minus(discountShare),
  }));
  const document = { branchId: note.branchId, exchangeRate: note.exchangeRate, tax, products };
  await postEntry(tx, { ...entry, customerId: customer.id, currency, document }, total.negated());
  const open = Decimal.min(total, invoice.balance);
  if (open.greaterThan(0)) {
    const allocations = [{ invoiceId: invoice.id, amount: open.toFixed() }];
    await settle(tx, documentContext, { source: note, customer, day: issuedOn }, allocations);
  }
  emitCreditNoteChanged(tx, note, customer, 'issued');
  return note;
}

/** What a void note credited of its invoice can be credited again. */
async function releaseCredited(tx: Tx, note: CreditNote): Promise<void> {
  for (const line of await tx.em.find(CreditNoteLine, { creditNote: note.id })) {
    if (!line.invoiceLineId) continue;
    const billed = await tx.em.findOneOrFail(InvoiceLine, line.invoiceLineId, { refresh: true });
    billed.credited = new Decimal(billed.credited).minus(line.quantity).toFixed(3);
  }
}

/** Voids a credit note whose goods did not come back. Refused when it was refunded. */
export const voidCreditNote = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    voidDocument<CreditNote, Customer>(tx, documentContext, input, {
      operation: 'voidCreditNote',
      kind: 'creditNote',
      noun: 'credit note',
      lock: (id) => lockSource<CreditNote>(tx, documentContext, CreditNote, { id, others: settledCurrencies }),
      assertVoidable(note) {
        assertNotOpening(note);
        if (!new Decimal(note.forgone).isZero())
          throw badInput('id', msg`Its goods were taken off the order. Make a new order instead.`);
        if (note.restocked) throw badInput('id', msg`Its goods are back in stock. Issue a new invoice instead.`);
        if (!new Decimal(note.refunded).isZero()) throw badInput('id', msg`Part of it has been refunded.`);
      },
      async undo(note, customer, day) {
        await releaseAllocations(tx, { creditNoteId: note.id }, { customer, day });
        await releaseCredited(tx, note);
      },
      clear(note) {
        note.unapplied = '0';
      },
      async post(note, customer, enteredOn) {
        const { id: documentId, number, currency, total } = note;
        const party = { customerId: customer.id, currency };
        const kind = `${CREDIT_EVENTS[note.kind]}_VOID` as const;
        await postEntry(tx, { kind, documentId, number, enteredOn, ...party }, total);
        emitCreditNoteChanged(tx, note, customer, 'voided');
      },
    }),
);

/** Settles invoices with what is left of a credit note. */
export const applyCreditNote = defineCommand(
  failuresOf.settling,
  (tx: Tx, documentContext: DocumentContext, input: ApplySourceInput) => {
    const command = { operation: 'applyCreditNote', kind: 'creditNote', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const { source, customer } = await applySource<CreditNote>(tx, documentContext, CreditNote, given);
      emitCreditNoteChanged(tx, source, customer, 'applied');
      return source;
    });
  },
);
