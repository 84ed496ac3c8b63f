import { businessDate } from '../../kernel/clock.js';
import { ExchangeRate } from '../../organisation/currency.entity.js';
import { exchangeRateRead } from '../../organisation/organisation.queries.js';
import { recordReportedRate, type RateSnapshot } from '../../organisation/reported-rate.service.js';
import type { Services } from '../../platform/module.js';
import { heldSync } from '../sync-link.queries.js';
import { currencyMapper, DINAR, type ZohoCurrency } from './currency.mapper.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { listPage, type Row } from './remote-records.js';

const currencies: RemoteRecords = {
  path: '/books/v3/settings/currencies',
  object: 'currency',
  list: 'currencies',
  id: 'currency_id',
};

/** A company has a handful, in one page; each goes with the dinar's row, without which its rate means nothing here. */
async function listAll(services: Services, signal: AbortSignal): Promise<Row[]> {
  const { rows } = await listPage(services, currencies, {}, signal);
  const dinar = rows.find((row) => row['currency_code'] === 'IQD');
  return rows.map((row) => (dinar ? { ...row, [DINAR]: dinar } : row));
}

export const currencySync = defineEntitySync<ZohoCurrency, RateSnapshot, string>({
  name: 'currencies',
  route: 'currencies',
  graphqlName: 'CURRENCY',
  local: { type: 'ExchangeRate', class: ExchangeRate, sync: heldSync('currencies', exchangeRateRead) },
  remote: currencies,
  needs: [],
  refetch: true,
  timeCoversAll: false,
  listIsWhole: true,
  parse: currencyMapper.parse,
  toSnapshot: currencyMapper.toSnapshot,
  fetch: async (services, remoteId, signal) =>
    (await listAll(services, signal)).find((row) => String(row['currency_id']) === remoteId) ?? null,
  list: async (services, _request, signal) => ({
    hasMore: false,
    records: (await listAll(services, signal)).map((row) => ({
      remoteId: String(row['currency_id']),
      body: row,
      modifiedAt: null,
    })),
  }),
  // The currencies of the company are fixed, and the rates of one that the source drops stay: documents used them.
  localRefs: () => Promise.resolve([]),
  prepare: ({ config }) => Promise.resolve(businessDate(config.timeZone)),
  apply: recordReportedRate,
  applyGone: () => Promise.resolve(null),
});
