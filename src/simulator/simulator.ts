import type { Server } from 'node:http';
import { SIMULATED_ACCOUNT } from './account.js';
import { seededRandom } from './company.js';
import type { SimulatedContact } from './company-contacts.js';
import { CallCounter, createDoors, listen, urlOf } from './doors.js';
import { Books } from './documents/books.js';
import { createFaults, type Fault, type Faults } from './faults.js';
import { zohoTimestamp } from './item-body.js';
import { addContact, itemCommands, type ItemCommands } from './master-commands.js';
import { ModuleCalls, type CallJournal } from './module-calls.js';
import { modulesOf } from './modules.js';
import { RecordStore } from './records.js';
import type { Resource } from './resource.js';
import { ScriptedDay, type DayOptions } from './scripted-day.js';
import { webhooksOf, type SimulatorWebhooks } from './simulator-webhooks.js';
import { writesOf, type SimulatorWrites } from './simulator-writes.js';
import { loadCompany, saveCompany, type CompanyState } from './state.js';
import { DEFAULT_SWITCHES, type Switches } from './switches.js';
import { Uploads } from './uploads.js';
import { WebhookSender } from './webhook-sender.js';
import type { WebhookTarget } from './webhooks.js';
import { WorkflowRules, type Origin, type RuleOptions } from './workflow-rules.js';

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
  /** The clock of Zoho, in milliseconds; that of the machine if nothing is said. */
  now?: () => number;
}

/**
 * A local Zoho: token endpoint, all modules that are used, limits, error codes and webhooks, as far as they are known.
 * The one fake that demo and tests share; never in production. Items and contacts are changed by commands of their own
 * without firing rules; everything else by the writes that people do at the screens, which fire them.
 */
export interface Simulator extends ItemCommands, SimulatorWebhooks, SimulatorWrites {
  readonly url: string;
  readonly switches: Switches;
  readonly faults: Faults;
  /** All records, and what follows from them. */
  readonly books: Books;
  readonly contacts: RecordStore<SimulatedContact>;
  addContact(change?: Partial<SimulatedContact>): SimulatedContact;
  /** From now on every write goes to the target, as workflow rules would send it. */
  connect(target: WebhookTarget, options?: RuleOptions): void;
  disconnect(): void;
  /** Resolves when every webhook that was fired has arrived or was lost. */
  delivered(): Promise<void>;
  /** A day of the trading company, step by step. */
  day(options?: DayOptions): ScriptedDay;
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
  const now = options.now ?? Date.now;
  const { company, isNew } = loadCompany(options.statePath, {
    items: options.items ?? COMPANY_ITEMS,
    contacts: options.contacts ?? 0,
    documents: options.documents ?? 0,
    endMs: options.documentsUntil?.getTime() ?? now(),
  });
  const items = new RecordStore('item', company.items, (item) => item.itemId, now);
  const contacts = new RecordStore('contact', company.contacts, (contact) => contact.contactId, now);
  const books = new Books(items, contacts, company.records, switches, now);
  const counter = new CallCounter();
  const resources = [...(options.resources ?? []), ...modulesOf(books, switches)];
  const sender = new WebhookSender(switches, options.random ?? seededRandom(20_251_121));
  const webhooks = webhooksOf(resources, switches, sender);
  const rules = new WorkflowRules(switches, (target, { module, id, event }) =>
    webhooks.tell(target, module, id, event),
  );
  const callsOf = callsBy(books, switches, rules);
  const writes = writesOf({ resources, callsOf });
  const day = (figures: DayOptions = {}): ScriptedDay => new ScriptedDay(books, writes, switches, figures);
  const connect = (target: WebhookTarget, rule?: RuleOptions): void => rules.connect(target, rule);
  const control = { sizes: () => books.sizes(), day, write: writes, connect };
  const doors = createDoors({ switches, faults, resources, counter, calls: callsOf('api'), now, control });
  const server = await listen(doors, options.port ?? 0);
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
    ...webhooks,
    ...writes,
    connect,
    disconnect: () => rules.disconnect(),
    delivered: () => rules.settled(),
    day,
    addContact: (change = {}) => addContact(contacts, change),
    afterCalls: (name, calls, act) => counter.after(name, calls, act),
    calls: () => counter.calls,
    async close() {
      rules.disconnect();
      sender.release();
      await saver.stop();
      await shut(server);
    },
  };
}

/** Calls of one origin each; what they do is told to the rules. */
function callsBy(books: Books, switches: Switches, rules: WorkflowRules): (origin: Origin) => ModuleCalls {
  const uploads = new Uploads();
  const touched = new Map<string, { module: string; id: string }>();
  books.listen((module, id) => void touched.set(`${module} ${id}`, { module, id }));
  const journalOf = (origin: Origin): CallJournal => ({
    begin() {
      touched.clear();
      books.noteOverdue();
    },
    written(written, { product, header }) {
      const skip = header('x-zoho-skip-webhook-trigger') === 'true';
      rules.changed({ ...written, product, origin, skip });
      if (!switches.relatedRulesFire) return;
      touched.delete(`${written.module} ${written.id}`);
      for (const { module, id } of touched.values()) {
        rules.changed({ module, id, event: 'edited', product, origin, skip });
      }
    },
  });
  return (origin) => new ModuleCalls(switches, uploads, journalOf(origin));
}

async function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
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

export { SIMULATED_ACCOUNT, zohoTimestamp };
export type { Fault, Switches, WebhookTarget };
