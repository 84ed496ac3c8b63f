import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { StepArgs } from '../documents/line-input.entity.js';
import { DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { enumFilter } from '../platform/read/value-filters.js';
import { CashTransfer, TRANSFER_KINDS, TRANSFER_STATES } from './cash-transfer.entity.js';

export const CashTransferSort = sortOf(CashTransfer, ['createdAt']);
export const CashTransferFilter = filterOf(CashTransfer, ['number', 'fromBox', 'toBox', 'requestedBy', 'createdAt'], {
  also: {
    kind: { of: enumFilter(TRANSFER_KINDS, 'CashTransferKind'), type: 'text', sql: (transfer) => transfer.kind },
    status: { of: enumFilter(TRANSFER_STATES, 'CashTransferStatus'), type: 'text', sql: (transfer) => transfer.status },
  },
});

@InputType()
export class CashAmountInput {
  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => DecimalText)
  amount!: string;
}

@InputType()
export class RequestCashTransferInput {
  @Field(() => ID)
  fromBoxId!: string;

  @Field(() => ID)
  toBoxId!: string;

  @Field(() => [CashAmountInput])
  amounts!: CashAmountInput[];

  @Field(() => String, { nullable: true })
  notes?: string | null;
}

@InputType()
export class HandOverCashInput {
  @Field(() => ID)
  fromBoxId!: string;

  @Field(() => ID, { nullable: true, description: 'Left out: the safe of the branch.' })
  toBoxId?: string | null;

  @Field(() => [CashAmountInput], { description: 'What is handed over, as counted.' })
  claims!: CashAmountInput[];

  @Field(() => Boolean, { nullable: true, description: 'What is not handed over stays; otherwise it is missing.' })
  keepsRest?: boolean | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;
}

@InputType()
export class ExchangeCashInput {
  @Field(() => ID)
  fromBoxId!: string;

  @Field(() => ID, { nullable: true, description: 'Left out: the same box.' })
  toBoxId?: string | null;

  @Field(() => String)
  currency!: string;

  @Field(() => DecimalText)
  amount!: string;

  @Field(() => String)
  toCurrency!: string;

  @Field(() => DecimalText, { nullable: true, description: 'What was got; left out: by the rate of the day.' })
  toAmount?: string | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;
}

@ArgsType()
export class ReceiveCashTransferArgs extends StepArgs {
  @Field(() => [CashAmountInput], { nullable: true, description: 'What it cost, taken from what was sent.' })
  fees?: CashAmountInput[] | null;
}
