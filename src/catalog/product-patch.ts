import { badInput } from '../kernel/errors.js';
import type { ProductPatch } from './product.service.js';
import { msg } from '../kernel/message.js';

const NEVER_NULL = ['name', 'active', 'featured'] as const;

/** An input as a patch: what may be left out but never emptied is refused when it is null. Throws BAD_INPUT. */
export function patchOf(input: object): ProductPatch {
  const { basePrice, ...rest } = input as { basePrice?: string | null } & Record<string, unknown>;
  for (const field of NEVER_NULL) {
    if (rest[field] === null) throw badInput(field, msg`It cannot be emptied.`);
  }
  return basePrice === undefined ? rest : { ...rest, basePriceUsd: basePrice };
}
