import {
  buildASTSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { readFileSync } from 'node:fs';

export const schema: GraphQLSchema = buildASTSchema(parse(readFileSync('schema.graphql', 'utf8')));

export type RootField = GraphQLField<unknown, unknown>;

/** A literal that the type accepts; whether it means anything does not matter to who stands before the command. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? 'null';
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`;
  }
  const samples: Record<string, string> = {
    Int: '1',
    Float: '1',
    Boolean: 'true',
    ID: '"nonsense"',
    String: '"x"',
    DateTime: '"2030-01-01T00:00:00Z"',
    Decimal: '"1"',
    Date: '"2030-01-01"',
  };
  return samples[type.toString()] ?? '"x"';
}

const selection = (type: GraphQLOutputType): string => (isLeafType(getNamedType(type)) ? '' : '{ __typename }');

/** An operation of one root field with the arguments that it needs, which mean nothing where `given` does not name them. */
export function operationOf(kind: string, field: RootField, given: Readonly<Record<string, string>> = {}): string {
  const args = field.args.filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined);
  const list = args.map((arg) => `${arg.name}: ${given[arg.name] ?? literal(arg.type)}`).join(', ');
  return `${kind} { ${field.name}${list ? `(${list})` : ''} ${selection(field.type)} }`;
}

export function rootFields(type: 'Query' | 'Mutation' | 'Subscription'): RootField[] {
  const found = schema.getType(type);
  return isObjectType(found) ? Object.values(found.getFields()) : [];
}
