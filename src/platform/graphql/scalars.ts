import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { Field, ObjectType } from 'type-graphql';
import { Decimal } from '../../kernel/money.js';

/** RFC 3339 in UTC. */
export const DateTime = GraphQLDateTime;
export const JsonObject = GraphQLJSONObject;

function decimal(value: unknown): string {
  if (typeof value === 'string' && /^-?\d{1,12}(\.\d{1,6})?$/.test(value)) return value;
  throw new GraphQLError('Give a decimal number as text, such as "12.50".', { extensions: { code: 'BAD_USER_INPUT' } });
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

@ObjectType({ description: 'An amount with its currency. Amounts of different currencies are never added.' })
export class Money {
  @Field(() => DecimalText)
  amount!: string;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;
}
