import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { CURRENCY_ENUM } from '../organisation/currency-code.entity.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { StepArgs } from '../documents/line-input.entity.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { enumFilter } from '../platform/read/value-filters.js';
import { Expense, EXPENSE_STATES } from './expense.entity.js';

export const ExpenseSort = sortOf(Expense, ['createdAt', 'spentOn']);
export const ExpenseFilter = filterOf(
  Expense,
  ['number', 'payee', 'currency', 'amount', 'spentOn', 'boxId', 'requestedBy', 'createdAt'],
  {
    enums: { currency: CURRENCY_ENUM },
    also: {
      status: { of: enumFilter(EXPENSE_STATES, 'ExpenseStatus'), type: 'text', sql: (expense) => expense.status },
    },
  },
);

@InputType()
export class CreateExpenseInput {
  @Field(() => Int, { description: 'The category.' })
  account!: number;

  @Field(() => String)
  description!: string;

  @Field(() => String, { nullable: true, description: 'Who gets the money.' })
  payee?: string | null;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => DecimalText)
  amount!: string;

  @Field(() => BusinessDate, { nullable: true, description: 'The day on which it counts; today when nothing is said.' })
  spentOn?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Asks for approval at once.' })
  submit?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'With cash:approve: the box that has paid it.' })
  boxId?: string | null;
}

@InputType({ description: 'Of a draft, or of what was rejected; all of it.' })
export class UpdateExpenseInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => Int)
  account!: number;

  @Field(() => String)
  description!: string;

  @Field(() => String, { nullable: true })
  payee?: string | null;

  @Field(() => String)
  currency!: string;

  @Field(() => DecimalText)
  amount!: string;

  @Field(() => BusinessDate, { nullable: true })
  spentOn?: string | null;
}

@ArgsType()
export class PayExpenseArgs extends StepArgs {
  @Field(() => ID)
  boxId!: string;
}
