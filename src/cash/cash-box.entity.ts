import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import * as column from '../documents/columns.entity.js';
import { User } from '../identity/user.entity.js';
import { Account } from '../ledger/account.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { byId } from '../platform/db/columns.js';
import { MoneyField } from '../platform/graphql/scalars.js';

/** The account of each kind of box. */
export const BOX_ACCOUNTS = { TILL: 1110, SALESPERSON: 1120, SAFE: 1130, BANK: 1140, CHANNEL: 1150 } as const;
export type BoxKind = keyof typeof BOX_ACCOUNTS;
export const BOX_KINDS = Object.keys(BOX_ACCOUNTS) as BoxKind[];
export const BoxKindEnum = Object.fromEntries(BOX_KINDS.map((kind) => [kind, kind])) as { [K in BoxKind]: K };
registerEnumType(BoxKindEnum, { name: 'CashBoxKind', description: 'CHANNEL: a company that transfers money.' });

/** What a box holds in a currency: the sum of its lines in the journal, kept with them by trigger. */
@ObjectType({ description: 'What a box holds in one currency.' })
@Entity({ tableName: 'cash_balances' })
@Check({ name: 'cash_balances_currency', expression: `currency in ('IQD', 'USD', 'RMB')` })
export class CashBalance {
  @ManyToOne({ entity: () => CashBox, ...byId('box_id'), primary: true })
  boxId!: string;

  @Field(() => String)
  @PrimaryKey({ type: 'text' })
  currency!: string;

  @MoneyField()
  @Property({ type: 'string', columnType: 'numeric(20,6)', default: '0' })
  balance!: string;
}

/** Where money lies. */
@ObjectType({ description: 'Where money lies: a till, a salesperson’s box, a safe, a bank, a transfer channel.' })
@Entity({ tableName: 'cash_boxes' })
@Index({ name: 'cash_boxes_name_keyset', properties: ['name', 'id'] })
@Index({
  name: 'cash_boxes_default_unique',
  expression: `create unique index "cash_boxes_default_unique" on "cash_boxes" ("account", "branch_id") where ("is_default")`,
})
@Index({
  name: 'cash_boxes_keeper_unique',
  expression: `create unique index "cash_boxes_keeper_unique" on "cash_boxes" ("keeper_id", "account") where ("active" and "account" in (1110, 1120))`,
})
@Check({ name: 'cash_boxes_account_check', expression: 'account in (1110, 1120, 1130, 1140, 1150)' })
@Check({
  name: 'cash_boxes_overdraw_check',
  expression: 'not may_overdraw or account in (1140, 1150) or external_ref is not null',
})
export class CashBox {
  @column.Id() id!: string;

  @Field(() => Int, { description: 'The account of its lines.' })
  @ManyToOne({ entity: () => Account, ...byId('account') })
  account!: number;

  @column.ZohoId('cash_boxes', 'account') externalRef?: string | null;
  @column.Text() name!: string;
  @column.Text() nameAr!: string;
  @column.ShownReference(() => Branch, 'branch_id') branchId!: string;

  @column.ShownReference(() => User, 'keeper_id', {
    nullable: true,
    description: 'Who keeps it; a box without one is kept by those who see all boxes.',
  })
  keeperId?: string | null;

  @Field(() => Boolean, { description: 'Takes what names no box, of its kind and branch.' })
  @Property({ type: 'boolean', default: false })
  isDefault!: boolean;

  @Field(() => Boolean, {
    description: 'May hold less than nothing; only a bank, a transfer channel or an account of Zoho can.',
  })
  @Property({ type: 'boolean', default: false })
  mayOverdraw!: boolean;

  @Field(() => Boolean)
  @Property({ type: 'boolean', default: true })
  active!: boolean;

  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => BoxKindEnum)
  kind?: BoxKind;

  @Field(() => [CashBalance], { description: 'What it holds now, in each currency that ever was in it.' })
  balances?: CashBalance[];
}
