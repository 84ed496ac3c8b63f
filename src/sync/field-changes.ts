/** One field that differs, by its path, such as line_items.0.rate. */
export interface FieldChange {
  path: string;
  /** As JSON; null where there was nothing. */
  before: string | null;
  after: string | null;
}

const isBranch = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What differs between two values, down to single fields; in the order of their paths. Pure. */
export function fieldChanges(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    const at = (value: object, key: string): unknown => (value as Record<string, unknown>)[key];
    return keys.flatMap((key) => fieldChanges(at(before, key), at(after, key), path === '' ? key : `${path}.${key}`));
  }
  const [left, right] = [textOf(before), textOf(after)];
  return left === right ? [] : [{ path, before: left, after: right }];
}

const textOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
