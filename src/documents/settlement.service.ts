import { assertPositiveAmount, assertText, knownCurrency } from '../kernel/document-values.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
import { isId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText, parseNumber, roundMoney } from '../kernel/money.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { DEFAULT_TOLERANCES, findTolerances, type Tolerances } from '../ledger/books.queries.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Tx } from '../platform/db/transact.js';
import type { DocumentContext } from './document-context.service.js';
import { msg } from '../kernel/message.js';

/** Money or credit that settles open documents: a payment received or made, or a credit note. */
export interface SettlementSource {
  id: string;
  number: string;
  branchId: string;
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
  total: string;
  balance: string;
  settledOn?: string | null;
  voidedAt?: Date | null;
}

/** How much of which open document is to be settled; `id` is that of the invoice or bill. */
export interface RequestedAllocation {
  id: string;
  /** In the currency of the document. */
  amount: string;
  /** Of a source in another currency: a rate of its own ... */
  rate?: string | null | undefined;
  /** ... or that of the day. */
  atDayRate?: boolean | null | undefined;
  /** What is then still open is small, and written off. */
  writeOffRest?: boolean | null | undefined;
  /** What is then left of the source is small, and kept. */
  writeOffExcess?: boolean | null | undefined;
  /** Why, for what is above the tolerance of its currency. */
  writeOffReason?: string | null | undefined;
}

/** What differs between the documents that can be settled. */
export interface OpenDocuments<Doc extends OpenDocument> {
  noun: 'Invoice' | 'Bill';
  /** What the input calls the id of the document. */
  idField: 'invoiceId' | 'billId';
  dayOf(document: Doc): string;
  /** Those among the ids that belong to the party of the source, locked in the order of their ids. */
  lock(ids: string[]): Promise<Doc[]>;
}

/** What is to be taken of, and from which day on at the earliest. */
export interface Available {
  currency: string;
  unapplied: string;
  day: string;
}

/** An open document, locked, and how much of it is to be settled by how much of the source. */
export interface Allotted<Doc extends OpenDocument> {
  document: Doc;
  amount: Decimal;
  sourceAmount: Decimal;
  /** The part of the amount that is written off. */
  rounded: Decimal;
  /** The part of what is taken of the source that is too much, and kept. */
  excess: Decimal;
  /** Why either is. */
  reason: string | null;
  /** Null in one currency. */
  rate: Decimal | null;
  day: string;
}

const MAX_ALLOCATIONS = 100;
/** How far a rate may be from that of the day, in percent; the second with the right payments:override. */
const RATE_BOUNDS = [5, 25] as const;
/** With the right payments:override and a reason, so many times the tolerance of a currency may be written off. */
const OVERRIDDEN_TOLERANCES = 100;
const MAX_RATE = 1_000_000;

export const plus = (amount: string, change: Decimal): string => new Decimal(amount).plus(change).toFixed();

/** Changes what a source has settled by `change`; what is unapplied changes with it. */
export function moveApplied(source: SettlementSource, change: Decimal): void {
  source.applied = plus(source.applied, change);
  source.unapplied = plus(source.unapplied, change.negated());
}

function assertRate(rate: string, field: string): void {
  const parsed = parseNumber(rate);
  if (parsed.kind !== 'number' || !parsed.value.greaterThan(0) || parsed.value.decimalPlaces() > 6) {
    throw badInput(field, msg`A rate is above 0, with at most 6 decimals.`);
  }
  if (parsed.value.greaterThan(MAX_RATE)) throw badInput(field, msg`The rate is above ${MAX_RATE}.`);
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
      ({ amount, rate, atDayRate, writeOffReason }, index) =>
        () =>
          assertAll(
            // The amount is in the currency of the document, which is that of the source unless a rate says otherwise.
            () => {
              const own = rate == null && atDayRate !== true ? currency : null;
              assertPositiveAmount(amount, own, allocationField(index, 'amount'));
            },
            () => {
              if (rate != null) assertRate(rate, allocationField(index, 'rate'));
            },
            () => assertText(writeOffReason, allocationField(index, 'writeOffReason')),
          ),
    ),
  );
}

const allocationField = (index: number, name: string): string => `allocations.${index}.${name}`;

/** The weaker a currency, the more of it is quoted for one of the other. */
const STRENGTH: Readonly<Record<string, number>> = { IQD: 0, RMB: 1, USD: 2 };
const isStronger = (one: string, other: string): boolean => (STRENGTH[one] ?? 0) > (STRENGTH[other] ?? 0);

/** Units of the weaker of two currencies for one of the stronger, on a day. Throws BAD_INPUT when it is not known. */
async function rateBetween(tx: Tx, one: string, other: string, day: string): Promise<Decimal> {
  const [stronger, weaker] = isStronger(one, other) ? [one, other] : [other, one];
  return new Decimal(await rateOn(tx, stronger, day)).dividedBy(await rateOn(tx, weaker, day)).toDecimalPlaces(6);
}

const convert = (amount: Decimal, from: string, to: string, rate: Decimal): Decimal =>
  new Decimal(roundMoney(isStronger(from, to) ? amount.times(rate) : amount.dividedBy(rate), to as Currency));

/** What the day says of an allocation: the rate between the currencies. */
interface DayRates {
  day: string;
  between: Decimal | null;
}

/** The rate that is given, within its bound, or that of the day. Throws BAD_INPUT. */
function settlementRate(viewer: Viewer, given: string | null | undefined, ofDay: Decimal, field: string): Decimal {
  if (given == null) return ofDay;
  const rate = new Decimal(given);
  const bound = can(viewer, 'payments:override') ? RATE_BOUNDS[1] : RATE_BOUNDS[0];
  if (rate.dividedBy(ofDay).minus(1).abs().times(100).greaterThan(bound)) {
    throw badInput(
      field,
      msg`The rate of the day is ${decimalText(ofDay)}; yours is more than ${bound} % away from it.`,
    );
  }
  return rate;
}

interface WrittenOff {
  amount: Decimal;
  currency: string;
  tolerances: Tolerances;
  reason: string | null | undefined;
  at: (name: string) => string;
}

/**
 * Whether so little may be written off with what settles it: up to the tolerance of its currency, and a hundred times as
 * much with the right payments:override and a reason. Throws BAD_INPUT.
 */
function assertTolerated(viewer: Viewer, field: 'writeOffRest' | 'writeOffExcess', off: WrittenOff): void {
  const { amount, currency, reason, at } = off;
  const tolerance = new Decimal(off.tolerances[currency as Currency]);
  if (amount.lessThanOrEqualTo(tolerance)) return;
  const bound = can(viewer, 'payments:override') ? tolerance.times(OVERRIDDEN_TOLERANCES) : tolerance;
  if (amount.greaterThan(bound)) {
    const [left, most] = [decimalText(amount), decimalText(bound)];
    throw badInput(
      at(field),
      field === 'writeOffRest'
        ? msg`${left} would stay open: more than ${most} ${currency} cannot be written off here.`
        : msg`${left} would be left: more than ${most} ${currency} cannot be written off here.`,
    );
  }
  if ((reason ?? '').trim() === '') throw badInput(at('writeOffReason'), msg`Give a reason.`);
}

/**
 * Locks the open documents of one party that a source is to settle, and checks that they are open and that the source
 * suffices. The caller has locked the party and the source. Throws NOT_FOUND, WRONG_CURRENCY, OVERPAYMENT, BAD_INPUT.
 */
export async function lockAllotted<Doc extends OpenDocument>(
  tx: Tx,
  { viewer }: DocumentContext,
  source: Available,
  allocations: readonly RequestedAllocation[],
  side: OpenDocuments<Doc>,
): Promise<Allotted<Doc>[]> {
  if (allocations.length === 0) return [];
  assertAllocations(allocations, knownCurrency(source.currency));
  const found = new Map((await side.lock(allocations.map((one) => one.id).filter(isId))).map((one) => [one.id, one]));
  const rates = new Map<string, DayRates>();
  for (const { id, rate, atDayRate } of allocations) {
    const document = found.get(id);
    if (!document) continue;
    const day = side.dayOf(document) > source.day ? side.dayOf(document) : source.day;
    const converted = document.currency !== source.currency && (rate != null || atDayRate === true);
    const between = converted ? await rateBetween(tx, document.currency, source.currency, day) : null;
    rates.set(id, { day, between });
  }
  const writesOff = allocations.some((one) => one.writeOffRest === true || one.writeOffExcess === true);
  const tolerances = writesOff ? await findTolerances(tx.sql) : DEFAULT_TOLERANCES;
  let left = new Decimal(source.unapplied);
  return mapAll(allocations, (allocation, index) => {
    const at = (name: string): string => allocationField(index, name);
    const document = found.get(allocation.id);
    const rateOfDay = rates.get(allocation.id);
    if (!document || !rateOfDay) throw notFound(side.noun, allocation.id, at(side.idField));
    const allotted = allotOne(viewer, { allocation, document, source, rates: rateOfDay, tolerances, left, at, side });
    left = left.minus(allotted.sourceAmount);
    return allotted;
  });
}

function allotOne<Doc extends OpenDocument>(
  viewer: Viewer,
  asked: {
    allocation: RequestedAllocation;
    document: Doc;
    source: Available;
    rates: DayRates;
    tolerances: Tolerances;
    left: Decimal;
    at: (name: string) => string;
    side: OpenDocuments<Doc>;
  },
): Allotted<Doc> {
  const { allocation, document, source, rates, tolerances, left, at, side } = asked;
  if (document.voidedAt) throw badInput(at(side.idField), msg`${document.number} is void.`);
  if (document.currency !== source.currency && rates.between === null) {
    throw new AppError(
      'WRONG_CURRENCY',
      msg`${document.number} is in ${document.currency}. Give a rate, or say that it is that of the day.`,
      {
        field: at(side.idField),
        details: { expected: document.currency, given: source.currency },
      },
    );
  }
  assertPositiveAmount(allocation.amount, knownCurrency(document.currency), at('amount'));
  const settled = new Decimal(allocation.amount);
  if (settled.greaterThan(document.balance)) {
    const open = decimalText(document.balance);
    throw new AppError('OVERPAYMENT', msg`Only ${open} is still open on ${document.number}.`, {
      field: at('amount'),
      details: { open },
    });
  }
  if (document.currency === source.currency && allocation.rate != null) {
    throw badInput(at('rate'), msg`Both are in ${source.currency}: there is no rate.`);
  }
  const rate = rates.between && settlementRate(viewer, allocation.rate, rates.between, at('rate'));
  let sourceAmount = rate ? convert(settled, document.currency, source.currency, rate) : settled;
  // What is left of the source comes to the same amount of the document: no coin remains of it.
  if (rate && convert(left, source.currency, document.currency, rate).equals(settled)) sourceAmount = left;
  if (sourceAmount.greaterThan(left)) {
    throw badInput(at('amount'), msg`Only ${decimalText(left)} ${source.currency} remain.`);
  }
  if (!sourceAmount.greaterThan(0)) throw badInput(at('amount'), msg`This comes to nothing in ${source.currency}.`);
  const rest = new Decimal(document.balance).minus(settled);
  const nothing = new Decimal(0);
  const said = { tolerances, reason: allocation.writeOffReason, at };
  const rounded = allocation.writeOffRest === true ? rest : nothing;
  assertTolerated(viewer, 'writeOffRest', { amount: rounded, currency: document.currency, ...said });
  const excess = allocation.writeOffExcess === true ? left.minus(sourceAmount) : nothing;
  if (!excess.isZero() && !rest.equals(rounded)) {
    throw badInput(at('writeOffExcess'), msg`${decimalText(rest)} of ${document.number} would stay open.`);
  }
  assertTolerated(viewer, 'writeOffExcess', { amount: excess, currency: source.currency, ...said });
  const taken = { amount: settled.plus(rounded), sourceAmount: sourceAmount.plus(excess), rounded, excess };
  const reason = rounded.isZero() && excess.isZero() ? null : (allocation.writeOffReason ?? null);
  return { document, ...taken, reason, rate, day: rates.day };
}

/** Locks what a person named for a source that is locked. Throws BAD_INPUT for a void source, and as lockAllotted does. */
export async function lockNamed<Doc extends OpenDocument>(
  tx: Tx,
  documentContext: DocumentContext,
  source: SettlementSource,
  allocations: readonly RequestedAllocation[],
  side: OpenDocuments<Doc>,
): Promise<Allotted<Doc>[]> {
  if (source.voidedAt) throw badInput('id', msg`This document is void.`);
  if (allocations.length === 0) throw badInput('allocations', msg`Name at least one document.`);
  const day = await assertDay(tx, documentContext, null, 'allocations');
  return lockAllotted(tx, documentContext, { ...source, day }, allocations, side);
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
