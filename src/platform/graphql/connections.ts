import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { badInput } from '../../kernel/errors.js';
import { keptCountSql, readKeptCount } from '../db/kept-count.js';
import { isId } from '../../kernel/ids.js';
import type { Viewer } from '../../kernel/viewer.js';
import { decodeCursor, encodeCursor, HIDDEN_KEY } from './cursor.js';
import { Params } from './filters.js';
import { hasField, nodeSelection, selectionOf, type Info, type Selection } from './selection.js';

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
  /** Never null, so that a row comparison can continue after it. */
  sql: string;
  type: 'text' | 'numeric' | 'timestamptz' | 'integer' | 'bigint' | 'uuid' | 'date' | 'boolean';
  direction: 'asc' | 'desc';
  /** The key is not for the reader, so cursors of this order leave it out. */
  hidden?: boolean;
}

/**
 * An object or a list inside a row: one correlated subselect that builds the selected fields only. Under a generic plan
 * a join was four times slower, and a second statement costs as much as the first one.
 */
export interface NestedColumn {
  /** Table, alias and the condition that ties it to the row: `categories c where c.id = p.category_id`. */
  nested: string;
  /** GraphQL field -> SQL of a JSON value; decimals cast to text. A function is called when the field is selected. */
  columns: Readonly<Record<string, FieldColumns | ((requested: Selection | 'all') => FieldColumns)>>;
  /** Always built: what loaders and field resolvers key on. */
  always?: Readonly<Record<string, string>>;
  /** A list in this order; without it one object or null. */
  orderBy?: string;
}

/** What one GraphQL field needs: SQL under its own name, columns as alias -> SQL, or a nested object. */
export type FieldColumns = string | Readonly<Record<string, string>> | NestedColumn;

/** Who reads, and where the values go that the columns need. */
export interface Ask {
  viewer: Viewer;
  params: Params;
  /** Business date, YYYY-MM-DD. */
  today: string;
}

/** What a root list can select and how; one prepared statement is made from it and the selection. */
export interface ListSpec {
  from: string;
  idSql: string;
  /**
   * GraphQL field -> the columns it needs, or how they follow from the reader and what is selected below the field.
   * Fields served by loaders are left out.
   */
  columns: Record<string, FieldColumns | ((ask: Ask, requested: Selection | 'all') => FieldColumns)>;
  /** Always selected: what loaders and field resolvers key on. */
  always: Record<string, string>;
  /** Aliases that hold decimals: inside of JSON they are made text, because a JSON number is a float. */
  decimals?: readonly string[];
  orders: Record<string, ListOrder>;
  /** Counts that are kept: conditions of a query -> the name of its count. Anything else is counted. */
  kept?: readonly { when: readonly string[]; count: string }[];
}

export interface ListQuery {
  args: PageArgs;
  order: string;
  info: Info;
  /** What is selected of a connection, when the rows are not one in the answer. */
  selection?: Selection;
  /** Conditions whose values are in `params`. */
  where?: readonly string[];
  params?: Params;
  /** The same condition in a form that suits a count of all rows; built only when the count is selected. */
  whereOfAll?: (params: Params) => readonly string[];
  /** Who the columns are for, when it is not the reader, e.g. staff that look at a client's prices. */
  viewer?: Viewer;
}

export interface Reader {
  viewer: Viewer;
  today: string;
  read<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
}

const pageSize = (value: number, field: string): number => {
  if (value < 0) throw badInput(field, `${field} is negative.`);
  if (value > MAX_PAGE) throw badInput(field, `${field} is at most ${MAX_PAGE}.`, { maximum: MAX_PAGE });
  return value;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const KEY_SHAPES: Record<ListOrder['type'], RegExp> = {
  text: /^[^\u0000]{0,2000}$/u,
  uuid: UUID,
  boolean: /^(true|false)$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  numeric: /^-?\d{1,18}(\.\d{1,9})?$/,
  integer: /^-?\d{1,9}$/,
  bigint: /^-?\d{1,18}$/,
  timestamptz: /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}(:?\d{2})?)$/,
};

function keyOfCursor(cursor: string, field: string, name: string, order: ListOrder): { key: string; id: string } {
  const [given, key, id] = decodeCursor(cursor) ?? [];
  if (given !== name || key === undefined || id === undefined || !UUID.test(id)) throw noCursor(field);
  if (order.hidden ? key !== HIDDEN_KEY : !KEY_SHAPES[order.type].test(key)) throw noCursor(field);
  return { key, id };
}

const noCursor = (field: string): Error =>
  badInput(field, `${field} is no cursor of this list. Take it from pageInfo or an edge of the same order.`);

type Row = Record<string, unknown> & { id: string; cursorKey: string; keptCount?: number };

const isNested = (column: FieldColumns): column is NestedColumn =>
  typeof column === 'object' && typeof column['nested'] === 'string';

function nestedSql(column: NestedColumn, selection: Selection | 'all'): string {
  const fields = new Map<string, string>(Object.entries(column.always ?? {}));
  for (const [field, given] of Object.entries(column.columns)) {
    const requested = selection === 'all' ? 'all' : selection.fields.get(field);
    // Rows of other lists refer to each other in cycles, so "all" ends before them.
    if (!requested || (requested === 'all' && typeof given === 'function')) continue;
    const inner = typeof given === 'function' ? given(requested) : given;
    if (typeof inner === 'string') fields.set(field, inner);
    else if (isNested(inner)) fields.set(field, nestedSql(inner, requested));
    else for (const [alias, sql] of Object.entries(inner)) fields.set(alias, sql);
  }
  const object = `json_build_object(${[...fields].map(([field, sql]) => `'${field}', ${sql}`).join(', ')})`;
  return column.orderBy === undefined
    ? `(select ${object} from ${column.nested})`
    : `coalesce((select json_agg(${object} order by ${column.orderBy}) from ${column.nested}), '[]')`;
}

/**
 * A row of another list inside of a row, with all its fields and those that other modules add: `where` ties it to the
 * row and holds the scope of whoever asks.
 */
export function nestedRow(spec: ListSpec, ask: Ask, where: string): NestedColumn {
  const decimals = new Set(spec.decimals);
  const text = (alias: string, sql: string): string => (decimals.has(alias) ? `(${sql})::text` : sql);
  const texts = (columns: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(columns).map(([alias, sql]) => [alias, text(alias, sql)]));
  const column =
    (field: string, given: ListSpec['columns'][string]) =>
    (requested: Selection | 'all'): FieldColumns => {
      const made = typeof given === 'function' ? given(ask, requested) : given;
      if (typeof made === 'string') return text(field, made);
      return isNested(made) ? made : texts(made);
    };
  return {
    nested: `${spec.from} where ${where}`,
    always: texts(spec.always),
    columns: Object.fromEntries(Object.entries(spec.columns).map(([field, given]) => [field, column(field, given)])),
  };
}

/** The select list of a selection: each column once, in a stable order so that equal selections give equal statements. */
export function selectList(spec: ListSpec, node: Selection | 'all', ask: Ask): string {
  const columns = new Map(Object.entries(spec.always));
  const fields = node === 'all' ? Object.keys(spec.columns) : [...node.fields.keys()].sort();
  for (const field of fields) {
    const given = spec.columns[field];
    if (given === undefined) continue;
    const requested = node === 'all' ? 'all' : (node.fields.get(field) as Selection);
    const column = typeof given === 'function' ? given(ask, requested) : given;
    if (typeof column === 'string') columns.set(field, column);
    else if (isNested(column)) {
      columns.set(field, nestedSql(column, requested));
    } else for (const [alias, sql] of Object.entries(column)) columns.set(alias, sql);
  }
  return [...columns].map(([alias, sql]) => `${sql} as "${alias}"`).join(', ');
}

/** A field that a module adds to the list of another one, read in the same statement. */
export interface ListExtension {
  list: ListSpec;
  /** The GraphQL type of its nodes. */
  type: string;
  field: string;
  column: ListSpec['columns'][string];
}

/** Puts the extensions of all modules into their lists; repeating it changes nothing. */
export function extendLists(extensions: readonly ListExtension[]): void {
  for (const { list, field, column } of extensions) {
    if ((list.columns[field] ?? column) !== column) throw new Error(`Two modules read the field ${field} of one list.`);
    list.columns[field] = column;
  }
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

  const { params = new Params() } = query;
  const selection = query.selection ?? selectionOf(query.info);
  const where = [...(query.where ?? [])];
  const ofAll = query.whereOfAll ? new Params() : params;
  const countWhere = query.whereOfAll && hasField(selection, 'totalCount') ? query.whereOfAll(ofAll) : where;
  const countParams = [...ofAll.values];
  // A copy: the bounds of the page join `where` below and are no part of the count.
  const conditions = countWhere.filter((condition) => condition !== 'true');
  const wantsCount = hasField(selection, 'totalCount');
  const kept = wantsCount ? spec.kept?.find(({ when }) => when.join() === conditions.join()) : undefined;
  const countAll = async (): Promise<number> => {
    const text = `select count(*) as count from ${spec.from} where ${conditions.join(' and ') || 'true'}`;
    const [row] = await reader.read<{ count: number }>(text, countParams);
    return row?.count ?? 0;
  };
  const ascending = (order.direction === 'asc') !== backward;
  const bound = (cursor: string, field: 'after' | 'before'): void => {
    const { key, id } = keyOfCursor(cursor, field, query.order, order);
    const forward = (field === 'after') === (order.direction === 'asc');
    const cast = order.type === 'text' ? 'text collate "C"' : order.type;
    const idParam = `${params.add(id)}::uuid`;
    const from = order.hidden
      ? `(select ${order.sql} from ${spec.from} where ${spec.idSql} = ${idParam})`
      : `${params.add(key)}::${cast}`;
    where.push(`(${order.sql}, ${spec.idSql}) ${forward ? '>' : '<'} (${from}, ${idParam})`);
  };
  if (args.after != null) bound(args.after, 'after');
  if (args.before != null) bound(args.before, 'before');

  const direction = ascending ? 'asc' : 'desc';
  const ask = { viewer: query.viewer ?? reader.viewer, params, today: reader.today };
  const total = kept ? `, ${keptCountSql(params.add(kept.count))} as "keptCount"` : '';
  const text = `select ${selectList(spec, nodeSelection(selection), ask)}, (${order.sql})::text as "cursorKey"${total}
    from ${spec.from} where ${where.join(' and ') || 'true'}
    order by ${order.sql} ${direction}, ${spec.idSql} ${direction} limit ${params.add(limit + 1)}`;
  // Both start here, after everything that can throw: a promise that nobody awaits yet would end the process when it
  // fails. A kept count comes with the rows.
  const [rows, counted] = await Promise.all([
    reader.read<Row>(text, params.values),
    wantsCount && !kept ? countAll() : null,
  ]);
  const totalCount = kept
    ? (rows[0]?.keptCount ?? (await readKeptCount((requested, values) => reader.read(requested, values), kept.count)))
    : counted;

  const more = rows.length > limit;
  if (more) rows.pop();
  if (backward) rows.reverse();
  const cursorOf = (row: Row): string => encodeCursor([query.order, order.hidden ? HIDDEN_KEY : row.cursorKey, row.id]);
  const [firstRow, lastRow] = [rows[0], rows.at(-1)];
  return {
    nodes: rows as unknown as Node[],
    edges: hasField(selection, 'edges')
      ? rows.map((row) => ({ cursor: cursorOf(row), node: row as unknown as Node }))
      : [],
    pageInfo: {
      hasNextPage: backward ? args.before != null : more,
      hasPreviousPage: backward ? more : args.after != null,
      startCursor: firstRow ? cursorOf(firstRow) : null,
      endCursor: lastRow ? cursorOf(lastRow) : null,
    },
    totalCount,
  };
}

/** One row of a list by its id, with all columns or those of the selection; null when there is none in the scope. */
export async function readOne<Node extends object>(
  reader: Reader,
  spec: ListSpec,
  id: string,
  query: { selection?: Selection; where?: readonly string[]; params?: Params } = {},
): Promise<Node | null> {
  if (!isId(id)) return null;
  const { params = new Params(), selection = 'all' } = query;
  const where = [`${spec.idSql} = ${params.add(id)}::uuid`, ...(query.where ?? [])];
  const ask = { viewer: reader.viewer, params, today: reader.today };
  const [row] = await reader.read<Node>(
    `select ${selectList(spec, selection, ask)} from ${spec.from} where ${where.join(' and ')}`,
    params.values,
  );
  return row ?? null;
}
