import { Check, Entity, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';

/** What products are counted in. A product names its unit as text, as Zoho reports it; the code is that in small letters. */
@ObjectType({ description: 'What products are counted in. A unit that is not described here is whole.' })
@Entity({ tableName: 'units' })
@Check({ name: 'units_decimals_check', expression: 'decimals >= 0 and decimals <= 3' })
export class Unit {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, { description: 'The unit of products, in small letters.' })
  @Unique({ name: 'units_code_unique' })
  @Property({ type: 'text' })
  code!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  nameAr!: string;

  @Field(() => Int, { description: 'How many decimals a quantity may have: 0 to 3.' })
  @Property({ type: 'integer', default: 0 })
  decimals!: number;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Property({ type: 'datetime', columnType: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date;
}
