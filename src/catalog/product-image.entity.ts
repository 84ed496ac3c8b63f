import { Entity, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, ObjectType } from 'type-graphql';
import { Product } from './product.entity.js';

@ObjectType({ description: 'A reference to an image of a product at its source.' })
@Entity({ tableName: 'product_images' })
@Unique({ name: 'product_images_source_unique', properties: ['product', 'sourceRef'] })
export class ProductImage {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => Product, ref: true, deleteRule: 'cascade', updateRule: 'no action' })
  product!: Ref<Product>;

  @Field(() => String, { description: 'The document id at the source, else the file name.' })
  @Property({ type: 'text' })
  sourceRef!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  fileName?: string | null;
}
