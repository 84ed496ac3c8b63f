import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import * as column from '../documents/columns.entity.js';
import { User } from '../identity/user.entity.js';
import { defineTransitions } from '../kernel/transitions.js';
import { Branch } from '../organisation/branch.entity.js';
import { AMOUNT, NO_CASCADE } from '../platform/db/columns.js';
import { Money } from '../platform/graphql/scalars.js';
import { CashBox } from './cash-box.entity.js';

export const TRANSFER_KINDS = { TRANSFER: 'TRANSFER', HAND_OVER: 'HAND_OVER', EXCHANGE: 'EXCHANGE' } as const;
export type TransferKind = keyof typeof TRANSFER_KINDS;
registerEnumType(TRANSFER_KINDS, {
  name: 'CashTransferKind',
  description: 'HAND_OVER: of what somebody collected. EXCHANGE: of one currency for another.',
});

export const TRANSFER_STATES = {
  REQUESTED: 'REQUESTED',
  APPROVED: 'APPROVED',
  SENT: 'SENT',
  RECEIVED: 'RECEIVED',
  CANCELLED: 'CANCELLED',
} as const;
export type TransferState = keyof typeof TRANSFER_STATES;
registerEnumType(TRANSFER_STATES, { name: 'CashTransferStatus' });

/** A hand-over begins as SENT, an exchange ends as it begins. What was sent and is cancelled goes back. */
export const transferTransitions = defineTransitions<TransferState>({
  REQUESTED: ['APPROVED', 'CANCELLED'],
  APPROVED: ['SENT', 'CANCELLED'],
  SENT: ['RECEIVED', 'CANCELLED'],
  RECEIVED: [],
  CANCELLED: [],
});

@column.LineTable('cash_transfer_lines', { owner: 'transfer', description: 'What goes, in one currency.' })
@Check({
  name: 'cash_transfer_lines_amount_check',
  expression: `amount > 0::numeric and missing >= 0::numeric and fee >= 0::numeric and (missing + fee) <= amount`,
})
export class CashTransferLine {
  @column.Id() id!: string;
  @column.Owner(() => CashTransfer) transfer!: Ref<CashTransfer>;
  @column.Position() position!: number;
  @column.Text() currency!: string;
  @column.Amount('What leaves the box.') amount!: string;
  @column.Running('What should have been handed over and was not.') missing!: string;
  @column.Running('What the transfer costs, taken from it on the way.') fee!: string;
  @column.OptionalText('Of an exchange: what it becomes.') toCurrency?: string | null;

  @Property({ ...AMOUNT, nullable: true })
  toAmount?: string | null;

  @Field(() => Money, { description: 'What reaches the other box.' })
  arrives?: Money;
}

@ObjectType({ description: 'Cash that goes from one box to another.' })
@Entity({ tableName: 'cash_transfers' })
@Index({ name: 'cash_transfers_created_keyset', properties: ['createdAt', 'id'] })
@Check({ name: 'cash_transfers_kind_check', expression: `kind in ('TRANSFER', 'HAND_OVER', 'EXCHANGE')` })
@Check({
  name: 'cash_transfers_status_check',
  expression: `status in ('REQUESTED', 'APPROVED', 'SENT', 'RECEIVED', 'CANCELLED')`,
})
export class CashTransfer {
  @column.Id() id!: string;
  @column.DocumentNumber('cash_transfers') number!: string;

  @Field(() => TRANSFER_KINDS)
  @Property({ type: 'text' })
  kind!: TransferKind;

  @Field(() => TRANSFER_STATES)
  @Property({ type: 'text' })
  status!: TransferState;

  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;

  @ManyToOne({ entity: () => CashBox, ...NO_CASCADE })
  fromBox!: Ref<CashBox>;

  @ManyToOne({ entity: () => CashBox, ...NO_CASCADE })
  toBox!: Ref<CashBox>;

  @column.OptionalText() notes?: string | null;
  @column.OptionalText() cancelReason?: string | null;
  @column.ShownReference(() => User, 'requested_by', { nullable: true }) requestedBy?: string | null;
  @column.ShownReference(() => User, 'approved_by', { nullable: true }) approvedBy?: string | null;
  @column.ShownReference(() => User, 'sent_by', { nullable: true }) sentBy?: string | null;
  @column.ShownReference(() => User, 'received_by', { nullable: true }) receivedBy?: string | null;
  @column.BusinessDay({ nullable: true }) sentOn?: string | null;
  @column.BusinessDay({ nullable: true }) receivedOn?: string | null;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => String)
  fromBoxId?: string;

  @Field(() => String)
  toBoxId?: string;

  @Field(() => String)
  fromBoxName?: string;

  @Field(() => String)
  toBoxName?: string;

  @Field(() => [CashTransferLine])
  lines?: CashTransferLine[];
}
