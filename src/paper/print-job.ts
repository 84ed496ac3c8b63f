import type { PaperKind } from './kinds.js';
import type { Sheet } from './sheet.js';
import {
  creditNoteSheet,
  deliveryNoteSheet,
  invoiceSheet,
  orderSheet,
  paymentReceiptSheet,
  paymentVoucherSheet,
  type Printing,
  saleReceiptSheet,
  statementSheet,
} from './sheets.js';

/** What becomes a sheet, by the kind of paper. */
const SHEETS = {
  INVOICE: invoiceSheet,
  SALE_RECEIPT: saleReceiptSheet,
  CREDIT_NOTE: creditNoteSheet,
  PAYMENT_RECEIPT: paymentReceiptSheet,
  ORDER: orderSheet,
  DELIVERY_NOTE: deliveryNoteSheet,
  CUSTOMER_STATEMENT: statementSheet,
  PAYMENT_VOUCHER: paymentVoucherSheet,
} as const satisfies Record<PaperKind, (document: never, printing: Printing) => Sheet>;

/** The document that a kind of paper prints. */
export type DocumentOf<Kind extends PaperKind> = Parameters<(typeof SHEETS)[Kind]>[0];

/** A document on its way to another thread, which lays it out: plain values only. */
export interface PrintJob<Kind extends PaperKind = PaperKind> {
  kind: Kind;
  document: DocumentOf<Kind>;
  printing: Printing;
}

export const sheetOf = ({ kind, document, printing }: PrintJob): Sheet =>
  (SHEETS[kind] as (document: unknown, printing: Printing) => Sheet)(document, printing);
