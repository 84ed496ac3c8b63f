import { Check, Entity, Index, ManyToOne, OneToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { User } from '../identity/user.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { AMOUNT, DAY, INSTANT } from '../platform/db/columns.js';
import { BusinessDate, DateTime, Money, MoneyField } from '../platform/graphql/scalars.js';
import { Account } from './account.entity.js';

const SUM = { type: 'string', columnType: 'numeric(20,6)' } as const;

const refers = (column: string, table: string) =>
  ({
    fieldName: column,
    mapToPk: true,
    deleteRule: 'no action',
    updateRule: 'no action',
    foreignKeyName: `${table}_${column}_fkey`,
  }) as const;

/** Append-only by trigger; journal.queries writes it. The numbers stand in a table of their own, given after the commit. */
@ObjectType({ description: 'One event in the journal. It never changes; a correction is another entry.' })
@Entity({ tableName: 'journal_entries' })
@Unique({ name: 'journal_entries_document_revision_unique', properties: ['documentId', 'event', 'revision'] })
@Index({ name: 'journal_entries_day', properties: ['day', 'id'] })
export class JournalEntry {
  @Field(() => ID)
  @PrimaryKey({ type: 'bigint', generated: 'by default as identity', autoincrement: true })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Without gaps; null for the moments until it has one.' })
  number?: string | null;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  day!: string;

  @Field(() => String, { description: 'What happened, such as INVOICE, PAYMENT_VOID or MANUAL.' })
  @Property({ type: 'text' })
  event!: string;

  @Field(() => String, { nullable: true, description: 'invoice, payment, creditNote, bill, manual ...' })
  @Property({ type: 'text', nullable: true })
  documentType?: string | null;

  @Field(() => ID, { nullable: true })
  @Property({ type: 'uuid', nullable: true })
  documentId?: string | null;

  @Field(() => Int, {
    description:
      'Which time the event of the document was posted: above 1 when the document was changed at its source.',
  })
  @Property({ type: 'integer', default: 1 })
  revision!: number;

  @Field(() => ID, { nullable: true, description: 'The entry that this one takes back.' })
  @OneToOne({
    entity: () => JournalEntry,
    ...refers('reverses', 'journal_entries'),
    foreignKeyName: 'journal_entries_reverses_fkey',
    nullable: true,
  })
  reverses?: string | null;

  @Field(() => ID, { nullable: true, description: 'The entry that takes this one back.' })
  reversedBy?: string | null;

  @Field(() => String, { nullable: true, description: 'Why, in the words of who did it.' })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Field(() => String, { description: 'user:<id>, key:<id>, zoho-sync or system.' })
  @Property({ type: 'text' })
  actor!: string;

  @Property({ type: 'text' })
  origin!: string;

  /** The transaction that wrote it: no later one can add lines. */
  @Property({ type: 'string', columnType: 'xid8', defaultRaw: 'pg_current_xact_id()' })
  xid!: string;

  @Field(() => DateTime)
  @Property({ ...INSTANT, defaultRaw: 'clock_timestamp()' })
  createdAt!: Date;

  @Field(() => [JournalLine])
  lines?: JournalLine[];
}

/** A line of an entry; positive is debit. The lines of an entry sum to 0 in base and in every currency, by trigger. */
@ObjectType({
  description: 'A line of an entry; positive is debit. The lines of an entry sum to 0, in each currency and in base.',
})
@Entity({ tableName: 'journal_lines' })
@Index({
  name: 'journal_lines_account',
  expression: `create index "journal_lines_account" on "journal_lines" ("account", "currency", "day", "entry_id", "line") include ("amount", "base")`,
})
@Index({
  name: 'journal_lines_party',
  expression: `create index "journal_lines_party" on "journal_lines" ("account", "party_id", "currency", "day", "entry_id", "line") include ("amount", "base") where (party_id is not null)`,
})
@Check({ name: 'journal_lines_currency', expression: `currency in ('IQD', 'USD', 'RMB')` })
export class JournalLine {
  @ManyToOne({ entity: () => JournalEntry, ...refers('entry_id', 'journal_lines'), primary: true })
  entryId!: string;

  @Field(() => Int)
  @PrimaryKey({ type: 'integer', autoincrement: false })
  line!: number;

  @Field(() => Int, { description: 'The code of the account.' })
  @ManyToOne({ entity: () => Account, ...refers('account', 'journal_lines') })
  account!: number;

  @Field(() => ID, { nullable: true, description: 'The customer, vendor, user or box that the line names.' })
  @Property({ type: 'uuid', nullable: true })
  partyId?: string | null;

  @Property({ type: 'text' })
  currency!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  amount!: string;

  @Field(() => Money, { description: 'In the base currency, at the rate of the entry.' })
  @Property({ ...AMOUNT })
  base!: string;

  @Property({ ...DAY })
  day!: string;

  @Field(() => ID, { nullable: true })
  @ManyToOne({ entity: () => Branch, ...refers('branch_id', 'journal_lines'), nullable: true })
  branchId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Who looked after the customer on the day.' })
  @ManyToOne({ entity: () => User, ...refers('salesperson_id', 'journal_lines'), nullable: true })
  salespersonId?: string | null;

  @Field(() => ID, { nullable: true })
  @ManyToOne({ entity: () => Product, ...refers('product_id', 'journal_lines'), nullable: true })
  productId?: string | null;
}

/** An entry that waits for its number; its lines are in no row of journal_days yet. */
@Entity({ tableName: 'journal_pending' })
export class JournalPending {
  @PrimaryKey({ type: 'bigint', autoincrement: false })
  entryId!: string;
}

/** The number of an entry, given after its commit, without gaps. */
@Entity({ tableName: 'journal_numbers' })
export class JournalNumber {
  @PrimaryKey({ type: 'bigint', autoincrement: false })
  number!: string;

  @OneToOne({ entity: () => JournalEntry, ...refers('entry_id', 'journal_numbers') })
  entryId!: string;
}

/** The last number; its row is locked by who gives numbers. */
@Entity({ tableName: 'journal_head' })
@Check({ name: 'journal_head_id_check', expression: 'id = 1' })
export class JournalHead {
  @PrimaryKey({ type: 'smallint', autoincrement: false })
  id!: number;

  @Property({ type: 'bigint', defaultRaw: '0' })
  number!: string;
}

/** What an account, or a party in it, stood at on the end of a day on which it moved, of all numbered entries. */
@Entity({ tableName: 'journal_days' })
@Check({ name: 'journal_days_currency', expression: `currency in ('IQD', 'USD', 'RMB')` })
export class JournalDay {
  @ManyToOne({ entity: () => Account, ...refers('account', 'journal_days'), primary: true })
  account!: number;

  /** The nil uuid stands for the whole account. */
  @PrimaryKey({ type: 'uuid' })
  partyId!: string;

  @PrimaryKey({ type: 'text' })
  currency!: string;

  @PrimaryKey({ ...DAY })
  day!: string;

  @Property({ ...SUM, default: 0 })
  debit!: string;

  @Property({ ...SUM, default: 0 })
  credit!: string;

  @Property({ ...SUM, default: 0 })
  baseDebit!: string;

  @Property({ ...SUM, default: 0 })
  baseCredit!: string;

  @Property({ ...SUM })
  balance!: string;

  @Property({ ...SUM })
  base!: string;
}
