import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { runBulk, type BulkUpserted, type ErrorPolicy } from '../platform/bulk.js';
import { bulkAnswer, ErrorPolicyEnum } from '../platform/graphql/bulk.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { UpsertProductInput } from './product.inputs.js';
import { upsertProductBySku } from './product-bulk.service.js';
import { patchOf } from './product-patch.js';

const upsertResult = defineResult<BulkUpserted>(
  'UpsertProductsResult',
  { type: bulkAnswer('ProductsUpserted'), name: 'ProductsUpserted' },
  ['BAD_INPUT', 'IDEMPOTENCY_MISMATCH'],
);

@Resolver()
export class ProductBulkResolver {
  @Mutation(() => upsertResult.type, {
    description:
      'Makes or changes up to 200 products by their SKU, with one answer for each row. REJECT_EVERYTHING: one invalid row and nothing is written.',
  })
  upsertProducts(
    @Ctx() context: Context,
    @Arg('rows', () => [UpsertProductInput]) rows: UpsertProductInput[],
    @Arg('errorPolicy', () => ErrorPolicyEnum) errorPolicy: ErrorPolicy,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
  ): Promise<object> {
    return upsertResult.run(context, () =>
      runBulk((work) => context.transact(work), {
        operation: 'upsertProducts',
        rows: rows.map(({ sku, name, ...row }) => ({ ...patchOf(row), sku, name })),
        errorPolicy,
        idempotencyKey,
        keyOf: ({ sku }) => sku,
        upsert: upsertProductBySku,
        language: context.language,
      }),
    );
  }
}
