import {
  Kind,
  parse,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { type Message, msg, untranslated } from '../../kernel/message.js';
import { textFault } from '../../kernel/plain-text.js';
import { measureCost } from './cost.js';
import { refusal } from './refusal.js';

/**
 * What one operation may ask for, the same on HTTP and WebSocket. All but the cost depend on the document alone and are
 * held before it is validated, because validation compares fields in pairs: 1,240 repetitions of one field took it a
 * quarter of a second.
 */
export const LIMITS = {
  tokens: 5000,
  depth: 12,
  aliases: 50,
  directives: 10,
  rootFields: 20,
  /** Field nodes of the whole document. */
  fields: 2000,
  /** Fields that repeat an earlier one of their selection set under the same name. */
  repeatedFields: 20,
  fragments: 50,
  operations: 10,
  /** How deep lists and objects nest in arguments and variables. */
  inputDepth: 20,
  /** Values of arguments or variables, counted one by one. */
  inputValues: 20_000,
  cost: 20_000,
  bodyBytes: 256 * 1024,
  /** Errors that validation collects before it ends. */
  validationErrors: 5,
} as const;

// The standard introspection query of tools nests ofType eleven deep; it only reads the schema, so it may go deeper.
const INTROSPECTION_DEPTH = 16;

export interface OperationShape {
  depth: number;
  aliases: number;
  directives: number;
  rootFields: number;
}

function assertAtMost(limit: number, is: number, what: Message): void {
  if (is <= limit) return;
  throw refusal('LIMIT_EXCEEDED', msg`The operation has ${what}: ${is}; the limit is ${limit}.`, {
    extensions: { limit, http: { status: 400 } },
  });
}

/** Parses, then holds the limits of the document. Throws GRAPHQL_PARSE_FAILED or LIMIT_EXCEEDED. */
export function parseLimited(source: string): DocumentNode {
  let document: DocumentNode;
  try {
    document = parse(source, { maxTokens: LIMITS.tokens });
  } catch (error) {
    // The parser recurses: thousands of nested brackets end its stack.
    const isDeep = error instanceof RangeError;
    const sentence = isDeep ? msg`The document nests too deep.` : untranslated((error as Error).message);
    throw refusal('GRAPHQL_PARSE_FAILED', sentence, { extensions: { http: { status: 400 } } });
  }
  assertDocumentWithinLimits(document);
  return document;
}

function assertDocumentWithinLimits(document: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  assertAtMost(LIMITS.operations, operations.length, msg`too many operations`);
  assertAtMost(LIMITS.fragments, document.definitions.length - operations.length, msg`too many fragments`);
  assertNodes(document);
  for (const operation of operations) assertShape(operation, fragments);
}

/** Counts over the whole document, and the texts that no database can store. */
function assertNodes(document: DocumentNode): void {
  let fields = 0;
  let repeated = 0;
  let nesting = 0;
  const nest = {
    enter: (): void => assertAtMost(LIMITS.inputDepth, (nesting += 1), msg`values that nest too deep`),
    leave: (): void => void (nesting -= 1),
  };
  visit(document, {
    Field: () => assertAtMost(LIMITS.fields, (fields += 1), msg`too many fields`),
    SelectionSet(set) {
      repeated += repeatedIn(set);
      assertAtMost(LIMITS.repeatedFields, repeated, msg`too many repeated fields`);
    },
    ListValue: nest,
    ObjectValue: nest,
    StringValue(value) {
      const fault = textFault(value.value);
      if (fault) throw refusal('BAD_USER_INPUT', fault, { nodes: value });
    },
  });
}

/** Fields of a set, and of the inline fragments in it, that come again under a name that was there. */
function repeatedIn(set: SelectionSetNode): number {
  const names = new Set<string>();
  let fields = 0;
  const open = [set];
  for (let one = open.pop(); one; one = open.pop()) {
    for (const node of one.selections) {
      if (node.kind === Kind.FIELD) {
        fields += 1;
        names.add((node.alias ?? node.name).value);
      } else if (node.kind === Kind.INLINE_FRAGMENT) open.push(node.selectionSet);
    }
  }
  return fields - names.size;
}

/** Fragments are measured once each, so a nest of spreads costs linear time here; a cycle counts as too deep. */
function shapeOf(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): OperationShape {
  const known = new Map<string, OperationShape>();
  const open = new Set<string>();
  const add = (shape: OperationShape, inner: OperationShape, levels: number): void => {
    shape.depth = Math.max(shape.depth, inner.depth + levels);
    shape.aliases += inner.aliases;
    shape.directives += inner.directives;
  };
  const walk = (set: SelectionSetNode): OperationShape => {
    const shape: OperationShape = { depth: 0, aliases: 0, directives: 0, rootFields: 0 };
    for (const node of set.selections) {
      shape.directives += node.directives?.length ?? 0;
      if (node.kind === Kind.FIELD) {
        shape.rootFields += 1;
        shape.depth = Math.max(shape.depth, 1);
        if (node.alias) shape.aliases += 1;
        if (node.selectionSet) add(shape, walk(node.selectionSet), 1);
      } else {
        const inner = node.kind === Kind.INLINE_FRAGMENT ? walk(node.selectionSet) : spread(node.name.value);
        add(shape, inner, 0);
        shape.rootFields += inner.rootFields;
      }
    }
    return shape;
  };
  const spread = (name: string): OperationShape => {
    const done = known.get(name);
    if (done) return done;
    const fragment = fragments.get(name);
    // Validation reports an unknown fragment.
    if (!fragment) return { depth: 0, aliases: 0, directives: 0, rootFields: 0 };
    if (open.has(name)) return { depth: LIMITS.depth + INTROSPECTION_DEPTH, aliases: 0, directives: 0, rootFields: 0 };
    open.add(name);
    const shape = walk(fragment.selectionSet);
    open.delete(name);
    known.set(name, shape);
    return shape;
  };
  const shape = walk(operation.selectionSet);
  shape.directives += operation.directives?.length ?? 0;
  return shape;
}

const isIntrospection = (operation: OperationDefinitionNode): boolean =>
  operation.selectionSet.selections.every((node) => node.kind === Kind.FIELD && node.name.value.startsWith('__'));

function assertShape(operation: OperationDefinitionNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): void {
  const shape = shapeOf(operation, fragments);
  const depth = isIntrospection(operation) ? INTROSPECTION_DEPTH : LIMITS.depth;
  assertAtMost(depth, shape.depth, msg`too many levels`);
  assertAtMost(LIMITS.aliases, shape.aliases, msg`too many aliases`);
  assertAtMost(LIMITS.directives, shape.directives, msg`too many directives`);
  assertAtMost(LIMITS.rootFields, shape.rootFields, msg`too many root fields`);
}

/**
 * Answers the cost of an operation with its coerced variables, or throws LIMIT_EXCEEDED. Introspection has no cost: it
 * only reads the schema.
 */
export function assertWithinLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): { cost: number } {
  if (isIntrospection(operation)) return { cost: measureCost(schema, document, operation, variables) };
  const cost = measureCost(schema, document, operation, variables);
  assertCost(cost);
  return { cost };
}

export function assertCost(cost: number): void {
  assertAtMost(LIMITS.cost, cost, msg`too high a cost`);
}
