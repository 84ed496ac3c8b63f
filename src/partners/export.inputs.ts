import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { Export } from './export.entity.js';

export const ExportSort = sortOf(Export, ['createdAt']);
export const ExportFilter = filterOf(Export, ['connection', 'status', 'createdAt', 'completedAt', 'expiresAt']);
