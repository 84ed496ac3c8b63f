import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { BusinessDate, DateTime, MoneyField } from '../platform/graphql/scalars.js';
import { describeTable } from '../platform/read/entity-columns.js';

export const ENTRY_KINDS = [
  'INVOICE',
  'INVOICE_VOID',
  'PAYMENT',
  'PAYMENT_VOID',
  'CREDIT_NOTE',
  'CREDIT_NOTE_VOID',
  'REFUND',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export const EntryKindEnum = Object.fromEntries(ENTRY_KINDS.map((kind) => [kind, kind])) as { [K in EntryKind]: K };
registerEnumType(EntryKindEnum, { name: 'AccountEntryKind' });

export const Risk = { NONE: 'NONE', LOW: 'LOW', MEDIUM: 'MEDIUM', HIGH: 'HIGH' } as const;
registerEnumType(Risk, {
  name: 'CreditRisk',
  description: 'Overdue: HIGH. Above 80 % of the limit, or owing without one: MEDIUM. Above 50 %: LOW.',
});

@ObjectType({ description: 'What a customer owes in one currency. Currencies are never added together.' })
export class CustomerAccount {
  @Field(() => String)
  currency!: string;

  @MoneyField({ description: 'Invoices less payments and credit notes; negative: the company owes.' })
  balance!: string;

  @MoneyField({ description: 'What was due before today and is not settled.' })
  overdue!: string;

  @MoneyField({ description: 'Paid or credited, and not applied to an invoice yet.' })
  unapplied!: string;

  @MoneyField({ description: '0 in a currency other than the agreed one.' })
  creditLimit!: string;

  @MoneyField({
    description: 'The limit less the balance; orders that are confirmed and not billed count at confirmation.',
  })
  creditLeft!: string;

  @Field(() => Risk)
  risk!: string;
}

@ObjectType({ description: 'One line of a statement of account; never changed.' })
export class AccountEntry {
  @Field(() => ID)
  id!: string;

  @Field(() => EntryKindEnum)
  kind!: EntryKind;

  @Field(() => ID)
  documentId!: string;

  @Field(() => String)
  number!: string;

  @Field(() => BusinessDate)
  enteredOn!: string;

  @MoneyField({ description: 'Positive: the customer owes more.' })
  amount!: string;

  @MoneyField({ description: 'The balance after this line.' })
  balanceAfter!: string;

  @Field(() => DateTime)
  createdAt!: Date;

  currency!: string;
  customerId!: string;
  /** The order in which entries were written. */
  seq!: number;
}

describeTable(AccountEntry, 'account_entries', {
  id: 'uuid',
  seq: 'bigint',
  customerId: 'uuid',
  currency: 'text',
  kind: 'text',
  documentId: 'uuid',
  number: 'text',
  enteredOn: 'date',
  amount: 'numeric',
  createdAt: 'timestamptz',
});
