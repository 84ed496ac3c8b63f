import { permission, type Module } from '../platform/module.js';
import { Vendor } from './vendor.entity.js';
import { vendorChanged } from './vendor.events.js';
import { VendorResolver } from './vendor.resolver.js';
import { vendorOwners } from './vendor.service.js';

/**
 * Vendors: whom we buy from.
 *
 * - A vendor has one currency; bills and payments are in it.
 * - The vendor's row is locked before its documents. Vendors are hidden from clients and salespersons.
 * - A vendor is archived, never deleted.
 */
export const vendorsModule: Module = {
  name: 'vendors',
  entities: [Vendor],
  resolvers: [VendorResolver],
  permissions: {
    'Query.vendors': permission('purchasing:read'),
    'Query.vendor': permission('purchasing:read'),
    'Mutation.createVendor': permission('purchasing:write'),
    'Mutation.updateVendor': permission('purchasing:write'),
    'Mutation.archiveVendor': permission('purchasing:write'),
  },
  changes: { vendor: { event: vendorChanged.eventName, permission: 'purchasing:read' } },
  ownership: { Vendor: { owners: vendorOwners } },
};
