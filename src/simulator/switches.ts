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
  /** Whether lists take `last_modified_time` though nobody documents it for them. */
  sinceEverywhere: boolean;
  /** How the webhook of a customer's payment calls its object. */
  paymentObject: 'payment' | 'customerpayment';
  /** How a stale token is refused: code and status. */
  staleToken: '57_401' | '14_401' | '14_200';
  /** Whether `Authorization: Bearer` is taken as well. */
  acceptsBearer: boolean;
  /** Whether the refusal of the day's quota carries the headers of the quota. */
  dayLimitHeaders: boolean;
  wrongOrganisationStatus: 400 | 401;
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
  /** Of duplicate names, numbers and SKUs; assumed by several, confirmed by nobody. */
  duplicateCode: number;
  /** Whether two items may have one SKU: it happens in real organisations. */
  duplicateSkus: boolean;
  /** Whether a number of our own is refused unless the call says that it is meant. */
  autoNumbering: boolean;
  /** Whether setting off a credit moves the time of the invoice. */
  creditBumpsInvoice: boolean;
  /** Whether a document becomes overdue with a new time. */
  overdueBumpsModifiedTime: boolean;
  /** Whether rules fire for what a call has written. */
  apiWritesFireRules: boolean;
  /** Whether `X-ZOHO-Skip-Webhook-Trigger` keeps them from it. */
  skipHeaderWorks: boolean;
  /** Whether one save fires the rules of the other records that it moved, as a payment does with its invoice. */
  relatedRulesFire: boolean;
  /** So many webhooks a day are triggered; 0 for no end. */
  webhooksPerDay: number;
  /** The whole of Zoho is away. */
  outage: false | 'unavailable' | 'refused';
  /** Whether Books and Inventory count their calls together. */
  sharedQuota: boolean;
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
  duplicateCode: 1001,
  duplicateSkus: true,
  autoNumbering: true,
  creditBumpsInvoice: false,
  overdueBumpsModifiedTime: false,
  apiWritesFireRules: true,
  skipHeaderWorks: true,
  relatedRulesFire: true,
  webhooksPerDay: 0,
  outage: false,
  sharedQuota: true,
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
  oddPercent: 0,
  webhookRetries: 0,
  webhookRetryMs: 1000,
  paymentObject: 'payment',
  staleToken: '57_401',
  acceptsBearer: false,
  sinceEverywhere: false,
  dayLimitHeaders: true,
  wrongOrganisationStatus: 400,
};
