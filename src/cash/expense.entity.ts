import { Check, Entity, Index, ManyToOne, Property } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import * as column from '../documents/columns.entity.js';
import { User } from '../identity/user.entity.js';
import { defineTransitions } from '../kernel/transitions.js';
import { Account } from '../ledger/account.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { byId } from '../platform/db/columns.js';
import { CashBox } from './cash-box.entity.js';

export const EXPENSE_STATES = {
  DRAFT: 'DRAFT',
  SUBMITTED: 'SUBMITTED',
  APPROVED: 'APPROVED',
  REJECTED: 'REJECTED',
  PAID: 'PAID',
  VOID: 'VOID',
} as const;
export type ExpenseState = keyof typeof EXPENSE_STATES;
registerEnumType(EXPENSE_STATES, { name: 'ExpenseStatus' });

/** What was approved is owed until it is paid; what was rejected can be changed and submitted again. */
export const expenseTransitions = defineTransitions<ExpenseState>({
  DRAFT: ['SUBMITTED', 'VOID'],
  SUBMITTED: ['APPROVED', 'REJECTED', 'VOID'],
  REJECTED: ['SUBMITTED', 'VOID'],
  APPROVED: ['PAID', 'VOID'],
  PAID: ['VOID'],
  VOID: [],
});

@ObjectType({ description: 'What the company spent, or is asked to spend.' })
@Entity({ tableName: 'expenses' })
@Index({ name: 'expenses_created_keyset', properties: ['createdAt', 'id'] })
@Check({ name: 'expenses_amount_check', expression: 'amount > 0::numeric' })
@Check({ name: 'expenses_currency_check', expression: `currency in ('IQD', 'USD', 'RMB')` })
@Check({
  name: 'expenses_status_check',
  expression: `status in ('DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED', 'PAID', 'VOID')`,
})
export class Expense {
  @column.Id() id!: string;
  @column.DocumentNumber('expenses') number!: string;

  @Field(() => EXPENSE_STATES)
  @Property({ type: 'text' })
  status!: ExpenseState;

  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;

  @Field(() => Int, { description: 'The category: an account of expenses.' })
  @ManyToOne({ entity: () => Account, ...byId('account') })
  account!: number;

  @column.Text() description!: string;
  @column.OptionalText('Who gets the money.') payee?: string | null;
  @column.Text() currency!: string;
  @column.Amount() amount!: string;
  @column.BusinessDay({ description: 'The day on which it counts.' }) spentOn!: string;
  @column.ShownReference(() => CashBox, 'box_id', { nullable: true, description: 'The box that paid it.' })
  boxId?: string | null;
  @column.ShownReference(() => User, 'requested_by', { nullable: true }) requestedBy?: string | null;
  @column.ShownReference(() => User, 'approved_by', { nullable: true }) approvedBy?: string | null;
  @column.BusinessDay({ nullable: true }) approvedOn?: string | null;
  @column.BusinessDay({ nullable: true }) paidOn?: string | null;
  @column.OptionalText() rejectReason?: string | null;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.VoidDay() voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => String)
  categoryName?: string;
}

@ObjectType({ description: 'An account of expenses, as a category.' })
export class ExpenseCategory {
  @Field(() => Int)
  account!: number;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;
}
