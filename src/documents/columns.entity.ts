import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { type ClassType, Field, ID, Int, ObjectType } from 'type-graphql';
import { PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import { AMOUNT, byId, DAY, INSTANT, NO_CASCADE, PERCENT, QUANTITY, WITH_OWNER } from '../platform/db/columns.js';
import { BusinessDate, DateTime, DecimalText, MoneyField } from '../platform/graphql/scalars.js';

// The columns that documents share, as decorators: what a column is in the table and what it is in the schema stand
// together, once.

/** How far a document that is owed has been settled; computed, OVERDUE as of today. An enum is a copy of it. */
export const SETTLED_STATUS = {
  OPEN: 'OPEN',
  PARTIALLY_PAID: 'PARTIALLY_PAID',
  PAID: 'PAID',
  OVERDUE: 'OVERDUE',
  VOID: 'VOID',
} as const;

interface Shown {
  description?: string;
  nullable?: boolean;
}

type Decorate = (target: never, name: never) => unknown;

const all =
  (...decorators: Decorate[]): PropertyDecorator =>
  (target, name) =>
    decorators.forEach((decorate) => void decorate(target as never, name as never));

const onClass =
  (...decorators: ((target: never) => unknown)[]) =>
  (target: object): void =>
    decorators.forEach((decorate) => void decorate(target as never));

// The names of properties are checked against one class, and these decorators are for several.
const index = (name: string, properties: string[]) => Index({ name, properties: properties as unknown as undefined });

/** A table of documents: listed by creation, and by party; in one of the company's currencies. */
export const DocumentTable = (
  table: string,
  { party, description }: { party: 'customer' | 'vendor'; description: string },
) =>
  onClass(
    ObjectType({ description }),
    Entity({ tableName: table }),
    index(`${table}_created_keyset`, ['createdAt', 'id']),
    index(`${table}_${party}`, [party, 'createdAt', 'id']),
    Check({ name: `${table}_currency_check`, expression: `currency in ('IQD', 'USD', 'RMB')` }),
  );

/** A table of the lines of documents, read in their position. */
export const LineTable = (
  table: string,
  { owner, index: name = owner, description }: { owner: string; index?: string; description: string },
) => onClass(ObjectType({ description }), Entity({ tableName: table }), index(`${table}_${name}`, [owner, 'position']));

export const Id = () =>
  all(
    Field(() => ID),
    PrimaryKey({ type: 'uuid' }),
  );

export const DocumentNumber = (table: string, description = 'Gap-free within the branch.') =>
  all(
    Field(() => String, { description }),
    Unique({ name: `${table}_number_unique` }),
    Property({ type: 'text' }),
  );

/** The id of the same document at Zoho. */
export const ZohoId = (table: string, noun: string) =>
  all(
    Field(() => String, { nullable: true, description: `The id of the ${noun} at Zoho.` }),
    Unique({ name: `${table}_external_ref_unique` }),
    Property({ type: 'text', nullable: true }),
  );

export const Party = (type: () => ClassType<object>) => ManyToOne({ entity: type, ...NO_CASCADE });
export const Owner = (type: () => ClassType<object>) => ManyToOne({ entity: type, ...WITH_OWNER });

export const Position = () => Property({ type: 'integer' });

/** A reference that code holds as a plain id, and that the schema shows through another field, or not at all. */
export const HiddenReference = (type: () => ClassType<object>, column: string, options: { nullable?: boolean } = {}) =>
  ManyToOne({ entity: type, ...byId(column), ...options });
/** A reference that the schema shows as an id. */
export const ShownReference = (type: () => ClassType<object>, column: string, shown: Shown = {}) =>
  all(
    Field(() => ID, shown),
    ManyToOne({ entity: type, ...byId(column), nullable: shown.nullable === true }),
  );
/** An id whose reference a downstream module makes, because its table is there. */
export const HiddenId = (options: { nullable?: boolean } = {}) => Property({ type: 'uuid', ...options });
/** An id without a foreign key: who acted stays on record whatever becomes of the user. */
export const ShownId = (shown: Shown = {}) =>
  all(
    Field(() => ID, shown),
    Property({ type: 'uuid', nullable: shown.nullable === true }),
  );

export const BusinessDay = (shown: Shown = {}) =>
  all(
    Field(() => BusinessDate, shown),
    Property({ ...DAY, nullable: shown.nullable === true }),
  );

export const Moment = (shown: Shown = {}) =>
  all(
    Field(() => DateTime, shown),
    Property({ ...INSTANT, nullable: shown.nullable === true }),
  );

export const Text = (shown: Shown = {}) =>
  all(
    Field(() => String, shown),
    Property({ type: 'text', nullable: shown.nullable === true }),
  );
export const OptionalText = (description?: string) =>
  Text({ nullable: true, ...(description === undefined ? {} : { description }) });

export const Rate = (description?: string) =>
  all(
    Field(() => DecimalText, description === undefined ? {} : { description }),
    Property({ ...AMOUNT }),
  );

/** Of an allocation between two currencies. */
export const SettlementRate = () =>
  all(
    Field(() => DecimalText, {
      nullable: true,
      description:
        'Units of the weaker currency (RMB is weaker than USD, IQD than both) for one of the stronger; null in one currency.',
    }),
    Property({ ...AMOUNT, nullable: true }),
  );

/** An amount that is for the books alone. */
export const HiddenAmount = (options: { nullable?: boolean } = {}) => Property({ ...AMOUNT, ...options });

export const Method = () =>
  all(
    Field(() => PaymentMethodEnum),
    Property({ type: 'text' }),
  );

/** An amount in the currency of the document. */
export const Amount = (description?: string) =>
  all(MoneyField(description === undefined ? {} : { description }), Property({ ...AMOUNT }));
/** An amount that is 0 until something happens to the document. */
export const Running = (description?: string) =>
  all(MoneyField(description === undefined ? {} : { description }), Property({ ...AMOUNT, default: '0' }));

/** What an allocation takes of its source beyond what it settles. */
export const Excess = () =>
  all(
    Field(() => DecimalText, {
      description: 'The part of what it takes that was too much and is kept, in the currency of what it takes it of.',
    }),
    Property({ ...AMOUNT, default: '0' }),
  );

export const Quantity = () =>
  all(
    Field(() => DecimalText),
    Property({ ...QUANTITY }),
  );
/** How much of a line is done: shipped, billed, credited, received. */
export const Done = (description: string) =>
  all(
    Field(() => DecimalText, { description }),
    Property({ ...QUANTITY, default: '0' }),
  );
export const Percent = (description?: string) =>
  all(
    Field(() => DecimalText, description === undefined ? {} : { description }),
    Property({ ...PERCENT, default: '0' }),
  );

export const Version = () =>
  all(
    Field(() => Int),
    Property({ type: 'integer', version: true, default: 1 }),
  );

/** The day from which nothing is open; who asks what was open on a day leaves those settled before it out. */
export const SettledDay = () =>
  BusinessDay({ nullable: true, description: 'The day from which nothing is open; null while something is.' });

/** The business day of the counter-entry; the document itself keeps its day. */
export const VoidDay = () =>
  BusinessDay({ nullable: true, description: 'The day of the counter-entry, when it is void.' });
