import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { PriceChange, PriceList } from './price-list.entity.js';

export const PriceListFilter = filterOf(PriceList, ['code', 'name', 'currency', 'externalRef', 'active', 'archivedAt']);
export const PriceListSort = sortOf(PriceList, ['code', 'name', 'createdAt']);

export const PriceChangeFilter = filterOf(PriceChange, ['productId', 'priceListId', 'actor', 'origin', 'at']);
export const PriceChangeSort = sortOf(PriceChange, ['at']);
