import type { SimulatedItem } from './company.js';
import type { Books } from './documents/books.js';
import { booksDetail, bulkDetail, inventoryDetail, listRow } from './item-body.js';
import { imageOf } from './item-image.js';
import type { RecordStore } from './records.js';
import type { Body, Resource } from './resource.js';
import type { Switches } from './switches.js';

/** What open orders have reserved counts as committed. */
export const withCommitted = (books: Books, item: SimulatedItem): SimulatedItem => ({
  ...item,
  committed: item.committed + books.balances().committed(item.itemId),
});

/** Items: Books knows the price, Inventory the stock as well. */
export function itemResource(books: Books, switches: Switches): Resource<SimulatedItem> {
  const { items } = books;
  return {
    name: 'items',
    object: 'item',
    report: 'Items',
    missing: 'Item does not exist.',
    products: ['books', 'inventory'],
    alive: () => items.alive(),
    find: (id) => items.find(id),
    idOf: (item) => item.itemId,
    listRow: (item, product) => (product === 'books' ? booksDetail(item) : listRow(item)),
    detail: (item, product) =>
      product === 'books' ? booksDetail(item) : inventoryDetail(withCommitted(books, item), switches),
    sortKey: (item, column) => SORT_KEYS[column]?.(item) ?? item.name,
    filters: ['name', 'sku', 'rate', 'description', 'category_name'],
    // Documented for Inventory's items only; Books ignores it.
    knowsSince: (product) => product === 'inventory',
    change: (item, input) => changeItem(items, item, input),
    bulk: { name: 'itemdetails', ids: 'item_ids', body: (item) => bulkDetail(item, switches) },
    image: (item) => imageOf(item, switches.missingImagePercent),
  };
}

const SORT_KEYS: Readonly<Record<string, (item: SimulatedItem) => string | number>> = {
  created_time: (item) => item.createdMs,
  last_modified_time: (item) => item.modifiedMs,
  rate: (item) => item.rate,
  sku: (item) => item.sku,
};

function changeItem(items: RecordStore<SimulatedItem>, item: SimulatedItem, input: Body): void {
  // Stock is never set by PUT.
  if (typeof input['name'] === 'string') item.name = input['name'];
  if (typeof input['sku'] === 'string') item.sku = input['sku'];
  if (typeof input['rate'] === 'number') item.rate = input['rate'];
  if (typeof input['description'] === 'string') item.description = input['description'];
  items.touch(item);
}
