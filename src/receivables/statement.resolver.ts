import { ArgsType, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { ENTRY_KINDS, type EntryKind } from '../ledger/customer-ledger.queries.js';
import { connectionOf, PageArgs } from '../platform/graphql/connections.js';
import { BusinessDate, DateTime, MoneyField } from '../platform/graphql/scalars.js';

export const StatementEntryKindEnum = Object.fromEntries(ENTRY_KINDS.map((kind) => [kind, kind])) as {
  [K in EntryKind]: K;
};

registerEnumType(StatementEntryKindEnum, { name: 'StatementEntryKind' });

@ObjectType({ description: 'One line of a statement of account; never changed.' })
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
}

@ArgsType()
export class StatementEntryArgs extends PageArgs {
  @Field(() => ID)
  customerId!: string;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => BusinessDate, { nullable: true })
  from?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  to?: string | null;
}

export const EntryConnection = connectionOf(StatementEntry, 'StatementEntry');
