import type { SimulatedItem } from './company.js';
import type { Books } from './documents/books.js';
import { booksDetail, bulkDetail, inventoryDetail, listRow } from './item-body.js';
import { imageOf } from './item-image.js';
import type { Resource } from './resource.js';
import type { Switches } from './switches.js';
import { itemWrites } from './writes/master-writes.js';

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
    writes: itemWrites(books, switches),
    bulk: { name: 'itemdetails', ids: 'item_ids', body: (item) => bulkDetail(item, switches) },
    image: (item) => imageOf(item, switches.missingImagePercent),
    imageChanged(item, present) {
      item.imageDocumentId = present ? books.newId() : '';
      items.touch(item);
    },
  };
}

const SORT_KEYS: Readonly<Record<string, (item: SimulatedItem) => string | number>> = {
  created_time: (item) => item.createdMs,
  last_modified_time: (item) => item.modifiedMs,
  rate: (item) => item.rate,
  sku: (item) => item.sku,
};
