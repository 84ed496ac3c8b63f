import { Check, Entity, Index, ManyToOne, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import * as column from '../documents/columns.entity.js';
import { User } from '../identity/user.entity.js';
import { defineTransitions } from '../kernel/transitions.js';
import { AMOUNT, byId } from '../platform/db/columns.js';
import { DecimalText } from '../platform/graphql/scalars.js';
import { CashBox } from './cash-box.entity.js';

export const COMMISSION_BASES = { SALES: 'SALES', COLLECTED: 'COLLECTED' } as const;
export type CommissionBasis = keyof typeof COMMISSION_BASES;
registerEnumType(COMMISSION_BASES, {
  name: 'CommissionBasis',
  description: 'SALES: less returns and discounts, without tax. COLLECTED: payments less refunds.',
});

export const COMMISSION_STATES = {
  PENDING: 'PENDING',
  CALCULATED: 'CALCULATED',
  APPROVED: 'APPROVED',
  PAID: 'PAID',
} as const;
export type CommissionState = keyof typeof COMMISSION_STATES;
registerEnumType(COMMISSION_STATES, {
  name: 'CommissionStatus',
  description: 'PENDING: so far, while the month goes on. CALCULATED: of a month that is over.',
});

export const commissionTransitions = defineTransitions<CommissionState>({
  PENDING: ['CALCULATED'],
  CALCULATED: ['APPROVED'],
  APPROVED: ['PAID'],
  PAID: [],
});

/** What a salesperson earns from a month on, until a later plan. */
@ObjectType({ description: 'What a salesperson earns from a month on. Amounts are in the base currency.' })
@Entity({ tableName: 'commission_plans' })
@Unique({ name: 'commission_plans_month_unique', properties: ['salespersonId', 'fromMonth'] })
@Check({ name: 'commission_plans_basis_check', expression: `basis in ('SALES', 'COLLECTED')` })
export class CommissionPlan {
  @column.Id() id!: string;
  @column.ShownReference(() => User, 'salesperson_id') salespersonId!: string;
  @column.BusinessDay({ description: 'The first day of the month.' }) fromMonth!: string;

  @Field(() => COMMISSION_BASES)
  @Property({ type: 'text' })
  basis!: CommissionBasis;

  @Field(() => DecimalText)
  @Property({ type: 'string', columnType: 'numeric(6,3)' })
  ratePercent!: string;

  @Field(() => DecimalText, { nullable: true, description: 'From this much in a month on there is the bonus.' })
  @Property({ ...AMOUNT, nullable: true })
  target?: string | null;

  @Field(() => DecimalText, { nullable: true })
  @Property({ ...AMOUNT, nullable: true })
  bonus?: string | null;

  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;
}

/** What a salesperson earned in a month, computed from the journal, whose lines keep who sold on the day. */
@ObjectType({ description: 'What a salesperson earned in a month, in the base currency.' })
@Entity({ tableName: 'commissions' })
@Unique({ name: 'commissions_month_unique', properties: ['salespersonId', 'month'] })
@Index({ name: 'commissions_month_keyset', properties: ['month', 'id'] })
@Check({ name: 'commissions_status_check', expression: `status in ('PENDING', 'CALCULATED', 'APPROVED', 'PAID')` })
export class Commission {
  @column.Id() id!: string;
  @column.ShownReference(() => User, 'salesperson_id') salespersonId!: string;
  @column.BusinessDay({ description: 'The first day of the month.' }) month!: string;

  @Field(() => COMMISSION_STATES)
  @Property({ type: 'text' })
  status!: CommissionState;

  @Field(() => ID)
  @ManyToOne({ entity: () => CommissionPlan, ...byId('plan_id') })
  planId!: string;

  @column.Text() currency!: string;
  @column.Amount('What was sold or collected.') basisAmount!: string;
  @column.Amount() earned!: string;
  @column.Amount() bonus!: string;
  @column.Amount() total!: string;
  @column.ShownReference(() => User, 'approved_by', { nullable: true }) approvedBy?: string | null;
  @column.BusinessDay({ nullable: true }) approvedOn?: string | null;
  @column.BusinessDay({ nullable: true }) paidOn?: string | null;
  @column.ShownReference(() => CashBox, 'box_id', { nullable: true }) boxId?: string | null;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;
}
