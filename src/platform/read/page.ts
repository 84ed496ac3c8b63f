import { badInput } from '../../kernel/errors.js';
import { assertAll } from '../../kernel/faults.js';
import { keptCountSql, readKeptCount } from '../db/kept-count.js';
import { decodeCursor, encodeCursor, HIDDEN_KEY } from '../graphql/cursor.js';
import { DEFAULT_PAGE, MAX_PAGE, type Page, type PageArgs } from './connection.js';
import { ROOT_ALIAS, type Condition, type EntityRead, type RowOf } from './definition.js';
import { type ColumnKey, columnTypeOf } from './entity-columns.js';
import { entriesOf, jsonObject, rootFrom, rootWhere, type AnyRead } from './plan.js';
import { asks, nodeSelection, selectionOf, type Info, type Selection } from './selection.js';
import type { Sort, SortType } from './sort.js';
import type { Binding, Params } from './sql.js';
import { inline, raw, render, run, sql, type Sql, type StatementReader } from './sql.js';
import { whoOf, type Who } from './who.js';
import { msg } from '../../kernel/message.js';

export interface PageQuery<E> {
  args: PageArgs;
  sort: Sort<E>;
  info: Info;
  /** What is selected of a connection, when the rows are not one in the answer. */
  selection?: Selection;
  /** What the rows must fulfil beside the scope; nothing stands for no condition. */
  where?: readonly (Condition<E> | null)[];
}

/** A compiled statement up to its conditions of one request. */
interface Plan {
  head: string;
  bindings: readonly Binding[];
  /** Whole texts by what follows the head: a text that was used before needs no hashing. */
  texts: Map<string, string>;
}

/** The id is a number where the database numbers the rows. */
type JsonRow = Record<string, unknown> & { id: string | number; cursorKey?: string };

const MAX_PLANS = 64;
const MAX_TEXTS = 50;
const plans = new WeakMap<Selection, Map<string, Plan>>();

/** Plans live as long as the selection of their document, a bounded number for each. */
function planOf(selection: Selection, key: string, compile: () => Plan): Plan {
  let ofSelection = plans.get(selection);
  if (!ofSelection) plans.set(selection, (ofSelection = new Map<string, Plan>()));
  const known = ofSelection.get(key);
  if (known) return known;
  const made = compile();
  if (ofSelection.size >= MAX_PLANS) ofSelection.clear();
  ofSelection.set(key, made);
  return made;
}

function textOf(plan: Plan, tail: string): string {
  const known = plan.texts.get(tail);
  if (known !== undefined) return known;
  const text = plan.head + tail;
  if (plan.texts.size >= MAX_TEXTS) plan.texts.clear();
  plan.texts.set(tail, text);
  return text;
}

const planFor = (statement: Sql): Plan => {
  const bindings: Binding[] = [];
  return { head: render(statement, bindings), bindings, texts: new Map() };
};

function runPlan<Row>(reader: StatementReader, plan: Plan, tail: Sql): Promise<Row[]> {
  const bindings = [...plan.bindings];
  const text = textOf(plan, render(tail, bindings));
  return reader.read<Row>(
    text,
    bindings.map((binding) => binding.valueFor(reader)),
  );
}

function assertPageSize(value: number | null | undefined, field: string): void {
  if (value == null) return;
  if (value < 0) throw badInput(field, msg`${field} is negative.`);
  if (value > MAX_PAGE) throw badInput(field, msg`${field} is at most ${MAX_PAGE}.`, { maximum: MAX_PAGE });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const KEY_SHAPES: Record<SortType, RegExp> = {
  text: /^[^\u0000]{0,2000}$/u,
  uuid: UUID,
  boolean: /^(true|false)$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  numeric: /^-?\d{1,18}(\.\d{1,9})?$/,
  integer: /^-?\d{1,9}$/,
  bigint: /^-?\d{1,18}$/,
  timestamptz: /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}(:?\d{2})?)$/,
};

const noCursor = (field: string): Error =>
  badInput(field, msg`${field} is no cursor of this list. Take it from pageInfo or an edge of the same order.`);

type IdType = 'uuid' | 'bigint';

/** Ids are UUIDs, but for what the database numbers itself. */
const idTypeOf = (read: AnyRead): IdType => (columnTypeOf(read.entity, 'id')?.sql === 'bigint' ? 'bigint' : 'uuid');

function keyOfCursor(cursor: string, field: string, sort: Sort<never>, idType: IdType): { key: string; id: string } {
  const [given, key, id] = decodeCursor(cursor) ?? [];
  if (given !== sort.name || key === undefined || id === undefined || !KEY_SHAPES[idType].test(id))
    throw noCursor(field);
  if (sort.hidden ? key !== HIDDEN_KEY : !KEY_SHAPES[sort.type].test(key)) throw noCursor(field);
  return { key, id };
}

function assertPageArgs(args: PageArgs, sort: Sort<never>, idType: IdType): void {
  assertAll(
    () => {
      if (args.first != null && args.last != null) throw badInput('last', msg`Give first or last, not both.`);
    },
    () => assertPageSize(args.first, 'first'),
    () => assertPageSize(args.last, 'last'),
    () => args.after != null && keyOfCursor(args.after, 'after', sort, idType),
    () => args.before != null && keyOfCursor(args.before, 'before', sort, idType),
  );
}

/** One list of one request. */
class PageReader<E extends object> {
  private readonly read: AnyRead;
  private readonly who: Who;
  private readonly sort: Sort<never>;
  private readonly selection: Selection;
  private readonly conditions: Condition<E>[];
  private readonly backward: boolean;
  private readonly limit: number;

  constructor(
    private readonly reader: StatementReader,
    read: EntityRead<E, never>,
    private readonly query: PageQuery<E>,
  ) {
    const { args } = query;
    this.backward = args.last != null;
    this.limit = args.last ?? args.first ?? DEFAULT_PAGE;
    this.read = read as unknown as AnyRead;
    assertPageArgs(args, query.sort, idTypeOf(this.read));
    this.who = whoOf(reader.viewer);
    this.sort = query.sort;
    this.selection = query.selection ?? selectionOf(query.info);
    this.conditions = (query.where ?? []).filter((condition) => condition !== null);
  }

  private get row(): never {
    return this.read.row as never;
  }

  private id(): Sql {
    return this.read.options.id?.(this.row) ?? (this.read.row as { id: Sql }).id;
  }

  private get hasCursors(): boolean {
    return asks(this.selection, 'pageInfo') || asks(this.selection, 'edges');
  }

  /** The count that triggers keep of exactly these rows. */
  private keptCount(): string | null {
    const { kept = [] } = this.read.options;
    if (kept.length === 0 || this.read.scopeOf(this.row, this.who) !== true) return null;
    const found = kept.find(
      ({ when = [] }) =>
        when.length === this.conditions.length &&
        when.every((condition, index) => condition === (this.conditions[index] as unknown)),
    );
    return found?.count ?? null;
  }

  private compile(kept: string | null): Plan {
    const entries = entriesOf(this.read, ROOT_ALIAS, nodeSelection(this.selection), { who: this.who, aliases: 0 });
    if (this.hasCursors) entries.set('cursorKey', sql`(${this.sort.key(this.row)})::text`);
    const count = kept === null ? raw('') : raw(`, ${keptCountSql(`'${kept}'`)} as "keptCount"`);
    // The objects are made of the rows of the page. Made below the order and the limit, they were made of every row that
    // the list has, wherever Postgres sorts.
    return planFor(
      sql`select coalesce(json_agg(${jsonObject(entries)}), '[]') as nodes${count} from (select ${raw(ROOT_ALIAS)}.* from ${rootFrom(this.read)} where ${rootWhere(this.read, this.who, [])}`,
    );
  }

  private bound(cursor: string, field: 'after' | 'before'): Sql {
    const { sort } = this;
    const idType = idTypeOf(this.read);
    const { key, id } = keyOfCursor(cursor, field, sort, idType);
    const forward = (field === 'after') === (sort.direction === 'asc');
    const column = sort.key(this.row);
    const idValue = sql`${id}::${raw(idType)}`;
    const from = sort.hidden
      ? sql`(select ${column} from ${rootFrom(this.read)} where ${this.id()} = ${idValue})`
      : sql`${key}::${raw(sort.type === 'text' ? 'text collate "C"' : sort.type)}`;
    return sql`(${column}, ${this.id()}) ${raw(forward ? '>' : '<')} (${from}, ${idValue})`;
  }

  /** What the plan leaves open: conditions, cursors, direction and size. */
  private tail(): Sql {
    const { args } = this.query;
    const bounds = this.conditions.map((condition) => condition(this.row));
    if (args.after != null) bounds.push(this.bound(args.after, 'after'));
    if (args.before != null) bounds.push(this.bound(args.before, 'before'));
    const ascending = (this.sort.direction === 'asc') !== this.backward;
    const direction = raw(ascending ? 'asc' : 'desc');
    const order = sql` order by ${this.sort.key(this.row)} ${direction}, ${this.id()} ${direction} limit ${this.limit + 1}) ${raw(ROOT_ALIAS)}`;
    return bounds.reduceRight((rest, bound) => sql` and ${bound}${rest}`, order);
  }

  private async count(): Promise<number> {
    const where = rootWhere(
      this.read,
      this.who,
      this.conditions.map((condition) => condition(this.row)),
      true,
    );
    const [row] = await run<{ count: number }>(
      this.reader,
      sql`select count(*) as count from ${rootFrom(this.read)} where ${where}`,
    );
    return row?.count ?? 0;
  }

  async page(): Promise<Page<RowOf<EntityRead<E, never>>>> {
    const wantsCount = asks(this.selection, 'totalCount');
    const kept = wantsCount ? this.keptCount() : null;
    const { sort } = this;
    const key = `${this.read.entity.name}|${this.who.key}|${sort.name}|${kept ?? ''}`;
    const plan = sort.perRequest ? this.compile(kept) : planOf(this.selection, key, () => this.compile(kept));
    const tail = this.tail();
    // Both start here, after everything that can throw: a promise that nobody awaits yet would end the process when it
    // fails. A kept count comes with the rows.
    const [[answer], counted] = await Promise.all([
      runPlan<{ nodes: JsonRow[]; keptCount?: number }>(this.reader, plan, tail),
      wantsCount && kept === null ? this.count() : null,
    ]);
    const { reader } = this;
    const totalCount =
      kept === null
        ? counted
        : (answer?.keptCount ?? (await readKeptCount((text, values) => reader.read(text, values), kept)));
    return this.connection(answer?.nodes ?? [], totalCount);
  }

  private connection(rows: JsonRow[], totalCount: number | null): Page<RowOf<EntityRead<E, never>>> {
    const { args } = this.query;
    const more = rows.length > this.limit;
    if (more) rows.pop();
    if (this.backward) rows.reverse();
    const cursorOf = (row: JsonRow | undefined): string | null =>
      row?.cursorKey === undefined
        ? null
        : encodeCursor([this.sort.name, this.sort.hidden ? HIDDEN_KEY : row.cursorKey, String(row.id)]);
    // The statement was compiled from the columns of the entity, which is what a row's type is made of.
    const nodes = rows as unknown as RowOf<EntityRead<E, never>>[];
    return {
      nodes,
      edges: asks(this.selection, 'edges')
        ? nodes.map((node, index) => ({ cursor: cursorOf(rows[index]) ?? '', node }))
        : [],
      pageInfo: {
        hasNextPage: this.backward ? args.before != null : more,
        hasPreviousPage: this.backward ? more : args.after != null,
        startCursor: cursorOf(rows[0]),
        endCursor: cursorOf(rows.at(-1)),
      },
      totalCount,
    };
  }
}

/** Reads one page: one statement for the rows, and one for the count when it is asked for and not kept. */
export async function readPage<E extends object, A extends ColumnKey<E>>(
  reader: StatementReader,
  read: EntityRead<E, A>,
  query: PageQuery<E>,
): Promise<Page<RowOf<EntityRead<E, A>>>> {
  const page = await new PageReader(reader, read as unknown as EntityRead<E, never>, query).page();
  return page as unknown as Page<RowOf<EntityRead<E, A>>>;
}

/** Where a row is found by. */
const idOf = (read: AnyRead): Sql =>
  read.options.id?.(read.row) ?? (read.row as unknown as Record<string, Sql>)['id'] ?? raw('null');

/** One row by its id, with the columns of the selection or all of them; null when there is none in the scope. */
export async function readOne<E extends object, A extends ColumnKey<E>>(
  reader: StatementReader,
  read: EntityRead<E, A>,
  id: string,
  selection: Selection | 'all' = 'all',
): Promise<RowOf<EntityRead<E, A>> | null> {
  const any = read as unknown as AnyRead;
  const idType = idTypeOf(any);
  if (!KEY_SHAPES[idType].test(id)) return null;
  const who = whoOf(reader.viewer);
  const compile = (): Plan => {
    const entries = entriesOf(any, ROOT_ALIAS, selection, { who, aliases: 0 });
    return planFor(
      sql`select ${jsonObject(entries)} as node from ${rootFrom(any)} where ${rootWhere(any, who, [])} and ${idOf(any)} = `,
    );
  };
  const plan = selection === 'all' ? compile() : planOf(selection, `${any.entity.name}|${who.key}`, compile);
  const [row] = await runPlan<{ node: RowOf<EntityRead<E, A>> }>(reader, plan, sql`${id}::${raw(idType)}`);
  return row?.node ?? null;
}

/** Rows by their ids, with all their columns, as far as the viewer may see them; for loaders. */
export async function readByIds<E extends object, A extends ColumnKey<E>>(
  reader: StatementReader,
  read: EntityRead<E, A>,
  ids: readonly string[],
): Promise<Map<string, RowOf<EntityRead<E, A>>>> {
  const any = read as unknown as AnyRead;
  const who = whoOf(reader.viewer);
  const entries = entriesOf(any, ROOT_ALIAS, 'all', { who, aliases: 0 });
  const rows = await run<{ node: RowOf<EntityRead<E, A>> }>(
    reader,
    sql`select ${jsonObject(entries)} as node from ${rootFrom(any)} where ${rootWhere(any, who, [])} and ${idOf(any)} = any (${ids}::uuid[])`,
  );
  return new Map(rows.map(({ node }) => [node.id, node]));
}

/** The row-level filter of an entity for a row under an alias, to be put into a statement that is written as text. */
export function scopeText<E extends object, A extends ColumnKey<E>>(
  read: EntityRead<E, A>,
  alias: string,
  ask: StatementReader | { viewer: StatementReader['viewer']; today: string },
  params: Params,
  forCount = false,
): string {
  const { options } = read;
  const scope = forCount ? (options.countScope ?? options.scope) : options.scope;
  const condition = read.scopeOf(read.columns(alias), whoOf(ask.viewer), scope);
  return typeof condition === 'boolean' ? String(condition) : inline(condition, ask, params);
}
