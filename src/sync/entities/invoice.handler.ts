import { Invoice } from '../../billing/invoice.entity.js';
import { invoiceRead, listInvoiceRefs } from '../../billing/invoice.queries.js';
import {
  upsertReportedInvoice,
  voidGoneInvoice,
  type InvoiceSnapshot,
} from '../../billing/reported-invoice.service.js';
import { recordSync } from '../sync-link.queries.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { invoiceMapper, type ZohoInvoice } from './invoice.mapper.js';
import { fetchRecord, listDocuments, todayOf } from './remote-records.js';

const invoices: RemoteRecords = {
  path: '/books/v3/invoices',
  object: 'invoice',
  list: 'invoices',
  id: 'invoice_id',
};

export const invoiceSync = defineEntitySync<ZohoInvoice, InvoiceSnapshot, { today: string }>({
  name: 'invoices',
  route: 'invoices',
  graphqlName: 'INVOICE',
  local: { type: 'Invoice', class: Invoice, sync: recordSync('invoices', invoiceRead) },
  remote: invoices,
  needs: ['customers', 'products', 'orders'],
  refetch: false,
  timeCoversAll: true,
  parse: invoiceMapper.parse,
  toSnapshot: invoiceMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, invoices, remoteId, signal),
  list: (services, request, signal) => listDocuments(services, invoices, request, signal),
  localRefs: (services) => listInvoiceRefs(services.db),
  prepare: (services) => Promise.resolve({ today: todayOf(services) }),
  apply: (tx, snapshot, { today }, phase) => upsertReportedInvoice(tx, snapshot, { today, phase }),
  applyGone: voidGoneInvoice,
});
