import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { badInput } from '../../kernel/errors.js';
import type { Params } from './filters.js';
import { asks, nodeSelection, type Selection } from './selection.js';

/** Relay connections with keyset cursors: stable under inserts, and a deep page costs what the first one costs. */
export const MAX_PAGE = 100;
export const DEFAULT_PAGE = 20;

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `From the start, at most ${MAX_PAGE}; ${DEFAULT_PAGE} if nothing is said.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: `From the end, at most ${MAX_PAGE}.` })
  last?: number | null;

  @Field(() => String, { nullable: true })
  before?: string | null;
}

@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor?: string | null;

  @Field(() => String, { nullable: true })
  endCursor?: string | null;
}

export interface Page<Node> {
  edges: { cursor: string; node: Node }[];
  nodes: Node[];
  pageInfo: PageInfo;
  totalCount: number | null;
}

/** Makes the edge and connection types of a node. */
export function connectionOf<Node extends object>(node: ClassType<Node>, name: string): ClassType<Page<Node>> {
  @ObjectType(`${name}Edge`)
  class Edge {
    @Field(() => String)
    cursor!: string;

    @Field(() => node)
    node!: Node;
  }

  @ObjectType(`${name}Connection`)
  class Connection implements Page<Node> {
    @Field(() => [Edge])
    edges!: Edge[];

    @Field(() => [node], { description: 'The nodes without their edges.' })
    nodes!: Node[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;

    @Field(() => Int, { nullable: true, description: 'Counted only when it is asked for.' })
    totalCount!: number | null;
  }
  return Connection;
}

export interface ListOrder {
  /** Never null, so that a row comparison can continue behind it. */
  sql: string;
  type: 'text' | 'numeric' | 'timestamptz' | 'integer' | 'bigint';
  direction: 'asc' | 'desc';
}

/** What a root list can select and how; one prepared statement is made from it and the selection. */
export interface ListSpec {
  from: string;
  idSql: string;
  /** GraphQL field -> the columns it needs, as alias -> SQL. Fields served by loaders are left out. */
  columns: Record<string, Record<string, string>>;
  /** Always selected: what loaders and field resolvers key on. */
  always: Record<string, string>;
  orders: Record<string, ListOrder>;
}

export interface ListQuery {
  args: PageArgs;
  order: string;
  where: readonly string[];
  params: Params;
  selection: Selection;
}

export interface Reader {
  read<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
}

const pageSize = (value: number, field: string): number => {
  if (value < 0) throw badInput(field, `${field} is negative.`);
  if (value > MAX_PAGE) throw badInput(field, `${field} is at most ${MAX_PAGE}.`, { maximum: MAX_PAGE });
  return value;
};

/** A cursor is the order it belongs to, the key and the id; opaque to clients, checked when it comes back. */
function encodeCursor(order: string, key: unknown, id: string): string {
  return Buffer.from(JSON.stringify([order, key, id])).toString('base64url');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const KEY_SHAPES: Record<ListOrder['type'], RegExp> = {
  text: /^[^\u0000]{0,2000}$/u,
  numeric: /^-?\d{1,18}(\.\d{1,9})?$/,
  integer: /^-?\d{1,9}$/,
  bigint: /^-?\d{1,18}$/,
  timestamptz: /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}(:?\d{2})?)$/,
};

function decodeCursor(cursor: string, field: string, order: string, type: ListOrder['type']): [string, string] {
  const refuse = (): never => {
    throw badInput(field, `${field} is no cursor of this list. Take it from pageInfo or an edge of the same order.`);
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return refuse();
  }
  if (!Array.isArray(parsed) || parsed.length !== 3) return refuse();
  const [name, key, id] = parsed as [unknown, unknown, unknown];
  if (name !== order || typeof key !== 'string' || typeof id !== 'string') return refuse();
  if (!UUID.test(id) || !KEY_SHAPES[type].test(key)) return refuse();
  return [key, id];
}

type Row = Record<string, unknown> & { id: string; cursorKey: string };

/** Columns of the selection, each once, in a stable order so that equal selections give equal statements. */
function columnList(spec: ListSpec, node: Selection): string {
  const columns = new Map(Object.entries(spec.always));
  for (const field of [...node.fields.keys()].sort()) {
    for (const [alias, sql] of Object.entries(spec.columns[field] ?? {})) columns.set(alias, sql);
  }
  return [...columns].map(([alias, sql]) => `${sql} as "${alias}"`).join(', ');
}

/** Reads one page: one statement for the rows, and one for the count when it is asked for. */
export async function readPage<Node extends object>(
  reader: Reader,
  spec: ListSpec,
  query: ListQuery,
): Promise<Page<Node>> {
  const { args } = query;
  if (args.first != null && args.last != null) throw badInput('last', 'Give first or last, not both.');
  const backward = args.last != null;
  const limit = backward ? pageSize(args.last as number, 'last') : pageSize(args.first ?? DEFAULT_PAGE, 'first');
  const order = spec.orders[query.order];
  if (!order) throw badInput('orderBy', `Unknown order ${query.order}.`);

  const { params, selection } = query;
  const countWhere = query.where.join(' and ') || 'true';
  const countParams = [...params.values];
  const where = [...query.where];
  const ascending = (order.direction === 'asc') !== backward;
  const bound = (cursor: string, field: 'after' | 'before'): void => {
    const [key, id] = decodeCursor(cursor, field, query.order, order.type);
    const forward = (field === 'after') === (order.direction === 'asc');
    const cast = order.type === 'text' ? 'text collate "C"' : order.type;
    where.push(
      `(${order.sql}, ${spec.idSql}) ${forward ? '>' : '<'} (${params.add(key)}::${cast}, ${params.add(id)}::uuid)`,
    );
  };
  if (args.after != null) bound(args.after, 'after');
  if (args.before != null) bound(args.before, 'before');

  const direction = ascending ? 'asc' : 'desc';
  const text = `select ${columnList(spec, nodeSelection(selection))}, (${order.sql})::text as "cursorKey"
    from ${spec.from} where ${where.join(' and ') || 'true'}
    order by ${order.sql} ${direction}, ${spec.idSql} ${direction} limit ${params.add(limit + 1)}`;
  const wantsCount = asks(selection, 'totalCount');
  const [rows, counts] = await Promise.all([
    reader.read<Row>(text, params.values),
    wantsCount
      ? reader.read<{ count: number }>(`select count(*) as count from ${spec.from} where ${countWhere}`, countParams)
      : Promise.resolve([]),
  ]);

  const more = rows.length > limit;
  if (more) rows.pop();
  if (backward) rows.reverse();
  const cursorOf = (row: Row): string => encodeCursor(query.order, row.cursorKey, row.id);
  const [firstRow, lastRow] = [rows[0], rows.at(-1)];
  return {
    nodes: rows as unknown as Node[],
    edges: asks(selection, 'edges') ? rows.map((row) => ({ cursor: cursorOf(row), node: row as unknown as Node })) : [],
    pageInfo: {
      hasNextPage: backward ? args.before != null : more,
      hasPreviousPage: backward ? more : args.after != null,
      startCursor: firstRow ? cursorOf(firstRow) : null,
      endCursor: lastRow ? cursorOf(lastRow) : null,
    },
    totalCount: counts[0]?.count ?? null,
  };
}
