import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { msg } from '../../kernel/message.js';
import { DEFAULT_PAGE, MAX_PAGE } from '../read/connection.js';
import { refusal } from './refusal.js';

/**
 * What an operation costs, in points. One point is about the work of one field of one row; what the database does
 * beyond reading rows is charged on top:
 *
 * - 1 point a field, times the page size below a connection, times 5 below a plain list;
 * - 10 points a condition of a filter, 50 for one that searches inside of texts, and 50 for `search`;
 * - 200 points for the `totalCount` of a list that is filtered or searched: its rows are counted;
 * - what a module says of its root fields (`costs` of its plug), e.g. for a report.
 *
 * Throws BAD_INPUT for a text of a filter that is too long.
 *
 * Fragments are measured once each, so a nest of spreads takes linear time.
 */
export const COST = { list: 5, condition: 10, textCondition: 50, filteredCount: 200 } as const;

/** The cost with coerced variables: those whose defaults are filled in and whose types are checked. */
export type CostMeter = (variables: Record<string, unknown>) => number;

export const MAX_FILTER_TEXT = 200;
const METER_CAPACITY = 100;
const TEXT_OPERATORS = new Set(['contains', 'startsWith', 'endsWith']);

/** A text to look for is a name or a number: a longer one only makes the database compare. Throws BAD_INPUT. */
function assertShortTexts(value: unknown, field: string): void {
  for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (typeof one !== 'string' || one.length <= MAX_FILTER_TEXT) continue;
    throw refusal('BAD_INPUT', msg`A text of a filter or a search has at most ${MAX_FILTER_TEXT} characters.`, {
      extensions: { field, limit: MAX_FILTER_TEXT, http: { status: 400 } },
    });
  }
}

/** Points of a filter's value: its leaves, whatever AND, OR and NOT enclose them. */
function filterCost(filter: unknown): number {
  let cost = 0;
  const open: [string, unknown][] = [['', filter]];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const [name, value] = entry;
    if (value === null || value === undefined) continue;
    if (Array.isArray(value) && value.some((one) => typeof one === 'object')) {
      for (const one of value) open.push([name, one]);
    } else if (typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)) {
      for (const [key, inner] of Object.entries(value)) open.push([key, inner]);
    } else {
      assertShortTexts(value, 'filter');
      cost += TEXT_OPERATORS.has(name) ? COST.textCondition : COST.condition;
    }
  }
  return cost;
}

function argumentOf(node: FieldNode, ...names: string[]): ArgumentNode | undefined {
  return node.arguments?.find((argument) => names.includes(argument.name.value));
}

const valueOf = (argument: ArgumentNode | undefined, variables: Record<string, unknown>): unknown =>
  argument && valueFromASTUntyped(argument.value, variables);

export const costOfField = (field: GraphQLField<unknown, unknown> | undefined): number =>
  typeof field?.extensions['cost'] === 'number' ? field.extensions['cost'] : 1;

/** Measures an operation that has passed the limits of its document. */
export function measureCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, number>();

  const pageOf = (node: FieldNode): number => {
    const size = valueOf(argumentOf(node, 'first'), variables) ?? valueOf(argumentOf(node, 'last'), variables);
    return typeof size === 'number' ? Math.max(1, Math.min(size, MAX_PAGE)) : DEFAULT_PAGE;
  };
  const factorOf = (node: FieldNode, type: GraphQLOutputType | undefined): number => {
    if (!type) return 1;
    if (getNamedType(type).name.endsWith('Connection')) return pageOf(node);
    const bare = isNonNullType(type) ? type.ofType : type;
    // The lists inside a connection repeat it; the connection has counted them.
    return isListType(bare) && node.name.value !== 'nodes' && node.name.value !== 'edges' ? COST.list : 1;
  };

  const costOfNode = (node: FieldNode, parent: GraphQLNamedType | undefined): number => {
    const field =
      parent && (isObjectType(parent) || isInterfaceType(parent)) ? parent.getFields()[node.name.value] : undefined;
    const filter = filterCost(valueOf(argumentOf(node, 'filter'), variables));
    const requested = valueOf(argumentOf(node, 'search'), variables);
    assertShortTexts(requested, 'search');
    const search = requested == null ? 0 : COST.textCondition;
    const own = costOfField(field) + filter + search;
    if (!node.selectionSet) return own;
    const named = field ? getNamedType(field.type) : undefined;
    const type = named && isCompositeType(named) ? named : undefined;
    const counted = filter + search > 0 && selects(node.selectionSet, 'totalCount') ? COST.filteredCount : 0;
    return own + counted + costOfSet(node.selectionSet, type) * factorOf(node, field?.type);
  };

  /** Whether a selection set contains a field, directly or through fragments; each fragment is visited once. */
  const selects = (set: SelectionSetNode, name: string, looked = new Set<string>()): boolean =>
    set.selections.some((node) => {
      if (node.kind === Kind.FIELD) return node.name.value === name;
      if (node.kind === Kind.INLINE_FRAGMENT) return selects(node.selectionSet, name, looked);
      const fragment = fragments.get(node.name.value);
      if (!fragment || looked.has(node.name.value)) return false;
      looked.add(node.name.value);
      return selects(fragment.selectionSet, name, looked);
    });

  const costOfSet = (set: SelectionSetNode, parent: GraphQLNamedType | undefined): number => {
    let cost = 0;
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) cost += costOfNode(node, parent);
      else if (node.kind === Kind.FRAGMENT_SPREAD) cost += costOfSpread(node.name.value);
      else {
        const condition = node.typeCondition?.name.value;
        cost += costOfSet(node.selectionSet, condition ? schema.getType(condition) : parent);
      }
    }
    return cost;
  };

  const costOfSpread = (name: string): number => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    if (!fragment) return 0;
    // Cycles have been refused before; counting 0 until a fragment is measured ends one all the same.
    measured.set(name, 0);
    const cost = costOfSet(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
    measured.set(name, cost);
    return cost;
  };

  return costOfSet(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
}

/** The variables that stand below arguments of these names, however deep. */
function variablesBelow(document: DocumentNode, names: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  const visit = (value: unknown, inside: boolean): void => {
    if (Array.isArray(value)) for (const one of value) visit(one, inside);
    else if (typeof value === 'object' && value !== null && 'kind' in value) {
      const node = value as { kind: string; name?: { value: string } };
      const within = inside || (node.kind === (Kind.ARGUMENT as string) && names.has(node.name?.value ?? ''));
      if (within && node.kind === (Kind.VARIABLE as string)) found.add(node.name?.value ?? '');
      for (const [key, inner] of Object.entries(value)) if (key !== 'loc') visit(inner, within);
    }
  };
  visit(document.definitions, false);
  return [...found];
}

/** Measures once for each set of what the cost depends on: sizes of pages, and the points of filters. */
export function createCostMeter(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CostMeter {
  const pages = variablesBelow(document, new Set(['first', 'last']));
  const filters = variablesBelow(document, new Set(['filter', 'search']));
  const costs = new Map<string, number>();
  return (variables) => {
    // Type and value: 100 and "100" are two keys, and so are null and 0.
    const key = JSON.stringify([
      pages.map((name) => variables[name] ?? null),
      filters.map((name) => filterShape(variables[name])),
    ]);
    const stored = costs.get(key);
    if (stored !== undefined) return stored;
    const cost = measureCost(schema, document, operation, variables);
    if (costs.size >= METER_CAPACITY) costs.clear();
    costs.set(key, cost);
    return cost;
  };
}

/** What the points of a filter's variable depend on: objects cost by their leaves, a single value by being there. */
function filterShape(value: unknown): number | boolean {
  if (typeof value === 'object' && value !== null) return filterCost(value);
  assertShortTexts(value, 'filter');
  return value != null;
}
