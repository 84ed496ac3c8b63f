import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { BooleanFilter } from '../platform/read/value-filters.js';
import { TillSession } from './till.entity.js';
import { isOpenSession } from './till.queries.js';

export const TillSessionSort = sortOf(TillSession, ['openedAt']);
export const TillSessionFilter = filterOf(TillSession, ['userId', 'warehouse', 'openedAt', 'closedAt'], {
  also: { isOpen: { of: BooleanFilter, type: 'boolean', sql: isOpenSession } },
});
