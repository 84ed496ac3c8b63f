import { now } from '../kernel/clock.js';
import { canonicalJson, sha256Hex } from '../kernel/hash.js';
import { type Currency, Decimal } from '../kernel/money.js';
import { computeTotals, type DocumentInput } from '../kernel/totals.js';
import { findBaseCurrency } from '../ledger/books.queries.js';
import type { PostedDocument, PostingEvent } from '../ledger/journal.service.js';
import { closedUntil, findExchangeRate, listWarehouseRefs } from '../organisation/organisation.queries.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Phase } from '../kernel/ownership.js';
import type { Tx } from '../platform/db/transact.js';
import type { ReportedAmounts, ReportedFacts, ReportedStatus, StandingPosting } from './reported.entity.js';
import { firstExchangeRate } from './reported.queries.js';

/** What an outside source says of any document. Amounts are decimal text in the currency of the document. */
export interface ReportedHead {
  externalRef: string;
  /** The id of the customer or vendor there. */
  partyRef: string;
  number: string;
  status: ReportedStatus;
  draft: boolean;
  voided: boolean;
  day: string;
  currency: Currency;
  notes: string | null;
  facts: ReportedFacts;
}

/** A line as the source has it. A product that nobody knows here keeps its line and its money. */
export interface ReportedLine {
  externalRef: string;
  productRef: string | null;
  description: string;
  quantity: string;
  unitPrice: string;
  discountPercent: string;
  taxPercent: string;
  lineTotal: string;
  taxAmount: string;
}

/** The columns that a document has for what a source says. */
export interface ReportedColumns {
  id: string;
  source: string;
  externalRef?: string | null;
  reportedNumber?: string | null;
  reportedStatus?: string | null;
  reportedFacts?: ReportedFacts | null;
  computedAmounts?: ReportedAmounts | null;
  agrees?: boolean | null;
  draft: boolean;
  voidedAt?: Date | null;
  voidedOn?: string | null;
  voidReason?: string | null;
  posted: readonly StandingPosting[];
  postings: number;
}

export const REPORTED_COLUMNS = {
  source: 'ZOHO',
  draft: false,
  posted: [] as StandingPosting[],
  postings: 0,
} as const satisfies Partial<ReportedColumns>;

/** Writes what the source says beside our columns; the lock of the document is held. */
export function assignReport(document: ReportedColumns, head: ReportedHead, computed: ReportedAmounts | null): void {
  Object.assign(document, {
    reportedNumber: head.number,
    reportedStatus: head.status,
    reportedFacts: head.facts,
    computedAmounts: computed,
    agrees: computed && agreesWith(head.facts, computed),
  });
}

const agreesWith = (facts: ReportedAmounts, computed: ReportedAmounts): boolean =>
  (['subtotal', 'discountTotal', 'taxTotal', 'total'] as const).every((field) =>
    new Decimal(facts[field]).equals(computed[field]),
  );

/** What we would have computed from the lines and the discount of the document, by our own rules of rounding. */
export function computeReported(
  { currency, facts }: Pick<ReportedHead, 'currency' | 'facts'>,
  lines: readonly ReportedLine[],
): ReportedAmounts {
  const gross = lines.reduce((sum, line) => sum.plus(line.lineTotal), new Decimal(0));
  const discountPercent = gross.isZero() ? '0' : new Decimal(facts.discountTotal).dividedBy(gross).times(100).toFixed();
  const { shipping, adjustment } = facts;
  const input: DocumentInput = { currency, lines, discountPercent, shipping, adjustment };
  const { subtotal, discountTotal, taxTotal, total } = computeTotals(input).document;
  return { subtotal, discountTotal, taxTotal, total: new Decimal(total).plus(facts.rounding).toFixed() };
}

/** Where a document belongs: to the warehouse that its source names, when we know it, else to the primary one. */
export async function reportedPlace(tx: Tx, location: string | null): Promise<Warehouse> {
  const known = (await listWarehouseRefs(tx.sql)).find(({ externalRef, isPrimary }) =>
    location === null ? isPrimary : externalRef === location,
  );
  return tx.em.findOneOrFail(Warehouse, known ? { id: known.id } : { isPrimary: true });
}

/** IQD for one unit of the currency of a document, and the rates by which it is posted. */
export interface ReportedRates {
  /** 0 when nobody has recorded a rate and none is needed. */
  exchangeRate: string;
  rates: NonNullable<PostedDocument['rates']>;
}

/**
 * The rates of a document: what its source says is units of the base currency, which is that of our books. What it does
 * not say is the rate of the day, or the first one that is known.
 */
export async function reportedRates(tx: Tx, { currency, day, facts }: ReportedHead): Promise<ReportedRates> {
  const base = await findBaseCurrency(tx.sql);
  const inDinars = async (code: string): Promise<string | null> =>
    (await findExchangeRate(tx.sql, code, day)) ?? (await firstExchangeRate(tx.sql, code));
  const said = facts.exchangeRate === null ? new Decimal(0) : new Decimal(facts.exchangeRate);
  const ofBase = await inDinars(base);
  if (currency === base) return { exchangeRate: ofBase ?? '0', rates: {} };
  if (!said.greaterThan(0)) {
    const own = await inDinars(currency);
    const known = [[currency, own] as const, [base, ofBase] as const].filter(([, rate]) => rate !== null);
    return { exchangeRate: own ?? '0', rates: Object.fromEntries(known) as ReportedRates['rates'] };
  }
  if (currency === 'IQD') return { exchangeRate: '1', rates: { [base]: new Decimal(1).dividedBy(said) } };
  const own = said.times(ofBase ?? 0);
  const rates: ReportedRates['rates'] = ofBase === null ? {} : { [currency]: own, [base]: ofBase };
  return { exchangeRate: own.toDecimalPlaces(6).toFixed(), rates };
}

/** A day of open books: the day itself, or today when the books are closed over it. */
export async function openDay(tx: Tx, day: string, today: string): Promise<string> {
  const closed = await closedUntil(tx.sql);
  return closed !== null && day <= closed ? today : day;
}

/** What a document should have in the journal now. */
export interface WantedPosting {
  event: PostingEvent;
  day: string;
  currency: string;
  /** What it adds to what the party owes; negative: takes from it. */
  amount: Decimal.Value;
  document: PostedDocument;
  /** Whose it is, and what else of the document tells this posting from the one that stands. */
  key: unknown;
}

/** What stands around a report: the business day, and the phase that says who owns documents. */
export interface ReportContext {
  today: string;
  phase: Phase;
}

export interface RestatementSteps {
  today: string;
  post(wanted: WantedPosting, revision: number, day: string): Promise<void>;
  /** By the entry negated. */
  reverse(standing: StandingPosting, day: string): Promise<void>;
}

const hashOf = ({ event, day, currency, amount, key }: WantedPosting): string =>
  sha256Hex(canonicalJson({ event, day, currency, amount: new Decimal(amount).toFixed(), key }));

/**
 * Brings what stands in the journal to what a document says now, in the commit of the document: what differs is taken
 * back and posted anew, each on its own day; where the books are closed over it, today. What is equal stays. Answers
 * whether anything was posted. The caller holds the locks of books, party and document.
 */
export async function restate(
  tx: Tx,
  document: Pick<ReportedColumns, 'posted' | 'postings'>,
  wanted: readonly WantedPosting[],
  steps: RestatementSteps,
): Promise<boolean> {
  const hashes = new Map(wanted.map((posting) => [hashOf(posting), posting]));
  const stands = new Set(document.posted.map(({ hash }) => hash));
  const kept = document.posted.filter(({ hash }) => hashes.has(hash));
  const fresh = [...hashes].filter(([hash]) => !stands.has(hash));
  const taken = document.posted.filter(({ hash }) => !hashes.has(hash));
  if (fresh.length === 0 && taken.length === 0) return false;
  await tx.em.flush();
  for (const standing of taken) await steps.reverse(standing, await openDay(tx, standing.day, steps.today));
  const revision = document.postings + 1;
  const posted = [...kept];
  for (const [hash, posting] of fresh) {
    const day = await openDay(tx, posting.day, steps.today);
    await steps.post(posting, revision, day);
    const { event, currency, amount } = posting;
    posted.push({ event, revision, day, currency, amount: new Decimal(amount).toFixed(), hash });
  }
  document.posted = posted;
  if (fresh.length > 0) document.postings = revision;
  return true;
}

/** Voids what its source voided or deleted, or takes that back when the source has it again. */
export function assignVoid(document: ReportedColumns, voided: { on: string; reason: string } | null): void {
  if (voided === null) {
    if (document.voidedAt) Object.assign(document, { voidedAt: null, voidedOn: null, voidReason: null });
    return;
  }
  if (document.voidedAt) return;
  Object.assign(document, { voidedAt: now(), voidedOn: voided.on, voidReason: voided.reason });
}
