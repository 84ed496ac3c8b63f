import { Check, Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { byId, INSTANT } from '../platform/db/columns.js';

/** There is one company, which the migration makes. */
export const COMPANY_ID = '00000000-0000-7000-8000-00000000c001';

export const PaperDigits = { LATIN: 'LATIN', ARABIC_INDIC: 'ARABIC_INDIC' } as const;
export type PaperDigits = keyof typeof PaperDigits;
registerEnumType(PaperDigits, { name: 'PaperDigits', description: 'Digits on Arabic paper: 123 or ١٢٣.' });

/** The image on the head of papers, as it is printed. Never changed: another one is another row. */
@Entity({ tableName: 'company_logos' })
export class CompanyLogo {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'blob' })
  png!: Buffer;

  @Property({ type: 'integer' })
  width!: number;

  @Property({ type: 'integer' })
  height!: number;

  @Property({ ...INSTANT })
  createdAt!: Date;
}

@ObjectType({ description: 'What stands on the company’s papers.' })
@Entity({ tableName: 'company' })
@Check({ name: 'company_digits_check', expression: `digits in ('LATIN', 'ARABIC_INDIC')` })
export class Company {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  nameAr!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  address?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  addressAr?: string | null;

  @Field(() => [String])
  @Property({ type: 'array', columnType: 'text[]', default: [] })
  phones!: string[];

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  email?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  website?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  taxNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'Below every page, such as the terms of exchange.' })
  @Property({ type: 'text', nullable: true })
  footer?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  footerAr?: string | null;

  @Field(() => PaperDigits)
  @Property({ type: 'text', default: 'LATIN' })
  digits!: PaperDigits;

  @Field(() => String, {
    nullable: true,
    description: 'Where the codes on paper lead. Without it, to the address at which the paper was fetched.',
  })
  @Property({ type: 'text', nullable: true })
  publicUrl?: string | null;

  @ManyToOne({ entity: () => CompanyLogo, ...byId('logo_id'), nullable: true })
  logoId?: string | null;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;
}
