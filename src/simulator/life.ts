import { seededRandom, type SimulatedItem } from './company.js';
import type { Simulator, WebhookTarget } from './simulator.js';

/**
 * The company at work: prices, stock, names and terms change and are told by webhook; now and then one comes twice, two come in
 * the wrong order, one holds only the id, and Zoho has a bad moment, so that retries can be watched.
 */
export interface Life {
  start(): void;
  stop(): Promise<void>;
  /** One event, for tests. */
  beat(): Promise<string>;
}

const round = (value: number): number => Math.round(value * 100) / 100;

export function createLife(simulator: Simulator, target: WebhookTarget, eventsPerMinute: number): Life {
  const random = seededRandom(Date.now() & 0xffff);
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<unknown> = Promise.resolve();

  const pick = (): SimulatedItem => {
    const alive = simulator.items().filter((item) => item.active && !item.deleted);
    return alive[Math.floor(random() * alive.length)] as SimulatedItem;
  };
  const newPrice = (item: SimulatedItem): SimulatedItem =>
    simulator.edit(item.itemId, { rate: Math.max(0.25, round(item.rate * (0.95 + random() * 0.1) + 0.01)) });

  const editContact = async (): Promise<void> => {
    const alive = simulator.contacts.alive();
    const contact = alive[Math.floor(random() * alive.length)];
    if (!contact) return;
    const paymentTerms = [0, 7, 15, 30, 60][Math.floor(random() * 5)] as number;
    await simulator.sendContact(target, simulator.contacts.edit(contact.contactId, { paymentTerms }));
  };

  const beat = async (): Promise<string> => {
    if (random() < 0.1) {
      await editContact();
      return 'contact';
    }
    const item = pick();
    const dice = random();
    if (dice < 0.35) {
      await simulator.send(target, newPrice(item));
      return 'price';
    }
    if (dice < 0.7) {
      simulator.moveStock(item.itemId, Math.floor(random() * 3), random() < 0.6 ? -1 : 12);
      await simulator.send(target, item);
      return 'stock';
    }
    if (dice < 0.8) {
      const name = item.name.replace(/ \(new\)$/, '');
      await simulator.send(target, simulator.edit(item.itemId, { name: name === item.name ? `${name} (new)` : name }));
      return 'name';
    }
    if (dice < 0.88) {
      newPrice(item);
      await Promise.all([simulator.send(target, item), simulator.send(target, item)]);
      return 'duplicate';
    }
    if (dice < 0.94) {
      const older = { ...newPrice(item), stock: [...item.stock] };
      const newer = simulator.edit(item.itemId, { rate: round(item.rate + 0.5) }, item.modifiedMs + 1000);
      await simulator.send(target, newer);
      await simulator.send(target, older);
      return 'out of order';
    }
    if (dice < 0.98) {
      const { body } = simulator.switches;
      simulator.switches.body = 'form_pairs';
      await simulator.send(target, newPrice(item));
      simulator.switches.body = body;
      return 'id only';
    }
    simulator.faults.arm(random() < 0.5 ? 'server_error' : 'truncated_json', 2);
    const { body } = simulator.switches;
    simulator.switches.body = 'form_pairs';
    await simulator.send(target, newPrice(item));
    simulator.switches.body = body;
    return 'fault';
  };

  return {
    beat,
    start() {
      if (eventsPerMinute <= 0) return;
      timer = setInterval(() => {
        running = beat().catch(() => undefined);
      }, 60_000 / eventsPerMinute);
    },
    async stop() {
      if (timer) clearInterval(timer);
      await running;
    },
  };
}
