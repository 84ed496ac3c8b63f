import { Field, ID, Int, ObjectType, registerEnumType, type ClassType } from 'type-graphql';
import type { BulkUpserted } from '../bulk.js';
import { InputFault } from './user-error.js';

export const ErrorPolicyEnum = { IGNORE_FAILED: 'IGNORE_FAILED', REJECT_EVERYTHING: 'REJECT_EVERYTHING' } as const;
registerEnumType(ErrorPolicyEnum, {
  name: 'ErrorPolicy',
  description: 'What an invalid row of a bulk means: it alone is left out, or nothing is written at all.',
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
  @Field(() => Int, { description: 'Its position in the input, from 0.' })
  index!: number;

  @Field(() => BulkOutcome)
  outcome!: keyof typeof BulkOutcome;

  @Field(() => ID, { nullable: true })
  id?: string | null;

  @Field(() => String, { nullable: true, description: 'Of a failed row.' })
  code?: string | null;

  @Field(() => String, { nullable: true })
  message?: string | null;

  @Field(() => String, { nullable: true, description: 'The path within the row.' })
  field?: string | null;

  @Field(() => [InputFault], { nullable: true, description: 'Everything that is wrong with a failed row.' })
  faults?: InputFault[] | null;
}

/** The answer of a bulk mutation under its own name, e.g. CustomersUpserted. */
export function bulkAnswer(name: string): ClassType<BulkUpserted> {
  @ObjectType(name)
  class Answer implements BulkUpserted {
    @Field(() => [BulkRow])
    rows!: BulkRow[];

    @Field(() => Boolean)
    replayed!: boolean;
  }
  return Answer;
}
