import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ACCOUNT_KINDS, type AccountKind } from './account.entity.js';

const AccountKindEnum = Object.fromEntries(ACCOUNT_KINDS.map((kind) => [kind, kind])) as { [K in AccountKind]: K };
registerEnumType(AccountKindEnum, { name: 'AccountKind' });

@ObjectType({ description: 'An account of the chart.' })
export class Account {
  @Field(() => Int)
  code!: number;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => String, { nullable: true, description: 'The code of the unified accounting system.' })
  unifiedCode?: string | null;

  @Field(() => AccountKindEnum)
  kind!: AccountKind;

  @Field(() => String, {
    nullable: true,
    description: 'What its lines name: customer, vendor, user or box; null: nothing.',
  })
  party?: string | null;

  @Field(() => Boolean)
  active!: boolean;
}
