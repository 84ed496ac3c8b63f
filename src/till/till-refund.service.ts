import { type DocumentContext } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import type { VoidInput } from '../documents/void.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { takeRefundBack } from '../receivables/refund-void.service.js';
import { lockTill } from './drawer.service.js';
import { tillChanged } from './till.events.js';

/**
 * Voids a refund of a till in an open shift of the drawer that gave it: the money is back there and counts for that shift,
 * and the report of the shift that gave it stays as it was.
 */
export const voidTillRefund = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, { sessionId, ...input }: VoidInput & { sessionId: string }) =>
    takeRefundBack(tx, documentContext, input, {
      operation: 'voidTillRefund',
      async lockTill() {
        const session = await lockTill(tx, documentContext, sessionId, 'sessionId');
        tx.emit(tillChanged(session.id, { change: 'refundVoided', userId: session.userId }));
        return { sessionId: session.id, boxId: session.boxId ?? null };
      },
    }),
);
