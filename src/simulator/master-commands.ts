import { generateItems, type SimulatedItem } from './company.js';
import { generateContacts, type SimulatedContact } from './company-contacts.js';
import type { RecordStore } from './records.js';
import type { Switches } from './switches.js';

/** What happens to items and contacts without a call of the API. */
export interface ItemCommands {
  items(): readonly SimulatedItem[];
  item(itemId: string): SimulatedItem | undefined;
  edit(itemId: string, change: Partial<SimulatedItem>, atMs?: number): SimulatedItem;
  moveStock(itemId: string, location: number, delta: number): SimulatedItem;
  remove(itemId: string): SimulatedItem;
  add(change?: Partial<SimulatedItem>): SimulatedItem;
}

export function itemCommands(items: RecordStore<SimulatedItem>, switches: Switches): ItemCommands {
  return {
    items: () => items.all(),
    item: (itemId) => items.find(itemId),
    edit: (itemId, change, atMs) => items.edit(itemId, change, atMs),
    remove: (itemId) => items.remove(itemId),
    moveStock: (itemId, location, delta) => moveStock(items, switches, { itemId, location, delta }),
    add(change = {}) {
      const [template] = generateItems(1) as [SimulatedItem];
      const itemId = String(2_646_619_000_000_000_000n + BigInt(items.all().length));
      const createdMs = Math.floor(Date.now() / 1000) * 1000;
      return items.add({ ...template, itemId, createdMs, ...change }, change.modifiedMs);
    },
  };
}

/** Whether the item's time moves with its stock is not known, so that is a switch. */
export function moveStock(
  items: RecordStore<SimulatedItem>,
  switches: Switches,
  { itemId, location, delta }: { itemId: string; location: number; delta: number },
): SimulatedItem {
  const item = items.get(itemId);
  item.stock[location] = (item.stock[location] ?? 0) + delta;
  items.changed();
  if (switches.stockBumpsModifiedTime) items.touch(item);
  return item;
}

export function addContact(
  contacts: RecordStore<SimulatedContact>,
  change: Partial<SimulatedContact>,
): SimulatedContact {
  const [template] = generateContacts(1) as [SimulatedContact];
  const contactId = String(2_646_629_000_000_000_000n + BigInt(contacts.all().length));
  const createdMs = Math.floor(Date.now() / 1000) * 1000;
  const name = `New Contact ${contacts.all().length + 1}`;
  return contacts.add({ ...template, contactId, name, createdMs, ...change }, change.modifiedMs);
}
