import { badInput } from '../kernel/errors.js';
import type { CustomerPatch } from './customer.service.js';
import { msg } from '../kernel/message.js';

const NEVER_NULL = [
  'name',
  'nameAr',
  'currency',
  'creditLimit',
  'paymentTermsDays',
  'discountPercent',
  'active',
] as const;

/** An input as a patch: what may be left out but never emptied is refused when it is null. Throws BAD_INPUT. */
export function patchOf(input: object): CustomerPatch {
  for (const field of NEVER_NULL) {
    if ((input as Record<string, unknown>)[field] === null) throw badInput(field, msg`It cannot be emptied.`);
  }
  return input;
}
