import {
  getNamedType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import type { Random } from './random.js';
import { oddText, valueFor, wrongValue, type Known } from './values.js';

export interface Operation {
  query: string;
  variables: unknown;
}

const TOKENS = [
  '{', '}', '(', ')', '[', ']', ':', '!', '$', '=', '@', '...', '|', '&', 'query', 'mutation', 'subscription', 'fragment',
  'on', 'true', 'null', '__typename', '__schema', '__type', 'products', 'nodes', 'id', 'me', 'name', '$n', '-', '0', '1.5e9',
  '"', '"""', '#', ',', '\\u0000', '\\uD800', 'Product', '"\\u{10FFFF}"', '-1', '00', '1a', 'directive', 'type', 'extend',
] as const; // prettier-ignore

const REPEATED_FIELDS = 1240;

/** Texts that are no query, or one that no honest client writes. */
const DOCUMENTS: Record<string, (random: Random) => string> = {
  'token soup': (random) => Array.from({ length: random.between(1, 300) }, () => random.pick(TOKENS)).join(random.pick([' ', '', '\n'])),
  'deep nesting': (random) => {
    const depth = random.pick([13, 50, 500, 1600, 20_000]);
    return `{ products { nodes { ${'category { parent { '.repeat(depth)} id ${'} } '.repeat(depth)} } } }`;
  },
  'deep brackets': (random) => random.pick(['{', '[', '(', '{a', '{a(b:[']).repeat(random.pick([100, 5000, 60_000])),
  'deep list literal': (random) => {
    const depth = random.pick([10, 300, 2400]);
    return `{ products(filter: { AND: ${'['.repeat(depth)}${']'.repeat(depth)} }) { nodes { id } } }`;
  },
  'deep filter literal': (random) => {
    const depth = random.pick([3, 30, 300, 1200]);
    return `{ products(filter: ${'{NOT:'.repeat(depth)}{sku:{eq:"x"}}${'}'.repeat(depth)}) { nodes { id } } }`;
  },
  'alias flood': (random) => {
    const count = random.pick([10, 49, 51, 400, 800]);
    return `{ ${Array.from({ length: count }, (_, index) => `a${index}: products(first: 100) { totalCount }`).join(' ')} }`;
  },
  'repeated fields': (random) => `{ ${random.pick(['me{name} ', '__typename ', 'products{totalCount} '])}${'me{name} '.repeat(REPEATED_FIELDS)} }`,
  'fields that conflict': (random) => {
    const count = random.pick([20, 200, 700]);
    return `{ ${Array.from({ length: count }, (_, index) => `products(first: ${index + 1}) { nodes { id } }`).join(' ')} }`;
  },
  'fragment cycle': (random) =>
    random.pick([
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      '{ ...A } fragment A on Query { me { name } ...A }',
      '{ products { nodes { ...P } } } fragment P on Product { category { ...C } } fragment C on Category { parent { ...C } }',
    ]),
  'fragment bomb': (random) => {
    const levels = random.pick([5, 15, 40]);
    const width = random.pick([2, 10]);
    const parts = Array.from({ length: levels }, (_, level) => `fragment F${level} on Query { ${`...F${level + 1} `.repeat(width)} }`);
    return `{ ...F0 } ${parts.join(' ')} fragment F${levels} on Query { me { name } }`;
  },
  'many fragments': (random) => {
    const count = random.pick([50, 600]);
    return `{ me { name } } ${Array.from({ length: count }, (_, index) => `fragment G${index} on ${random.pick(['Query', 'Product', 'Nope'])} { id }`).join(' ')}`;
  },
  'huge literal': (random) => `{ products(search: "${random.pick(['a', '%', 'ا', '_']).repeat(random.pick([300, 20_000, 200_000]))}") { totalCount } }`,
  'huge number': (random) => `{ products(first: ${random.pick(['-', ''])}${'9'.repeat(random.pick([11, 400, 30_000]))}) { totalCount } }`,
  'unknown directives': (random) => `{ me ${'@nope(a: 1) '.repeat(random.pick([1, 11, 500, 1500]))}{ name } }`,
  'repeated skip': (random) => `{ me { name ${'@include(if: true) '.repeat(random.pick([2, 11, 600]))} } }`,
  'unknown fields': (random) => `{ ${Array.from({ length: random.pick([1, 30, 900]) }, (_, index) => `nope${index}`).join(' ')} }`,
  'many operations': (random) => Array.from({ length: random.pick([2, 100, 800]) }, (_, index) => `query Q${index} { __typename }`).join(' '),
  'many variables': (random) => `query(${Array.from({ length: random.pick([5, 600]) }, (_, index) => `$v${index}: ${random.pick(['Int', 'ProductFilter', 'Nope', '[[[[Int]]]]', 'Product'])}`).join(' ')}) { me { name } }`,
  introspection: (random) => {
    const depth = random.pick([1, 5, 30]);
    return `{ __schema { types { ${'fields { type { '.repeat(depth)} name ${'} } '.repeat(depth)} } } }`;
  },
  'introspection of one type': (random) => {
    const depth = random.pick([1, 4, 8]);
    return `{ __type(name: "Query") { ${'fields { type { ofType { '.repeat(depth)} name ${'} } } '.repeat(depth)} } }`;
  },
  'unusual unicode': (random) => `{ products(search: "${oddText(random).replaceAll('"', '')}") { totalCount } } # ${oddText(random)}`,
  'unusual names': (random) => `query ${random.pick(['Q\u0000', 'Ω', '😀', '__proto__', 'constructor', 'toString'])} { ${random.pick(['me{name}', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])} }`,
  'aliases of prototypes': () => '{ __proto__: me { name } constructor: me { name } toString: me { hasOwnProperty: name } }',
  'type definitions': () => 'type Query { a: Int } extend type Query { b: Int } directive @x on FIELD',
  'subscription by HTTP': () => 'subscription { entityChanged(types: ["product"]) { cursor } }',
  'two kinds at once': () => 'query A { me { name } } mutation A { signOut } subscription A { syncStatsUpdated { pending } }',
  'only comments': (random) => `#${'x'.repeat(random.pick([1, 200_000]))}`,
  'nothing': () => '',
}; // prettier-ignore

export function oddDocument(random: Random): { family: string; operation: Operation } {
  const family = random.pick(Object.keys(DOCUMENTS));
  const variables = random.chance(0.8) ? undefined : wrongValue(random);
  return { family, operation: { query: (DOCUMENTS[family] as (random: Random) => string)(random), variables } };
}

type Field = GraphQLField<unknown, unknown>;

// They would end the session of the user who sends them, or close the books for the rest of the run.
const LEFT_OUT = new Set(['signOut', 'closeBooks']);

export interface RootField {
  root: 'query' | 'mutation' | 'subscription';
  field: Field;
}

export function rootFields(schema: GraphQLSchema): RootField[] {
  const fieldsOf = (root: RootField['root'], fields: Record<string, Field> | undefined): RootField[] =>
    Object.values(fields ?? {})
      .filter(({ name }) => !LEFT_OUT.has(name))
      .map((field) => ({ root, field }));
  return [
    ...fieldsOf('query', schema.getQueryType()?.getFields()),
    ...fieldsOf('mutation', schema.getMutationType()?.getFields()),
  ];
}

export const subscriptionFields = (schema: GraphQLSchema): RootField[] =>
  Object.values(schema.getSubscriptionType()?.getFields() ?? {}).map((field) => ({ root: 'subscription', field }));

const needsNothing = (field: Field): boolean =>
  field.args.every((arg) => !isNonNullType(arg.type) || arg.defaultValue !== undefined);

/** Some fields of a type, a few levels deep; lists in lists are left shallow, so that most stay within the limits. */
function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, random: Random, depth: number): string {
  if (isUnionType(type)) {
    const members = schema
      .getPossibleTypes(type)
      .map((member) => `... on ${member.name} ${selectionOf(schema, member, random, depth + 1)}`);
    // Two members may hold fields of one name and different types.
    return `{ __typename ${random.pick(members)} }`;
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return '';
  const fields = Object.values(type.getFields()).filter(needsNothing);
  const leaves = fields.filter((field) => !isComposite(getNamedType(field.type)));
  const inner = depth < 4 ? fields.filter((field) => isComposite(getNamedType(field.type))) : [];
  const chosen = leaves.filter(() => random.chance(0.5)).map(({ name }) => name);
  for (const field of inner) {
    const isList = isListType(getNullableType(field.type));
    if (!random.chance(depth < 2 ? 0.6 : isList ? 0.15 : 0.3)) continue;
    const page = field.args.some(({ name }) => name === 'first') ? `(first: ${random.pick([1, 5, 100])})` : '';
    chosen.push(`${field.name}${page} ${selectionOf(schema, getNamedType(field.type), random, depth + 1)}`);
  }
  return `{ __typename ${chosen.join(' ')} }`;
}

const isComposite = (type: GraphQLNamedType): boolean =>
  isObjectType(type) || isInterfaceType(type) || isUnionType(type);

/** A root field with variables for its arguments, as a generated client would write it, and odd values in them. */
export function operationFor(
  schema: GraphQLSchema,
  { root, field }: RootField,
  random: Random,
  known: Known,
): Operation {
  const args = field.args.filter((arg) => isNonNullType(arg.type) || random.chance(arg.name === 'filter' ? 0.8 : 0.3));
  const variables: Record<string, unknown> = {};
  for (const arg of args) {
    const isCursor = arg.name === 'after' || arg.name === 'before';
    variables[arg.name] = isCursor && random.chance(0.8) ? oddCursor(random, known) : valueFor(arg.type, random, known);
  }
  const declared = args.map((arg) => `$${arg.name}: ${random.chance(0.03) ? 'Int' : String(arg.type)}`);
  const given = args.map((arg) => `${arg.name}: $${arg.name}`);
  const selection = selectionOf(schema, getNamedType(field.type), random, 1);
  const query = `${root} Hostile${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${field.name}${
    given.length > 0 ? `(${given.join(', ')})` : ''
  } ${selection} }`;
  return { query, variables: random.chance(0.03) ? wrongValue(random) : variables };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Garbage, the cursor of another list, or one of ours with something changed in it. */
export function oddCursor(random: Random, known: Known): string {
  const real = known.cursors.length > 0 ? random.pick(known.cursors) : '';
  switch (random.below(8)) {
    case 0:
      return oddText(random);
    case 1:
      return real;
    case 2:
      return real.slice(0, random.below(real.length + 1));
    case 3: {
      const at = random.below(real.length + 1);
      return `${real.slice(0, at)}${random.pick(['A', '_', '=', 'é', '\u0000'])}${real.slice(at + 1)}`;
    }
    case 4:
      return encode(wrongValue(random));
    case 5:
      return encode([
        random.pick(['NAME_ASC', 'CREATED_DESC', 'PRICE_ASC', 'POPULAR', 'nope']),
        wrongValue(random),
        wrongValue(random),
      ]);
    case 6:
      return encode([random.pick(['NAME_ASC', 'CREATED_DESC', 'ID']), oddText(random), oddText(random)]);
    default: {
      try {
        const parsed = JSON.parse(Buffer.from(real, 'base64url').toString('utf8')) as unknown[];
        parsed[random.below(parsed.length)] = wrongValue(random);
        return encode(parsed);
      } catch {
        return encode([oddText(random)]);
      }
    }
  }
}
