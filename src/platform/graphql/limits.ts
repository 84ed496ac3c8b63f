import {
  GraphQLError,
  isCompositeType,
  isListType,
  isNonNullType,
  getNamedType,
  isObjectType,
  isInterfaceType,
  Kind,
  parse,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type FieldNode,
} from 'graphql';
import { DEFAULT_PAGE, MAX_PAGE } from './page.js';

/** Checked before execution, the same on HTTP and WebSocket. Introspection counts like anything else. */
export const LIMITS = {
  tokens: 5000,
  depth: 12,
  aliases: 50,
  directives: 10,
  rootFields: 20,
  cost: 20_000,
  bodyBytes: 256 * 1024,
} as const;

export interface OperationShape {
  depth: number;
  aliases: number;
  directives: number;
  rootFields: number;
  cost: number;
}

const refuse = (what: string, is: number | string, limit: number): GraphQLError =>
  new GraphQLError(`The operation has ${what} ${is}; the limit is ${limit}.`, {
    extensions: { code: 'LIMIT_EXCEEDED', limit, http: { status: 400 } },
  });

/** Parses with the token limit; syntax errors come out as GRAPHQL_PARSE_FAILED. */
export function parseLimited(source: string): DocumentNode {
  try {
    return parse(source, { maxTokens: LIMITS.tokens });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'Syntax error.';
    throw new GraphQLError(message, { extensions: { code: 'GRAPHQL_PARSE_FAILED' } });
  }
}

const LIST_FACTOR = 5;

/**
 * Measures an operation: 1 point a field, times the page size below a connection, times 5 below a plain list.
 * Fragments are measured once each, so a nest of spreads costs linear time here; a cycle counts as too deep.
 */
export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): OperationShape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, OperationShape>();
  const open = new Set<string>();

  const pageOf = (node: FieldNode): number | null => {
    for (const argument of node.arguments ?? []) {
      if (argument.name.value !== 'first' && argument.name.value !== 'last') continue;
      const { value } = argument;
      const given =
        value.kind === Kind.INT
          ? Number(value.value)
          : value.kind === Kind.VARIABLE
            ? variables[value.name.value]
            : null;
      if (typeof given === 'number') return Math.max(1, Math.min(given, MAX_PAGE));
    }
    return null;
  };

  const factorOf = (node: FieldNode, type: GraphQLOutputType | undefined): number => {
    if (!type) return 1;
    const named = getNamedType(type);
    if (named.name.endsWith('Connection')) return pageOf(node) ?? DEFAULT_PAGE;
    const bare = isNonNullType(type) ? type.ofType : type;
    // The lists inside a connection repeat it; the connection has counted them.
    return isListType(bare) && node.name.value !== 'nodes' && node.name.value !== 'edges' ? LIST_FACTOR : 1;
  };

  const walk = (set: SelectionSetNode, parent: GraphQLNamedType | undefined): OperationShape => {
    const shape: OperationShape = { depth: 0, aliases: 0, directives: 0, rootFields: 0, cost: 0 };
    for (const node of set.selections) {
      shape.directives += node.directives?.length ?? 0;
      if (node.kind === Kind.FIELD) {
        shape.rootFields += 1;
        if (node.alias) shape.aliases += 1;
        const field =
          parent && (isObjectType(parent) || isInterfaceType(parent)) ? parent.getFields()[node.name.value] : undefined;
        shape.cost += 1;
        shape.depth = Math.max(shape.depth, 1);
        if (!node.selectionSet) continue;
        const named = field ? getNamedType(field.type) : undefined;
        const inner = walk(node.selectionSet, named && isCompositeType(named) ? named : undefined);
        shape.depth = Math.max(shape.depth, inner.depth + 1);
        shape.aliases += inner.aliases;
        shape.directives += inner.directives;
        shape.cost += inner.cost * factorOf(node, field?.type);
      } else {
        const inner =
          node.kind === Kind.INLINE_FRAGMENT
            ? inline(node.selectionSet, node.typeCondition?.name.value, parent)
            : spread(node.name.value);
        shape.depth = Math.max(shape.depth, inner.depth);
        shape.aliases += inner.aliases;
        shape.directives += inner.directives;
        shape.rootFields += inner.rootFields;
        shape.cost += inner.cost;
      }
    }
    return shape;
  };

  const inline = (
    set: SelectionSetNode,
    condition: string | undefined,
    parent: GraphQLNamedType | undefined,
  ): OperationShape => walk(set, condition ? schema.getType(condition) : parent);

  const spread = (name: string): OperationShape => {
    const done = known.get(name);
    if (done) return done;
    const fragment = fragments.get(name);
    if (!fragment || open.has(name))
      return { depth: LIMITS.depth + 1, aliases: 0, directives: 0, rootFields: 0, cost: 0 };
    open.add(name);
    const shape = walk(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
    open.delete(name);
    known.set(name, shape);
    return shape;
  };

  const root = schema.getRootType(operation.operation) ?? undefined;
  const shape = walk(operation.selectionSet, root);
  shape.directives += operation.directives?.length ?? 0;
  return shape;
}

// The standard introspection query of tools nests ofType eleven deep; it only reads the schema, so it may go deeper.
const INTROSPECTION_DEPTH = 16;

/** Answers the shape, or throws LIMIT_EXCEEDED for the first limit that is passed. */
export function assertWithinLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): OperationShape {
  const shape = measure(schema, document, operation, variables);
  const introspection = operation.selectionSet.selections.every(
    (node) => node.kind === Kind.FIELD && node.name.value.startsWith('__'),
  );
  const depth = introspection ? INTROSPECTION_DEPTH : LIMITS.depth;
  if (shape.depth > depth) throw refuse('a depth above the limit:', shape.depth, depth);
  if (shape.aliases > LIMITS.aliases) throw refuse('too many aliases:', shape.aliases, LIMITS.aliases);
  if (shape.directives > LIMITS.directives) throw refuse('too many directives:', shape.directives, LIMITS.directives);
  if (shape.rootFields > LIMITS.rootFields) throw refuse('too many root fields:', shape.rootFields, LIMITS.rootFields);
  if (!introspection && shape.cost > LIMITS.cost) throw refuse('a cost above the limit:', shape.cost, LIMITS.cost);
  return shape;
}
