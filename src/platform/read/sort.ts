import type { AnyEntity, EntityClass } from '@mikro-orm/core';
import { registerEnumType } from 'type-graphql';
import { columnTypeOf, type ColumnKey, type Columns } from './entity-columns.js';
import { sql, type Sql } from './sql.js';

export type SortType = 'text' | 'numeric' | 'timestamptz' | 'integer' | 'bigint' | 'uuid' | 'date' | 'boolean';

/** One order of a list. */
export interface Sort<E> {
  /** As cursors hold it. */
  name: string;
  /** Never null, so that a row comparison can continue after it. */
  key: (row: Columns<E>) => Sql;
  type: SortType;
  direction: 'asc' | 'desc';
  /** The key is not for the reader, so cursors of this order leave it out. */
  hidden?: boolean;
  /** The key holds values of this one request, so no plan can be kept for it. */
  perRequest?: boolean;
}

type Words<T extends string, First extends boolean = true> = T extends `${infer Head}${infer Tail}`
  ? `${Head extends Uncapitalize<Head> ? Uppercase<Head> : First extends true ? Uppercase<Head> : `_${Head}`}${Words<Tail, false>}`
  : '';
type Stem<P extends string> = P extends `${infer Name}At` ? Name : P extends `${infer Name}On` ? Name : P;
type SortName<P extends string> = `${Words<Stem<P>>}_${'ASC' | 'DESC'}`;

/** The enum of a list's orders, its names as the values, and what each of them means. */
export type SortEnum<Name extends string> = { readonly [N in Name]: N };

const sortsOf = new WeakMap<object, ReadonlyMap<string, Sort<never>>>();

const TYPES: Readonly<Record<string, SortType>> = {
  text: 'text',
  varchar: 'text',
  numeric: 'numeric',
  timestamptz: 'timestamptz',
  int: 'integer',
  integer: 'integer',
  smallint: 'integer',
  bigint: 'bigint',
  uuid: 'uuid',
  date: 'date',
  boolean: 'boolean',
};

function sortBy(
  entity: EntityClass<AnyEntity>,
  name: string,
  property: string,
  direction: 'asc' | 'desc',
): Sort<never> {
  // Types are known when all entities are; the definition stands before that.
  const typeOf = (): SortType => {
    const column = columnTypeOf(entity, property);
    const type = column && TYPES[column.sql];
    if (!type) throw new Error(`${entity.name}.${property} cannot be sorted by.`);
    if (column.nullable) throw new Error(`${entity.name}.${property} can be null; say what stands for it.`);
    return type;
  };
  return {
    name,
    get type() {
      return typeOf();
    },
    direction,
    key: (row: Readonly<Record<string, Sql>>) => {
      const column = row[property] as Sql;
      return typeOf() === 'text' ? sql`${column} collate "C"` : column;
    },
  };
}

const stemOf = (property: string): string =>
  property
    .replace(/(?<=.)(At|On)$/, '')
    .replace(/(?<=.)([A-Z])/g, '_$1')
    .toUpperCase();

/**
 * The orders of an entity's list, as the enum `<Entity>Sort`: each property both ways (`createdAt`: CREATED_ASC and
 * CREATED_DESC), and those that are no column.
 */
export function sortOf<E extends object, const P extends ColumnKey<E>, const Other extends string = never>(
  entity: EntityClass<E>,
  properties: readonly P[],
  others: Readonly<Record<Other, Omit<Sort<E>, 'name'>>> = {} as Readonly<Record<Other, Omit<Sort<E>, 'name'>>>,
  description?: string,
): SortEnum<SortName<P> | Other> {
  const sorts = new Map<string, Sort<never>>();
  for (const property of properties) {
    for (const direction of ['asc', 'desc'] as const) {
      const name = `${stemOf(property)}_${direction.toUpperCase()}`;
      sorts.set(name, sortBy(entity, name, property, direction));
    }
  }
  for (const [name, sort] of Object.entries<Omit<Sort<E>, 'name'>>(others)) sorts.set(name, { ...sort, name });
  const values = Object.fromEntries([...sorts.keys()].map((name) => [name, name])) as SortEnum<SortName<P> | Other>;
  registerEnumType(values as Record<string, string>, {
    name: `${entity.name}Sort`,
    ...(description ? { description } : {}),
  });
  sortsOf.set(values, sorts);
  byName.set(`${entity.name}Sort`, sorts);
  return values;
}

const byName = new Map<string, ReadonlyMap<string, Sort<never>>>();

/** The orders that an enum type of the schema stands for; null when it is none of these. */
export const sortsOfType = (name: string): ReadonlyMap<string, Sort<never>> | null => byName.get(name) ?? null;

export function sortNamed<E>(sorts: object, name: string): Sort<E> {
  const found = sortsOf.get(sorts)?.get(name);
  if (!found) throw new Error(`There is no order ${name}.`);
  return found;
}

/** Fails the start when a property of an order is no column that can be compared. */
export function assertSorts(): void {
  for (const sorts of byName.values()) for (const sort of sorts.values()) void sort.type;
}
