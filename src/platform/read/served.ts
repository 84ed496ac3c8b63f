import { isObjectType, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { MetadataStorage, ReferenceKind, type AnyEntity, type EntityClass } from '@mikro-orm/core';
import { readOf, type EntityRead, type FieldRead } from './definition.js';
import { columnTypeOf, metadataOf } from './entity-columns.js';
import { originsOf, type Sql } from './sql.js';
import type { Who } from './who.js';

/** Somebody with every right, for whom each field has its SQL. */
const EVERYBODY: Who = {
  kind: 'user',
  permissions: { has: () => true } as unknown as ReadonlySet<string>,
  hasCustomer: true,
  hasPriceList: true,
  key: 'start',
};
const ASK = { who: EVERYBODY, calls: undefined };

type Entity = EntityClass<AnyEntity>;

/** The classes of the object types of the schema, by the name of the type. */
export function classesOfTypes(): Map<string, Entity> {
  return new Map(getMetadataStorage().objectTypes.map((type) => [type.name, type.target as Entity]));
}

const isEntity = (target: Entity): boolean =>
  readOf(target) !== null || Object.values(MetadataStorage.getMetadata()).some((meta) => meta.class === target);

/** Whether the statement of an entity reads a field into the row, so that no resolver has to. */
export function isReadByStatement(target: Entity, name: string): boolean {
  const read = readOf(target);
  if (!read) return false;
  const field = read.fields.get(name) as FieldRead<never> | undefined;
  if (field) return field.kind === 'computed' || field.kind === 'nested' || field.kind === 'shape';
  if (columnTypeOf(target, name) === null)
    return metadataOf(target).properties[name]?.kind === ReferenceKind.ONE_TO_MANY;
  const { kind, mapToPk, targetMeta } = metadataOf(target).properties[name] ?? {};
  return kind === ReferenceKind.SCALAR || mapToPk === true || readOf(targetMeta?.class as Entity) !== null;
}

/** The money of a field that is read as one amount in one currency; null when it is something else. */
export function moneyOfField(target: Entity, name: string): { amount: string; currency: string } | null {
  const field = readOf(target)?.fields.get(name) as FieldRead<never> | undefined;
  return field?.kind === 'money' ? field : null;
}

/** The columns that a field shows, as `Entity.property`: who must not see the field must not filter or sort by them. */
export function originsOfField(target: Entity, name: string): string[] {
  const read = readOf(target);
  const field = read?.fields.get(name) as FieldRead<never> | undefined;
  const className = read ? metadataOf(target).className : target.name;
  const named = (property: string): string => `${className}.${property}`;
  if (!read || !field) return [named(name)];
  switch (field.kind) {
    case 'needs':
      return field.columns.map(named);
    case 'money':
      return [named(field.amount)];
    case 'computed': {
      // The id by which it looks something up is no secret of it.
      const keys: readonly string[] = metadataOf(target).primaryKeys.map(named);
      return originsOf(field.sql(read.row, ASK)).filter((origin) => !keys.includes(origin));
    }
    case 'several':
      return Object.values(field.sql(read.row as never, ASK)).flatMap(originsOf);
    case 'nested':
    case 'shape':
      return [];
  }
}

/**
 * Fails the start when nothing serves a field of an entity's type or of a shape inside of one: it is no column, no module
 * declares how it is read, and no resolver makes it. Such a field would always be null. Also builds the SQL of every
 * declared field once, so that one over a column that is gone fails the start too.
 */
export function assertServed(schema: GraphQLSchema): void {
  const classes = classesOfTypes();
  const resolved = new Set(
    getMetadataStorage().fieldResolvers.map(({ getObjectType, methodName }) => {
      const target = getObjectType?.();
      return `${target?.name ?? ''}.${methodName}`;
    }),
  );
  const typeOfClass = new Map<unknown, GraphQLObjectType>();
  for (const [name, target] of classes) {
    const type = schema.getType(name);
    if (isObjectType(type)) typeOfClass.set(target, type);
  }
  for (const [name, target] of classes) {
    const type = schema.getType(name);
    if (!isObjectType(type) || !isEntity(target)) continue;
    const read = readOf(target);
    if (!read) throw new Error(`The schema shows ${name}, but no module declares how ${target.name} is read.`);
    assertFields(read, type, resolved);
    assertShapes(read, typeOfClass, resolved);
  }
}

function assertFields(read: EntityRead<object>, type: GraphQLObjectType, resolved: ReadonlySet<string>): void {
  const target = read.entity as Entity;
  const fields = type.getFields();
  for (const name of Object.keys(fields)) {
    if (read.fields.has(name) || isReadByStatement(target, name) || resolved.has(`${target.name}.${name}`)) continue;
    throw new Error(
      `Nothing serves ${type.name}.${name}: it is no column of ${target.name}, no module declares how it is read, and it has no resolver.`,
    );
  }
  for (const name of read.fields.keys()) {
    if (!fields[name]) throw new Error(`The reads of ${target.name} name ${name}, which the schema does not show.`);
  }
}

function assertShapes(
  read: EntityRead<object>,
  types: ReadonlyMap<unknown, GraphQLObjectType>,
  resolved: ReadonlySet<string>,
): void {
  const row = read.row as never;
  read.scopeOf(row, EVERYBODY);
  for (const [name, field] of read.fields as ReadonlyMap<string, FieldRead<never>>) {
    if (field.kind === 'computed') field.sql(row, ASK);
    else if (field.kind === 'several') field.sql(row, ASK);
    else if (field.kind === 'nested') field.on(row, readOf(field.target)?.row as never);
    else if (field.kind === 'shape') {
      const shape = field.build(row, ASK);
      const served = new Set([
        ...Object.keys(shape.fields),
        ...Object.keys(shape.always ?? {}),
        ...Object.keys(shape.nested ?? {}),
      ]);
      const values = Object.values(shape.fields).map((value): Sql => (typeof value === 'function' ? value() : value));
      const type = types.get(field.type);
      for (const key of Object.keys(type?.getFields() ?? {})) {
        if (served.has(key) || resolved.has(`${field.type.name}.${key}`)) continue;
        throw new Error(
          `Nothing serves ${type?.name ?? ''}.${key}: ${read.entity.name}.${name} does not read it (of ${values.length} fields), and it has no resolver.`,
        );
      }
    }
  }
}
