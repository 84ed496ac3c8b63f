import { Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { INSTANT } from '../platform/db/columns.js';
import { DateTime } from '../platform/graphql/scalars.js';

@ObjectType({ description: 'From whom the company buys.' })
@Entity({ tableName: 'vendors' })
@Index({
  name: 'vendors_name_keyset',
  expression: 'create index "vendors_name_keyset" on "vendors" (("name" collate "C"), "id")',
})
export class Vendor {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, { description: 'Short and unique; made by the ERP when nobody gives one.' })
  @Unique({ name: 'vendors_code_unique' })
  @Property({ type: 'text' })
  code!: string;

  @Field(() => String, { nullable: true, description: 'The id of the contact at Zoho.' })
  @Unique({ name: 'vendors_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { description: 'Shown first; the name again where nobody gave one.' })
  @Property({ type: 'text' })
  nameAr!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  phone?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  email?: string | null;

  @Field(() => String, { description: 'The currency that is agreed; bills are in it.' })
  @Property({ type: 'text' })
  currency!: string;

  @Field(() => Int, { description: 'Days until a bill is due.' })
  @Property({ type: 'integer', default: 0 })
  paymentTermsDays!: number;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  notes?: string | null;

  @Property({ type: 'text', default: '' })
  searchText!: string;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Field(() => DateTime)
  @Property({ ...INSTANT })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ ...INSTANT, nullable: true })
  archivedAt?: Date | null;
}
