import { Field, ObjectType } from 'type-graphql';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { PriceList } from './price-list.entity.js';

@ObjectType({ description: 'What a product costs on a list from a quantity on.' })
export class ProductPrice {
  @Field(() => PriceList)
  priceList!: PriceList;

  @Field(() => DecimalText, { description: 'From this quantity on.' })
  minQuantity!: string;

  @Field(() => DecimalText)
  discountPercent!: string;

  @Field(() => BusinessDate)
  effectiveFrom!: string;

  @Field(() => BusinessDate, { nullable: true })
  effectiveTo?: string | null;
}
