import { Kind, type FragmentDefinitionNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

/** The fields that an operation asks for below one field, as a tree of names. Aliases fold together. */
export interface Selection {
  readonly fields: ReadonlyMap<string, Selection>;
}

export type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

const EMPTY: Selection = { fields: new Map() };

// The same parsed document comes again and again; its tree is made once. Conditions (@skip, @include) are taken as
// selected: a column too many is cheaper than a tree per set of variables.
const cache = new WeakMap<object, Selection>();

export function selectionOf(info: Info): Selection {
  const [first] = info.fieldNodes;
  if (!first) return EMPTY;
  const known = info.fieldNodes.length === 1 ? cache.get(first) : undefined;
  if (known) return known;
  const fields = new Map<string, MutableSelection>();
  for (const node of info.fieldNodes) if (node.selectionSet) collect(node.selectionSet, info.fragments, fields);
  const selection: Selection = { fields };
  if (info.fieldNodes.length === 1) cache.set(first, selection);
  return selection;
}

interface MutableSelection {
  fields: Map<string, MutableSelection>;
}

function collect(
  set: SelectionSetNode,
  fragments: Record<string, FragmentDefinitionNode>,
  into: Map<string, MutableSelection>,
): void {
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) {
      const child = into.get(node.name.value) ?? { fields: new Map<string, MutableSelection>() };
      into.set(node.name.value, child);
      if (node.selectionSet) collect(node.selectionSet, fragments, child.fields);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      collect(node.selectionSet, fragments, into);
    } else {
      const fragment = fragments[node.name.value];
      if (fragment) collect(fragment.selectionSet, fragments, into);
    }
  }
}

/** The fields asked of the nodes of a connection, through `nodes` and `edges { node }` alike. */
export function nodeSelection(connection: Selection): Selection {
  const direct = connection.fields.get('nodes');
  const edges = connection.fields.get('edges')?.fields.get('node');
  if (!direct || !edges) return direct ?? edges ?? EMPTY;
  return { fields: new Map([...direct.fields, ...edges.fields]) };
}

export const asks = (selection: Selection, field: string): boolean => selection.fields.has(field);
