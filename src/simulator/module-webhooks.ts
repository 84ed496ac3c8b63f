import type { Body } from './resource.js';
import type { DeleteBody } from './webhooks.js';

/** Where the rules of a module send, and how its bodies are called. */
export interface WebhookShape {
  route: string;
  object: string;
  id: string;
}

/**
 * Modules that can have workflow rules. Price lists, taxes, currencies, locations and users have none: whoever wants to
 * know asks.
 */
export const WEBHOOKS = {
  items: { route: 'products', object: 'item', id: 'item_id' },
  contacts: { route: 'customers', object: 'contact', id: 'contact_id' },
  salesorders: { route: 'orders', object: 'salesorder', id: 'salesorder_id' },
  invoices: { route: 'invoices', object: 'invoice', id: 'invoice_id' },
  creditnotes: { route: 'credit-notes', object: 'creditnote', id: 'creditnote_id' },
  bills: { route: 'bills', object: 'bill', id: 'bill_id' },
  customerpayments: { route: 'payments', object: 'payment', id: 'payment_id' },
  vendorpayments: { route: 'vendor-payments', object: 'vendorpayment', id: 'payment_id' },
  inventoryadjustments: { route: 'stock', object: 'inventory_adjustment', id: 'inventory_adjustment_id' },
} as const satisfies Record<string, WebhookShape>;

export type WebhookModule = keyof typeof WEBHOOKS;

export const webhookModule = (name: string): WebhookModule | null =>
  Object.hasOwn(WEBHOOKS, name) ? (name as WebhookModule) : null;

/** Vendors have a rule of their own. */
export const routeOf = (module: WebhookModule, body: Body): string =>
  module === 'contacts' && body['contact_type'] === 'vendor' ? 'vendors' : WEBHOOKS[module].route;

/** What a rule that fires on a deletion sends is not settled. */
export const deletedBody = (module: WebhookModule, body: Body, kind: DeleteBody): Body =>
  kind === 'id_only' ? { [WEBHOOKS[module].id]: body[WEBHOOKS[module].id] } : body;
