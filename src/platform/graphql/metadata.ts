import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime } from './scalars.js';

@ObjectType({ description: 'What a partner keeps beside a record.' })
export class MetadataEntry {
  @Field(() => String, { description: 'Namespaced, such as "shop.slug".' })
  key!: string;

  @Field(() => String)
  value!: string;

  @Field(() => DateTime)
  updatedAt!: Date;
}

@InputType()
export class MetadataEntryInput {
  @Field(() => String, { description: 'Namespaced: small letters, digits and dashes with dots between.' })
  key!: string;

  @Field(() => String, { nullable: true, description: 'Null takes the key away.' })
  value?: string | null;
}
