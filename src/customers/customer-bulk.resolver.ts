import { Arg, Ctx, Field, ID, Int, Mutation, ObjectType, registerEnumType, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { defineResult, IdempotencyMismatchError, InvalidInputError } from '../platform/graphql/user-error.js';
import { upsertCustomers, type BulkUpserted, type ErrorPolicy } from './customer-bulk.service.js';
import { UpsertCustomerInput } from './customer.inputs.js';
import { patchOf } from './customer-patch.js';

export const ErrorPolicyEnum = { IGNORE_FAILED: 'IGNORE_FAILED', REJECT_EVERYTHING: 'REJECT_EVERYTHING' } as const;
registerEnumType(ErrorPolicyEnum, {
  name: 'ErrorPolicy',
  description: 'What an odd row of a bulk means: it alone is left out, or nothing is written at all.',
});

export const BulkOutcome = {
  CREATED: 'CREATED',
  UPDATED: 'UPDATED',
  UNCHANGED: 'UNCHANGED',
  FAILED: 'FAILED',
  REJECTED: 'REJECTED',
} as const;
registerEnumType(BulkOutcome, {
  name: 'BulkOutcome',
  description: 'REJECTED: the row was good, and another one of the bulk was not.',
});

@ObjectType({ description: 'What became of one row of a bulk.' })
export class BulkRow {
  @Field(() => Int, { description: 'Its place in the input, from 0.' })
  index!: number;

  @Field(() => BulkOutcome)
  outcome!: keyof typeof BulkOutcome;

  @Field(() => ID, { nullable: true })
  id?: string | null;

  @Field(() => String, { nullable: true, description: 'Of a failed row.' })
  code?: string | null;

  @Field(() => String, { nullable: true })
  message?: string | null;

  @Field(() => String, { nullable: true })
  field?: string | null;
}

@ObjectType()
export class CustomersUpserted {
  @Field(() => [BulkRow])
  rows!: BulkRow[];

  @Field(() => Boolean)
  replayed!: boolean;
}

const upsertResult = defineResult<BulkUpserted>(
  'UpsertCustomersResult',
  { type: CustomersUpserted, name: 'CustomersUpserted' },
  [InvalidInputError, IdempotencyMismatchError],
);

@Resolver()
export class CustomerBulkResolver {
  @Mutation(() => upsertResult.type, {
    description:
      'Makes or changes up to 200 customers by their code, with an answer a row. REJECT_EVERYTHING: one odd row and nothing is written.',
  })
  upsertCustomers(
    @Ctx() context: Context,
    @Arg('rows', () => [UpsertCustomerInput]) rows: UpsertCustomerInput[],
    @Arg('errorPolicy', () => ErrorPolicyEnum) errorPolicy: ErrorPolicy,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
  ): Promise<object> {
    return upsertResult.run(context, async () => {
      const given = rows.map((row) => ({ ...row, ...patchOf(row) }));
      return upsertCustomers((work) => context.transact(work), { rows: given, errorPolicy, idempotencyKey });
    });
  }
}
