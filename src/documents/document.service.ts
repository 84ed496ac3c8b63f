import type { ErrorCode } from '../kernel/errors.js';
import { assertOwned, type FieldOwners, type Owner, type Phase } from '../kernel/ownership.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { Customer } from '../customers/customer.entity.js';
import { findOwnCustomer } from '../customers/viewer-customer.service.js';
import type { Tx } from '../platform/db/transact.js';

const ZOHO_IN_PARALLEL: Record<Phase, Owner> = { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' };

/** In the first phase Zoho owns documents as a whole: with two owners the parts of a document would not add up. */
export const documentOwners = {
  order: ZOHO_IN_PARALLEL,
  invoice: ZOHO_IN_PARALLEL,
  payment: ZOHO_IN_PARALLEL,
  creditNote: ZOHO_IN_PARALLEL,
  bill: ZOHO_IN_PARALLEL,
  purchaseOrder: ZOHO_IN_PARALLEL,
  goodsReceipt: ZOHO_IN_PARALLEL,
  vendorCredit: ZOHO_IN_PARALLEL,
  paymentMade: ZOHO_IN_PARALLEL,
} satisfies FieldOwners;

export type DocumentKind = keyof typeof documentOwners;

/** Throws FIELD_OWNED_ELSEWHERE while the documents of this kind are Zoho's. */
export function assertOurs({ phase }: { phase: Phase }, kind: DocumentKind): void {
  assertOwned(documentOwners, [kind], phase);
}

/** The customer of a document that the viewer may see, by the rule of documentScope; null otherwise. */
export function findDocumentCustomer(tx: Tx, viewer: Viewer, id: string): Promise<Customer | null> {
  return can(viewer, 'orders:all') ? tx.em.findOne(Customer, id, { refresh: true }) : findOwnCustomer(tx, viewer, id);
}

const KEYED = ['NOT_FOUND', 'BAD_INPUT', 'IDEMPOTENCY_MISMATCH'] as const satisfies readonly ErrorCode[];
const DOCUMENT = [...KEYED, 'FIELD_OWNED_ELSEWHERE'] as const;
const DATED = [...DOCUMENT, 'PERIOD_CLOSED'] as const;

/** The failures of the kinds of commands of documents; a command adds its own. */
export const failuresOf = {
  /** Of what has a key and is no document, such as a till session. */
  keyed: KEYED,
  /** What changes a document and has a key but no date. */
  changing: [...DOCUMENT, 'STALE_VERSION'],
  stepping: [...DOCUMENT, 'STALE_VERSION', 'ILLEGAL_TRANSITION'],
  settling: [...DOCUMENT, 'OVERPAYMENT', 'WRONG_CURRENCY'],
  making: DATED,
  voiding: [...DATED, 'STALE_VERSION'],
} as const;
