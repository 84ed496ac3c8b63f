import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Customer } from '../customers/customer.entity.js';
import { AMOUNT, byId, DAY, INSTANT } from '../platform/db/columns.js';

const OF_CUSTOMER = { ...byId('customer_id'), deleteRule: 'no action' } as const;

/** An entry of the customer ledger. Append-only by trigger; customer-ledger.queries writes it. */
@Entity({ tableName: 'account_entries' })
@Index({ name: 'account_entries_statement', properties: ['customerId', 'currency', 'enteredOn', 'seq'] })
@Check({ name: 'account_entries_currency_check', expression: `currency in ('IQD', 'USD', 'RMB')` })
export class AccountEntry {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'bigint', generated: 'identity', autoincrement: true })
  seq!: string;

  @ManyToOne({ entity: () => Customer, ...OF_CUSTOMER, foreignKeyName: 'account_entries_customer_id_fkey' })
  customerId!: string;

  @Property({ type: 'text' })
  currency!: string;

  @Property({ type: 'text' })
  kind!: string;

  @Property({ type: 'uuid' })
  documentId!: string;

  @Property({ type: 'text' })
  number!: string;

  @Property({ ...DAY })
  enteredOn!: string;

  @Property({ ...AMOUNT })
  amount!: string;

  @Property({ ...INSTANT, defaultRaw: 'clock_timestamp()' })
  createdAt!: Date;

  @Property({ type: 'text', nullable: true })
  actor?: string | null;

  @Property({ type: 'text', nullable: true })
  origin?: string | null;
}

/** What a customer owes in a currency: the sum of the entries, kept beside them. */
@Entity({ tableName: 'customer_balances' })
@Check({ name: 'customer_balances_currency_check', expression: `currency in ('IQD', 'USD', 'RMB')` })
export class CustomerBalanceRow {
  @ManyToOne({
    entity: () => Customer,
    ...OF_CUSTOMER,
    primary: true,
    foreignKeyName: 'customer_balances_customer_id_fkey',
  })
  customerId!: string;

  @PrimaryKey({ type: 'text' })
  currency!: string;

  @Property({ ...AMOUNT, default: 0 })
  balance!: string;

  @Property({ ...INSTANT, defaultRaw: 'now()' })
  updatedAt!: Date;
}
