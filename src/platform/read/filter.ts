import { MetadataStorage, type AnyEntity, type EntityClass } from '@mikro-orm/core';
import { Field, getMetadataStorage, ID, InputType, Int, type ClassType } from 'type-graphql';
import { BusinessDate, DateTime, DecimalText } from '../graphql/scalars.js';
import type { Condition } from './definition.js';
import { columnTypeOf, describedType, type ColumnKey, type Columns } from './entity-columns.js';
import { filterSql, type FilterColumn, type FilterValue } from './filter-sql.js';
import type { Sql } from './sql.js';
import {
  BooleanFilter,
  DateFilter,
  DateTimeFilter,
  DecimalFilter,
  enumFilter,
  IdFilter,
  IntFilter,
  StringFilter,
  StringListFilter,
} from './value-filters.js';

export type { FilterValue } from './filter-sql.js';

/** A field of a filter that is no column. */
export interface FilterField<E> {
  /** The class of its operators, e.g. DecimalFilter. */
  of: ClassType<object>;
  /** The Postgres type of its values. */
  type: string;
  sql: (row: Columns<E>) => Sql;
  array?: boolean;
  description?: string;
}

export interface FilterOptions<E, P extends string> {
  /** The enum of a column that is plain text in the schema, and its name. */
  enums?: Partial<Record<P, readonly [values: object, name: string]>>;
  /** Text that is also searched: property -> the column of its folded text. */
  normalised?: Partial<Record<P, ColumnKey<E>>>;
  /** Fields that are no columns. */
  also?: Readonly<Record<string, FilterField<E>>>;
  descriptions?: Readonly<Record<string, string>>;
}

/** A filter as it was derived: what each of its fields compares, over any row. */
export interface FilterDefinition {
  name: string;
  entity: EntityClass<AnyEntity>;
  fields: ReadonlyMap<string, (row: Readonly<Record<string, Sql>>) => FilterColumn>;
}

/** The input class of a filter over an entity. */
export type FilterClass<E> = ClassType<object> & { readonly [OF]?: E };
declare const OF: unique symbol;

const byClass = new Map<unknown, FilterDefinition>();
const byName = new Map<string, FilterDefinition>();

interface DecoratedProperty {
  kind?: string;
  /** A reference that code holds as a plain id. */
  mapToPk?: boolean;
  type?: unknown;
  columnType?: string;
}

/** What the decorators say of a property: `filterOf` stands beside the entity, before all entities are linked. */
function decorated(entity: EntityClass<AnyEntity>, property: string): DecoratedProperty | undefined {
  const described = describedType(entity, property);
  if (described !== undefined) return { columnType: described };
  const meta = Object.values(MetadataStorage.getMetadata());
  for (let at: unknown = entity; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const found = meta.find((one) => one.class === at)?.properties as Record<string, DecoratedProperty> | undefined;
    if (found?.[property]) return found[property];
  }
  return undefined;
}

/** The enum that the schema shows for a property; null when it shows a scalar or nothing. */
function enumOf(entity: EntityClass<AnyEntity>, property: string): readonly [object, string] | null {
  const storage = getMetadataStorage();
  const field = storage.fields.find(
    (one) => one.name === property && (one.target === entity || entity.prototype instanceof (one.target as never)),
  );
  const type = field?.getType();
  const found = typeof type === 'object' ? storage.enums.find((one) => one.enumObj === type) : undefined;
  return found ? [found.enumObj, found.name] : null;
}

function shownAs(entity: EntityClass<AnyEntity>, property: string): unknown {
  const field = getMetadataStorage().fields.find(
    (one) => one.name === property && (one.target === entity || entity.prototype instanceof (one.target as never)),
  );
  return field?.getType();
}

const BY_COLUMN: readonly (readonly [RegExp, ClassType<object>])[] = [
  [/^uuid$/, IdFilter],
  [/^(numeric|decimal)/, DecimalFilter],
  [/^(timestamptz|datetime)/, DateTimeFilter],
  [/^date$/, DateFilter],
  [/^(int|integer|smallint|bigint|number)/, IntFilter],
  [/^bool/, BooleanFilter],
  [/\[\]$|^array$/, StringListFilter],
  [/^(text|string|varchar)/, StringFilter],
];

const BY_SCALAR = new Map<unknown, ClassType<object>>([
  [ID, IdFilter],
  [Int, IntFilter],
  [DecimalText, DecimalFilter],
  [DateTime, DateTimeFilter],
  [BusinessDate, DateFilter],
]);

function operatorsOf(entity: EntityClass<AnyEntity>, property: string): ClassType<object> {
  const found = decorated(entity, property);
  if (!found) throw new Error(`${entity.name}.${property} is no column, so nothing can be filtered by it.`);
  if (found.kind === 'm:1') return IdFilter;
  const shown = enumOf(entity, property);
  if (shown) return enumFilter(...shown);
  // Ids that are text in the database, such as those of outside systems, keep the operators of text.
  const column = String(found.columnType ?? found.type);
  const scalar = BY_SCALAR.get(shownAs(entity, property));
  if (scalar && scalar !== IdFilter) return scalar;
  const byColumn = BY_COLUMN.find(([pattern]) => pattern.test(column))?.[1];
  if (!byColumn) throw new Error(`${entity.name}.${property} has the type ${column}, which no filter compares.`);
  return byColumn;
}

/**
 * The filter of an entity's list: one field for each of these properties, always `id` and `updatedAt`, with the operators
 * of its type, joined by AND, OR and NOT. A reference is filtered by its id: `customer` -> `customerId`.
 */
export function filterOf<E extends object, const P extends ColumnKey<E>>(
  entity: EntityClass<E>,
  properties: readonly P[],
  options: FilterOptions<E, P> = {},
): FilterClass<E> {
  const any = entity as EntityClass<AnyEntity>;
  const name = `${entity.name}Filter`;
  class Filter {}
  Object.defineProperty(Filter, 'name', { value: name });
  const add = (field: string, type: () => unknown, description?: string): void =>
    Field(type as never, { nullable: true, ...(description ? { description } : {}) })(Filter.prototype, field);
  add('AND', () => [Filter]);
  add('OR', () => [Filter], 'An empty list matches nothing.');
  add('NOT', () => Filter);

  const fields = new Map<string, (row: Readonly<Record<string, Sql>>) => FilterColumn>();
  const always = ['id', 'updatedAt'].filter((property) => decorated(any, property));
  for (const property of new Set<string>([...always, ...properties])) {
    const enumeration = options.enums?.[property as P];
    const operators = enumeration ? enumFilter(enumeration[0], enumeration[1]) : operatorsOf(any, property);
    const { kind, mapToPk } = decorated(any, property) ?? {};
    const field = kind === 'm:1' && !mapToPk ? `${property}Id` : property;
    const normalised = options.normalised?.[property as P];
    add(field, () => operators, options.descriptions?.[field]);
    fields.set(field, (row) => {
      const type = columnTypeOf(any, property)?.sql ?? 'text';
      return {
        sql: row[property] as Sql,
        type: type.replace(/\[\]$/, ''),
        array: type.endsWith('[]'),
        normalised: normalised && row[normalised],
      };
    });
  }
  for (const [field, { of, type, sql, array, description }] of Object.entries(options.also ?? {})) {
    add(field, () => of, description);
    fields.set(field, (row) => ({ sql: sql(row as Columns<E>), type, array }));
  }
  InputType(name, { description: 'All given conditions must hold.' })(Filter);
  const definition: FilterDefinition = { name, entity: any, fields };
  byClass.set(Filter, definition);
  byName.set(name, definition);
  return Filter;
}

/** What an input type of the schema compares; null when it is no filter of a list. */
export const filterNamed = (name: string): FilterDefinition | null => byName.get(name) ?? null;

/** The condition of a filter as it was given; null for none. `replaced` are fields that hang on other arguments. */
export function filtered<E extends object>(
  filter: FilterClass<E>,
  value: object | null | undefined,
  replaced: Readonly<Record<string, (row: Columns<E>) => Sql>> = {},
): Condition<E> | null {
  if (value == null || Object.keys(value).length === 0) return null;
  const definition = byClass.get(filter);
  if (!definition) throw new Error('This is no filter of an entity.');
  return (row) =>
    filterSql(value as FilterValue, (field) => {
      const column = definition.fields.get(field)?.(row);
      const other = replaced[field];
      return column && other ? { ...column, sql: other(row) } : (column ?? null);
    });
}
