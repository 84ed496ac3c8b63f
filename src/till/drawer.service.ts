import { LockMode } from '@mikro-orm/core';
import { BOX_ACCOUNTS, CashBox } from '../cash/cash-box.entity.js';
import { ensureOwnBox, getUsableBox } from '../cash/cash-box.service.js';
import type { DocumentContext } from '../documents/document-context.service.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { can } from '../kernel/viewer.js';
import { rateOn } from '../ledger/books.service.js';
import { ACCOUNTS, postLines } from '../ledger/journal.service.js';
import type { Tx } from '../platform/db/transact.js';
import { TillSession } from './till.entity.js';
import { lockDrawer } from './till.queries.js';

/** The drawer of a new shift: the one named, or the own one, made when there is none. Throws NOT_FOUND, ALREADY_RUNNING. */
export async function chooseDrawer(
  tx: Tx,
  { viewer }: DocumentContext,
  { boxId, userId, branchId }: { boxId: string | null | undefined; userId: string; branchId: string },
): Promise<CashBox> {
  if (boxId == null) return ensureOwnBox(tx, { userId, kind: 'TILL', branchId });
  // A drawer without a keeper is there for whoever opens a till.
  const shared = isId(boxId)
    ? await tx.em.findOne(CashBox, { id: boxId, account: BOX_ACCOUNTS.TILL, keeperId: null, active: true })
    : null;
  const box = shared ?? (await getUsableBox(tx, viewer, boxId, 'boxId'));
  if (box.account !== BOX_ACCOUNTS.TILL || box.isDefault) throw badInput('boxId', msg`${box.name} is no drawer.`);
  const open = await tx.em.findOne(TillSession, { boxId: box.id, closedAt: null });
  if (open) throw new AppError('ALREADY_RUNNING', msg`${box.name} is in use.`, { details: { runningId: open.id } });
  return box;
}

/** One's own open till, locked: its sales follow one another. Throws NOT_FOUND, BAD_INPUT (closed). */
export async function lockTill(
  tx: Tx,
  documentContext: DocumentContext,
  id: string,
  field: string,
): Promise<TillSession> {
  const { viewer } = documentContext;
  const found = isId(id)
    ? await tx.em.findOne(TillSession, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
    : null;
  const own = viewer.kind === 'user' && found?.userId === viewer.userId;
  if (!found || (!own && !can(viewer, 'till:all'))) throw notFound('Till session', id, field);
  if (found.closedAt) throw badInput(field, msg`This till is closed.`);
  return found;
}

/** The drawer of a shift; null for one from before there were boxes. */
export const drawerOf = async (tx: Tx, { boxId }: TillSession): Promise<CashBox | null> =>
  boxId == null ? null : tx.em.findOneOrFail(CashBox, boxId);

interface Counting {
  event: 'TILL_OPENING' | 'TILL_CLOSING';
  session: TillSession;
  day: string;
  /** Of a currency that nobody counted there is none. */
  counted: ReadonlyMap<string, string>;
}

/**
 * Posts by how much a counted drawer differs from what it should hold, so that it holds what was counted. The first
 * count of a drawer that never held a currency is its opening balance. Answers what it should have held, and the last
 * entry that moved it. The caller holds the lock of the books.
 */
export async function postCount(
  tx: Tx,
  { event, session, day, counted }: Counting,
): Promise<{ held: ReadonlyMap<string, string>; lastEntry: string }> {
  const box = await tx.em.findOneOrFail(CashBox, session.boxId as string);
  const { held, lastEntry } = await lockDrawer(tx.sql, box.id);
  const differences = [...counted]
    .map(([currency, amount]) => ({ currency, difference: new Decimal(amount).minus(held.get(currency) ?? 0) }))
    .filter(({ difference }) => !difference.isZero());
  if (differences.length === 0) return { held, lastEntry };
  const { branchId } = box;
  const entry = await postLines(tx, {
    day,
    event,
    documentType: 'tillSession',
    documentId: session.id,
    lines: differences.flatMap(({ currency, difference }) => [
      { account: box.account, partyId: box.id, currency, amount: difference, branchId },
      {
        account: event === 'TILL_OPENING' && !held.has(currency) ? ACCOUNTS.opening : ACCOUNTS.cashDifferences,
        currency,
        amount: difference.negated(),
        branchId,
      },
    ]),
  });
  return { held, lastEntry: entry };
}

/** IQD for one unit of each currency today. Throws BAD_INPUT when one is not known. */
export async function ratesOf(
  tx: Tx,
  currencies: Iterable<string>,
  day: string,
): Promise<ReadonlyMap<string, Decimal>> {
  const rates = new Map<string, Decimal>();
  for (const currency of currencies) rates.set(currency, new Decimal(await rateOn(tx, currency, day)));
  return rates;
}
