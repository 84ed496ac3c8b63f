import { Field, InputType, Int } from 'type-graphql';
import { PaperDigits } from './company.entity.js';

@InputType({ description: 'A field that is left out stays; null empties it.' })
export class UpdateCompanyInput {
  @Field(() => Int)
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { nullable: true })
  nameAr?: string;

  @Field(() => String, { nullable: true })
  address?: string | null;

  @Field(() => String, { nullable: true })
  addressAr?: string | null;

  @Field(() => [String], { nullable: true, description: 'At most 5.' })
  phones?: string[];

  @Field(() => String, { nullable: true })
  email?: string | null;

  @Field(() => String, { nullable: true })
  website?: string | null;

  @Field(() => String, { nullable: true })
  taxNumber?: string | null;

  @Field(() => String, { nullable: true })
  footer?: string | null;

  @Field(() => String, { nullable: true })
  footerAr?: string | null;

  @Field(() => PaperDigits, { nullable: true })
  digits?: PaperDigits;

  @Field(() => String, { nullable: true, description: 'Such as https://erp.example.com, without a path.' })
  publicUrl?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True takes the logo off. Upload: POST /api/company/logo.' })
  removeLogo?: boolean;
}
