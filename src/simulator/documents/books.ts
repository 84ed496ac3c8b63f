import type { SimulatedContact } from '../company-contacts.js';
import type { SimulatedItem } from '../company.js';
import { moveStock } from '../master-commands.js';
import { RecordStore } from '../records.js';
import type { Switches } from '../switches.js';
import { Balances } from './balances.js';
import type { BookRecords } from './book-records.js';
import type {
  Adjustment,
  DocumentKind,
  Payment,
  Pricebook,
  SimulatedCurrency,
  SimulatedTax,
  SimulatedUser,
  TradeDocument,
} from './document.js';
import { exchangeRate, type Currency } from './money.js';
import { totalsOf, type Totals } from './totals.js';

export const PAYMENT_KINDS = ['customerpayments', 'vendorpayments'] as const;
export type PaymentKind = (typeof PAYMENT_KINDS)[number];

/** The records of a whole company, and what follows from them: totals, balances, statuses. */
export class Books {
  readonly salesorders: RecordStore<TradeDocument>;
  readonly invoices: RecordStore<TradeDocument>;
  readonly creditnotes: RecordStore<TradeDocument>;
  readonly bills: RecordStore<TradeDocument>;
  readonly customerpayments: RecordStore<Payment>;
  readonly vendorpayments: RecordStore<Payment>;
  readonly inventoryadjustments: RecordStore<Adjustment>;
  readonly pricebooks: RecordStore<Pricebook>;
  readonly taxes: RecordStore<SimulatedTax>;
  readonly currencies: RecordStore<SimulatedCurrency>;
  readonly users: RecordStore<SimulatedUser>;
  private sums = new WeakMap<TradeDocument, Totals>();
  private derived: { version: number; balances: Balances } | null = null;

  constructor(
    readonly items: RecordStore<SimulatedItem>,
    readonly contacts: RecordStore<SimulatedContact>,
    private readonly records: BookRecords,
    private readonly switches: Switches,
    private readonly now: () => number = Date.now,
  ) {
    const store = <One extends BookRecords[Exclude<keyof BookRecords, 'lastId'>][number]>(noun: string, list: One[]) =>
      new RecordStore<One>(noun, list, ({ id }) => id, now);
    this.salesorders = store('sales order', records.salesorders);
    this.invoices = store('invoice', records.invoices);
    this.creditnotes = store('credit note', records.creditnotes);
    this.bills = store('bill', records.bills);
    for (const documents of [this.salesorders, this.invoices, this.creditnotes, this.bills]) {
      documents.onChange = (document) => this.forgetTotals(document);
    }
    this.customerpayments = store('customer payment', records.customerpayments);
    this.vendorpayments = store('vendor payment', records.vendorpayments);
    this.inventoryadjustments = store('inventory adjustment', records.inventoryadjustments);
    this.pricebooks = store('price book', records.pricebooks);
    this.taxes = store('tax', records.taxes);
    this.currencies = store('currency', records.currencies);
    this.users = store('user', records.users);
  }

  /** How many records of each kind there are. */
  sizes(): Record<string, number> {
    return Object.fromEntries(this.stores().map(([name, store]) => [name, store.all().length]));
  }

  /** Whether anything has changed since this was asked last. */
  takeDirty(): boolean {
    const dirty = this.stores().filter(([, store]) => store.dirty);
    for (const [, store] of dirty) store.dirty = false;
    return dirty.length > 0;
  }

  newId(): string {
    return idOf((this.records.lastId += 1));
  }

  document(kind: DocumentKind): RecordStore<TradeDocument> {
    return this[kind];
  }

  totals(document: TradeDocument): Totals {
    const known = this.sums.get(document);
    if (known) return known;
    const totals = totalsOf(document, (taxId) => this.taxes.find(taxId)?.percentage ?? 0);
    this.sums.set(document, totals);
    return totals;
  }

  balances(): Balances {
    const version = this.version();
    if (this.derived?.version !== version) this.derived = { version, balances: new Balances(this) };
    return this.derived.balances;
  }

  baseCurrency(): Currency {
    return this.switches.baseCurrency;
  }

  exchangeRate({ exchangeRate: own, currency }: { exchangeRate: number | null; currency: Currency }): number {
    return own ?? exchangeRate(currency, this.switches.baseCurrency);
  }

  /** Whole seconds, as Zoho's own. */
  nowMs(): number {
    return Math.floor(this.now() / 1000) * 1000;
  }

  /** Goods of an item come and go; one that is not known moves nothing. */
  moveStock(itemId: string, place: number, delta: number): void {
    if (this.items.find(itemId)) moveStock(this.items, this.switches, { itemId, location: place, delta });
  }

  /** Tells of every record whose time moves. */
  listen(heard: (module: string, id: string) => void): void {
    for (const [module, store] of this.stores()) store.onTouch = (record) => heard(module, store.idOf(record));
  }

  /** Where a document becomes overdue with a new time: gives it to those of which the day has come. */
  noteOverdue(): void {
    if (!this.switches.overdueBumpsModifiedTime) return;
    const today = this.today();
    for (const store of [this.invoices, this.bills]) {
      for (const document of store.alive()) {
        if (document.state !== 'open' || document.dueDate === '' || document.dueDate >= today) continue;
        const atMs = midnightAfter(document.dueDate);
        if (document.modifiedMs < atMs && this.balances().balance(document) > 0) store.touch(document, atMs);
      }
    }
  }

  /** The organisation's day decides what is overdue. */
  today(): string {
    return dayOf(this.now());
  }

  private stores(): [name: string, store: RecordStore<SimulatedTax>][] {
    const { items, contacts, salesorders, invoices, creditnotes, bills, customerpayments, vendorpayments } = this;
    const { inventoryadjustments, pricebooks, taxes, currencies, users } = this;
    const documents = { salesorders, invoices, creditnotes, bills, customerpayments, vendorpayments };
    const masters = { inventoryadjustments, pricebooks, taxes, currencies, users };
    return Object.entries({ items, contacts, ...documents, ...masters }) as never;
  }

  private forgetTotals(document: TradeDocument | null): void {
    if (document) this.sums.delete(document);
    else this.sums = new WeakMap();
  }

  private version(): number {
    const stores = [this.salesorders, this.invoices, this.creditnotes, this.bills];
    const payments = PAYMENT_KINDS.map((kind) => this[kind]);
    return [...stores, ...payments].reduce((sum, { version }) => sum + version, 0);
  }
}

const ID_PREFIX = '5270413';
const ID_DIGITS = 12;

/** Nineteen digits, more than a double can tell apart. */
export const idOf = (sequence: number): string => `${ID_PREFIX}${String(sequence).padStart(ID_DIGITS, '0')}`;

const ZONE_MS = 180 * 60_000;

/** The day of an instant in the organisation's zone. */
export const dayOf = (ms: number): string => new Date(ms + ZONE_MS).toISOString().slice(0, 10);

const DAY_MS = 86_400_000;

const midnightAfter = (day: string): number => Date.parse(day) + DAY_MS - ZONE_MS;

export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
