import { findProductIdsByRef } from '../../catalog/product.queries.js';
import { listWarehouseRefs } from '../../organisation/organisation.queries.js';
import {
  markGoneAdjustment,
  upsertReportedAdjustment,
  type AdjustmentReferences,
  type AdjustmentSnapshot,
} from '../../warehousing/reported-adjustment.service.js';
import { StockAdjustment } from '../../warehousing/stock-adjustment.entity.js';
import { listAdjustmentRefs, stockAdjustmentRead } from '../../warehousing/warehousing.queries.js';
import type { Services } from '../../platform/module.js';
import type { Tx } from '../../platform/db/transact.js';
import { pullJobOf } from '../pull-request.js';
import { recordSync } from '../sync-link.queries.js';
import { adjustmentMapper, type ZohoAdjustment } from './adjustment.mapper.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { fetchRecord, listRows } from './remote-records.js';

const adjustments: RemoteRecords = {
  path: '/inventory/v1/inventoryadjustments',
  object: 'inventory_adjustment',
  list: 'inventory_adjustments',
  id: 'inventory_adjustment_id',
};

const refsOf = ({ lines }: AdjustmentSnapshot): string[] => [...new Set(lines.flatMap(({ itemRef }) => itemRef ?? []))];

async function referencesOf({ db }: Services, snapshot: AdjustmentSnapshot): Promise<AdjustmentReferences> {
  const places = await listWarehouseRefs(db.read);
  return {
    products: await findProductIdsByRef(db.read, refsOf(snapshot)),
    warehouses: new Map(places.flatMap(({ id, externalRef }) => (externalRef === null ? [] : [[externalRef, id]]))),
  };
}

/** A movement of stock does not move the time of its item, so nothing else says that the item has changed. */
function readItemsAgain(tx: Tx, snapshot: AdjustmentSnapshot): void {
  for (const remoteId of refsOf(snapshot)) tx.enqueue(pullJobOf({ entity: 'products', remoteId }));
}

export const adjustmentSync = defineEntitySync<ZohoAdjustment, AdjustmentSnapshot, AdjustmentReferences>({
  name: 'stock',
  route: 'stock',
  graphqlName: 'STOCK',
  local: { type: 'StockAdjustment', class: StockAdjustment, sync: recordSync('stock', stockAdjustmentRead) },
  remote: adjustments,
  needs: ['locations', 'products'],
  refetch: true,
  timeCoversAll: false,
  rowTellsChange: true,
  parse: adjustmentMapper.parse,
  toSnapshot: adjustmentMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, adjustments, remoteId, signal),
  list: (services, request, signal) => listRows(services, adjustments, request, signal),
  localRefs: (services) => listAdjustmentRefs(services.db.read),
  prepare: referencesOf,
  async apply(tx, snapshot, references) {
    readItemsAgain(tx, snapshot);
    return upsertReportedAdjustment(tx, snapshot, references);
  },
  applyGone: markGoneAdjustment,
});
