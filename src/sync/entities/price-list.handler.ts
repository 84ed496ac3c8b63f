import { PriceList } from '../../catalog/price-list.entity.js';
import { listPriceListRefs, priceListRead } from '../../catalog/price-list.queries.js';
import {
  archiveGonePriceList,
  upsertPriceBook,
  type PriceBookSnapshot,
} from '../../catalog/reported-price-list.service.js';
import { recordSync } from '../sync-link.queries.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { priceListMapper, type ZohoPriceBook } from './price-list.mapper.js';
import { fetchRecord, listRows } from './remote-records.js';

const priceBooks: RemoteRecords = {
  path: '/books/v3/pricebooks',
  object: 'pricebook',
  list: 'pricebooks',
  id: 'pricebook_id',
};

export const priceListSync = defineEntitySync<ZohoPriceBook, PriceBookSnapshot, null>({
  name: 'prices',
  route: 'prices',
  graphqlName: 'PRICE_LIST',
  local: { type: 'PriceList', class: PriceList, sync: recordSync('prices', priceListRead) },
  remote: priceBooks,
  needs: ['products'],
  // The list shows no items in practice, and a webhook of somebody's own making as few as it likes.
  refetch: true,
  timeCoversAll: false,
  parse: priceListMapper.parse,
  toSnapshot: priceListMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, priceBooks, remoteId, signal),
  list: (services, request, signal) => listRows(services, priceBooks, request, signal),
  localRefs: (services) => listPriceListRefs(services.db),
  prepare: () => Promise.resolve(null),
  apply: (tx, snapshot, _prepared, phase) => upsertPriceBook(tx, snapshot, phase),
  applyGone: archiveGonePriceList,
});
