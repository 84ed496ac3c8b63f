import {
  Kind,
  valueFromASTUntyped,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/** The arguments of one field of the document, with its variables filled in. */
export type FieldArguments = Readonly<Record<string, unknown>>;

/** The fields that an operation asks for below one field, as a tree of names; aliases of one field are one node. */
export interface Selection {
  readonly fields: ReadonlyMap<string, Selection>;
  /** The arguments of each of its occurrences; absent when none has arguments. */
  readonly calls?: readonly FieldArguments[];
}

export type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'> &
  Partial<Pick<GraphQLResolveInfo, 'variableValues'>>;

interface MutableSelection {
  fields: Map<string, MutableSelection>;
  calls?: FieldArguments[];
}

/** One pass over a document. */
interface Pass {
  fragments: Record<string, FragmentDefinitionNode>;
  variables: Record<string, unknown>;
  /** The variables from which an argument below the field took its value. */
  used: Set<string>;
}

/** The trees of one place of a document: one for each set of values that arguments below it take from variables. */
interface Place {
  used: readonly string[];
  byValues: Map<string, Selection>;
}

const EMPTY: Selection = { fields: new Map() };
const NO_ARGUMENTS: FieldArguments = {};
const MAX_VALUES = 50;

// The same parsed document comes again and again, and what is compiled from a tree is kept with the tree. Conditions
// (@skip, @include) are taken as selected: a column too many is cheaper than a tree per set of variables.
const places = new WeakMap<object, Place>();

export function selectionOf(info: Info): Selection {
  const [first] = info.fieldNodes;
  if (!first) return EMPTY;
  const variables = info.variableValues ?? {};
  const place = info.fieldNodes.length === 1 ? places.get(first) : undefined;
  const known = place?.byValues.get(keyOf(place.used, variables));
  if (known) return known;
  const fields = new Map<string, MutableSelection>();
  const pass: Pass = { fragments: info.fragments, variables, used: new Set() };
  for (const node of info.fieldNodes) if (node.selectionSet) collect(node.selectionSet, pass, fields);
  const selection: Selection = { fields };
  if (info.fieldNodes.length === 1) {
    const { used, byValues } = place ?? { used: [...pass.used], byValues: new Map<string, Selection>() };
    if (byValues.size >= MAX_VALUES) byValues.clear();
    byValues.set(keyOf(used, variables), selection);
    places.set(first, { used, byValues });
  }
  return selection;
}

const keyOf = (used: readonly string[], variables: Record<string, unknown>): string =>
  used.length === 0 ? '' : JSON.stringify(used.map((name) => variables[name] ?? null));

function noteVariables(value: ValueNode, used: Set<string>): void {
  if (value.kind === Kind.VARIABLE) used.add(value.name.value);
  else if (value.kind === Kind.LIST) for (const one of value.values) noteVariables(one, used);
  else if (value.kind === Kind.OBJECT) for (const field of value.fields) noteVariables(field.value, used);
}

function argumentsOf(node: FieldNode, pass: Pass): FieldArguments {
  if (!node.arguments || node.arguments.length === 0) return NO_ARGUMENTS;
  const values: Record<string, unknown> = {};
  for (const { name, value } of node.arguments) {
    noteVariables(value, pass.used);
    values[name.value] = valueFromASTUntyped(value, pass.variables);
  }
  return values;
}

function collect(set: SelectionSetNode, pass: Pass, into: Map<string, MutableSelection>): void {
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) {
      const known = into.get(node.name.value);
      const child = known ?? { fields: new Map<string, MutableSelection>() };
      const given = argumentsOf(node, pass);
      // The plain occurrences of a field are worth a call only beside others that have arguments.
      if (given !== NO_ARGUMENTS) child.calls = [...(child.calls ?? (known ? [NO_ARGUMENTS] : [])), given];
      else child.calls?.push(NO_ARGUMENTS);
      into.set(node.name.value, child);
      if (node.selectionSet) collect(node.selectionSet, pass, child.fields);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      collect(node.selectionSet, pass, into);
    } else {
      const fragment = pass.fragments[node.name.value];
      if (fragment) collect(fragment.selectionSet, pass, into);
    }
  }
}

function merge(one: Selection, other: Selection): Selection {
  const fields = new Map(one.fields);
  for (const [name, child] of other.fields) {
    const known = fields.get(name);
    fields.set(name, known ? merge(known, child) : child);
  }
  if (!one.calls && !other.calls) return { fields };
  return { fields, calls: [...(one.calls ?? [NO_ARGUMENTS]), ...(other.calls ?? [NO_ARGUMENTS])] };
}

/** The fields selected of the nodes of a connection, through `nodes` and `edges { node }` alike. */
export function nodeSelection(connection: Selection): Selection {
  const direct = connection.fields.get('nodes');
  const edges = connection.fields.get('edges')?.fields.get('node');
  if (!direct || !edges) return direct ?? edges ?? EMPTY;
  return merge(direct, edges);
}

/** What is asked of a field of the answer, such as the order of a mutation's payload. */
export const childSelection = (selection: Selection, field: string): Selection => selection.fields.get(field) ?? EMPTY;

export const asks = (selection: Selection, field: string): boolean => selection.fields.has(field);
