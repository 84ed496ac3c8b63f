import type { ProductPatch } from './product.service.js';

/** An input by the names that the entity has. The command refuses what may not be null. */
export function patchOf(input: object): ProductPatch {
  const { basePrice, ...rest } = input as { basePrice?: string | null } & ProductPatch;
  return basePrice === undefined ? rest : { ...rest, basePriceUsd: basePrice };
}
