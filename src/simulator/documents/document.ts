import type { SimulatedRecord } from '../records.js';
import type { Currency } from './money.js';

/** One line of an order, an invoice, a credit note or a bill. */
export interface DocumentLine {
  lineId: string;
  /** Empty for a line of free text. */
  itemId: string;
  name: string;
  description: string;
  unit: string;
  quantity: number;
  rate: number;
  /** An amount, or a percentage as text: `5%`. */
  discount: number | string;
  taxId: string;
  /** Empty where the document does not name one. */
  locationId: string;
  /** The line of the order that an invoice bills, or of the invoice that a credit note takes back. */
  sourceLineId: string;
}

export type DocumentKind = 'salesorders' | 'invoices' | 'creditnotes' | 'bills';

/** What somebody decided about a document; paid, overdue and the like follow from balances and dates. */
export type DocumentState = 'draft' | 'open' | 'void' | 'closed';

export interface Allocation {
  allocationId: string;
  /** The invoice or the bill. */
  documentId: string;
  amount: number;
  date: string;
}

export interface Refund {
  refundId: string;
  date: string;
  mode: string;
  reference: string;
  description: string;
  amount: number;
}

/** A sales order, an invoice, a credit note or a bill. */
export interface TradeDocument extends SimulatedRecord {
  id: string;
  number: string;
  state: DocumentState;
  contactId: string;
  date: string;
  /** Of an order: the planned shipment. Empty where there is none. */
  dueDate: string;
  reference: string;
  currency: Currency;
  /** Null: that of the currency. */
  exchangeRate: number | null;
  lines: DocumentLine[];
  /** Of the whole document, beside those of its lines. */
  discount: number | string;
  shipping: number;
  adjustment: number;
  adjustmentText: string;
  roundOff: number;
  writeOff: number;
  paymentTerms: number;
  locationId: string;
  salespersonId: string;
  notes: string;
  terms: string;
  viewed: boolean;
  emailed: boolean;
  /** The order of an invoice, or the invoice of a credit note. */
  sourceId: string;
  source: 'user' | 'api';
  customFields: Record<string, string>;
  /** Of a credit note only. */
  applied: Allocation[];
  refunds: Refund[];
}

/** Money from a customer or to a vendor. */
export interface Payment extends SimulatedRecord {
  id: string;
  number: string;
  contactId: string;
  date: string;
  mode: string;
  amount: number;
  currency: Currency;
  exchangeRate: number | null;
  bankCharges: number;
  accountId: string;
  accountName: string;
  reference: string;
  description: string;
  applied: Allocation[];
  refunds: Refund[];
  customFields: Record<string, string>;
}

export interface AdjustmentLine {
  lineId: string;
  itemId: string;
  name: string;
  unit: string;
  quantity: number;
  value: number;
  locationId: string;
}

/** A change of stock that no sale and no purchase made. */
export interface Adjustment extends SimulatedRecord {
  id: string;
  date: string;
  reason: string;
  description: string;
  reference: string;
  type: 'quantity' | 'value';
  status: 'draft' | 'adjusted';
  locationId: string;
  lines: AdjustmentLine[];
}

export interface PriceBracket {
  from: number;
  /** Null: without an end. */
  to: number | null;
  rate: number;
}

export interface PricebookItem {
  pricebookItemId: string;
  itemId: string;
  rate: number;
  /** `10%`, 10 or empty. */
  discount: number | string;
  brackets: PriceBracket[];
}

export interface Pricebook extends SimulatedRecord {
  id: string;
  name: string;
  description: string;
  currency: Currency;
  type: 'per_item' | 'fixed_percentage';
  scheme: 'unit' | 'volume';
  percentage: number;
  isIncrease: boolean;
  isDefault: boolean;
  rounding: string;
  use: 'sales' | 'purchases';
  items: PricebookItem[];
}

export interface SimulatedTax extends SimulatedRecord {
  id: string;
  name: string;
  percentage: number;
  isDefault: boolean;
}

export interface SimulatedCurrency extends SimulatedRecord {
  id: string;
  code: Currency;
}

export interface SimulatedUser extends SimulatedRecord {
  id: string;
  name: string;
  email: string;
  role: string;
  roleId: string;
  status: 'active' | 'inactive' | 'invited';
}
