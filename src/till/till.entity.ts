import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { CashBox } from '../cash/cash-box.entity.js';
import * as column from '../documents/columns.entity.js';
import { Account } from '../ledger/account.entity.js';
import { Payment } from '../billing/payment.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { User } from '../identity/user.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { AMOUNT, byId, INSTANT, NO_CASCADE, referenceFrom, WITH_OWNER } from '../platform/db/columns.js';
import { DateTime, DecimalText, MoneyField } from '../platform/graphql/scalars.js';
import { Refund } from '../receivables/refund.entity.js';

/** A shift of one person at one till, from the counted opening to the counted close. */
@ObjectType({ description: 'A shift at the till.' })
@Entity({ tableName: 'till_sessions' })
@Index({ name: 'till_sessions_opened_keyset', properties: ['openedAt', 'id'] })
@Index({
  name: 'till_sessions_open_unique',
  expression: `create unique index "till_sessions_open_unique" on "till_sessions" ("user_id") where ("closed_at" is null)`,
})
@Index({
  name: 'till_sessions_open_box_unique',
  expression: `create unique index "till_sessions_open_box_unique" on "till_sessions" ("box_id") where ("closed_at" is null)`,
})
export class TillSession {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => ID)
  @ManyToOne({ entity: () => User, ...byId('user_id') })
  userId!: string;

  @Field(() => Warehouse)
  @ManyToOne({ entity: () => Warehouse, ...NO_CASCADE })
  warehouse!: Ref<Warehouse>;

  @Field(() => DateTime)
  @Property({ ...INSTANT })
  openedAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ ...INSTANT, nullable: true })
  closedAt?: Date | null;

  @column.ShownReference(() => CashBox, 'box_id', {
    nullable: true,
    description: 'The cash box that is its drawer; null for a shift from before there were boxes.',
  })
  boxId?: string | null;

  /** The last entries of the journal that moved the drawer before it was opened, and before it was closed. */
  @Property({ type: 'bigint', nullable: true })
  openedEntry?: string | null;

  @Property({ type: 'bigint', nullable: true })
  closedEntry?: string | null;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Field(() => [TillCount])
  counts?: TillCount[];

  @Field(() => [TillMove], { description: 'What was paid into the drawer and out of it, the oldest first.' })
  moves?: TillMove[];

  @Field(() => Int, { description: 'Invoices that were paid here.' })
  sales?: number;
}

@ObjectType({
  description: 'The cash of one currency in a shift. Expected: opening and cash taken, less cash given back.',
})
@Entity({ tableName: 'till_counts' })
@Index({ name: 'till_counts_session', properties: ['session'] })
@Check({ name: 'till_counts_opening_check', expression: 'opening >= 0::numeric' })
export class TillCount {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => TillSession, ...WITH_OWNER })
  session!: Ref<TillSession>;

  @Field(() => String)
  @Property({ type: 'text' })
  currency!: string;

  @MoneyField({ description: 'Counted when it was opened.' })
  @Property({ ...AMOUNT })
  opening!: string;

  @MoneyField({ nullable: true, description: 'Kept when it was closed.' })
  @Property({ ...AMOUNT, nullable: true })
  expected?: string | null;

  @MoneyField({ nullable: true, description: 'Counted when it was closed.' })
  @Property({ ...AMOUNT, nullable: true })
  counted?: string | null;

  @MoneyField({ nullable: true, description: 'Counted less expected; below 0 money is missing.' })
  difference?: string | null;
}

export const MOVE_KINDS = { PAY_IN: 'PAY_IN', PAY_OUT: 'PAY_OUT' } as const;
export type MoveKind = keyof typeof MOVE_KINDS;
registerEnumType(MOVE_KINDS, { name: 'TillMoveKind' });

/** Money that went into a drawer or out of it without a sale. */
@ObjectType({ description: 'Money that went into the drawer or out of it without a sale.' })
@Entity({ tableName: 'till_moves' })
@Index({ name: 'till_moves_session', properties: ['session'] })
@Check({ name: 'till_moves_kind_check', expression: `kind in ('PAY_IN', 'PAY_OUT')` })
@Check({ name: 'till_moves_amount_check', expression: 'amount > 0::numeric' })
export class TillMove {
  @column.Id() id!: string;

  @ManyToOne({ entity: () => TillSession, ...NO_CASCADE })
  session!: Ref<TillSession>;

  @Field(() => MOVE_KINDS)
  @Property({ type: 'text' })
  kind!: MoveKind;

  @column.Text() currency!: string;
  @column.Amount() amount!: string;

  @Field(() => Int, { description: 'The account that it came from or went to.' })
  @ManyToOne({ entity: () => Account, ...byId('account') })
  account!: number;

  @column.ShownReference(() => CashBox, 'other_box_id', {
    nullable: true,
    description: 'The box that it came from or went to.',
  })
  otherBoxId?: string | null;

  @column.Text() reason!: string;
  @column.Text() createdBy!: string;
  @column.Moment() createdAt!: Date;
}

/** What a customer handed over in a currency, and what went back. */
@ObjectType({ description: 'What a customer handed over at the till in a currency, and what went back.' })
@Entity({ tableName: 'till_tenders' })
@Index({ name: 'till_tenders_payment', properties: ['paymentId'] })
@Check({ name: 'till_tenders_amount_check', expression: 'tendered >= 0::numeric and change >= 0::numeric' })
export class TillTender {
  @column.Id() id!: string;
  @column.HiddenReference(() => Payment, 'payment_id') paymentId!: string;
  @column.Text() currency!: string;
  @column.Amount() tendered!: string;
  @column.Amount() change!: string;
}

/** A line of a sale that waits, as it was given. */
export interface ParkedLineValue {
  productId: string;
  quantity: string;
  discountPercent?: string | null;
  taxId?: string | null;
}

@ObjectType({ description: 'A line of a sale that waits. Its price is found when it is sold.' })
export class ParkedLine {
  @Field(() => ID)
  productId!: string;

  @Field(() => DecimalText)
  quantity!: string;

  @Field(() => DecimalText, { nullable: true })
  discountPercent?: string | null;

  @Field(() => ID, { nullable: true })
  taxId?: string | null;
}

/** A sale that was begun and waits; it holds no goods and has no price yet. */
@ObjectType({ description: 'A sale that was begun at a till and waits. It reserves nothing.' })
@Entity({ tableName: 'parked_sales' })
@Index({ name: 'parked_sales_created_keyset', properties: ['createdAt', 'id'] })
export class ParkedSale {
  @column.Id() id!: string;
  @column.ShownReference(() => Warehouse, 'warehouse_id') warehouseId!: string;
  @column.ShownReference(() => User, 'user_id', { description: 'Who parked it.' }) userId!: string;
  @column.Text() label!: string;
  @column.ShownReference(() => Customer, 'customer_id', { nullable: true }) customerId?: string | null;

  @Field(() => DecimalText, { nullable: true })
  @Property({ type: 'text', nullable: true })
  discountPercent?: string | null;

  @Field(() => [ParkedLine])
  @Property({ type: 'json', columnType: 'jsonb' })
  lines!: ParkedLineValue[];

  @column.Moment() createdAt!: Date;
}

referenceFrom(Payment, 'tillSessionId', 'till_session_id', () => TillSession);
referenceFrom(Refund, 'tillSessionId', 'till_session_id', () => TillSession);
referenceFrom(Refund, 'voidTillSessionId', 'void_till_session_id', () => TillSession);
