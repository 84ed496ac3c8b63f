import type { FilterValue } from './filter-sql.js';

/** Whether a filter says anything about a field, at any depth of AND, OR and NOT. */
export function mentions(filter: FilterValue | null | undefined, field: string): boolean {
  if (filter == null) return false;
  return Object.entries(filter).some(([name, value]) => {
    if (value == null) return false;
    if (name === 'AND' || name === 'OR') return (value as FilterValue[]).some((one) => mentions(one, field));
    return name === 'NOT' ? mentions(value as FilterValue, field) : name === field;
  });
}
