import type { SimulatedRecord } from '../../src/simulator/records.js';
import type { Body, Resource } from '../../src/simulator/resource.js';
import { sendWebhook, type WebhookEvent } from '../../src/simulator/webhooks.js';
import { TEST_SECRETS, type TestApp } from './app.js';

interface Held extends SimulatedRecord {
  id: string;
  body: Body;
}

interface Kind {
  /** In the path and of a page: `invoices`. */
  name: string;
  object: string;
  id: string;
  /** The last part of the path of the webhooks. */
  route: string;
}

export const INVOICES: Kind = { name: 'invoices', object: 'invoice', id: 'invoice_id', route: 'invoices' };
export const PAYMENTS: Kind = {
  name: 'customerpayments',
  object: 'payment',
  id: 'payment_id',
  route: 'payments',
};
export const CREDIT_NOTES: Kind = {
  name: 'creditnotes',
  object: 'creditnote',
  id: 'creditnote_id',
  route: 'credit-notes',
};
export const SALES_ORDERS: Kind = { name: 'salesorders', object: 'salesorder', id: 'salesorder_id', route: 'orders' };

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null;
const zohoTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+0000`;

/** Documents of a Zoho that a test writes itself: bodies by id, served by detail and list, and sent by webhook. */
export class Mirrored {
  private readonly held = new Map<string, Held>();
  private time = Date.UTC(2026, 0, 1);

  constructor(readonly kind: Kind) {}

  /** Makes or replaces a record; each change is a second later. */
  put(id: string, body: Body): Body {
    this.time += 1000;
    const { kind, time } = this;
    const whole = {
      ...body,
      [kind.id]: id,
      created_time: zohoTime(time),
      last_modified_time: zohoTime(time),
      updated_time: zohoTime(time),
    };
    this.held.set(id, { id, body: whole, active: true, createdMs: time, modifiedMs: time, deleted: false });
    return whole;
  }

  edit(id: string, change: Body): Body {
    return this.put(id, { ...this.body(id), ...change });
  }

  body(id: string): Body {
    return (this.held.get(id) as Held).body;
  }

  remove(id: string): void {
    this.held.delete(id);
  }

  resource(): Resource<never> {
    const { kind, held } = this;
    const resource: Resource<Held> = {
      name: kind.name,
      object: kind.object,
      report: kind.name,
      missing: `${kind.object} does not exist.`,
      products: ['books', 'inventory'],
      alive: () => [...held.values()],
      find: (id) => held.get(id),
      idOf: ({ id }) => id,
      listRow: ({ body }) => Object.fromEntries(Object.entries(body).filter(([, value]) => !isNested(value))),
      detail: ({ body }) => body,
      sortKey: ({ createdMs, modifiedMs }, column) => (column === 'created_time' ? createdMs : modifiedMs),
      knowsSince: () => kind.name !== 'customerpayments' && kind.name !== 'creditnotes',
    };
    return resource as unknown as Resource<never>;
  }

  /** Sends a record as it is now, or as it was. */
  send(t: TestApp, body: Body, event: WebhookEvent = 'edited'): Promise<number> {
    const { object, id, route } = this.kind;
    const target = { url: t.url, secret: TEST_SECRETS.webhookSecret };
    const record = event === 'deleted' ? { [id]: body[id] } : body;
    return sendWebhook(target, { route, object, id, event, record }, t.simulator!.switches);
  }
}
