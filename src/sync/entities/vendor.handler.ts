import { recordSync } from '../sync-link.queries.js';
import { archiveGoneVendor, upsertReportedVendor, type VendorSnapshot } from '../../vendors/reported-vendor.service.js';
import { listVendorRefs, vendorRead } from '../../vendors/vendor.queries.js';
import { Vendor } from '../../vendors/vendor.entity.js';
import { vendorMapper, type ZohoContact } from './contact.mapper.js';
import { contactsOf, listContacts } from './contact-records.js';
import { defineEntitySync } from './entity-sync.js';
import { fetchRecord } from './remote-records.js';

const contacts = contactsOf('vendor');

export const vendorSync = defineEntitySync<ZohoContact, VendorSnapshot, null>({
  name: 'vendors',
  route: 'vendors',
  graphqlName: 'VENDOR',
  local: { type: 'Vendor', class: Vendor, sync: recordSync('vendors', vendorRead) },
  remote: contacts,
  needs: [],
  refetch: false,
  timeCoversAll: true,
  sharesRecordsWith: 'customers',
  parse: vendorMapper.parse,
  toSnapshot: vendorMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, contacts, remoteId, signal),
  list: listContacts('vendor'),
  localRefs: (services) => listVendorRefs(services.db),
  prepare: () => Promise.resolve(null),
  apply: (tx, snapshot, _prepared, phase) => upsertReportedVendor(tx, snapshot, phase),
  applyGone: archiveGoneVendor,
});
