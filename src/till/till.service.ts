import { ref } from '@mikro-orm/core';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { assertKeeper, findSellingWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertAmount, assertCurrency, knownCurrency } from '../kernel/document-values.js';
import { AppError, badInput, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { assertDay } from '../ledger/books.service.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { withIdempotencyKey } from '../platform/idempotency.js';
import { chooseDrawer, lockTill, postCount } from './drawer.service.js';
import type { Cash } from './tender.js';
import { TillCount, TillSession } from './till.entity.js';
import { tillChanged } from './till.events.js';
import { readExpected } from './till.queries.js';

/** What a drawer has a count of; a customer may hand over either. */
const COUNTED = ['IQD', 'USD'] as const;

function assertCounts(counts: readonly Cash[]): void {
  assertAll(
    () => {
      if (new Set(counts.map(({ currency }) => currency)).size < counts.length)
        throw badInput('counts', msg`The same currency is counted twice.`);
    },
    ...counts.flatMap(({ currency, amount }, index) => [
      () => assertCurrency(currency, `counts.${index}.currency`),
      () => assertAmount(amount, knownCurrency(currency), `counts.${index}.amount`),
    ]),
  );
}

interface TillOpening {
  warehouseId?: string | null | undefined;
  boxId?: string | null | undefined;
  counts: readonly Cash[];
  idempotencyKey: string;
}

/**
 * Opens one's own till with the counted cash. A difference to what the drawer held is posted; what nobody counted is
 * what it held.
 */
export const openTill = defineCommand(
  [...failuresOf.making, 'ALREADY_RUNNING'],
  (tx: Tx, documentContext: DocumentContext, given: TillOpening) => {
    const command = { operation: 'openTill', kind: 'order', input: given } as const;
    return recordDocument(tx, documentContext, command, async (input) => {
      const { viewer } = documentContext;
      if (viewer.kind !== 'user') throw new AppError('FORBIDDEN', msg`Only a person can open a till.`);
      const { userId } = viewer;
      const open = await tx.em.findOne(TillSession, { userId, closedAt: null });
      if (open) {
        throw new AppError('ALREADY_RUNNING', msg`You already have an open till.`, { details: { runningId: open.id } });
      }
      const [day, warehouse] = await checkAll(
        () => assertDay(tx, documentContext, null, 'counts'),
        async () => {
          const found = await findSellingWarehouse(tx, input.warehouseId);
          assertKeeper(documentContext, found.id, { noun: 'Warehouse', id: found.id, field: 'warehouseId' });
          return found;
        },
        () => assertCounts(input.counts),
      );
      const drawer = { boxId: input.boxId, userId, branchId: warehouse.branch.id };
      const { id: boxId } = await chooseDrawer(tx, documentContext, drawer);
      const session = tx.em.create(TillSession, {
        id: newId(),
        userId,
        warehouse: ref(warehouse),
        openedAt: now(),
        boxId,
        version: 1,
      });
      await tx.em.flush();
      const counted = new Map(input.counts.map(({ currency, amount }) => [currency, amount]));
      const { held, lastEntry } = await postCount(tx, { event: 'TILL_OPENING', session, day, counted });
      session.openedEntry = lastEntry;
      for (const currency of new Set([...COUNTED, ...counted.keys()])) {
        const opening = counted.get(currency) ?? held.get(currency) ?? '0';
        tx.em.create(TillCount, { id: newId(), session: ref(session), currency, opening });
      }
      tx.emit(tillChanged(session.id, { change: 'opened', userId: session.userId }));
      return session;
    });
  },
);

interface TillClosing {
  id: string;
  version: number;
  counts: readonly Cash[];
  idempotencyKey: string;
}

/**
 * Closes a till with the counted cash; what it should hold is kept beside it, and the difference is posted. Every
 * currency that should be there must be counted.
 */
export const closeTill = defineCommand(
  [...failuresOf.keyed, 'STALE_VERSION', 'PERIOD_CLOSED'],
  (tx: Tx, documentContext: DocumentContext, { idempotencyKey: key, ...input }: TillClosing) =>
    withIdempotencyKey(tx, { operation: 'closeTill', key, input }, async () => {
      await lockBooks(tx.sql, 'posting');
      const [day, session] = await checkAll(
        () => assertDay(tx, documentContext, null, 'counts'),
        () => lockTill(tx, documentContext, input.id, 'id'),
        () => assertCounts(input.counts),
      );
      if (session.version !== input.version) throw staleVersion(session.version);
      const expected = await readExpected(tx.sql, session.id);
      const counted = new Map<string, string>();
      mapAll(await tx.em.find(TillCount, { session: session.id }), (count) => {
        count.expected = expected.get(count.currency) ?? '0';
        const given = input.counts.find((one) => one.currency === count.currency)?.amount;
        if (given === undefined && !new Decimal(count.expected).isZero())
          throw badInput('counts', msg`Count the ${count.currency} cash too.`);
        count.counted = given ?? '0';
        counted.set(count.currency, count.counted);
      });
      if (session.boxId != null) {
        const { lastEntry } = await postCount(tx, { event: 'TILL_CLOSING', session, day, counted });
        session.closedEntry = lastEntry;
      }
      session.closedAt = now();
      tx.emit(tillChanged(session.id, { change: 'closed', userId: session.userId }));
      return { id: session.id };
    }),
);
