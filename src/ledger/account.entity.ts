import { Check, Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';

export const ACCOUNT_KINDS = ['ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

export const AccountKindEnum = Object.fromEntries(ACCOUNT_KINDS.map((kind) => [kind, kind])) as {
  [K in AccountKind]: K;
};
registerEnumType(AccountKindEnum, { name: 'AccountKind' });

@ObjectType({ description: 'An account of the chart, which an accountant edits.' })
@Entity({ tableName: 'accounts' })
@Check({ name: 'accounts_code_check', expression: 'code >= 1000 and code <= 99999' })
@Check({ name: 'accounts_kind_check', expression: `kind in ('ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE')` })
@Check({ name: 'accounts_party_check', expression: `party in ('customer', 'vendor', 'user', 'box')` })
export class Account {
  @Field(() => Int)
  @PrimaryKey({ type: 'integer', autoincrement: false })
  code!: number;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  nameAr!: string;

  @Field(() => String, { nullable: true, description: 'The code of the unified accounting system.' })
  @Property({ type: 'text', nullable: true })
  unifiedCode?: string | null;

  @Field(() => AccountKindEnum, { description: 'By the first digit of the code; 5 and above are expenses.' })
  @Property({ type: 'text' })
  kind!: AccountKind;

  @Field(() => String, {
    nullable: true,
    description: 'What its lines name: customer, vendor, user or box; null: nothing.',
  })
  @Property({ type: 'text', nullable: true })
  party?: string | null;

  @Field(() => Boolean, { description: 'Only documents post to it; the entries of an accountant do not name it.' })
  @Property({ type: 'boolean', default: false })
  control!: boolean;

  @Field(() => Boolean)
  @Property({ type: 'boolean', default: true })
  active!: boolean;

  @Field(() => Int)
  @Property({ type: 'integer', version: true })
  version!: number;
}
