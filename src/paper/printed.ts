import type { PaymentMethod } from '../organisation/payment-method.entity.js';

/** The documents as paper needs them: what their queries answer, and nothing that is for the office alone. */
export interface PrintedParty {
  code: string;
  name: string;
  nameAr: string;
  phone: string | null;
  city?: string | null;
  taxNumber?: string | null;
}

interface PrintedLine {
  description: string;
  quantity: string;
  product: { sku: string | null; name: string; nameAr: string | null } | null;
}

export interface PricedLine extends PrintedLine {
  unitPrice: string;
  discountPercent: string;
  taxPercent: string;
  lineTotal: string;
}

interface Totals {
  currency: string;
  exchangeRate: string;
  subtotal: string;
  discountTotal: string;
  taxTotal: string;
  shipping: string;
  adjustment: string;
  total: string;
}

export interface PrintedInvoice extends Totals {
  number: string;
  customer: PrintedParty;
  order: { number: string } | null;
  issuedOn: string;
  dueOn: string;
  paid: string;
  credited: string;
  balance: string;
  voidedAt: string | null;
  lines: readonly PricedLine[];
}

export interface PrintedOrder extends Totals {
  number: string;
  customer: PrintedParty;
  status: 'DRAFT' | 'CONFIRMED' | 'SHIPPED' | 'DELIVERED' | 'CANCELLED';
  orderedOn: string;
  expectedOn: string | null;
  validUntil: string | null;
  deliveryAddress: string | null;
  lines: readonly PricedLine[];
}

export interface PrintedShipment {
  number: string;
  customer: PrintedParty;
  order: { number: string; deliveryAddress: string | null } | null;
  shippedOn: string;
  voidedAt: string | null;
  lines: readonly PrintedLine[];
}

export interface PrintedCreditNote {
  number: string;
  customer: PrintedParty;
  invoice: { number: string } | null;
  issuedOn: string;
  currency: string;
  reason: string;
  total: string;
  voidedAt: string | null;
  lines: readonly (PrintedLine & { lineTotal: string; taxPercent: string; taxAmount: string; discountShare: string })[];
}

export interface PrintedPayment {
  number: string;
  /** The customer who paid, or the vendor who was paid. */
  party: PrintedParty;
  day: string;
  method: PaymentMethod;
  currency: string;
  amount: string;
  unapplied: string;
  reference: string | null;
  voidedAt: string | null;
  /** What it settles: number of the document and amount. */
  settles: readonly { number: string; currency: string; amount: string }[];
}

export interface StatementLine {
  enteredOn: string;
  kind: string;
  number: string;
  amount: string;
}

export interface PrintedStatement {
  customer: PrintedParty;
  currency: string;
  from: string | null;
  to: string;
  opening: string;
  entries: readonly StatementLine[];
}
