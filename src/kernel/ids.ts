import { v7, validate } from 'uuid';
import { fromMs } from './clock.js';

/** Local ids are UUIDv7: made in code, sortable by creation, so inserts stay at the right edge of the index. */
export function newId(): string {
  return v7();
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && validate(value);
}

/** When an id of ours was made. */
export const madeAt = (id: string): Date => fromMs(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16));
