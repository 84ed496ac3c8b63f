import { listCounted } from '../catalog/unit.queries.js';
import { assertCountable } from '../catalog/unit.service.js';
import type { DocumentContext } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { now } from '../kernel/clock.js';
import { assertPercent, assertQuantity } from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { findDocumentCustomer } from '../documents/document.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { withIdempotencyKey } from '../platform/idempotency.js';
import { lockTill } from './drawer.service.js';
import { type ParkedLineValue, ParkedSale } from './till.entity.js';

const MAX_LABEL = 100;
const MAX_LINES = 200;
const MAX_PARKED = 100;

export interface NewParkedSale {
  sessionId: string;
  label: string;
  customerId?: string | null | undefined;
  discountPercent?: string | null | undefined;
  lines: readonly ParkedLineValue[];
}

async function assertLines(tx: Tx, lines: readonly ParkedLineValue[]): Promise<void> {
  if (lines.length === 0 || lines.length > MAX_LINES) throw badInput('lines', msg`Give 1 to ${MAX_LINES} lines.`);
  const counted = await listCounted(tx.sql, lines.map(({ productId }) => productId).filter(isId));
  assertAll(
    ...lines.flatMap(({ productId, quantity, discountPercent }, index) => [
      () => {
        if (!isId(productId)) throw notFound('Product', productId, `lines.${index}.productId`);
      },
      () => {
        const field = `lines.${index}.quantity`;
        assertQuantity(quantity, field);
        const product = counted.get(productId);
        if (product) assertCountable(quantity, product, field);
      },
      () => discountPercent != null && assertPercent(discountPercent, `lines.${index}.discountPercent`),
    ]),
  );
}

/** Puts a sale aside as it was given. It reserves nothing, and is priced when it is sold. */
export const parkSale = defineCommand(
  failuresOf.keyed,
  (tx: Tx, documentContext: DocumentContext, given: NewParkedSale & { idempotencyKey: string }) => {
    const { idempotencyKey: key, ...input } = given;
    return withIdempotencyKey(tx, { operation: 'parkSale', key, input }, async () => {
      const { label, customerId = null, discountPercent = null, lines } = input;
      const [session] = await checkAll(
        () => lockTill(tx, documentContext, input.sessionId, 'sessionId'),
        () => {
          if (label.trim() === '' || label.length > MAX_LABEL)
            throw badInput('label', msg`A name has 1 to ${MAX_LABEL} characters.`);
        },
        async () => {
          if (customerId === null) return;
          const found = isId(customerId) ? await findDocumentCustomer(tx, documentContext.viewer, customerId) : null;
          if (!found) throw notFound('Customer', customerId, 'customerId');
        },
        () => discountPercent !== null && assertPercent(discountPercent, 'discountPercent'),
        () => assertLines(tx, lines),
      );
      const warehouseId = session.warehouse.id;
      if ((await tx.em.count(ParkedSale, { warehouseId })) >= MAX_PARKED)
        throw badInput('label', msg`At most ${MAX_PARKED} sales wait. Sell or discard one first.`);
      const { id } = tx.em.create(ParkedSale, {
        id: newId(),
        warehouseId,
        userId: session.userId,
        label: label.trim(),
        customerId,
        discountPercent,
        lines: lines.map(({ productId, quantity, discountPercent: percent, taxId }) => ({
          productId,
          quantity,
          discountPercent: percent ?? null,
          taxId: taxId ?? null,
        })),
        createdAt: now(),
      });
      return { id };
    });
  },
);

/** Ends a parked sale, because it is sold or nobody wants it. Two at once: one finds it. Throws NOT_FOUND. */
export async function takeParkedSale(tx: Tx, id: string, field: string): Promise<void> {
  const taken = isId(id) ? await tx.em.nativeDelete(ParkedSale, { id }) : 0;
  if (taken === 0) throw notFound('Parked sale', id, field);
}

export const discardParkedSale = defineCommand(['NOT_FOUND'], (tx: Tx, id: string) => takeParkedSale(tx, id, 'id'));
