import type {
  Adjustment,
  Payment,
  Pricebook,
  SimulatedCurrency,
  SimulatedTax,
  SimulatedUser,
  TradeDocument,
} from './document.js';

/** Everything of the books that is stored. */
export interface BookRecords {
  /** The sequence from which ids are made. */
  lastId: number;
  salesorders: TradeDocument[];
  invoices: TradeDocument[];
  creditnotes: TradeDocument[];
  bills: TradeDocument[];
  customerpayments: Payment[];
  vendorpayments: Payment[];
  inventoryadjustments: Adjustment[];
  pricebooks: Pricebook[];
  taxes: SimulatedTax[];
  currencies: SimulatedCurrency[];
  users: SimulatedUser[];
}
