import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Branch } from './branch.entity.js';

@ObjectType({ description: 'A place that holds stock.' })
@Entity({ tableName: 'warehouses' })
@Index({
  name: 'warehouses_one_primary',
  expression: `create unique index "warehouses_one_primary" on "warehouses" ("is_primary") where "is_primary"`,
})
@Check({ name: 'warehouses_damaged_check', expression: 'not (damaged and is_primary)' })
export class Warehouse {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Unique({ name: 'warehouses_code_unique' })
  @Property({ type: 'text' })
  code!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  nameAr!: string;

  @Field(() => Branch)
  @ManyToOne({ entity: () => Branch, ref: true, deleteRule: 'restrict', updateRule: 'no action' })
  branch!: Ref<Branch>;

  @Field(() => String, { nullable: true, description: 'The id of the location at Zoho.' })
  @Unique({ name: 'warehouses_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @Field(() => Boolean, { description: 'Takes stock that names no warehouse.' })
  @Property({ type: 'boolean', default: false })
  isPrimary!: boolean;

  @Field(() => Boolean, { description: 'Holds what came back damaged: it has its value, and nothing of it is sold.' })
  @Property({ type: 'boolean', default: false })
  damaged!: boolean;

  @Field(() => Boolean)
  @Property({ type: 'boolean', default: true })
  active!: boolean;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;
}
