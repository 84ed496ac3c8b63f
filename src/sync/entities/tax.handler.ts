import { Tax } from '../../organisation/currency.entity.js';
import { listTaxRefs, taxRead } from '../../organisation/organisation.queries.js';
import { archiveGoneTax, upsertReportedTax, type TaxSnapshot } from '../../organisation/reported-tax.service.js';
import { recordSync } from '../sync-link.queries.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { fetchRecord, listRows } from './remote-records.js';
import { taxMapper, type ZohoTax } from './tax.mapper.js';

const taxes: RemoteRecords = {
  path: '/books/v3/settings/taxes',
  object: 'tax',
  list: 'taxes',
  id: 'tax_id',
  query: { filter_by: 'Taxes.All' },
};

export const taxSync = defineEntitySync<ZohoTax, TaxSnapshot, null>({
  name: 'taxes',
  route: 'taxes',
  graphqlName: 'TAX',
  local: { type: 'Tax', class: Tax, sync: recordSync('taxes', taxRead) },
  remote: taxes,
  needs: [],
  refetch: true,
  timeCoversAll: false,
  listIsWhole: true,
  parse: taxMapper.parse,
  toSnapshot: taxMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, taxes, remoteId, signal),
  list: (services, request, signal) => listRows(services, taxes, request, signal),
  localRefs: (services) => listTaxRefs(services.db.read),
  prepare: () => Promise.resolve(null),
  apply: (tx, snapshot, _prepared, phase) => upsertReportedTax(tx, snapshot, phase),
  applyGone: archiveGoneTax,
});
