import { listWarehouseRefs, warehouseRead } from '../../organisation/organisation.queries.js';
import {
  closeGoneWarehouse,
  upsertReportedWarehouse,
  type WarehouseSnapshot,
} from '../../organisation/reported-warehouse.service.js';
import { Warehouse } from '../../organisation/warehouse.entity.js';
import type { Services } from '../../platform/module.js';
import { recordSync } from '../sync-link.queries.js';
import { ZohoFailure } from '../zoho/zoho-errors.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { locationMapper, type ZohoLocation } from './location.mapper.js';
import { listPage, type Row, type RowPage } from './remote-records.js';

const locations: RemoteRecords = {
  path: '/inventory/v1/locations',
  object: 'location',
  list: 'locations',
  id: 'location_id',
};

/** The list of an organisation that was not moved to Locations. */
const warehouses: RemoteRecords = {
  path: '/inventory/v1/settings/warehouses',
  object: 'warehouse',
  list: 'warehouses',
  id: 'warehouse_id',
};

/** A company has a handful, and Zoho answers them in one page; one of them cannot be asked for alone. */
async function listAll(services: Services, signal: AbortSignal): Promise<Row[]> {
  const { rows } = await listPage(services, locations, {}, signal).catch(refusedAsEmpty);
  if (rows.length > 0) return rows;
  const older = await listPage(services, warehouses, {}, signal);
  return older.rows.map((row) => ({ ...row, location_id: row['warehouse_id'], location_name: row['warehouse_name'] }));
}

/** Without Locations the list is a wrong request; anything else that went wrong is no answer. */
function refusedAsEmpty(error: unknown): RowPage {
  if (error instanceof ZohoFailure && (error.status === 404 || error.status === 400))
    return { rows: [], hasMore: false };
  throw error;
}

export const locationSync = defineEntitySync<ZohoLocation, WarehouseSnapshot, null>({
  name: 'locations',
  route: 'locations',
  graphqlName: 'LOCATION',
  local: { type: 'Warehouse', class: Warehouse, sync: recordSync('locations', warehouseRead) },
  remote: locations,
  needs: [],
  refetch: true,
  timeCoversAll: false,
  listIsWhole: true,
  parse: locationMapper.parse,
  toSnapshot: locationMapper.toSnapshot,
  fetch: async (services, remoteId, signal) =>
    (await listAll(services, signal)).find((row) => String(row['location_id']) === remoteId) ?? null,
  list: async (services, _request, signal) => ({
    hasMore: false,
    records: (await listAll(services, signal)).map((row) => ({
      remoteId: String(row['location_id']),
      body: row,
      modifiedAt: null,
    })),
  }),
  localRefs: async (services) =>
    (await listWarehouseRefs(services.db.read)).flatMap(({ externalRef }) => externalRef ?? []),
  prepare: () => Promise.resolve(null),
  apply: (tx, snapshot) => upsertReportedWarehouse(tx, snapshot),
  applyGone: closeGoneWarehouse,
});
