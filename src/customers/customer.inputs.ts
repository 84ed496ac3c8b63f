import { Field, ID, InputType, Int } from 'type-graphql';
import { CURRENCY_ENUM } from '../organisation/currency-code.entity.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { StringFilter } from '../platform/read/value-filters.js';
import { DecimalText } from '../platform/graphql/scalars.js';
import { Customer } from './customer.entity.js';
import { priceListCode } from './customer.queries.js';

export const CustomerSort = sortOf(Customer, ['name', 'createdAt']);

export const CustomerFilter = filterOf(
  Customer,
  [
    'code',
    'name',
    'city',
    'phone',
    'email',
    'currency',
    'creditLimit',
    'salesperson',
    'active',
    'externalRef',
    'createdAt',
    'archivedAt',
  ],
  {
    enums: { currency: CURRENCY_ENUM },
    normalised: { name: 'searchText' },
    descriptions: { name: '`contains` looks like `search`.' },
    also: {
      priceList: {
        of: StringFilter,
        type: 'text',
        sql: priceListCode,
        description: 'The code of the list.',
      },
    },
  },
);

@InputType()
abstract class CustomerFields {
  @Field(() => String, { nullable: true })
  nameAr?: string;

  @Field(() => String, { nullable: true })
  company?: string | null;

  @Field(() => String, { nullable: true })
  phone?: string | null;

  @Field(() => String, { nullable: true })
  email?: string | null;

  @Field(() => String, { nullable: true })
  city?: string | null;

  @Field(() => String, { nullable: true })
  taxNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'IQD, USD or RMB.' })
  currency?: string;

  @Field(() => DecimalText, { nullable: true, description: "In the customer's currency." })
  creditLimit?: string;

  @Field(() => Int, { nullable: true })
  paymentTermsDays?: number;

  @Field(() => DecimalText, { nullable: true })
  discountPercent?: string;

  @Field(() => ID, { nullable: true })
  priceListId?: string | null;

  @Field(() => ID, { nullable: true })
  salespersonId?: string | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;
}

@InputType()
export class CreateCustomerInput extends CustomerFields {
  @Field(() => String, { nullable: true, description: 'Made by the ERP if nothing is said.' })
  code?: string | null;

  @Field(() => String)
  name!: string;
}

@InputType({ description: 'A field that is left out stays; null empties it.' })
export class UpdateCustomerInput extends CustomerFields {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => Boolean, { nullable: true })
  active?: boolean;
}

@InputType({ description: 'A field that is left out stays as it is, or empty in a new customer.' })
export class UpsertCustomerInput extends CustomerFields {
  @Field(() => String, { description: 'The customer is found by it, or made with it.' })
  code!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Boolean, { nullable: true })
  active?: boolean;
}

@InputType()
export class CustomerAddressInput {
  @Field(() => String)
  label!: string;

  @Field(() => String)
  line!: string;

  @Field(() => String)
  city!: string;

  @Field(() => String, { nullable: true })
  governorate?: string | null;

  @Field(() => String, { nullable: true })
  phone?: string | null;

  @Field(() => String, { nullable: true })
  instructions?: string | null;

  @Field(() => Boolean, { nullable: true })
  isDefault?: boolean;
}

@InputType()
export class CustomerContactInput {
  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  position?: string | null;

  @Field(() => String, { nullable: true })
  phone?: string | null;

  @Field(() => String, { nullable: true })
  email?: string | null;
}
