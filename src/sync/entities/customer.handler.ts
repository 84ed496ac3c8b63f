import { recordSync } from '../sync-link.queries.js';
import { findPriceListByRef } from '../../catalog/price-list.queries.js';
import { Customer } from '../../customers/customer.entity.js';
import { customerRead, listCustomerRefs } from '../../customers/customer.queries.js';
import {
  archiveGoneCustomer,
  upsertReportedCustomer,
  type CustomerSnapshot,
} from '../../customers/reported-customer.service.js';
import { findSalespersonByRef } from '../../identity/identity.queries.js';
import { customerMapper, type ZohoContact } from './contact.mapper.js';
import { contactsOf, listContacts } from './contact-records.js';
import { defineEntitySync } from './entity-sync.js';
import { fetchRecord } from './remote-records.js';

const contacts = contactsOf('customer');

export const customerSync = defineEntitySync<
  ZohoContact,
  CustomerSnapshot,
  { priceListId: string | null | undefined; salespersonId: string | undefined }
>({
  name: 'customers',
  route: 'customers',
  graphqlName: 'CONTACT',
  local: { type: 'Customer', class: Customer, sync: recordSync('customers', customerRead) },
  remote: contacts,
  needs: ['prices'],
  refetch: false,
  timeCoversAll: true,
  sharesRecordsWith: 'vendors',
  parse: customerMapper.parse,
  toSnapshot: customerMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, contacts, remoteId, signal),
  list: listContacts('customer'),
  localRefs: (services) => listCustomerRefs(services.db),
  async prepare({ db }, { priceListRef, salespersonRef }) {
    const salespersonId = salespersonRef === undefined ? null : await findSalespersonByRef(db, salespersonRef);
    const known = { salespersonId: salespersonId ?? undefined };
    if (priceListRef == null) return { ...known, priceListId: priceListRef };
    // A list that is not kept here is no statement about ours.
    return { ...known, priceListId: (await findPriceListByRef(db, priceListRef)) ?? undefined };
  },
  apply: upsertReportedCustomer,
  applyGone: archiveGoneCustomer,
});
