import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { Branch } from './branch.entity.js';
import { CURRENCY_ENUM } from './currency-code.entity.js';
import { ExchangeRate, Tax } from './currency.entity.js';
import { Warehouse } from './warehouse.entity.js';

export const BranchFilter = filterOf(Branch, ['code', 'name', 'nameAr', 'city', 'active']);
export const BranchSort = sortOf(Branch, ['code', 'name']);

export const WarehouseFilter = filterOf(Warehouse, [
  'code',
  'name',
  'nameAr',
  'branch',
  'externalRef',
  'isPrimary',
  'active',
]);
export const WarehouseSort = sortOf(Warehouse, ['code', 'name']);

export const TaxFilter = filterOf(Tax, ['code', 'name', 'ratePercent', 'active']);
export const TaxSort = sortOf(Tax, ['code', 'name']);

export const ExchangeRateFilter = filterOf(ExchangeRate, ['currency', 'rate', 'effectiveOn', 'createdAt'], {
  enums: { currency: CURRENCY_ENUM },
});
export const ExchangeRateSort = sortOf(ExchangeRate, [], {
  DATE_DESC: { key: (rate) => rate.effectiveOn, type: 'date', direction: 'desc' },
  DATE_ASC: { key: (rate) => rate.effectiveOn, type: 'date', direction: 'asc' },
});
