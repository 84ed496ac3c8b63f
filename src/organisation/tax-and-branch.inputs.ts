import { Field, ID, InputType, Int } from 'type-graphql';
import { DecimalText } from '../platform/graphql/scalars.js';

@InputType()
export class CreateBranchInput {
  @Field(() => String, { description: '1 to 20 capitals, digits or dashes; it stands in document numbers.' })
  code!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => String, { nullable: true })
  city?: string | null;
}

@InputType({ description: 'A field that is left out stays.' })
export class UpdateBranchInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { nullable: true })
  nameAr?: string;

  @Field(() => String, { nullable: true, description: 'Null empties it.' })
  city?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True opens a closed branch again.' })
  active?: boolean;
}

@InputType()
export class CreateTaxInput {
  @Field(() => String, { description: '1 to 20 capitals, digits or dashes.' })
  code!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => DecimalText, { description: '0 to 100, with at most 3 decimals.' })
  ratePercent!: string;
}

@InputType({ description: 'A field that is left out stays.' })
export class UpdateTaxInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { nullable: true })
  nameAr?: string;

  @Field(() => DecimalText, { nullable: true, description: 'Documents keep the percentage that they were made with.' })
  ratePercent?: string;

  @Field(() => Boolean, { nullable: true, description: 'True offers an archived tax again.' })
  active?: boolean;
}
