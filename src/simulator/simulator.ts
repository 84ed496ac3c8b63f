import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SIMULATED_ACCOUNT } from './account.js';
import { ApiDoor } from './api-door.js';
import { CallLimits } from './call-limits.js';
import { generateItems, seededRandom, type SimulatedItem } from './company.js';
import { generateContacts, type SimulatedContact } from './company-contacts.js';
import { contactDetail } from './contact-body.js';
import { contactResource } from './contacts.js';
import { ControlDoor } from './control-door.js';
import { createFaults, ERRORS, type Fault, type Faults } from './faults.js';
import { refuse } from './http.js';
import { inventoryDetail, zohoTimestamp } from './item-body.js';
import { itemResource } from './items.js';
import { locationResource } from './locations.js';
import { RecordStore } from './records.js';
import type { Body, Resource } from './resource.js';
import { loadCompany, saveCompany } from './state.js';
import { DEFAULT_SWITCHES, type Switches } from './switches.js';
import { TokenDoor } from './token-door.js';
import { WebhookSender } from './webhook-sender.js';
import type { Webhook, WebhookEvent, WebhookTarget } from './webhooks.js';

export interface SimulatorOptions {
  items?: number;
  contacts?: number;
  /** Further modules, such as one made of recorded payloads. */
  resources?: readonly Resource[];
  switches?: Partial<Switches>;
  /** Where changes are kept over restarts. */
  statePath?: string;
  port?: number;
  /** Decides which webhooks meet a fault. */
  random?: () => number;
}

/**
 * A local Zoho: token endpoint, items and contacts, limits, error codes and webhooks, as far as they are known. The one
 * fake that demo and tests share; never in production.
 */
export interface Simulator {
  readonly url: string;
  readonly switches: Switches;
  readonly faults: Faults;
  readonly contacts: RecordStore<SimulatedContact>;
  items(): readonly SimulatedItem[];
  item(itemId: string): SimulatedItem | undefined;
  /** Changes an item; its last_modified_time moves to now, or to `atMs`. */
  edit(itemId: string, change: Partial<SimulatedItem>, atMs?: number): SimulatedItem;
  moveStock(itemId: string, location: number, delta: number): SimulatedItem;
  remove(itemId: string): SimulatedItem;
  add(change?: Partial<SimulatedItem>): SimulatedItem;
  addContact(change?: Partial<SimulatedContact>): SimulatedContact;
  /** The body that a webhook of this item carries now. */
  webhookBody(item: SimulatedItem, event: WebhookEvent): Body;
  send(target: WebhookTarget, item: SimulatedItem, event?: WebhookEvent): Promise<number>;
  /** `route` is where the rule sends it: customers or vendors, as its type says unless somebody set it up wrongly. */
  sendContact(
    target: WebhookTarget,
    contact: SimulatedContact,
    event?: WebhookEvent,
    route?: 'customers' | 'vendors',
  ): Promise<number>;
  /** Runs something once, just before the n-th further call of this name is answered. */
  afterCalls(name: string, calls: number, act: () => void): void;
  /** Calls that reached the API, by path without ids. */
  calls(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const SAVE_MS = 5000;
const COMPANY_ITEMS = 2218;

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const switches: Switches = { ...DEFAULT_SWITCHES, ...options.switches };
  const faults = createFaults();
  const company = loadCompany(options.statePath, {
    items: options.items ?? COMPANY_ITEMS,
    contacts: options.contacts ?? 0,
  });
  const items = new RecordStore('item', company.items, (item) => item.itemId);
  const contacts = new RecordStore('contact', company.contacts, (contact) => contact.contactId);
  const counter = new CallCounter();
  const counted = (name: string): void => counter.count(name);
  const doors = createDoors({
    switches,
    faults,
    resources: [
      itemResource(items, switches),
      contactResource(contacts, switches),
      locationResource(),
      ...(options.resources ?? []),
    ],
    counted,
    calls: () => counter.calls,
    sizes: () => ({ items: items.all().length, contacts: contacts.all().length }),
  });
  const server = await listen(doors, options.port ?? 0);
  const sender = new WebhookSender(switches, options.random ?? seededRandom(20_251_121));

  const save = async (): Promise<void> => {
    if (!options.statePath || (!items.dirty && !contacts.dirty)) return;
    items.dirty = contacts.dirty = false;
    await saveCompany(options.statePath, company);
  };
  const saver = setInterval(() => void save().catch(() => undefined), SAVE_MS);
  saver.unref();

  return {
    url: urlOf(server),
    switches,
    faults,
    contacts,
    ...itemCommands(items, switches),
    ...webhooksOf(switches, sender),
    addContact: (change = {}) => addContact(contacts, change),
    afterCalls: (name, calls, act) => counter.after(name, calls, act),
    calls: () => counter.calls,
    async close() {
      clearInterval(saver);
      sender.release();
      await save().catch(() => undefined);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Counts calls by name, and runs what was planned for one of them. */
class CallCounter {
  readonly calls = new Map<string, number>();
  private readonly plans = new Set<{ name: string; at: number; act: () => void }>();

  count(name: string): void {
    const calls = (this.calls.get(name) ?? 0) + 1;
    this.calls.set(name, calls);
    for (const plan of this.plans) {
      if (plan.name !== name || plan.at !== calls) continue;
      this.plans.delete(plan);
      plan.act();
    }
  }

  after(name: string, calls: number, act: () => void): void {
    this.plans.add({ name, at: (this.calls.get(name) ?? 0) + calls + 1, act });
  }
}

interface DoorOptions {
  switches: Switches;
  faults: Faults;
  resources: readonly Resource[];
  counted(name: string): void;
  calls(): ReadonlyMap<string, number>;
  sizes(): Record<string, number>;
}

type Handle = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

function createDoors({ switches, faults, resources, counted, calls, sizes }: DoorOptions): Handle {
  const limits = new CallLimits(switches);
  const tokens = new TokenDoor(switches, faults, counted);
  const api = new ApiDoor({ switches, faults, limits, tokens, resources, counted });
  const control = new ControlDoor({ switches, faults, sizes, calls });
  return async (request, response, url) => {
    limits.inFlight += 1;
    try {
      if (url.pathname === '/oauth/v2/token') {
        await tokens.handle(request, response, url, `http://127.0.0.1:${request.socket.localPort}`);
      } else if (url.pathname.startsWith('/_simulator/')) await control.handle(request, response, url);
      else await api.handle(request, response, url);
    } finally {
      limits.inFlight -= 1;
    }
  };
}

async function listen(handle: Handle, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    handle(request, response, new URL(request.url ?? '/', 'http://simulator')).catch(() => {
      if (!response.headersSent) refuse(response, ERRORS.internal);
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

type ItemCommands = Pick<Simulator, 'items' | 'item' | 'edit' | 'moveStock' | 'remove' | 'add'>;

function itemCommands(items: RecordStore<SimulatedItem>, switches: Switches): ItemCommands {
  return {
    items: () => items.all(),
    item: (itemId) => items.find(itemId),
    edit: (itemId, change, atMs) => items.edit(itemId, change, atMs),
    remove: (itemId) => items.remove(itemId),
    moveStock(itemId, location, delta) {
      const item = items.get(itemId);
      item.stock[location] = (item.stock[location] ?? 0) + delta;
      items.dirty = true;
      if (switches.stockBumpsModifiedTime) items.touch(item);
      return item;
    },
    add(change = {}) {
      const [template] = generateItems(1) as [SimulatedItem];
      const itemId = String(2_646_619_000_000_000_000n + BigInt(items.all().length));
      const createdMs = Math.floor(Date.now() / 1000) * 1000;
      return items.add({ ...template, itemId, createdMs, ...change }, change.modifiedMs);
    },
  };
}

function addContact(contacts: RecordStore<SimulatedContact>, change: Partial<SimulatedContact>): SimulatedContact {
  const [template] = generateContacts(1) as [SimulatedContact];
  const contactId = String(2_646_629_000_000_000_000n + BigInt(contacts.all().length));
  const createdMs = Math.floor(Date.now() / 1000) * 1000;
  const name = `New Contact ${contacts.all().length + 1}`;
  return contacts.add({ ...template, contactId, name, createdMs, ...change }, change.modifiedMs);
}

type Webhooks = Pick<Simulator, 'webhookBody' | 'send' | 'sendContact'>;

function webhooksOf(switches: Switches, sender: WebhookSender): Webhooks {
  const bodyOf = (event: WebhookEvent, id: Body, whole: Body): Body =>
    event === 'deleted' && switches.deleteBody === 'id_only' ? id : whole;
  const webhookBody: Webhooks['webhookBody'] = (record, event) =>
    bodyOf(event, { item_id: record.itemId }, inventoryDetail(record, switches));
  return {
    webhookBody,
    send(target, record, event = 'edited') {
      const hook: Webhook = {
        route: 'products',
        object: 'item',
        id: 'item_id',
        event,
        record: webhookBody(record, event),
      };
      return sender.send(target, hook);
    },
    sendContact(target, record, event = 'edited', route = record.type === 'vendor' ? 'vendors' : 'customers') {
      const body = bodyOf(event, { contact_id: record.contactId }, contactDetail(record));
      return sender.send(target, { route, object: 'contact', id: 'contact_id', event, record: body });
    },
  };
}

export { SIMULATED_ACCOUNT, zohoTimestamp };
export type { Fault, Switches, WebhookTarget };
