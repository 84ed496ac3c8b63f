import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import {
  BooleanFilter,
  DateTimeFilter,
  IdFilter,
  StringFilter,
  type EnumFilter,
  type FilterColumns,
} from '../platform/graphql/filters.js';
import { CurrencyCodeFilter, type CurrencyCode } from '../organisation/currency-code.entity.js';
import { DecimalText } from '../platform/graphql/scalars.js';

export const CustomerSort = { NAME_ASC: 'NAME_ASC', NAME_DESC: 'NAME_DESC', CREATED_DESC: 'CREATED_DESC' } as const;
registerEnumType(CustomerSort, { name: 'CustomerSort' });

@InputType({ description: 'All given conditions must hold.' })
export class CustomerFilter {
  static readonly columns: FilterColumns = {
    code: { sql: 'c.code', type: 'text' },
    name: { sql: 'c.search_text', type: 'text', normalised: true },
    city: { sql: 'c.city', type: 'text' },
    currency: { sql: 'c.currency', type: 'text' },
    priceList: { sql: '(select l.code from price_lists l where l.id = c.price_list_id)', type: 'text' },
    salespersonId: { sql: 'c.salesperson_id', type: 'uuid' },
    active: { sql: 'c.active', type: 'boolean' },
    externalRef: { sql: 'c.external_ref', type: 'text' },
    createdAt: { sql: 'c.created_at', type: 'timestamptz' },
    archivedAt: { sql: 'c.archived_at', type: 'timestamptz' },
  };

  @Field(() => [CustomerFilter], { nullable: true })
  AND?: CustomerFilter[] | null;

  @Field(() => [CustomerFilter], { nullable: true })
  OR?: CustomerFilter[] | null;

  @Field(() => CustomerFilter, { nullable: true })
  NOT?: CustomerFilter | null;

  @Field(() => StringFilter, { nullable: true })
  code?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'Normalised like `search`.' })
  name?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  city?: StringFilter | null;

  @Field(() => CurrencyCodeFilter, { nullable: true })
  currency?: EnumFilter<CurrencyCode> | null;

  @Field(() => StringFilter, { nullable: true, description: 'The code of the list.' })
  priceList?: StringFilter | null;

  @Field(() => IdFilter, { nullable: true })
  salespersonId?: IdFilter | null;

  @Field(() => BooleanFilter, { nullable: true })
  active?: BooleanFilter | null;

  @Field(() => StringFilter, { nullable: true })
  externalRef?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true })
  createdAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true })
  archivedAt?: DateTimeFilter | null;
}

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
