import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';
import { GraphQLScalarType, Kind } from 'graphql';
import { Field, ObjectType } from 'type-graphql';
import { isBusinessDate } from '../../kernel/clock.js';
import { msg } from '../../kernel/message.js';
import { Decimal } from '../../kernel/money.js';
import { refusal } from './refusal.js';

// As Postgres writes a timestamptz in UTC into JSON; the session's zone is UTC.
const JSON_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?\+00:00$/;

function instantText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string' && JSON_INSTANT.test(value)) {
    // Milliseconds, as a Date has them, without making one for every row.
    return `${value.slice(0, -6).padEnd(20, '.').slice(0, 23).padEnd(23, '0')}Z`;
  }
  return GraphQLDateTime.serialize(value) as unknown as string;
}

/** RFC 3339 in UTC. */
export const DateTime = new GraphQLScalarType<Date, string>({
  ...GraphQLDateTime.toConfig(),
  serialize: instantText,
});
export const JsonObject = GraphQLJSONObject;

function decimal(value: unknown): string {
  if (typeof value === 'string' && /^-?\d{1,12}(\.\d{1,6})?$/.test(value)) return value;
  throw refusal('BAD_USER_INPUT', msg`Give a decimal number as text, such as "12.50".`);
}

/** Decimal text: never a float, at most 12 digits before and 6 after the point. */
export const DecimalText = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  description: 'A decimal number as text, such as "1500" or "0.25": at most 12 digits before and 6 after the point.',
  serialize: (value) => (typeof value === 'string' ? trimZeros(value) : new Decimal(String(value)).toFixed()),
  parseValue: decimal,
  parseLiteral: (node) => decimal(node.kind === Kind.STRING ? node.value : undefined),
});

// numeric(18,6) comes back as "1500.000000".
function trimZeros(text: string): string {
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text[end - 1] === '0') end -= 1;
  if (text[end - 1] === '.') end -= 1;
  return text.slice(0, end);
}

function businessDay(value: unknown): string {
  if (typeof value === 'string' && isBusinessDate(value)) return value;
  throw refusal('BAD_USER_INPUT', msg`Give a date as text, such as "2026-11-20".`);
}

/** A business date stays the text it is: a Date would move it by the zone. */
export const BusinessDate = new GraphQLScalarType<string, string>({
  name: 'Date',
  description: 'A business date as text, YYYY-MM-DD.',
  serialize: (value) => String(value),
  parseValue: businessDay,
  parseLiteral: (node) => businessDay(node.kind === Kind.STRING ? node.value : undefined),
});

@ObjectType({ description: 'An amount with its currency. Amounts of different currencies are never added.' })
export class Money {
  @Field(() => DecimalText)
  amount!: string;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;
}

const moneyFields = new Set<string>();

/**
 * A property that holds an amount as decimal text, exposed as Money in the `currency` of its row. The schema's guard
 * gives it its resolver; every list of the type must select `currency` always.
 */
export function MoneyField(options: { description?: string; nullable?: boolean } = {}): PropertyDecorator {
  return (target, name) => {
    Field(() => Money, options)(target, name);
    moneyFields.add(`${target.constructor.name}.${String(name)}`);
  };
}

/** `className.field`. */
export const isMoneyField = (name: string): boolean => moneyFields.has(name);
