import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Decimal } from '../kernel/money.js';
import type { Context } from '../platform/graphql/context.js';
import { DecimalText, Money } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { currentPhase } from '../platform/settings.js';
import { StockAdjustmentInput } from './bulk-adjustment.inputs.js';
import { bookAdjustment, type BulkAdjusted, Previewed, recordStockAdjustment } from './bulk-adjustment.service.js';

@ObjectType({ description: 'What one line does to its stock.' })
export class AdjustedStock {
  @Field(() => ID)
  productId!: string;

  @Field(() => ID)
  warehouseId!: string;

  @Field(() => DecimalText)
  before!: string;

  @Field(() => DecimalText)
  change!: string;

  @Field(() => DecimalText)
  after!: string;

  @Field(() => Money, {
    nullable: true,
    description: 'By how much the value of the stock moves; null: no cost is kept.',
  })
  value!: Money | null;
}

@ObjectType({ description: 'What an adjustment does, or would do, to the stock and its value.' })
abstract class StockAdjustmentEffect {
  @Field(() => [AdjustedStock], { description: 'In the order of the input.' })
  lines!: AdjustedStock[];

  @Field(() => Money, { nullable: true, description: 'The sum of the values of the lines; null: no cost is kept.' })
  value!: Money | null;
}

@ObjectType({ description: 'What an adjustment would do. Nothing is written.' })
export class StockAdjustmentPreview extends StockAdjustmentEffect {}

@ObjectType({ description: 'What an adjustment did.' })
export class StockAdjustmentRecorded extends StockAdjustmentEffect {
  @Field(() => ID, { description: 'The reference of its movements.' })
  adjustmentId!: string;

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
  replayed!: boolean;
}

const previewResult = defineResult(
  'PreviewStockAdjustmentResult',
  { type: StockAdjustmentPreview, name: 'StockAdjustmentPreview' },
  ['NOT_FOUND', 'BAD_INPUT', 'INSUFFICIENT_STOCK', 'FIELD_OWNED_ELSEWHERE'],
);
const recordResult = defineResult(
  'RecordStockAdjustmentResult',
  { type: StockAdjustmentRecorded, name: 'StockAdjustmentRecorded' },
  recordStockAdjustment.fails,
);

function effectOf({ lines, currency }: BulkAdjusted): StockAdjustmentEffect {
  const money = (amount: string | null): Money | null =>
    amount === null || currency === null ? null : { amount, currency };
  const sum = lines.reduce((total, { value }) => total.plus(value ?? 0), new Decimal(0));
  return { lines: lines.map(({ value, ...line }) => ({ ...line, value: money(value) })), value: money(sum.toFixed()) };
}

/** Books it, and takes it back at once: a preview says what the command does because it is the command. */
async function preview(context: Context, input: StockAdjustmentInput): Promise<BulkAdjusted> {
  const { viewer, today } = context;
  try {
    return await context.transact(async (tx) => {
      const phase = await currentPhase(tx.sql);
      throw new Previewed(await bookAdjustment(tx, { viewer, today, phase }, input));
    });
  } catch (error) {
    if (error instanceof Previewed) return error.adjusted;
    throw error;
  }
}

@Resolver()
export class BulkAdjustmentResolver {
  @Mutation(() => previewResult.type, {
    description: 'Every fault of every line, or what the adjustment would do to stock and value. Nothing is written.',
  })
  previewStockAdjustment(
    @Ctx() context: Context,
    @Arg('input', () => StockAdjustmentInput) input: StockAdjustmentInput,
  ): Promise<object> {
    return previewResult.run(context, async () => effectOf(await preview(context, input)));
  }

  @Mutation(() => recordResult.type, {
    description: 'Books many lines at once, all of them or none, with what they are worth.',
  })
  recordStockAdjustment(
    @Ctx() context: Context,
    @Arg('input', () => StockAdjustmentInput) input: StockAdjustmentInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
  ): Promise<object> {
    const { viewer, today } = context;
    return recordResult.run(context, async () => {
      const { answer, replayed } = await context.transact(async (tx) => {
        const phase = await currentPhase(tx.sql);
        return recordStockAdjustment(tx, { viewer, today, phase }, { ...input, idempotencyKey });
      });
      return { ...effectOf(answer), adjustmentId: answer.adjustmentId, replayed };
    });
  }
}
