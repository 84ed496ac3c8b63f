import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { type Currency, Decimal, roundMoney } from '../kernel/money.js';
import { insertReversal } from '../ledger/journal.queries.js';
import { ACCOUNTS, type EntryLine, postLines } from '../ledger/journal.service.js';
import type { Tx } from '../platform/db/transact.js';
import type { Allotted, OpenDocument, SettlementSource } from './settlement.service.js';
import { moveApplied } from './settlement.service.js';

/** An allocation as it is written; one that takes another back is its opposite. */
export interface AllocationRow {
  id: string;
  day: string;
  currency: string;
  amount: string;
  sourceCurrency: string;
  sourceAmount: string;
  rate: string | null;
  rounded: string;
  excess: string;
  reason: string | null;
  base: string;
  sourceBase: string;
  releasesId: string | null;
  createdAt: Date;
}

/** What a document carries in the base currency: what its entry posted, above 0, and what was taken of it. */
export interface CarriedBase {
  posted: string;
  taken: string;
}

export interface Carried {
  baseCurrency: Currency;
  documents: ReadonlyMap<string, CarriedBase & { lastDay: string | null }>;
  source: CarriedBase;
}

/** What an allocation changes in what is owed, in one currency. */
export interface OwedChange {
  kind: 'ALLOCATION' | 'ALLOCATION_RELEASE';
  documentId: string;
  /** The document on the other side. */
  number: string;
  day: string;
  currency: string;
  amount: Decimal;
}

/** What differs between the two sides of the trade. */
export interface AllocationSteps<Doc extends OpenDocument> {
  account: typeof ACCOUNTS.receivables | typeof ACCOUNTS.payables;
  partyId: string;
  totalOfSource: string;
  carried(documentIds: string[], sourceId: string): Promise<Carried>;
  /** Writes a row, and what it changes on the open document. */
  write(document: Doc, row: AllocationRow): void;
  /** Changes what the party owes beside the journal. */
  owe(change: OwedChange): Promise<void>;
  emit(document: Doc, change: 'settled' | 'partlySettled'): void;
}

/**
 * What a part takes of what is carried: what stays is the share of what stays open, so that the last part takes the rest
 * and leaves nothing.
 */
export function shareOf(
  { posted, taken }: CarriedBase,
  { part, open, total }: { part: Decimal; open: Decimal.Value; total: Decimal.Value },
  currency: Currency,
): Decimal {
  const stays = roundMoney(new Decimal(posted).times(new Decimal(open).minus(part)).dividedBy(total), currency);
  return new Decimal(posted).minus(taken).minus(stays);
}

/** Whether the two sides of an allocation differ, so that the journal hears of it. */
const isPosted = (row: AllocationRow): boolean =>
  row.currency !== row.sourceCurrency ||
  !new Decimal(row.base).equals(row.sourceBase) ||
  !new Decimal(row.rounded).isZero() ||
  !new Decimal(row.excess).isZero();

/** What a row changes in what is owed, by currency; 0 is left out. */
function owedChanges(row: AllocationRow, source: SettlementSource, document: OpenDocument): Omit<OwedChange, 'kind'>[] {
  const said = { documentId: row.releasesId ?? row.id, day: row.day };
  const [taken, settled] = [new Decimal(row.sourceAmount), new Decimal(row.amount).negated()];
  if (row.currency === row.sourceCurrency) {
    const amount = taken.plus(settled);
    return amount.isZero() ? [] : [{ ...said, currency: row.currency, amount, number: source.number }];
  }
  return [
    { ...said, currency: row.currency, amount: settled, number: source.number },
    { ...said, currency: row.sourceCurrency, amount: taken, number: document.number },
  ];
}

/** The entry: the source's currency is taken, the document's given; what is rounded off either has a line of its own, and the rest in base is an exchange difference. */
function linesOf(
  row: AllocationRow,
  source: SettlementSource,
  { account, partyId }: AllocationSteps<never>,
): EntryLine[] {
  const sign = account === ACCOUNTS.receivables ? 1 : -1;
  const { branchId } = source;
  const party = { account, partyId, branchId };
  const taken = { amount: new Decimal(row.sourceAmount).times(sign), base: new Decimal(row.sourceBase).times(sign) };
  const settled = { amount: new Decimal(row.amount).times(-sign), base: new Decimal(row.base).times(-sign) };
  const lines: EntryLine[] =
    row.currency === row.sourceCurrency
      ? [
          {
            ...party,
            currency: row.currency,
            amount: taken.amount.plus(settled.amount),
            base: taken.base.plus(settled.base),
          },
        ]
      : [
          { ...party, currency: row.sourceCurrency, ...taken },
          { ...party, currency: row.currency, ...settled },
        ];
  const rounded = [
    { currency: row.currency, amount: new Decimal(row.rounded).times(sign) },
    { currency: row.sourceCurrency, amount: new Decimal(row.excess).times(-sign) },
  ];
  return [
    ...lines,
    ...rounded
      .filter(({ amount }) => !amount.isZero())
      .map((line) => ({ account: ACCOUNTS.rounding, ...line, branchId })),
  ];
}

/** Settles open documents that lockAllotted has found, in rows and in the books. The party is locked by the caller. */
export async function settleAllotted<Doc extends OpenDocument>(
  tx: Tx,
  source: SettlementSource,
  allotted: readonly Allotted<Doc>[],
  steps: AllocationSteps<Doc>,
): Promise<void> {
  if (allotted.length === 0) return;
  await tx.em.flush();
  const ids = allotted.map(({ document }) => document.id);
  const { baseCurrency, documents, source: ofSource } = await steps.carried(ids, source.id);
  let taken = new Decimal(ofSource.taken);
  for (const { document, amount, sourceAmount, rounded, excess, reason, rate, day } of allotted) {
    const { lastDay, ...carried } = documents.get(document.id) as CarriedBase & { lastDay: string | null };
    const base = shareOf(carried, { part: amount, open: document.balance, total: document.total }, baseCurrency);
    const whole = { open: source.unapplied, total: steps.totalOfSource };
    const sourceBase = shareOf({ ...ofSource, taken: taken.toFixed() }, { part: sourceAmount, ...whole }, baseCurrency);
    taken = taken.plus(sourceBase);
    const row: AllocationRow = {
      id: newId(),
      day,
      currency: document.currency,
      amount: amount.toFixed(),
      sourceCurrency: source.currency,
      sourceAmount: sourceAmount.toFixed(),
      rate: rate?.toFixed() ?? null,
      rounded: rounded.toFixed(),
      excess: excess.toFixed(),
      reason,
      base: base.toFixed(),
      sourceBase: sourceBase.toFixed(),
      releasesId: null,
      createdAt: now(),
    };
    moveApplied(source, sourceAmount);
    steps.write(document, row);
    const isSettled = new Decimal(document.balance).isZero();
    document.settledOn = isSettled ? (lastDay !== null && lastDay > day ? lastDay : day) : null;
    if (isPosted(row)) {
      await postLines(tx, {
        day,
        event: 'ALLOCATION',
        documentType: 'allocation',
        documentId: row.id,
        salespersonOf: steps.partyId,
        lines: linesOf(row, source, steps),
      });
    }
    for (const change of owedChanges(row, source, document)) await steps.owe({ kind: 'ALLOCATION', ...change });
    steps.emit(document, isSettled ? 'settled' : 'partlySettled');
  }
}

const negated = (amount: string): string => new Decimal(amount).negated().toFixed();

/**
 * Takes an allocation back on a day, by a row of the opposite sign and the opposite of its entry: the document is open
 * again, the source unapplied. Both are locked by the caller, after the party.
 */
export async function releaseAllocation<Doc extends OpenDocument>(
  tx: Tx,
  allocation: AllocationRow,
  { source, document, day, reason }: { source: SettlementSource; document: Doc; day: string; reason: string | null },
  steps: AllocationSteps<Doc>,
): Promise<void> {
  const { id, amount, sourceAmount, rounded, excess, base, sourceBase } = allocation;
  const row: AllocationRow = {
    ...allocation,
    id: newId(),
    day,
    amount: negated(amount),
    sourceAmount: negated(sourceAmount),
    rounded: negated(rounded),
    excess: negated(excess),
    reason,
    base: negated(base),
    sourceBase: negated(sourceBase),
    releasesId: id,
    createdAt: now(),
  };
  moveApplied(source, new Decimal(row.sourceAmount));
  steps.write(document, row);
  document.settledOn = null;
  if (isPosted(allocation)) {
    const { actor, origin } = tx;
    const head = { documentId: id, event: 'ALLOCATION_RELEASE', day, reason, actor, origin };
    // From who the documents belong to now: a merge has moved what is owed there.
    const known = await insertReversal(tx.sql, { ...head, reverses: 'ALLOCATION', partyId: steps.partyId });
    if (!known) throw new Error(`The allocation ${id} is not in the journal.`);
  }
  for (const change of owedChanges(row, source, document)) await steps.owe({ kind: 'ALLOCATION_RELEASE', ...change });
}
