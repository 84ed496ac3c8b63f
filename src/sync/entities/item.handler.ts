import { ensureCategory } from '../../catalog/category.service.js';
import { listProductRefs } from '../../catalog/product.queries.js';
import { reportedLevelsOf } from '../../stock/reported-stock.service.js';
import { upsertStockedProduct, type ReportedLevel } from '../../stock/stock.service.js';
import { archiveProduct, type ProductSnapshot } from '../../catalog/product.service.js';
import { parseInstant } from '../../kernel/clock.js';
import type { Services } from '../../platform/module.js';
import { isGone } from '../zoho/zoho-errors.js';
import { zohoTime } from '../zoho/zoho-time.js';
import { defineEntitySync, type ListedPage } from './entity-sync.js';
import { itemMapper, type ZohoItem } from './item.mapper.js';

type Row = Record<string, unknown>;

const PAGE = 200;
const BULK = 100;

const who = { origin: 'zoho', actor: 'zoho-sync' } as const;

async function fetchItem(services: Services, remoteId: string, signal: AbortSignal): Promise<Row | null> {
  try {
    const body = await services.zoho.get(`/inventory/v1/items/${encodeURIComponent(remoteId)}`, {}, signal);
    return (body['item'] as Row | undefined) ?? null;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/**
 * A page of the list, completed by the details of its items in bulk; list rows alone lack stock by warehouse and custom
 * fields.
 */
async function listItems(
  services: Services,
  request: { page: number; since: Date | null },
  signal: AbortSignal,
): Promise<ListedPage> {
  const body = await services.zoho.get(
    '/inventory/v1/items',
    {
      page: String(request.page),
      per_page: String(PAGE),
      filter_by: 'Status.All',
      // Oldest first: what is made meanwhile comes at the end, so no row slips between two pages.
      sort_column: request.since ? 'last_modified_time' : 'created_time',
      sort_order: 'A',
      ...(request.since ? { last_modified_time: zohoTime(request.since) } : {}),
    },
    signal,
  );
  const rows = (body['items'] as Row[] | undefined) ?? [];
  const context = body['page_context'] as { has_more_page?: boolean } | undefined;
  const details = new Map<string, Row>();
  for (let begin = 0; begin < rows.length; begin += BULK) {
    const ids = rows.slice(begin, begin + BULK).map((row) => String(row['item_id']));
    const bulk = await services.zoho.get('/inventory/v1/itemdetails', { item_ids: ids.join(',') }, signal);
    for (const item of (bulk['items'] as Row[] | undefined) ?? []) details.set(String(item['item_id']), item);
  }
  return {
    hasMore: context?.has_more_page === true,
    records: rows.map((row) => {
      const remoteId = String(row['item_id']);
      return {
        remoteId,
        // The bulk answer has no times and no totals of stock: the row keeps what only it knows.
        body: { ...row, ...details.get(remoteId) },
        modifiedAt: parseInstant(row['last_modified_time']),
      };
    }),
  };
}

export const itemSync = defineEntitySync<
  ZohoItem,
  ProductSnapshot,
  { categoryId: string | null | undefined; stock: ReportedLevel[] }
>({
  name: 'products',
  localType: 'Product',
  needs: [],
  refetch: false,
  parse: itemMapper.parse,
  toSnapshot: itemMapper.toSnapshot,
  fetch: fetchItem,
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
