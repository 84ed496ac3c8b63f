import { Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Product } from './product.entity.js';

@ObjectType({ description: 'An image of a product: stored here, or only named by the source.' })
@Entity({ tableName: 'product_images' })
@Unique({ name: 'product_images_source_unique', properties: ['product', 'sourceRef'] })
@Index({
  name: 'product_images_wanted',
  expression: `create index "product_images_wanted" on "product_images" ("id") where ((source_ref !~~ 'sha256:%'::text) and (fetched_ref is distinct from source_ref))`,
})
export class ProductImage {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => Product, ref: true, deleteRule: 'cascade', updateRule: 'no action' })
  product!: Ref<Product>;

  @Field(() => String, {
    description: 'The document id at the source, else the file name; of what was uploaded here, the hash of its bytes.',
  })
  @Property({ type: 'text' })
  sourceRef!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  fileName?: string | null;

  /** The hash of the bytes that are stored, under which the variants lie; null for a mere reference. */
  @Index({ name: 'product_images_file' })
  @Property({ type: 'text', nullable: true })
  fileHash?: string | null;

  @Field(() => Int, { nullable: true, description: 'Pixels of the largest variant; null for a mere reference.' })
  @Property({ type: 'integer', nullable: true })
  width?: number | null;

  @Field(() => Int, { nullable: true })
  @Property({ type: 'integer', nullable: true })
  height?: number | null;

  /** The reference under which the file was last asked for at the source; the same as now: nothing is to be fetched. */
  @Property({ type: 'text', nullable: true })
  fetchedRef?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why the image of the source is not stored here: missing, too_large or not_an_image.',
  })
  @Property({ type: 'text', nullable: true })
  fetchFault?: string | null;

  /** After a failure that may pass. */
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  nextFetchAt?: Date | null;
}

/** An upload is named by the hash of its bytes, an image of the source by the source. */
export const UPLOADED = 'sha256:';
