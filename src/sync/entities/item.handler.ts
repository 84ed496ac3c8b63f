import { recordSync } from '../sync-link.queries.js';
import { ensureCategory } from '../../catalog/category.service.js';
import { Product } from '../../catalog/product.entity.js';
import { listProductRefs, productRead } from '../../catalog/product.queries.js';
import { archiveProduct, type ProductSnapshot } from '../../catalog/reported-product.service.js';
import { reportedLevelsOf } from '../../stock/reported-stock.service.js';
import { upsertStockedProduct, type ReportedLevel } from '../../stock/stock.service.js';
import type { Services } from '../../platform/module.js';
import { defineEntitySync, type ListedPage, type ListRequest, type RemoteRecords } from './entity-sync.js';
import { itemMapper, type ZohoItem } from './item.mapper.js';
import { fetchRecord, listChangedSince, modifiedAtOf, type Row } from './remote-records.js';

const BULK = 100;

const who = { origin: 'zoho', actor: 'zoho-sync' } as const;

const items: RemoteRecords = { path: '/inventory/v1/items', object: 'item', list: 'items', id: 'item_id' };

/**
 * A page of the list, completed by the details of its items in bulk; list rows alone lack stock by warehouse and custom
 * fields.
 */
async function listItems(services: Services, request: ListRequest, signal: AbortSignal): Promise<ListedPage> {
  const { rows, hasMore } = await listChangedSince(services, items, request, signal);
  const details = new Map<string, Row>();
  for (let begin = 0; begin < rows.length; begin += BULK) {
    const ids = rows.slice(begin, begin + BULK).map((row) => String(row['item_id']));
    const bulk = await services.zoho.get('/inventory/v1/itemdetails', { item_ids: ids.join(',') }, signal);
    for (const item of (bulk['items'] as Row[] | undefined) ?? []) details.set(String(item['item_id']), item);
  }
  return {
    hasMore,
    records: rows.map((row) => {
      const remoteId = String(row['item_id']);
      // The bulk answer has no times and no totals of stock: the row keeps what only it knows.
      return { remoteId, body: { ...row, ...details.get(remoteId) }, modifiedAt: modifiedAtOf(row) };
    }),
  };
}

export const itemSync = defineEntitySync<
  ZohoItem,
  ProductSnapshot,
  { categoryId: string | null | undefined; stock: ReportedLevel[] }
>({
  name: 'products',
  route: 'products',
  graphqlName: 'ITEM',
  local: { type: 'Product', class: Product, sync: recordSync('products', productRead) },
  remote: items,
  needs: [],
  refetch: false,
  timeCoversAll: false,
  parse: itemMapper.parse,
  toSnapshot: itemMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, items, remoteId, signal),
  list: listItems,
  localRefs: (services) => listProductRefs(services.db),
  async prepare(services, { externalRef, categoryName, stock }) {
    const reported = await reportedLevelsOf(services, who, externalRef, stock);
    if (categoryName == null) return { categoryId: categoryName, stock: reported };
    return { categoryId: await services.transact(who, (tx) => ensureCategory(tx, categoryName)), stock: reported };
  },
  apply: upsertStockedProduct,
  applyGone: archiveProduct,
});
