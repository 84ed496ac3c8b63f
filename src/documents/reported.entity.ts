import { Check, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { DecimalText, MoneyField } from '../platform/graphql/scalars.js';

// What an outside source says of a document stands in columns that every table of such documents has, beside our own.

export const DOCUMENT_SOURCES = ['ERP', 'ZOHO'] as const;
export type DocumentSource = (typeof DOCUMENT_SOURCES)[number];
export const DocumentSourceEnum = Object.fromEntries(DOCUMENT_SOURCES.map((source) => [source, source])) as {
  [S in DocumentSource]: S;
};
registerEnumType(DocumentSourceEnum, {
  name: 'DocumentSource',
  description: 'Where a document was made. What was made at Zoho is kept as Zoho says it.',
});

/** Every state in which Zoho has documents, whatever their kind. */
export const REPORTED_STATUSES = [
  'DRAFT',
  'PENDING_APPROVAL',
  'APPROVED',
  'REJECTED',
  'OPEN',
  'CONFIRMED',
  'SENT',
  'VIEWED',
  'UNPAID',
  'PARTIALLY_PAID',
  'PAID',
  'OVERDUE',
  'INVOICED',
  'PARTIALLY_INVOICED',
  'SHIPPED',
  'PARTIALLY_SHIPPED',
  'FULFILLED',
  'CLOSED',
  'VOID',
  'OTHER',
] as const;
export type ReportedStatus = (typeof REPORTED_STATUSES)[number];
export const ReportedStatusEnum = Object.fromEntries(REPORTED_STATUSES.map((status) => [status, status])) as {
  [S in ReportedStatus]: S;
};
registerEnumType(ReportedStatusEnum, {
  name: 'ReportedStatus',
  description: 'The state of a document at Zoho, which has more of them than we do; OTHER is one of its own making.',
});

/** Amounts that a source states, or that we would have computed from the lines; decimal text. */
export interface ReportedAmounts {
  subtotal: string;
  discountTotal: string;
  taxTotal: string;
  total: string;
}

/** What a source says of a document, as far as it is no column of ours. Absent: it does not say. */
export interface ReportedFacts extends ReportedAmounts {
  /** The state in the words of the source. */
  status: string;
  shipping: string;
  adjustment: string;
  rounding: string;
  balance: string | null;
  paid: string | null;
  credited: string | null;
  writtenOff: string;
  /** Units of the base currency of the source for one unit of the document's. */
  exchangeRate: string | null;
  reference: string | null;
  location: string | null;
  salesperson: string | null;
}

@ObjectType({ description: 'What Zoho says of a document, as it says it.' })
export class ReportedDocument {
  @Field(() => String, { description: 'The state in the words of Zoho.' })
  status!: string;

  @MoneyField()
  subtotal!: string;

  @MoneyField({ description: 'Of the document as a whole.' })
  discountTotal!: string;

  @MoneyField()
  taxTotal!: string;

  @MoneyField()
  shipping!: string;

  @MoneyField()
  adjustment!: string;

  @MoneyField({ description: 'What the total was rounded up by; negative: down.' })
  rounding!: string;

  @MoneyField()
  total!: string;

  @MoneyField({ nullable: true, description: 'What is still open there.' })
  balance?: string | null;

  @MoneyField({ nullable: true, description: 'By payments.' })
  paid?: string | null;

  @MoneyField({ nullable: true, description: 'By credit notes.' })
  credited?: string | null;

  @MoneyField()
  writtenOff!: string;

  @Field(() => DecimalText, {
    nullable: true,
    description: 'Units of the base currency for one unit of the currency of the document.',
  })
  exchangeRate?: string | null;

  @Field(() => String, { nullable: true, description: 'The reference number.' })
  reference?: string | null;

  @Field(() => String, { nullable: true, description: 'The id of the location there; null when it names none.' })
  location?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the salesperson there.' })
  salesperson?: string | null;
}

@ObjectType({ description: 'What we would have computed from the lines of a document that Zoho made.' })
export class ComputedDocument {
  @MoneyField()
  subtotal!: string;

  @MoneyField()
  discountTotal!: string;

  @MoneyField()
  taxTotal!: string;

  @MoneyField()
  total!: string;
}

/** What of a document stands in the journal, with what it takes to take it back. */
export interface StandingPosting {
  event: string;
  revision: number;
  day: string;
  currency: string;
  /** What it adds to what the party owes; negative: takes from it. */
  amount: string;
  /** Of what was posted: the same again posts nothing. */
  hash: string;
}

type Decorate = (target: never, name: never) => unknown;

const all =
  (...decorators: Decorate[]): PropertyDecorator =>
  (target, name) =>
    decorators.forEach((decorate) => void decorate(target as never, name as never));

/** On the class of a document that a source may report. */
export const ReportedTable =
  (table: string) =>
  (target: object): void => {
    // The names of properties are checked against one class, and this is for several.
    const properties = ['source', 'reportedNumber'] as unknown as undefined;
    Unique({ name: `${table}_reported_number_unique`, properties })(target);
    Check({ name: `${table}_source_check`, expression: `source in ('ERP', 'ZOHO')` })(target);
  };

export const Source = () =>
  all(
    Field(() => DocumentSourceEnum),
    Property({ type: 'text', default: 'ERP' }),
  );

export const ReportedNumber = () =>
  all(
    Field(() => String, { nullable: true, description: 'Its number at Zoho; null for what was deleted there.' }),
    Property({ type: 'text', nullable: true }),
  );

export const Status = () =>
  all(
    Field(() => ReportedStatusEnum, { nullable: true, description: 'Its state at Zoho.' }),
    Property({ type: 'text', nullable: true }),
  );

export const Draft = () =>
  all(
    Field(() => Boolean, { description: 'A draft at Zoho: nothing is owed for it, and nothing posted.' }),
    Property({ type: 'boolean', default: false }),
  );

export const Agrees = () =>
  all(
    Field(() => Boolean, {
      nullable: true,
      description: 'Whether what we would have computed is what Zoho says; null for what was made here.',
    }),
    Property({ type: 'boolean', nullable: true }),
  );

/** What the source says, what we would have computed, and what stands in the journal: each in one column. */
export const Facts = () => Property({ type: 'json', columnType: 'jsonb', nullable: true });
export const Computed = () => Property({ type: 'json', columnType: 'jsonb', nullable: true });
export const Posted = () => Property({ type: 'json', columnType: 'jsonb', defaultRaw: `'[]'` });
export const Postings = () => Property({ type: 'integer', default: 0 });
