import { Check, Entity, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { BusinessDate, DateTime, DecimalText } from '../platform/graphql/scalars.js';

/** The three currencies stand in kernel/money; not a table, because their decimals are part of the rounding. */
@ObjectType({ description: 'A currency of the company.' })
export class Currency {
  @Field(() => String, { description: 'IQD, USD or RMB.' })
  code!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => Int, { description: 'Decimals of an amount: IQD 0, USD 2, RMB 2.' })
  decimals!: number;
}

@ObjectType({ description: 'What one unit of a currency was worth in IQD, from a day on.' })
@Entity({ tableName: 'exchange_rates' })
@Unique({ name: 'exchange_rates_day_unique', properties: ['currency', 'effectiveOn'] })
@Check({ name: 'exchange_rates_positive', expression: 'rate > 0::numeric' })
@Check({ name: 'exchange_rates_currency_check', expression: `currency in ('USD', 'RMB')` })
export class ExchangeRate {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, { description: 'USD or RMB.' })
  @Property({ type: 'text' })
  currency!: string;

  @Field(() => DecimalText, { description: 'IQD for one unit; 6 decimals.' })
  @Property({ type: 'string', columnType: 'numeric(18,6)' })
  rate!: string;

  @Field(() => BusinessDate, { description: 'It holds from this day until the next rate.' })
  @Property({ type: 'string', columnType: 'date' })
  effectiveOn!: string;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;
}

@ObjectType({ description: 'A tax that a line may carry.' })
@Entity({ tableName: 'taxes' })
@Check({ name: 'taxes_rate_check', expression: 'rate_percent >= 0::numeric and rate_percent <= 100::numeric' })
export class Tax {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Unique({ name: 'taxes_code_unique' })
  @Property({ type: 'text' })
  code!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  nameAr!: string;

  @Field(() => DecimalText)
  @Property({ type: 'string', columnType: 'numeric(6,3)' })
  ratePercent!: string;

  @Field(() => String, { nullable: true, description: 'The id of the tax at Zoho.' })
  @Unique({ name: 'taxes_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @Field(() => Boolean)
  @Property({ type: 'boolean', default: true })
  active!: boolean;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Property({ type: 'datetime', columnType: 'timestamptz', defaultRaw: 'now()' })
  createdAt!: Date;
}
