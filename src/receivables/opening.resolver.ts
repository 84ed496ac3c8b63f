import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { transactDocument } from '../documents/document-context.service.js';
import { ReasonedStepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { MoneyField } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { readOne } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { OpeningBatch } from './opening.entity.js';
import { OpeningBalancesInput } from './opening.inputs.js';
import { openingBatchRead } from './opening.queries.js';
import { checkOpening } from './opening-rows.service.js';
import { recordOpeningBalances, voidOpeningBalances } from './opening.service.js';

@ObjectType({ description: 'What a batch opens in one currency; above 0 is debit.' })
export class OpeningTotal {
  @Field(() => String)
  currency!: string;

  @MoneyField({ description: 'What customers owe.' })
  customers!: string;

  @MoneyField({ description: 'Below 0: what vendors are owed.' })
  vendors!: string;

  @MoneyField()
  accounts!: string;
}

@ObjectType({ description: 'What a batch would do. Nothing is written.' })
export class OpeningPreview {
  @Field(() => Int)
  rows!: number;

  @Field(() => [OpeningTotal])
  totals!: OpeningTotal[];
}

const recorded = defineRecorded<OpeningBatch>({
  field: 'batch',
  noun: 'Opening batch',
  type: OpeningBatch,
  read: (context, id, info) => readOne(context, openingBatchRead, id, childSelection(selectionOf(info), 'batch')),
});

const previewResult = defineResult<OpeningPreview>(
  'PreviewOpeningBalancesResult',
  { type: OpeningPreview, name: 'OpeningPreview' },
  ['BAD_INPUT', 'NOT_FOUND', 'PERIOD_CLOSED'],
);
const recordResult = recorded.result('RecordOpeningBalances', recordOpeningBalances.fails);
const voidResult = recorded.result('VoidOpeningBalances', voidOpeningBalances.fails);

@Resolver()
export class OpeningResolver {
  @Mutation(() => previewResult.type, { description: 'Every fault of every row, or what the batch comes to.' })
  previewOpeningBalances(
    @Ctx() context: Context,
    @Arg('input', () => OpeningBalancesInput) input: OpeningBalancesInput,
  ): Promise<object> {
    return previewResult.run(context, async () => ({
      rows: input.rows.length,
      totals: await transactDocument(context, (tx, documentContext) => checkOpening(tx, documentContext, input)),
    }));
  }

  @Mutation(() => recordResult.type, {
    description: 'Open items of customers and vendors and balances of accounts, on one day, all of them or none.',
  })
  recordOpeningBalances(
    @Ctx() context: Context,
    @Arg('input', () => OpeningBalancesInput) input: OpeningBalancesInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(recordResult, { context, info }, (tx, documentContext) =>
      recordOpeningBalances(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => voidResult.type, { description: 'The whole batch, by counter-entries of today.' })
  voidOpeningBalances(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(voidResult, { context, info }, (tx, documentContext) =>
      voidOpeningBalances(tx, documentContext, input),
    );
  }
}
