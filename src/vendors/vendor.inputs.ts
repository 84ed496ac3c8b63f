import { Field, ID, InputType, Int } from 'type-graphql';

@InputType()
abstract class VendorFields {
  @Field(() => String, { nullable: true })
  nameAr?: string | null;

  @Field(() => String, { nullable: true })
  phone?: string | null;

  @Field(() => String, { nullable: true })
  email?: string | null;

  @Field(() => Int, { nullable: true, description: 'Days until a bill is due, 0 to 365.' })
  paymentTermsDays?: number;

  @Field(() => String, { nullable: true })
  notes?: string | null;
}

@InputType()
export class CreateVendorInput extends VendorFields {
  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Made by the ERP when left out.' })
  code?: string | null;

  @Field(() => String, { nullable: true, description: 'USD when left out; bills are in it.' })
  currency?: string;
}

@InputType({ description: 'A field that is left out stays.' })
export class UpdateVendorInput extends VendorFields {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The version that was read.' })
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;
}
