import { SIMULATED_ACCOUNT } from './account.js';
import { seededRandom, type SimulatedItem } from './company.js';
import type { SimulatedContact } from './company-contacts.js';
import { CallCounter, createDoors, listen, urlOf } from './doors.js';
import { Books } from './documents/books.js';
import { createFaults, type Fault, type Faults } from './faults.js';
import { zohoTimestamp } from './item-body.js';
import { addContact, itemCommands } from './master-commands.js';
import { deletedBody, routeOf, WEBHOOKS, type WebhookModule } from './module-webhooks.js';
import { modulesOf } from './modules.js';
import { RecordStore } from './records.js';
import type { Body, Product, Resource } from './resource.js';
import { loadCompany, saveCompany, type CompanyState } from './state.js';
import { DEFAULT_SWITCHES, type Switches } from './switches.js';
import { WebhookSender } from './webhook-sender.js';
import type { WebhookEvent, WebhookTarget } from './webhooks.js';

export interface SimulatorOptions {
  items?: number;
  contacts?: number;
  /** Invoices, and orders, payments, credit notes, bills and adjustments in proportion. None if nothing is said. */
  documents?: number;
  /** The moment of the latest document; now if nothing is said. */
  documentsUntil?: Date;
  /** Further modules, such as one made of recorded payloads; one of a name that is played takes its place. */
  resources?: readonly Resource[];
  switches?: Partial<Switches>;
  /** Where changes are kept over restarts. */
  statePath?: string;
  port?: number;
  /** Decides which webhooks meet a fault. */
  random?: () => number;
}

/**
 * A local Zoho: token endpoint, all modules that are used, limits, error codes and webhooks, as far as they are known.
 * The one fake that demo and tests share; never in production.
 */
export interface Simulator {
  readonly url: string;
  readonly switches: Switches;
  readonly faults: Faults;
  /** All records, and what follows from them. */
  readonly books: Books;
  readonly contacts: RecordStore<SimulatedContact>;
  items(): readonly SimulatedItem[];
  item(itemId: string): SimulatedItem | undefined;
  /** Changes an item; its last_modified_time moves to now, or to `atMs`. */
  edit(itemId: string, change: Partial<SimulatedItem>, atMs?: number): SimulatedItem;
  moveStock(itemId: string, location: number, delta: number): SimulatedItem;
  remove(itemId: string): SimulatedItem;
  add(change?: Partial<SimulatedItem>): SimulatedItem;
  addContact(change?: Partial<SimulatedContact>): SimulatedContact;
  /** One record as the door of its module answers it now. */
  body(module: string, id: string, product?: Product): Body;
  /** The body that a webhook of this item carries now. */
  webhookBody(item: SimulatedItem, event: WebhookEvent): Body;
  /** Sends the webhook of a record, as its rule would. */
  tell(target: WebhookTarget, module: WebhookModule, id: string, event?: WebhookEvent): Promise<number>;
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

const COMPANY_ITEMS = 2218;

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const switches: Switches = { ...DEFAULT_SWITCHES, ...options.switches };
  const faults = createFaults();
  const { company, isNew } = loadCompany(options.statePath, {
    items: options.items ?? COMPANY_ITEMS,
    contacts: options.contacts ?? 0,
    documents: options.documents ?? 0,
    endMs: options.documentsUntil?.getTime() ?? Date.now(),
  });
  const items = new RecordStore('item', company.items, (item) => item.itemId);
  const contacts = new RecordStore('contact', company.contacts, (contact) => contact.contactId);
  const books = new Books(items, contacts, company.records, switches);
  const counter = new CallCounter();
  const resources = [...(options.resources ?? []), ...modulesOf(books, switches)];
  const server = await listen(
    createDoors({ switches, faults, resources, counter, sizes: () => books.sizes() }),
    options.port ?? 0,
  );
  const sender = new WebhookSender(switches, options.random ?? seededRandom(20_251_121));
  // Its documents are of the day when it was made, so it is kept as it is.
  if (isNew) items.changed();
  const saver = keepState(options.statePath, company, books);

  return {
    url: urlOf(server),
    switches,
    faults,
    books,
    contacts,
    ...itemCommands(items, switches),
    ...webhooksOf(resources, switches, sender),
    addContact: (change = {}) => addContact(contacts, change),
    afterCalls: (name, calls, act) => counter.after(name, calls, act),
    calls: () => counter.calls,
    async close() {
      sender.release();
      await saver.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const SAVE_MS = 5000;

/** Saves what has changed, now and then and at the end. */
function keepState(path: string | undefined, company: CompanyState, books: Books): { stop(): Promise<void> } {
  if (path === undefined) return { stop: () => Promise.resolve() };
  const save = async (): Promise<void> => {
    if (books.takeDirty()) await saveCompany(path, company);
  };
  const timer = setInterval(() => void save().catch(() => undefined), SAVE_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await save().catch(() => undefined);
    },
  };
}

type Webhooks = Pick<Simulator, 'body' | 'webhookBody' | 'tell' | 'send' | 'sendContact'>;

function webhooksOf(resources: readonly Resource[], switches: Switches, sender: WebhookSender): Webhooks {
  const resourceOf = (module: string): Resource => {
    const resource = resources.find(({ name }) => name === module);
    if (!resource) throw new Error(`The simulator has no module ${module}.`);
    return resource;
  };
  const body: Webhooks['body'] = (module, id, product) => {
    const resource = resourceOf(module);
    const record = resource.find(id);
    if (!record) throw new Error(`The simulator has no ${resource.object} ${id}.`);
    return resource.detail(record, product ?? (module === 'items' ? 'inventory' : 'books'));
  };
  const deliver = (
    target: WebhookTarget,
    module: WebhookModule,
    whole: Body,
    event: WebhookEvent,
    route = routeOf(module, whole),
  ): Promise<number> => {
    const { object, id } = WEBHOOKS[module];
    const record = event === 'deleted' ? deletedBody(module, whole, switches.deleteBody) : whole;
    return sender.send(target, { route, object, id, event, record });
  };
  const itemBody = (item: SimulatedItem): Body => resourceOf('items').detail(item, 'inventory');
  return {
    body,
    webhookBody: (item, event) =>
      event === 'deleted' ? deletedBody('items', itemBody(item), switches.deleteBody) : itemBody(item),
    tell: (target, module, id, event = 'edited') => deliver(target, module, body(module, id), event),
    send: (target, item, event = 'edited') => deliver(target, 'items', itemBody(item), event),
    sendContact: (target, contact, event = 'edited', route = undefined) =>
      deliver(target, 'contacts', resourceOf('contacts').detail(contact, 'books'), event, route),
  };
}

export { SIMULATED_ACCOUNT, zohoTimestamp };
export type { Fault, Switches, WebhookTarget };
