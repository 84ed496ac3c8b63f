import { seededRandom, type SimulatedItem } from './company.js';
import type { Simulator, WebhookTarget } from './simulator.js';
import { TradingActs } from './trading-acts.js';

/**
 * The company at work: prices, stock, names and terms change and are told by webhook, and where there are documents it
 * sells, bills, is paid and buys; now and then a webhook comes twice, two come in the wrong order, one holds only the id,
 * and Zoho has a bad moment, so that retries can be watched.
 */
export interface Life {
  start(): void;
  stop(): Promise<void>;
  /** One event, for tests. */
  beat(): Promise<string>;
}

const round = (value: number): number => Math.round(value * 100) / 100;

const TERMS = [0, 7, 15, 30, 60];

export function createLife(
  simulator: Simulator,
  target: WebhookTarget,
  eventsPerMinute: number,
  seed = Date.now() & 0xffff,
): Life {
  const company = new Company(simulator, target, seededRandom(seed));
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<unknown> = Promise.resolve();
  return {
    beat: () => company.beat(),
    start() {
      if (eventsPerMinute <= 0) return;
      timer = setInterval(() => {
        running = company.beat().catch(() => undefined);
      }, 60_000 / eventsPerMinute);
    },
    async stop() {
      if (timer) clearInterval(timer);
      await running;
    },
  };
}

/** How much of what happens is trade. */
const TRADE_SHARE = 0.5;

/** Trade, with the share of each deal. */
const DEALS: readonly [upTo: number, name: string, act: (acts: TradingActs) => unknown][] = [
  [0.25, 'order', (acts) => acts.takeOrder()],
  [0.45, 'invoice', (acts) => acts.invoiceOldestOrder()],
  [0.65, 'retail sale', (acts) => acts.sellRetail()],
  [0.85, 'payment', (acts) => acts.receivePayment()],
  [0.9, 'adjustment', (acts) => acts.adjustStock()],
  [0.93, 'bill', (acts) => acts.buy()],
  [0.97, 'return', (acts) => acts.takeBack()],
  [0.98, 'price list', (acts) => acts.changePriceList()],
  [1, 'void', (acts) => acts.voidInvoice()],
];

/** What can happen, with its share. */
class Company {
  private readonly happenings: readonly [upTo: number, name: string, happen: (item: SimulatedItem) => Promise<void>][] =
    [
      [0.35, 'price', (item) => this.tell(this.newPrice(item))],
      [0.7, 'stock', (item) => this.tell(this.moveStock(item))],
      [0.8, 'name', (item) => this.tell(this.newName(item))],
      [0.88, 'duplicate', (item) => this.tellTwice(this.newPrice(item))],
      [0.94, 'out of order', (item) => this.tellOutOfOrder(item)],
      [0.98, 'id only', (item) => this.tellByIdOnly(item)],
      [1, 'fault', (item) => this.tellInABadMoment(item)],
    ];

  private readonly acts: TradingActs | null;

  constructor(
    private readonly simulator: Simulator,
    private readonly target: WebhookTarget,
    private readonly random: () => number,
  ) {
    const trades = simulator.books.invoices.all().length > 0;
    this.acts = trades ? new TradingActs(simulator.books, simulator, random) : null;
    // What people do with documents fires the rules.
    if (trades) simulator.connect(target);
  }

  private async trade(acts: TradingActs): Promise<string> {
    const dice = this.random();
    const [, name, act] = DEALS.find(([upTo]) => dice < upTo) as (typeof DEALS)[number];
    act(acts);
    await this.simulator.delivered();
    return name;
  }

  async beat(): Promise<string> {
    if (this.acts && this.random() < TRADE_SHARE) return this.trade(this.acts);
    if (this.random() < 0.1) return this.editContact();
    const alive = this.simulator.items().filter((item) => item.active && !item.deleted);
    const item = alive[Math.floor(this.random() * alive.length)] as SimulatedItem;
    const dice = this.random();
    const [, name, happen] = this.happenings.find(([upTo]) => dice < upTo) as (typeof this.happenings)[number];
    await happen(item);
    return name;
  }

  private async tell(item: SimulatedItem): Promise<void> {
    await this.simulator.send(this.target, item);
  }

  private async editContact(): Promise<string> {
    const alive = this.simulator.contacts.alive();
    const contact = alive[Math.floor(this.random() * alive.length)];
    if (!contact) return 'nothing';
    const paymentTerms = TERMS[Math.floor(this.random() * TERMS.length)] as number;
    await this.simulator.sendContact(this.target, this.simulator.contacts.edit(contact.contactId, { paymentTerms }));
    return 'contact';
  }

  private newPrice(item: SimulatedItem): SimulatedItem {
    const rate = Math.max(0.25, round(item.rate * (0.95 + this.random() * 0.1) + 0.01));
    return this.simulator.edit(item.itemId, { rate });
  }

  private moveStock(item: SimulatedItem): SimulatedItem {
    return this.simulator.moveStock(item.itemId, Math.floor(this.random() * 3), this.random() < 0.6 ? -1 : 12);
  }

  private newName(item: SimulatedItem): SimulatedItem {
    const name = item.name.replace(/ \(new\)$/, '');
    return this.simulator.edit(item.itemId, { name: name === item.name ? `${name} (new)` : name });
  }

  private async tellTwice(item: SimulatedItem): Promise<void> {
    await Promise.all([this.tell(item), this.tell(item)]);
  }

  private async tellOutOfOrder(item: SimulatedItem): Promise<void> {
    const older = { ...this.newPrice(item), stock: [...item.stock] };
    const newer = this.simulator.edit(item.itemId, { rate: round(item.rate + 0.5) }, item.modifiedMs + 1000);
    await this.tell(newer);
    await this.tell(older);
  }

  private async tellByIdOnly(item: SimulatedItem): Promise<void> {
    const { switches } = this.simulator;
    const { body } = switches;
    switches.body = 'form_pairs';
    await this.tell(this.newPrice(item));
    switches.body = body;
  }

  private async tellInABadMoment(item: SimulatedItem): Promise<void> {
    this.simulator.faults.arm(this.random() < 0.5 ? 'server_error' : 'truncated_json', 2);
    await this.tellByIdOnly(item);
  }
}
