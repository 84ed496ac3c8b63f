import { v7, validate } from 'uuid';

/** Local ids are UUIDv7: made in code, sortable by creation, so inserts stay at the right edge of the index. */
export function newId(): string {
  return v7();
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && validate(value);
}
