import type { Currency } from './documents/money.js';
import type { DeleteBody, WebhookFaults, WebhookSwitches } from './webhooks.js';

/** Every point that no source confirms is a switch, and so is everything that can go wrong on the way. */
export interface Switches extends WebhookSwitches, WebhookFaults {
  places: 'locations' | 'warehouses';
  missingRecordStatus: 404 | 400;
  deleteBody: DeleteBody;
  /** Whether a stock movement moves last_modified_time; assumed not. */
  stockBumpsModifiedTime: boolean;
  sinceIsInclusive: boolean;
  /** Whether a list of contacts can be asked for one type; no source says so. */
  contactTypeFilters: boolean;
  /** The organisation's own currency: exchange rates are relative to it, and items are priced in it. */
  baseCurrency: Currency;
  /** Whether rows of the list of price lists hold their prices, as documented, or only the record, as in practice. */
  pricebookRowsHaveItems: boolean;
  /** Whether Inventory answers one price list by its id; not documented. */
  inventoryPricebookById: boolean;
  /** Of the items that say they have an image, how many have none. */
  missingImagePercent: number;
  /** Books and Inventory may share one counter. */
  perMinute: number;
  perDay: number;
  concurrent: number;
  tokensPerTenMinutes: number;
  tokenSeconds: number;
  latencyMs: number;
  /** How long a `time_out` fault hangs before the connection is cut. */
  hangMs: number;
}

export const DEFAULT_SWITCHES: Switches = {
  places: 'locations',
  missingRecordStatus: 404,
  deleteBody: 'id_only',
  signature: 'hex',
  body: 'json',
  stockBumpsModifiedTime: false,
  sinceIsInclusive: true,
  contactTypeFilters: true,
  baseCurrency: 'USD',
  pricebookRowsHaveItems: false,
  inventoryPricebookById: true,
  missingImagePercent: 1,
  perMinute: 100,
  perDay: 5000,
  concurrent: 10,
  tokensPerTenMinutes: 10,
  tokenSeconds: 3600,
  latencyMs: 0,
  hangMs: 30_000,
  dropPercent: 0,
  duplicatePercent: 0,
  reorderPercent: 0,
  delayMs: 0,
};
