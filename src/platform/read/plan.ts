import { ReferenceKind, type AnyEntity, type EntityClass } from '@mikro-orm/core';
import { isMoneyField } from '../graphql/scalars.js';
import {
  readOf,
  ROOT_ALIAS,
  type EntityRead,
  type FieldRead,
  type NestedOptions,
  type ShapeSql,
} from './definition.js';
import { columnTypeOf, jsonValue, metadataOf, type Columns } from './entity-columns.js';
import type { Selection } from './selection.js';
import { all, join, raw, Sql, sql } from './sql.js';
import type { Who } from './who.js';

/**
 * Compiles a selection to the SQL of one JSON object a row: columns, computed fields and, as correlated subselects, the
 * rows of other entities. Under a generic plan a join was four times slower than a subselect, and a second statement costs
 * as much as the first one.
 */
export type AnyRead = EntityRead<object>;
type AnyColumns = Columns<object> & Readonly<Record<string, Sql>>;

export interface Compilation {
  who: Who;
  /** Rows that were named so far: each nested one gets an alias of its own. */
  aliases: number;
}

/** Postgres takes at most 100 arguments of a function. */
const MAX_PAIRS = 50;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export function jsonObject(entries: ReadonlyMap<string, Sql>): Sql {
  const pairs = [...entries];
  if (pairs.length <= MAX_PAIRS) {
    const values = pairs.map(([key, value]) => new Sql([`${quoted(key)}, `, ...value.parts]));
    return sql`json_build_object(${join(values, ', ')})`;
  }
  const columns = pairs.map(([key, value]) => new Sql([...value.parts, ` as "${key.replaceAll('"', '""')}"`]));
  return sql`(select row_to_json(wide) from (select ${join(columns, ', ')}) wide)`;
}

/** Joins scope and conditions; null when no row can be shown. */
function conditions(scope: Sql | boolean, others: readonly Sql[]): Sql {
  if (scope === false) return raw('false');
  return all(scope === true ? others : [...others, scope]);
}

/** One JSON object that is being built: the row it shows, and its entries so far. */
interface Building {
  row: AnyColumns;
  entries: Map<string, Sql>;
  compilation: Compilation;
  /** Adds a column of the row; false when it has none of this name. */
  addColumn(name: string): boolean;
}

function addColumnOf(read: AnyRead, row: AnyColumns, entries: Map<string, Sql>, name: string): boolean {
  const column = row[name];
  const type = column && columnTypeOf(read.entity, name);
  if (!column || !type) return false;
  entries.set(name, jsonValue(column, type));
  return true;
}

/** What a selection asks of an entity, in a stable order, so that equal selections are one statement. "all" is everything. */
function askedOf(read: AnyRead, selection: Selection | 'all'): Iterable<[string, Selection | 'all']> {
  if (selection !== 'all') return [...selection.fields].sort(([one], [other]) => (one < other ? -1 : 1));
  const names = [...Object.keys(metadataOf(read.entity).properties), ...read.fields.keys()];
  return names.map((name): [string, 'all'] => [name, 'all']);
}

/** The SQL of the fields that a selection asks of the row under `alias`. */
export function entriesOf(
  read: AnyRead,
  alias: string,
  selection: Selection | 'all',
  compilation: Compilation,
): Map<string, Sql> {
  const { entity, options } = read;
  const row = (alias === ROOT_ALIAS ? read.row : read.columns(alias)) as AnyColumns;
  const entries = new Map<string, Sql>();
  const addColumn = (name: string): boolean => addColumnOf(read, row, entries, name);
  entries.set('id', options.id?.(row) ?? (row['id'] as Sql));
  for (const name of (options.always ?? []) as readonly string[]) addColumn(name);
  for (const [name, child] of askedOf(read, selection)) {
    // Money is an amount and the currency beside it.
    if (row['currency'] && isMoneyField(`${entity.name}.${name}`)) entries.set('currency', row['currency']);
    const field = read.fields.get(name) ?? relationOf(read, name);
    if (!field) {
      if (name !== 'id') addColumn(name);
      continue;
    }
    // Entities know each other in circles, so "all" ends at what a row refers to by a column of its own.
    const isReference = field.kind === 'nested' && !field.list && alias === ROOT_ALIAS && !read.fields.has(name);
    if (child === 'all' && (field.kind === 'nested' || field.kind === 'shape') && !isReference) continue;
    addField({ row, entries, compilation, addColumn }, name, field, child);
  }
  return entries;
}

/** A relation of the metadata, read as a row or as rows of its target. */
function relationOf(read: AnyRead, name: string): FieldRead<never> | null {
  const property = metadataOf(read.entity).properties[name];
  // A reference that code holds as a plain id is a column like others.
  if (property?.mapToPk) return null;
  if (property?.kind !== ReferenceKind.MANY_TO_ONE && property?.kind !== ReferenceKind.ONE_TO_MANY) return null;
  const target = property.targetMeta?.class as EntityClass<AnyEntity>;
  if (!readOf(target)) return null;
  const list = property.kind === ReferenceKind.ONE_TO_MANY;
  return {
    kind: 'nested',
    list,
    target: target,
    on: (row: AnyColumns, other: AnyColumns) =>
      list
        ? sql`${other[property.mappedBy] as Sql} = ${row['id'] as Sql}`
        : sql`${other['id'] as Sql} = ${row[name] as Sql}`,
    options: list ? { orderBy: (other: AnyColumns) => other['id'] as Sql } : {},
  };
}

function addField(building: Building, name: string, field: FieldRead<never>, child: Selection | 'all'): void {
  const { row, entries, compilation } = building;
  const ask = { who: compilation.who, calls: child === 'all' ? undefined : child.calls };
  switch (field.kind) {
    case 'needs':
      for (const column of field.columns) building.addColumn(column);
      return;
    case 'money':
      building.addColumn(field.amount);
      return;
    case 'computed':
      entries.set(name, field.sql(row, ask));
      return;
    case 'several':
      for (const [key, value] of Object.entries(field.sql(row as never, ask))) entries.set(key, value);
      return;
    case 'nested':
      entries.set(name, nestedSql(field as unknown as NestedField, row, child, compilation));
      return;
    case 'shape':
      entries.set(name, shapeSql(field.build(row, ask), field.list, child, building));
  }
}

function shapeSql(shape: ShapeSql, list: boolean, child: Selection | 'all', { row, compilation }: Building): Sql {
  const entries = new Map(Object.entries(shape.always ?? {}));
  const inner = { row, entries, compilation, addColumn: () => false };
  for (const [key, grandchild] of child === 'all' ? [] : child.fields) {
    const value = shape.fields[key];
    const nested = shape.nested?.[key];
    if (value) entries.set(key, typeof value === 'function' ? value() : value);
    else if (nested) addField(inner, key, nested, grandchild);
  }
  const one = jsonObject(entries);
  return list
    ? sql`coalesce((select json_agg(${one} order by ${shape.orderBy ?? raw('1')}) from ${shape.from}), '[]')`
    : sql`(select ${one} from ${shape.from})`;
}

interface NestedField {
  list: boolean;
  target: EntityClass<never>;
  on: (row: never, other: never) => Sql;
  options: NestedOptions<never, never>;
}

function nestedSql(field: NestedField, row: AnyColumns, child: Selection | 'all', compilation: Compilation): Sql {
  const target = readOf(field.target);
  if (!target) throw new Error(`No module declares how ${field.target.name} is read.`);
  const { options } = field;
  compilation.aliases += 1;
  const alias = `r${compilation.aliases}`;
  const other = target.columns(alias) as never;
  const entries = entriesOf(target, alias, child, compilation);
  for (const [key, value] of Object.entries(options.also?.(row as never) ?? {})) entries.set(key, value);
  const scope = options.scopedByParent ? true : target.scopeOf(other, compilation.who);
  const where = conditions(scope, [field.on(row as never, other)]);
  const table = raw(`${tableOf(target)} ${alias}`);
  if (!field.list) return sql`(select ${jsonObject(entries)} from ${table} where ${where})`;
  const order = options.orderBy?.(other) ?? raw('1');
  const from =
    options.limit === undefined
      ? sql`${table} where ${where}`
      : sql`(select ${raw(alias)}.* from ${table} where ${where} order by ${order} limit ${raw(String(options.limit))}) ${raw(alias)}`;
  return sql`coalesce((select json_agg(${jsonObject(entries)} order by ${order}) from ${from}), '[]')`;
}

export const tableOf = (read: AnyRead): string => metadataOf(read.entity).tableName;

/** `table alias where scope and conditions` of the row that a list reads. */
export const rootFrom = (read: AnyRead): Sql => raw(`${tableOf(read)} ${ROOT_ALIAS}`);

export const rootWhere = (read: AnyRead, who: Who, others: readonly Sql[], count = false): Sql =>
  conditions(
    read.scopeOf(read.row, who, count ? (read.options.countScope ?? read.options.scope) : read.options.scope),
    others,
  );
