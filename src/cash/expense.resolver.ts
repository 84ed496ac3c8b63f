import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import { ReasonedStepArgs, StepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { Expense, ExpenseCategory } from './expense.entity.js';
import {
  CreateExpenseInput,
  ExpenseFilter,
  ExpenseSort,
  PayExpenseArgs,
  UpdateExpenseInput,
} from './expense.inputs.js';
import { expenseRead, type ExpenseRow, listExpenseCategories } from './expense.queries.js';
import {
  approveExpense,
  createExpense,
  payExpense,
  rejectExpense,
  submitExpense,
  updateExpense,
  voidExpense,
} from './expense.service.js';

const ExpenseConnection = connectionOf(Expense, 'Expense');

const recorded = defineRecorded<Expense>({
  field: 'expense',
  noun: 'Expense',
  type: Expense,
  read: (context, id, info) => readOne(context, expenseRead, id, childSelection(selectionOf(info), 'expense')),
});

const createResult = recorded.result('CreateExpense', createExpense.fails);
const updateResult = recorded.result('UpdateExpense', updateExpense.fails);
const submitResult = recorded.result('SubmitExpense', submitExpense.fails);
const approveResult = recorded.result('ApproveExpense', approveExpense.fails);
const rejectResult = recorded.result('RejectExpense', rejectExpense.fails);
const payResult = recorded.result('PayExpense', payExpense.fails);
const voidResult = recorded.result('VoidExpense', voidExpense.fails);

@Resolver(() => Expense)
export class ExpenseResolver {
  @Query(() => [ExpenseCategory], { description: 'The categories of expenses, by account.' })
  expenseCategories(@Ctx() context: Context): Promise<ExpenseCategory[]> {
    return listExpenseCategories(context);
  }

  @Query(() => ExpenseConnection, { description: 'What one asked for oneself; with cash:all what everybody did.' })
  expenses(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ExpenseFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => ExpenseSort, { defaultValue: ExpenseSort.CREATED_DESC }) orderBy: keyof typeof ExpenseSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<ExpenseRow>> {
    const sort = sortNamed<Expense>(ExpenseSort, orderBy);
    return readPage(context, expenseRead, { args, info, sort, where: [filtered(ExpenseFilter, filter)] });
  }

  @Query(() => Expense, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  expense(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ExpenseRow | null> {
    return readOne(context, expenseRead, id, selectionOf(info));
  }

  @Mutation(() => createResult.type, { description: 'A draft, what is submitted, or what a box has paid at once.' })
  createExpense(
    @Ctx() context: Context,
    @Arg('input', () => CreateExpenseInput) input: CreateExpenseInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(createResult, { context, info }, (tx, documentContext) =>
      createExpense(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => updateResult.type)
  updateExpense(
    @Ctx() context: Context,
    @Arg('input', () => UpdateExpenseInput) input: UpdateExpenseInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(updateResult, { context, info }, (tx, documentContext) =>
      updateExpense(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => submitResult.type)
  submitExpense(
    @Ctx() context: Context,
    @Args(() => StepArgs) input: StepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(submitResult, { context, info }, (tx, documentContext) =>
      submitExpense(tx, documentContext, input),
    );
  }

  @Mutation(() => approveResult.type, { description: 'The company owes it from the day on which it counts.' })
  approveExpense(
    @Ctx() context: Context,
    @Args(() => StepArgs) input: StepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(approveResult, { context, info }, (tx, documentContext) =>
      approveExpense(tx, documentContext, input),
    );
  }

  @Mutation(() => rejectResult.type)
  rejectExpense(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(rejectResult, { context, info }, (tx, documentContext) =>
      rejectExpense(tx, documentContext, input),
    );
  }

  @Mutation(() => payResult.type, { description: 'Out of a box.' })
  payExpense(
    @Ctx() context: Context,
    @Args(() => PayExpenseArgs) input: PayExpenseArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(payResult, { context, info }, (tx, documentContext) => payExpense(tx, documentContext, input));
  }

  @Mutation(() => voidResult.type, { description: 'By counter-entries of today; what was paid is in its box again.' })
  voidExpense(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(voidResult, { context, info }, (tx, documentContext) =>
      voidExpense(tx, documentContext, input),
    );
  }
}
