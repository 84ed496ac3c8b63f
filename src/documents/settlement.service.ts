import { assertAmount, assertMoney, assertText } from '../kernel/document-values.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { msg } from '../kernel/message.js';

/** Money or credit that settles open documents: a payment received or made, or a credit note. */
export interface SettlementSource {
  currency: string;
  applied: string;
  unapplied: string;
  voidedAt?: Date | null;
}

/** A document that is settled: an invoice or a bill. */
export interface OpenDocument {
  id: string;
  number: string;
  currency: string;
  balance: string;
  voidedAt?: Date | null;
}

/** How much of which open document is to be settled; `id` is that of the invoice or bill. */
export interface RequestedAllocation {
  id: string;
  amount: string;
}

/** What differs between the documents that can be settled. */
export interface SettlementSide<Doc extends OpenDocument> {
  noun: 'Invoice' | 'Bill';
  /** What the input calls the id of the document. */
  idField: 'invoiceId' | 'billId';
  /** Those among the ids that belong to the party of the source, locked in the order of their ids. */
  lock(ids: string[]): Promise<Doc[]>;
  /** Books an allocation of this amount on the open document; a negative one takes it back. */
  allocate(document: Doc, amount: Decimal): void;
  emit(document: Doc, change: 'settled' | 'partlySettled'): void;
}

const MAX_ALLOCATIONS = 100;

export const plus = (amount: string, change: Decimal): string => new Decimal(amount).plus(change).toFixed();

/** Changes what a source has settled by `change`; what is unapplied changes with it. */
export function moveApplied(source: SettlementSource, change: Decimal): void {
  source.applied = plus(source.applied, change);
  source.unapplied = plus(source.unapplied, change.negated());
}

function assertOpen(source: SettlementSource, document: OpenDocument, amount: string, at: (name: string) => string) {
  if (document.currency !== source.currency) {
    throw new AppError('WRONG_CURRENCY', msg`${document.number} is in ${document.currency}.`, {
      field: at('id'),
      details: { expected: document.currency, given: source.currency },
    });
  }
  assertAmount(amount, source.currency as Currency, at('amount'));
  if (new Decimal(amount).isZero()) throw badInput(at('amount'), msg`The amount must be above 0.`);
  if (new Decimal(amount).greaterThan(document.balance)) {
    throw new AppError('OVERPAYMENT', msg`Only ${decimalText(document.balance)} is still open on ${document.number}.`, {
      field: at('amount'),
      details: { open: decimalText(document.balance) },
    });
  }
  if (new Decimal(amount).greaterThan(source.unapplied)) {
    throw badInput(at('amount'), msg`Only ${decimalText(source.unapplied)} remain.`);
  }
}

/**
 * Settles open documents of one party in one currency. The caller has locked the party and the source; the open
 * documents are locked here. Throws NOT_FOUND, WRONG_CURRENCY, OVERPAYMENT, BAD_INPUT.
 */
export async function settleDocuments<Doc extends OpenDocument>(
  source: SettlementSource,
  allocations: readonly RequestedAllocation[],
  side: SettlementSide<Doc>,
): Promise<void> {
  if (allocations.length === 0) return;
  if (allocations.length > MAX_ALLOCATIONS)
    throw badInput('allocations', msg`At most ${MAX_ALLOCATIONS} documents at once.`);
  const ids = allocations.map((one) => one.id);
  if (new Set(ids).size < ids.length) throw badInput('allocations', msg`The same document appears twice.`);
  const found = ids.every(isId) ? await side.lock(ids) : [];
  for (const [index, { id, amount }] of allocations.entries()) {
    const at = (name: string): string => `allocations.${index}.${name === 'id' ? side.idField : name}`;
    const document = found.find((one) => one.id === id);
    if (!document) throw notFound(side.noun, id, at('id'));
    if (document.voidedAt) throw badInput(at('id'), msg`${document.number} is void.`);
    assertOpen(source, document, amount, at);
    moveApplied(source, new Decimal(amount));
    side.allocate(document, new Decimal(amount));
    side.emit(document, new Decimal(document.balance).isZero() ? 'settled' : 'partlySettled');
  }
}

/** Settles what a person named. Throws BAD_INPUT for a void source or none named, and what settleDocuments throws. */
export async function settleRequested<Doc extends OpenDocument>(
  source: SettlementSource,
  allocations: readonly RequestedAllocation[],
  side: SettlementSide<Doc>,
): Promise<void> {
  if (source.voidedAt) throw badInput('id', msg`This document is void.`);
  if (allocations.length === 0) throw badInput('allocations', msg`Name at least one document.`);
  await settleDocuments(source, allocations, side);
}

/** What is handed over in money: above 0, in a currency of the company, and never on credit. Throws BAD_INPUT. */
export function assertHandedOver(input: {
  amount: string;
  currency: string;
  method: PaymentMethod;
  reference?: string | null | undefined;
  notes?: string | null | undefined;
}): void {
  assertMoney(input.amount, input.currency);
  if (input.method === 'CREDIT') throw badInput('method', msg`A payment cannot be made on credit.`);
  assertText(input.reference, 'reference');
  assertText(input.notes, 'notes');
}
