import type { Currency } from '../kernel/money.js';

/** Of what documents are made up. */
export interface Buyer {
  id: string;
  list: string;
  currency: Currency;
  termsDays: number;
}

export interface PricedProduct {
  productId: string;
  name: string;
  price: string;
}

export interface DocumentSource {
  customers: readonly Buyer[];
  /** By list: products that it prices, with the price of one unit. */
  priced: ReadonlyMap<string, readonly PricedProduct[]>;
  branch: { id: string; code: string };
  /** The primary one; everything leaves from there. */
  warehouseId: string;
  /** Free stock by product, for orders that are still to be shipped. */
  free: Map<string, number>;
  orders: number;
  freeInvoices: number;
  idOf(kind: string, key: string | number): string;
  iqdPerUsd: number;
}

export const DAYS = 600;

export const FIRST_DAY = '2025-03-01';
