import { Entity, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../platform/graphql/scalars.js';

@ObjectType({ description: 'A group of products.' })
@Entity({ tableName: 'categories' })
export class Category {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  nameAr?: string | null;

  /** The normalised name. Zoho gives only a name, so categories are matched by it. */
  @Unique()
  @Property({ fieldName: 'folded_name', type: 'text' })
  normalisedName!: string;

  @Field(() => Category, { nullable: true })
  @ManyToOne({ entity: () => Category, ref: true, nullable: true, deleteRule: 'restrict', updateRule: 'no action' })
  parent?: Ref<Category> | null;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  archivedAt?: Date | null;

  @Field(() => [Category], { description: 'Those that are not archived.' })
  children?: Category[];
}
