import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Payment } from '../billing/payment.entity.js';
import { User } from '../identity/user.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { AMOUNT, byId, INSTANT, NO_CASCADE, referenceFrom, WITH_OWNER } from '../platform/db/columns.js';
import { DateTime, MoneyField } from '../platform/graphql/scalars.js';
import { Refund } from '../receivables/refund.entity.js';

/** A shift of one person at one till, from the counted opening to the counted close. */
@ObjectType({ description: 'A shift at the till.' })
@Entity({ tableName: 'till_sessions' })
@Index({ name: 'till_sessions_opened_keyset', properties: ['openedAt', 'id'] })
@Index({
  name: 'till_sessions_open_unique',
  expression: `create unique index "till_sessions_open_unique" on "till_sessions" ("user_id") where ("closed_at" is null)`,
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

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Field(() => [TillCount])
  counts?: TillCount[];

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
}

referenceFrom(Payment, 'tillSessionId', 'till_session_id', () => TillSession);
referenceFrom(Refund, 'tillSessionId', 'till_session_id', () => TillSession);
