import { seededRandom } from './company.js';
import type { Books } from './documents/books.js';
import type { SimulatorWrites } from './simulator-writes.js';
import type { Switches } from './switches.js';
import { TradingActs } from './trading-acts.js';

/** How much happens on the day. Without a figure it is that of the real company. */
export interface DayOptions {
  seed?: number;
  wholesale?: number;
  retail?: number;
  payments?: number;
  prices?: number;
  priceLists?: number;
  adjustments?: number;
  bills?: number;
  returns?: number;
  contacts?: number;
  newContacts?: number;
  newItems?: number;
  voids?: number;
  /** How often Zoho is away, for a quarter of an hour each. */
  outages?: number;
}

export interface DayStep {
  /** Milliseconds after the opening. */
  at: number;
  name: string;
}

const FIGURES: Readonly<Required<DayOptions>> = {
  seed: 1,
  wholesale: 30,
  retail: 30,
  payments: 20,
  prices: 15,
  priceLists: 2,
  adjustments: 8,
  bills: 3,
  returns: 3,
  contacts: 4,
  newContacts: 2,
  newItems: 2,
  voids: 1,
  outages: 0,
};

const HOUR_MS = 3_600_000;
const OPEN_MS = 9 * HOUR_MS;
const OUTAGE_MS = HOUR_MS / 4;
/** An order is billed at least so long after it was taken. */
const PACKING_MS = HOUR_MS / 2;

interface Planned extends DayStep {
  act(): void;
}

/** One day of the trading company, step by step. The same seed on the same company gives the same day. */
export class ScriptedDay {
  readonly steps: readonly DayStep[];
  private readonly planned: readonly Planned[];
  private done = 0;

  constructor(books: Books, writes: SimulatorWrites, switches: Switches, options: DayOptions = {}) {
    const figures = { ...FIGURES, ...options };
    const random = seededRandom(figures.seed);
    const acts = new TradingActs(books, writes, random);
    const planner = new Planner(random);
    planOrders(planner, acts, figures.wholesale);
    planner.some(figures.retail, 'retail sale', () => acts.sellRetail());
    planner.some(figures.payments, 'payment', () => acts.receivePayment());
    planner.some(figures.prices, 'price', () => acts.changePrice());
    planner.some(figures.priceLists, 'price list', () => acts.changePriceList());
    planner.some(figures.adjustments, 'stock', () => acts.adjustStock());
    planner.some(figures.bills, 'bill', () => acts.buy());
    planner.some(figures.returns, 'return', () => acts.takeBack());
    planner.some(figures.contacts, 'contact', () => acts.editContact());
    planner.some(figures.newContacts, 'new contact', () => acts.newContact());
    planner.some(figures.newItems, 'new item', () => acts.newItem());
    planner.some(figures.voids, 'void', () => acts.voidInvoice());
    planOutages(planner, switches, figures.outages);
    this.planned = planner.inOrder();
    this.steps = this.planned.map(({ at, name }) => ({ at, name }));
  }

  get finished(): boolean {
    return this.done >= this.planned.length;
  }

  get stepsDone(): number {
    return this.done;
  }

  /** Does the next step; null when the day is over. */
  next(): DayStep | null {
    const step = this.planned[this.done];
    if (!step) return null;
    this.done += 1;
    step.act();
    return { at: step.at, name: step.name };
  }

  /** Does everything that is left. At a speed of 60 a minute takes a second; without one nothing is waited for. */
  async run({ speed = Infinity, signal }: { speed?: number; signal?: AbortSignal } = {}): Promise<void> {
    let clock = this.planned[this.done]?.at ?? 0;
    for (let step = this.planned[this.done]; step; step = this.planned[this.done]) {
      const waitMs = (step.at - clock) / speed;
      if (waitMs >= 1) await pause(waitMs, signal);
      if (signal?.aborted === true) return;
      clock = step.at;
      this.next();
    }
  }
}

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

class Planner {
  private readonly planned: Planned[] = [];

  constructor(private readonly random: () => number) {}

  at(at: number, name: string, act: () => unknown): void {
    this.planned.push({ at: Math.floor(at), name, act: () => void act() });
  }

  some(count: number, name: string, act: () => unknown): void {
    for (let index = 0; index < count; index += 1) this.at(this.random() * OPEN_MS, name, act);
  }

  moment(from: number, to: number): number {
    return from + this.random() * (to - from);
  }

  inOrder(): Planned[] {
    return this.planned.sort((a, b) => a.at - b.at);
  }
}

/** Each order is taken, and billed later on the same day. */
function planOrders(planner: Planner, acts: TradingActs, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const taken = planner.moment(0, OPEN_MS - 2 * PACKING_MS);
    let orderId = '';
    planner.at(taken, 'wholesale order', () => {
      orderId = acts.takeOrder();
    });
    planner.at(planner.moment(taken + PACKING_MS, OPEN_MS), 'invoice', () => acts.invoiceOrder(orderId));
  }
}

function planOutages(planner: Planner, switches: Switches, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const begin = planner.moment((index * OPEN_MS) / count, ((index + 1) * OPEN_MS) / count - OUTAGE_MS);
    planner.at(begin, 'outage begins', () => (switches.outage = 'unavailable'));
    planner.at(begin + OUTAGE_MS, 'outage ends', () => (switches.outage = false));
  }
}
