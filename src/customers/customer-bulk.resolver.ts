import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { runBulk, type BulkUpserted, type ErrorPolicy } from '../platform/bulk.js';
import { bulkAnswer, ErrorPolicyEnum } from '../platform/graphql/bulk.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { UpsertCustomerInput } from './customer.inputs.js';
import { upsertCustomerByCode } from './customer-bulk.service.js';

const upsertResult = defineResult<BulkUpserted>(
  'UpsertCustomersResult',
  { type: bulkAnswer('CustomersUpserted'), name: 'CustomersUpserted' },
  ['BAD_INPUT', 'IDEMPOTENCY_MISMATCH'],
);

@Resolver()
export class CustomerBulkResolver {
  @Mutation(() => upsertResult.type, {
    description:
      'Makes or changes up to 200 customers by their code, with one answer for each row. REJECT_EVERYTHING: one invalid row and nothing is written.',
  })
  upsertCustomers(
    @Ctx() context: Context,
    @Arg('rows', () => [UpsertCustomerInput]) rows: UpsertCustomerInput[],
    @Arg('errorPolicy', () => ErrorPolicyEnum) errorPolicy: ErrorPolicy,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
  ): Promise<object> {
    return upsertResult.run(context, () =>
      runBulk((work) => context.transact(work), {
        operation: 'upsertCustomers',
        rows: rows.map((row) => ({ ...row })),
        errorPolicy,
        idempotencyKey,
        keyOf: ({ code }) => code,
        upsert: upsertCustomerByCode,
        language: context.language,
      }),
    );
  }
}
