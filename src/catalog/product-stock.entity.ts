import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType } from 'type-graphql';
import { DateTime, DecimalText } from '../platform/graphql/scalars.js';

@ObjectType({ description: 'Stock of a product, summed over all places. It can be negative.' })
@Entity({ tableName: 'product_stock' })
export class ProductStock {
  @PrimaryKey({ type: 'uuid' })
  productId!: string;

  @Field(() => DecimalText)
  @Property({ type: 'string', columnType: 'numeric(18,3)' })
  onHand!: string;

  @Field(() => DecimalText, { nullable: true })
  @Property({ type: 'string', columnType: 'numeric(18,3)', nullable: true })
  available?: string | null;

  @Field(() => DecimalText, { nullable: true })
  @Property({ type: 'string', columnType: 'numeric(18,3)', nullable: true })
  committed?: string | null;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  updatedAt!: Date;
}
