import { listWarehouseRefs, warehouseRead } from '../../organisation/organisation.queries.js';
import {
  closeGoneWarehouse,
  upsertReportedWarehouse,
  type WarehouseSnapshot,
} from '../../organisation/reported-warehouse.service.js';
import { Warehouse } from '../../organisation/warehouse.entity.js';
import type { Services } from '../../platform/module.js';
import { recordSync } from '../sync-link.queries.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { locationMapper, type ZohoLocation } from './location.mapper.js';
import { listPage, type Row } from './remote-records.js';

const locations: RemoteRecords = {
  path: '/inventory/v1/locations',
  object: 'location',
  list: 'locations',
  id: 'location_id',
};

/** A company has a handful, and Zoho answers them in one page; one of them cannot be asked for alone. */
const listAll = async (services: Services, signal: AbortSignal): Promise<Row[]> =>
  (await listPage(services, locations, {}, signal)).rows;

export const locationSync = defineEntitySync<ZohoLocation, WarehouseSnapshot, null>({
  name: 'locations',
  route: 'locations',
  graphqlName: 'LOCATION',
  local: { type: 'Warehouse', class: Warehouse, sync: recordSync('locations', warehouseRead) },
  remote: locations,
  needs: [],
  refetch: true,
  timeCoversAll: false,
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
