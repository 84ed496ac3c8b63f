import { Field, ID, InputType, Int } from 'type-graphql';
import { CURRENCY_ENUM } from '../organisation/currency-code.entity.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { Vendor } from './vendor.entity.js';

export const VendorSort = sortOf(Vendor, ['name', 'createdAt']);

export const VendorFilter = filterOf(
  Vendor,
  ['code', 'name', 'externalRef', 'phone', 'email', 'currency', 'createdAt', 'archivedAt'],
  {
    enums: { currency: CURRENCY_ENUM },
    normalised: { name: 'searchText' },
    descriptions: { name: '`contains` looks like `search`.' },
  },
);

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
