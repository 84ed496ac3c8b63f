import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { assertReason } from '../kernel/document-values.js';
import { notFound } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { isId } from '../kernel/ids.js';
import { assertDay } from '../ledger/books.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { type Bill, BillAllocation, type PaymentMade } from './bill.entity.js';
import { emitBillChanged } from './bill.service.js';
import { lockPaymentMade, releasePaid } from './payment-made.service.js';
import { releaseCredited } from './vendor-credit-allocation.service.js';
import { type VendorCredit, VendorCreditAllocation } from './vendor-credit.entity.js';
import { lockCredit } from './vendor-credit.service.js';

type Allocated = { payment: PaymentMade } | { credit: VendorCredit };

/** The payment or the credit that an allocation takes of, locked after its vendor. Throws NOT_FOUND. */
async function lockAllocated(tx: Tx, id: string): Promise<Allocated> {
  const paid = isId(id) ? await tx.em.findOne(BillAllocation, id) : null;
  if (paid) return { payment: await lockPaymentMade(tx, paid.payment.id) };
  const credited = isId(id) ? await tx.em.findOne(VendorCreditAllocation, id) : null;
  if (!credited) throw notFound('Allocation', id);
  return { credit: await lockCredit(tx, credited.credit.id) };
}

/** Takes one allocation of a payment or credit of a vendor back, by the opposite of its entry today. Answers the bill. */
export const releaseBillAllocation = defineCommand(
  failuresOf.making,
  (tx: Tx, documentContext: DocumentContext, input: { id: string; reason: string; idempotencyKey: string }) =>
    recordDocument(
      tx,
      documentContext,
      { operation: 'releaseBillAllocation', kind: 'paymentMade', input },
      async ({ id, reason: given }): Promise<Bill> => {
        const [of, day] = await checkAll(
          () => lockAllocated(tx, id),
          () => assertDay(tx, documentContext, null, 'id'),
          () => assertReason(given),
        );
        const by = { day, reason: given.trim() };
        const bill = await ('payment' in of
          ? releasePaid(tx, { id, payment: of.payment }, by)
          : releaseCredited(tx, { id, credit: of.credit }, by));
        emitBillChanged(tx, bill, 'released');
        return bill;
      },
    ),
);
