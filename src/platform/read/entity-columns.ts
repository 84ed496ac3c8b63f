import { MetadataStorage, ReferenceKind, type AnyEntity, type EntityClass, type EntityMetadata } from '@mikro-orm/core';
import { MikroORM, UnderscoreNamingStrategy } from '@mikro-orm/postgresql';
import { ColumnRef, Sql } from './sql.js';

/** What a property holds when it is a column: a value, a list of values, JSON, or a reference by its foreign key. */
type ColumnValue =
  | string
  | number
  | boolean
  | bigint
  | Date
  | Uint8Array
  | readonly string[]
  | Record<string, unknown>
  | { isInitialized(): boolean };

/** The properties of an entity that are columns. */
export type ColumnKey<E> = {
  [P in keyof E & string]-?: unknown extends E[P] ? P : NonNullable<E[P]> extends ColumnValue ? P : never;
}[keyof E & string];

/** The columns of one row, by the entity's property; that of a reference is its foreign key. */
export type Columns<E> = { readonly [P in ColumnKey<E>]: Sql };

let discovered: { get(entity: EntityClass<AnyEntity>): EntityMetadata | undefined; count: number } | null = null;

/** Every entity that the decorators have told of. MikroORM links their columns and relations without a connection. */
function discover(): NonNullable<typeof discovered> {
  // A process may hold the classes twice, built and from source, as a test runner does: the later ones are in use.
  const byTable = new Map<string, EntityClass<AnyEntity>>();
  for (const meta of Object.values(MetadataStorage.getMetadata())) {
    if (meta.class && !meta.abstract) byTable.set(meta.tableName, meta.class as EntityClass<AnyEntity>);
  }
  const entities = [...byTable.values()];
  const orm = new MikroORM({
    clientUrl: 'postgresql://metadata.invalid/metadata',
    entities,
    namingStrategy: UnderscoreNamingStrategy,
    discovery: { warnWhenNoEntities: false },
  });
  const byClass = new Map<unknown, EntityMetadata>();
  for (const entity of entities) byClass.set(entity, orm.getMetadata().get(entity));
  return { get: (entity) => byClass.get(entity), count: Object.keys(MetadataStorage.getMetadata()).length };
}

type Described = Pick<EntityMetadata, 'className' | 'tableName'> & {
  properties: Record<string, Partial<EntityMetadata['properties'][string]> & { name: string }>;
};
const tables = new Map<unknown, Described>();

/** The columns of a table that only SQL writes, so that no entity class describes it: property -> Postgres type. */
export function describeTable<E extends object>(
  shape: new () => E,
  tableName: string,
  columns: { readonly [P in keyof E & string]?: string },
): EntityClass<E> {
  const properties: Described['properties'] = {};
  for (const [name, type] of Object.entries<string | undefined>(columns)) {
    if (type === undefined) continue;
    const column = name.replace(/([A-Z])/g, '_$1').toLowerCase();
    const nullable = type.endsWith('?');
    properties[name] = {
      name,
      kind: ReferenceKind.SCALAR,
      fieldNames: [column],
      columnTypes: [type.replace('?', '')],
      nullable,
    } as Described['properties'][string];
  }
  tables.set(shape, { className: shape.name, tableName, properties });
  return shape;
}

/** The Postgres type of a described column. */
export const describedType = (shape: unknown, property: string): string | undefined =>
  tables.get(shape)?.properties[property]?.columnTypes?.[0];

/** What MikroORM knows of an entity: table, columns, types, relations. Throws for a class that is no entity. */
export function metadataOf(entity: EntityClass<AnyEntity>): EntityMetadata {
  const described = tables.get(entity);
  if (described) return described as EntityMetadata;
  discovered ??= discover();
  let meta = discovered.get(entity);
  if (!meta && Object.keys(MetadataStorage.getMetadata()).length > discovered.count) {
    discovered = discover();
    meta = discovered.get(entity);
  }
  if (!meta) throw new Error(`${entity.name} is no entity.`);
  return meta;
}

export interface ColumnType {
  /** The Postgres type, without a length or a precision. */
  sql: string;
  nullable: boolean;
}

/** The type of a column; null when the property is none. */
export function columnTypeOf(entity: EntityClass<AnyEntity>, property: string): ColumnType | null {
  const found = metadataOf(entity).properties[property];
  const [type] = found?.columnTypes ?? [];
  if (!found || type === undefined || found.persist === false) return null;
  return { sql: type === 'bigserial' ? 'bigint' : (type.split('(')[0] ?? type), nullable: found.nullable === true };
}

/** The columns of the row that stands under `alias`. */
export function columnsOf<E extends object>(entity: EntityClass<E>, alias: string): Columns<E> {
  const meta = metadataOf(entity);
  const columns: Record<string, Sql> = {};
  for (const property of Object.values(meta.properties)) {
    const [name] = property.fieldNames ?? [];
    if (name === undefined || !columnTypeOf(entity, property.name)) continue;
    columns[property.name] = new Sql([new ColumnRef(`${alias}.${name}`, `${meta.className}.${property.name}`)]);
  }
  return columns as Columns<E>;
}

/** The value of a column inside of JSON: decimals become text, because a JSON number is a float. */
export const jsonValue = (column: Sql, type: ColumnType): Sql =>
  type.sql === 'numeric' ? new Sql([...column.parts, '::text']) : column;

/**
 * All columns of an entity, as `alias.column as "property"`, for statements that are written as text. References that
 * stand for objects are left out; those that stand for ids are ids.
 */
export function columnText(entity: EntityClass<AnyEntity>, alias: string): string {
  return Object.values(metadataOf(entity).properties)
    .filter(
      ({ kind, mapToPk, name }) => (kind === ReferenceKind.SCALAR || mapToPk) && columnTypeOf(entity, name) !== null,
    )
    .map((property) => `${alias}.${property.fieldNames[0] as string} as "${property.name}"`)
    .join(', ');
}
