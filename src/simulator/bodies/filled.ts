import type { Body } from '../resource.js';

/** Keys that all hold the same. */
export const filled = (names: string, value: '' | 0 | false | readonly []): Body =>
  Object.fromEntries(names.split(' ').map((name) => [name, value]));
