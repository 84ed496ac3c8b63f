import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { ENTRY_KINDS, type EntryKind } from '../ledger/customer-ledger.queries.js';
import { BusinessDate, DateTime, MoneyField } from '../platform/graphql/scalars.js';
import { describeTable } from '../platform/read/entity-columns.js';

export const StatementEntryKindEnum = Object.fromEntries(ENTRY_KINDS.map((kind) => [kind, kind])) as {
  [K in EntryKind]: K;
};
registerEnumType(StatementEntryKindEnum, { name: 'StatementEntryKind' });

@ObjectType({ description: 'One line of a customer statement; never changed.' })
export class StatementEntry {
  @Field(() => ID)
  id!: string;

  @Field(() => StatementEntryKindEnum)
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

describeTable(StatementEntry, 'account_entries', {
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
