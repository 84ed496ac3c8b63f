import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { ALWAYS_ERP, type FieldOwners, type Owner, type Phase } from '../kernel/ownership.js';
import { PriceList } from '../catalog/price-list.entity.js';
import { User } from '../identity/user.entity.js';
import { byId } from '../platform/db/columns.js';
import { MetadataEntry } from '../platform/graphql/metadata.js';
import { DateTime, DecimalText, MoneyField } from '../platform/graphql/scalars.js';
import { Salesperson } from './salesperson.js';

const ZOHO_IN_PARALLEL: Record<Phase, Owner> = { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' };

/** Contacts are Zoho's in the first phase; what Zoho does not know is ours always. */
export const customerOwners: FieldOwners = {
  name: ZOHO_IN_PARALLEL,
  nameAr: { parallel: 'MERGE', gradual: 'ERP', full: 'ERP' },
  company: ZOHO_IN_PARALLEL,
  phone: ZOHO_IN_PARALLEL,
  email: ZOHO_IN_PARALLEL,
  city: ZOHO_IN_PARALLEL,
  taxNumber: ZOHO_IN_PARALLEL,
  currency: ZOHO_IN_PARALLEL,
  creditLimit: ZOHO_IN_PARALLEL,
  paymentTermsDays: ZOHO_IN_PARALLEL,
  discountPercent: ALWAYS_ERP,
  priceList: ZOHO_IN_PARALLEL,
  salesperson: ALWAYS_ERP,
  notes: ALWAYS_ERP,
  active: ZOHO_IN_PARALLEL,
  addresses: ZOHO_IN_PARALLEL,
  contacts: ZOHO_IN_PARALLEL,
};

/** Who buys. Balances are added by the receivables module, one for each currency. */
@ObjectType({ description: 'Who buys from the company.' })
@Entity({ tableName: 'customers' })
@Index({
  name: 'customers_search_trgm',
  expression: 'create index "customers_search_trgm" on "customers" using gin ("search_text" gin_trgm_ops)',
})
@Index({
  name: 'customers_name_keyset',
  expression: 'create index "customers_name_keyset" on "customers" (("name" collate "C"), "id")',
})
@Index({ name: 'customers_created_keyset', properties: ['createdAt', 'id'] })
@Check({ name: 'customers_credit_limit_check', expression: 'credit_limit >= 0::numeric' })
@Check({ name: 'customers_terms_check', expression: 'payment_terms_days >= 0 and payment_terms_days <= 365' })
export class Customer {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, { description: 'Short and unique; made by the ERP when nobody gives one.' })
  @Unique({ name: 'customers_code_unique' })
  @Property({ type: 'text' })
  code!: string;

  @Field(() => String, { nullable: true, description: 'The id of the contact at Zoho.' })
  @Unique({ name: 'customers_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { description: 'Shown first; the name again where nobody gave one.' })
  @Property({ type: 'text' })
  nameAr!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  company?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  phone?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  email?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  city?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  taxNumber?: string | null;

  @Field(() => String, { description: 'The currency that is agreed with the customer; the credit limit is in it.' })
  @Property({ type: 'text', default: 'IQD' })
  currency!: string;

  @MoneyField({ description: 'In the currency that is agreed; 0 gives no credit.' })
  @Property({ type: 'string', columnType: 'numeric(18,6)', default: '0' })
  creditLimit!: string;

  @Field(() => Int, { description: 'Days until an invoice is due.' })
  @Property({ type: 'integer', default: 0 })
  paymentTermsDays!: number;

  @Field(() => DecimalText)
  @Property({ type: 'string', columnType: 'numeric(6,3)', default: '0' })
  discountPercent!: string;

  @Field(() => PriceList, { nullable: true })
  @ManyToOne({ entity: () => PriceList, ref: true, nullable: true, deleteRule: 'restrict', updateRule: 'no action' })
  priceList?: Ref<PriceList> | null;

  @Index({ name: 'customers_salesperson' })
  @Field(() => Salesperson, { nullable: true })
  @ManyToOne({ entity: () => User, ref: true, nullable: true, deleteRule: 'restrict', updateRule: 'no action' })
  salesperson?: Ref<User> | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  notes?: string | null;

  @Field(() => Boolean)
  @Property({ type: 'boolean', default: true })
  active!: boolean;

  @Property({ type: 'text', default: '' })
  searchText!: string;

  @Field(() => ID, { nullable: true, description: 'The customer that this one was merged into.' })
  @ManyToOne({ entity: () => Customer, ...byId('merged_into_id'), nullable: true })
  mergedIntoId?: string | null;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  updatedAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  archivedAt?: Date | null;

  @Field(() => [CustomerAddress])
  addresses?: CustomerAddress[];

  @Field(() => [CustomerContact])
  contacts?: CustomerContact[];

  @Field(() => [MetadataEntry])
  metadata?: MetadataEntry[];
}

@ObjectType({ description: 'Where a customer receives goods or bills.' })
@Entity({ tableName: 'customer_addresses' })
export class CustomerAddress {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Index({ name: 'customer_addresses_customer' })
  @ManyToOne({ entity: () => Customer, ref: true, deleteRule: 'cascade', updateRule: 'no action' })
  customer!: Ref<Customer>;

  /** The id at Zoho; null for an address of our own, which no report touches. */
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @Field(() => String, { description: 'Such as shop or store.' })
  @Property({ type: 'text' })
  label!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  line!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  city!: string;

  @Field(() => String, { nullable: true, description: 'One of the 18 governorates.' })
  @Property({ type: 'text', nullable: true })
  governorate?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  phone?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  instructions?: string | null;

  @Field(() => Boolean)
  @Property({ type: 'boolean', default: false })
  isDefault!: boolean;
}

@ObjectType({ description: 'A person at a customer.' })
@Entity({ tableName: 'customer_contacts' })
export class CustomerContact {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Index({ name: 'customer_contacts_customer' })
  @ManyToOne({ entity: () => Customer, ref: true, deleteRule: 'cascade', updateRule: 'no action' })
  customer!: Ref<Customer>;

  /** The id at Zoho; null for a person whom we have entered, whom no report touches. */
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  position?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  phone?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  email?: string | null;
}

/** A person who signs in for a customer. One customer a person. */
@Entity({ tableName: 'customer_users' })
@Index({ name: 'customer_users_customer', properties: ['customer'] })
export class CustomerUser {
  @ManyToOne({ entity: () => User, ...byId('user_id'), deleteRule: 'cascade', primary: true })
  userId!: string;

  @ManyToOne({ entity: () => Customer, ref: true, deleteRule: 'cascade', updateRule: 'no action' })
  customer!: Ref<Customer>;
}
