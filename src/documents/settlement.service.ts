import { assertPositiveAmount, assertText, knownCurrency } from '../kernel/document-values.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
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
export interface OpenDocuments<Doc extends OpenDocument> {
  noun: 'Invoice' | 'Bill';
  /** What the input calls the id of the document. */
  idField: 'invoiceId' | 'billId';
  /** Those among the ids that belong to the party of the source, locked in the order of their ids. */
  lock(ids: string[]): Promise<Doc[]>;
}

/** What settling changes beside the source. */
export interface SettlementSteps<Doc extends OpenDocument> {
  /** Books an allocation of this amount on the open document; a negative one takes it back. */
  allocate(document: Doc, amount: Decimal): void;
  emit(document: Doc, change: 'settled' | 'partlySettled'): void;
}

/** An open document, locked, and how much of it is to be settled. */
export interface Allotted<Doc extends OpenDocument> {
  document: Doc;
  amount: Decimal;
}

const MAX_ALLOCATIONS = 100;

export const plus = (amount: string, change: Decimal): string => new Decimal(amount).plus(change).toFixed();

/** Changes what a source has settled by `change`; what is unapplied changes with it. */
export function moveApplied(source: SettlementSource, change: Decimal): void {
  source.applied = plus(source.applied, change);
  source.unapplied = plus(source.unapplied, change.negated());
}

/** What can be said of allocations while their source is not known. Throws BAD_INPUT. */
export function assertAllocations(allocations: readonly RequestedAllocation[], currency: Currency | null): void {
  if (allocations.length > MAX_ALLOCATIONS)
    throw badInput('allocations', msg`At most ${MAX_ALLOCATIONS} documents at once.`);
  assertAll(
    () => {
      if (new Set(allocations.map((one) => one.id)).size < allocations.length)
        throw badInput('allocations', msg`The same document appears twice.`);
    },
    ...allocations.map(
      ({ amount }, index) =>
        () =>
          assertPositiveAmount(amount, currency, allocationField(index, 'amount')),
    ),
  );
}

const allocationField = (index: number, name: string): string => `allocations.${index}.${name}`;

/**
 * Locks the open documents of one party that a source in this currency is to settle, and checks that they are open and
 * that the source suffices; `unapplied` is what is left of it. The caller has locked the party and the source. Throws
 * NOT_FOUND, WRONG_CURRENCY, OVERPAYMENT, BAD_INPUT.
 */
export async function lockAllotted<Doc extends OpenDocument>(
  { currency, unapplied }: Pick<SettlementSource, 'currency' | 'unapplied'>,
  allocations: readonly RequestedAllocation[],
  side: OpenDocuments<Doc>,
): Promise<Allotted<Doc>[]> {
  if (allocations.length === 0) return [];
  assertAllocations(allocations, knownCurrency(currency));
  const found = await side.lock(allocations.map((one) => one.id).filter(isId));
  let left = new Decimal(unapplied);
  return mapAll(allocations, ({ id, amount: text }, index) => {
    const [idField, amountField] = [allocationField(index, side.idField), allocationField(index, 'amount')];
    const document = found.find((one) => one.id === id);
    if (!document) throw notFound(side.noun, id, idField);
    if (document.voidedAt) throw badInput(idField, msg`${document.number} is void.`);
    if (document.currency !== currency) {
      throw new AppError('WRONG_CURRENCY', msg`${document.number} is in ${document.currency}.`, {
        field: idField,
        details: { expected: document.currency, given: currency },
      });
    }
    const amount = new Decimal(text);
    if (amount.greaterThan(document.balance)) {
      const open = decimalText(document.balance);
      throw new AppError('OVERPAYMENT', msg`Only ${open} is still open on ${document.number}.`, {
        field: amountField,
        details: { open },
      });
    }
    if (amount.greaterThan(left)) throw badInput(amountField, msg`Only ${decimalText(left)} ${currency} remain.`);
    left = left.minus(amount);
    return { document, amount };
  });
}

/** Settles open documents that lockAllotted has found. */
export function settleAllotted<Doc extends OpenDocument>(
  source: SettlementSource,
  allotted: readonly Allotted<Doc>[],
  steps: SettlementSteps<Doc>,
): void {
  for (const { document, amount } of allotted) {
    moveApplied(source, amount);
    steps.allocate(document, amount);
    steps.emit(document, new Decimal(document.balance).isZero() ? 'settled' : 'partlySettled');
  }
}

/** Locks what a person named for a source that is locked. Throws BAD_INPUT for a void source, and as lockAllotted does. */
export async function lockNamed<Doc extends OpenDocument>(
  source: SettlementSource,
  allocations: readonly RequestedAllocation[],
  side: OpenDocuments<Doc>,
): Promise<Allotted<Doc>[]> {
  if (source.voidedAt) throw badInput('id', msg`This document is void.`);
  if (allocations.length === 0) throw badInput('allocations', msg`Name at least one document.`);
  return lockAllotted(source, allocations, side);
}

/** Money is handed over, and never on credit. Throws BAD_INPUT. */
export function assertMethod(method: PaymentMethod, field = 'method'): void {
  if (method === 'CREDIT') throw badInput(field, msg`A payment cannot be made on credit.`);
}

/** What is handed over in money: above 0, and never on credit. Throws BAD_INPUT. */
export function assertHandedOver(input: {
  amount: string;
  /** Null while it is not known. */
  currency: Currency | null;
  method: PaymentMethod;
  reference?: string | null | undefined;
  notes?: string | null | undefined;
}): void {
  assertAll(
    () => assertPositiveAmount(input.amount, input.currency, 'amount'),
    () => assertMethod(input.method),
    () => assertText(input.reference, 'reference'),
    () => assertText(input.notes, 'notes'),
  );
}
