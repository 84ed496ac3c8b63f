import type { AnyEntity, EntityClass } from '@mikro-orm/core';
import type { ClassType } from 'type-graphql';
import { columnsOf, type ColumnKey, type Columns } from './entity-columns.js';
import type { FieldArguments } from './selection.js';
import type { Sql } from './sql.js';
import type { Who } from './who.js';

/**
 * What a module says of the reads of an entity. Columns, their types and many-to-one relations come from the entity's
 * own metadata; only what is no column is declared here.
 */
export interface ReadOptions<E extends object, Always extends ColumnKey<E>> {
  /** Always read: what field resolvers and loaders key on. */
  always?: readonly Always[];
  /** The row-level filter, on every path to the entity. `true` shows every row. */
  scope?(row: Columns<E>, who: Who): Sql | boolean;
  /** The same rows said in a way that suits a count of all. */
  countScope?(row: Columns<E>, who: Who): Sql | boolean;
  /** What tells the rows of one sort key apart, when the entity has no single primary key. */
  id?(row: Columns<E>): Sql;
  /** Counts that triggers keep: standing conditions of a query -> the name of its count. Anything else is counted. */
  kept?: readonly { count: string; when?: readonly Condition<E>[] }[];
  fields?: Readonly<Record<string, FieldRead<E>>>;
}

/** A condition of a list, over the row that it reads. */
export type Condition<E> = (row: Columns<E>) => Sql;

export interface FieldAsk {
  who: Who;
  /** The arguments of each occurrence of the field in the document; absent when none has arguments. */
  calls: readonly FieldArguments[] | undefined;
}

interface Nested<E, T extends object> {
  kind: 'nested';
  list: boolean;
  target: EntityClass<T>;
  on: (row: Columns<E>, other: Columns<T>) => Sql;
  options: NestedOptions<E, T>;
}

export interface NestedOptions<E, T> {
  /** The scope of the row that holds it implies its own, e.g. because both belong to one customer. */
  scopedByParent?: boolean;
  /** The order of a list. */
  orderBy?: (other: Columns<T>) => Sql;
  limit?: number;
  /** Values of the holding row that the nested one shows as its own. */
  also?: (row: Columns<E>) => Readonly<Record<string, Sql>>;
}

interface Shape<E> {
  kind: 'shape';
  list: boolean;
  type: ClassType<object>;
  build: (row: Columns<E>, ask: FieldAsk) => ShapeSql;
}

export interface ShapeSql {
  /** Table, alias and the condition that ties it to the row. */
  from: Sql;
  /** Field -> SQL of a JSON value; made when it is asked for. */
  fields: Readonly<Record<string, Sql | (() => Sql)>>;
  /** Always read: what field resolvers key on. */
  always?: Readonly<Record<string, Sql>>;
  /** Entities inside of it. */
  nested?: Readonly<Record<string, FieldRead<never>>>;
  orderBy?: Sql;
}

/** How a field of an entity is read. `E` is only taken in, so a field fits the entity that it was written for. */
export type FieldRead<E> =
  | { kind: 'needs'; columns: readonly (keyof E & string)[] }
  | { kind: 'money'; amount: keyof E & string; currency: string }
  | { kind: 'computed'; sql: (row: Columns<E>, ask: FieldAsk) => Sql; resolved: boolean }
  | { kind: 'several'; sql: (row: Columns<E>, ask: FieldAsk) => Readonly<Record<string, Sql>> }
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the target is known where the field is written
  | Nested<E, any>
  | Shape<E>;

/** A value that SQL computes; decimals are cast to text. */
export const computed = <E>(sql: (row: Columns<E>, ask: FieldAsk) => Sql): FieldRead<E> => ({
  kind: 'computed',
  sql,
  resolved: false,
});

/** A value that SQL computes and a field resolver makes presentable. */
export const prepared = <E>(sql: (row: Columns<E>, ask: FieldAsk) => Readonly<Record<string, Sql>>): FieldRead<E> => ({
  kind: 'several',
  sql,
});

/** The columns from which a field resolver makes the field. */
export const needs = <E>(...columns: (keyof E & string)[]): FieldRead<E> => ({ kind: 'needs', columns });

/** Money out of a column that is in one currency always. */
export const money = <E>(amount: keyof E & string, currency: string): FieldRead<E> => ({
  kind: 'money',
  amount,
  currency,
});

/** The row of another entity, or null. */
export const one = <E, T extends object>(
  target: EntityClass<T>,
  on: (row: Columns<E>, other: Columns<T>) => Sql,
  options: NestedOptions<E, T> = {},
): FieldRead<E> => ({ kind: 'nested', list: false, target, on, options });

/** Rows of another entity. */
export const many = <E, T extends object>(
  target: EntityClass<T>,
  on: (row: Columns<E>, other: Columns<T>) => Sql,
  options: NestedOptions<E, T> & { orderBy: (other: Columns<T>) => Sql },
): FieldRead<E> => ({ kind: 'nested', list: true, target, on, options });

/** An object of a type that is no entity, or null. */
export const object = <E>(
  type: ClassType<object>,
  build: (row: Columns<E>, ask: FieldAsk) => ShapeSql,
): FieldRead<E> => ({ kind: 'shape', list: false, type, build });

/** Objects of a type that is no entity. */
export const objects = <E>(
  type: ClassType<object>,
  build: (row: Columns<E>, ask: FieldAsk) => ShapeSql & { orderBy: Sql },
): FieldRead<E> => ({ kind: 'shape', list: true, type, build });

export const ROOT_ALIAS = 'r';

/** How one entity is read, wherever it stands in an answer. */
export class EntityRead<E extends object, out Always extends ColumnKey<E> = never> {
  readonly fields: Map<string, FieldRead<E>>;
  private root: Columns<E> | null = null;

  constructor(
    readonly entity: EntityClass<E>,
    readonly options: ReadOptions<E, ColumnKey<E>>,
  ) {
    this.fields = new Map(Object.entries(options.fields ?? {}));
  }

  columns(alias: string): Columns<E> {
    return columnsOf(this.entity, alias);
  }

  /** The columns of the row that a list reads. */
  get row(): Columns<E> {
    return (this.root ??= this.columns(ROOT_ALIAS));
  }

  /** The row-level filter for a row; null when every row is shown. */
  scopeOf(row: Columns<E>, who: Who, scope = this.options.scope): Sql | boolean {
    return scope ? scope(row, who) : true;
  }

  /** Never called: it names the type of what is always read. */
  declare readonly always: Always;
}

const byEntity = new Map<EntityClass<AnyEntity>, EntityRead<object>>();

/** Declares how an entity is read; once an entity. */
export function read<E extends object, const Always extends ColumnKey<E> = never>(
  entity: EntityClass<E>,
  options: ReadOptions<E, Always> = {},
): EntityRead<E, Always> {
  if (byEntity.has(entity)) throw new Error(`The reads of ${entity.name} are declared twice.`);
  const made = new EntityRead<E, Always>(entity, options);
  byEntity.set(entity, made as unknown as EntityRead<object>);
  return made;
}

/** How an entity is read; null when no module says. */
export const readOf = (entity: EntityClass<AnyEntity>): EntityRead<object> | null => byEntity.get(entity) ?? null;

export const allReads = (): IterableIterator<EntityRead<object>> => byEntity.values();

/** A field that a downstream module adds to an entity, read in the same statement. */
export interface Extension {
  apply(): void;
}

export function extend<E extends object, A extends ColumnKey<E>>(
  target: EntityRead<E, A>,
  fields: Readonly<Record<string, FieldRead<E>>>,
): Extension {
  return {
    apply() {
      for (const [name, field] of Object.entries(fields)) {
        const known = target.fields.get(name);
        if (known && known !== field) throw new Error(`Two modules read ${target.entity.name}.${name}.`);
        target.fields.set(name, field);
      }
    },
  };
}

/** A value as it stands in JSON. */
type JsonOf<V> = V extends Date ? string : V;

/** What a read answers: what is always read is there, all else when it was asked for. */
export type RowOf<R> =
  R extends EntityRead<infer E, infer Always>
    ? { id: string } & { [P in Extract<Always, keyof E>]-?: JsonOf<E[P]> } & {
        [P in ColumnKey<E>]?: NonNullable<E[P]> extends { isInitialized(): boolean } ? unknown : JsonOf<E[P]>;
      }
    : never;
