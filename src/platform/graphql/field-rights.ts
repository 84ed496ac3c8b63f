import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';
import { AppError } from '../../kernel/errors.js';
import type { Scope } from '../../kernel/scopes.js';
import { can, type Viewer } from '../../kernel/viewer.js';
import type { Permissions } from '../module.js';
import type { Context } from './context.js';
import { readOf } from '../read/definition.js';
import { filterNamed } from '../read/filter.js';
import { classesOfTypes, originsOfField } from '../read/served.js';
import { sortsOfType } from '../read/sort.js';
import { originsOf, type Sql } from '../read/sql.js';
import { msg } from '../../kernel/message.js';

/**
 * Rights to single fields. A module names a sensitive field once, as `Type.field -> permission` in its permission
 * table; what follows from that is derived here, for every path by which the field could be read:
 *
 * - the field itself is null for who lacks the permission, with one error for each place of the document;
 * - a filter or an order of the type's lists that shows the field, by its name or because its SQL reads the field's
 *   column, is refused before anything is read.
 *
 * Exports and live events execute the same schema, so the same rules hold there.
 */
export type FieldPermissions = ReadonlyMap<string, Scope>;

const refusal = (permission: string, what: string, field: string): AppError =>
  new AppError('FORBIDDEN', msg`You need the permission ${permission} to ${what}.`, { field });

/** Throws FORBIDDEN when the viewer lacks what a sensitive field needs; for paths that the schema does not show. */
export function assertFieldRight(viewer: Viewer, right: { permission: Scope; field: string }): void {
  if (!can(viewer, right.permission)) throw refusal(right.permission, `read ${right.field}`, right.field);
}

/** The entries of the permission table that are fields of object types, not root fields. */
export function fieldPermissions(schema: GraphQLSchema, table: Permissions): FieldPermissions {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  const found = new Map<string, Scope>();
  for (const [name, access] of Object.entries(table)) {
    const [typeName = ''] = name.split('.');
    const type = schema.getType(typeName);
    if (isObjectType(type) && roots.has(type)) continue;
    if (typeof access === 'string') throw new Error(`${name} is a field and names no permission.`);
    found.set(name, access.permission);
  }
  return found;
}

/** The fields of an operation that have been refused already: a list of a hundred rows is refused once. */
const refusedFields = new WeakMap<object, Set<unknown>>();

/** Puts a permission in front of a field, and makes the field nullable: a refusal must not empty the rows around it. */
export function guardField(type: GraphQLObjectType, field: GraphQLField<unknown, Context>, permission: Scope): void {
  const name = `${type.name}.${field.name}`;
  const inner = field.resolve as GraphQLFieldResolver<unknown, Context> | undefined;
  field.type = getNullableType(field.type);
  field.description = [field.description, `Null, with the error FORBIDDEN, for who lacks the permission ${permission}.`]
    .filter(Boolean)
    .join(' ');
  field.resolve = (root, args, context, info) => {
    if (can(context.viewer, permission)) {
      if (!inner) return (root as Record<string, unknown>)[field.name];
      return inner(root, args, context, info);
    }
    return refuseOnce(context, info, refusal(permission, `read ${name}`, name));
  };
}

/** Throws the refusal of a field for the first row of an operation, and answers null for the others. */
export function refuseOnce(context: object, info: Pick<GraphQLResolveInfo, 'fieldNodes'>, error: AppError): null {
  const [place] = info.fieldNodes;
  const refused = refusedFields.get(context) ?? new Set();
  refusedFields.set(context, refused);
  if (refused.has(place)) return null;
  refused.add(place);
  throw error;
}

/** The permissions that a filter field or a value of `orderBy` needs. */
type Needed = ReadonlyMap<string, readonly Scope[]>;

/** What a root field refuses, by argument. */
interface RootRights {
  filters: ReadonlyMap<string, Needed>;
  orders: ReadonlyMap<string, Needed>;
}

/** The permissions of the columns that sensitive fields show: `Product.costUsd` -> what `Product.cost` needs. */
type SensitiveColumns = ReadonlyMap<string, readonly Scope[]>;

function sensitiveColumns(permissions: FieldPermissions): SensitiveColumns {
  const classes = classesOfTypes();
  const columns = new Map<string, Scope[]>();
  for (const [name, permission] of permissions) {
    const [type = '', field = ''] = name.split('.');
    const target = classes.get(type);
    // The name itself stands for a field that shows no column, such as a list of rows.
    for (const origin of new Set([name, ...(target ? originsOfField(target, field) : [])])) {
      columns.set(origin, [...(columns.get(origin) ?? []), permission]);
    }
  }
  return columns;
}

const neededFor = (pieces: readonly (Sql | undefined)[], columns: SensitiveColumns): Scope[] => [
  ...new Set(pieces.flatMap((piece) => (piece ? originsOf(piece) : [])).flatMap((origin) => columns.get(origin) ?? [])),
];

function nodeTypeOf(field: GraphQLField<unknown, Context>): string | null {
  const type = getNamedType(field.type);
  const nodes = isObjectType(type) && type.name.endsWith('Connection') ? type.getFields()['nodes'] : undefined;
  return nodes ? getNamedType(nodes.type).name : null;
}

function filterNeeds(type: string, inputName: string, columns: SensitiveColumns): Needed {
  const definition = filterNamed(inputName);
  if (!definition)
    throw new Error(`${inputName} filters ${type}, which has sensitive fields, but filterOf did not make it.`);
  const row = readOf(definition.entity)?.row as Readonly<Record<string, Sql>>;
  const needed = new Map<string, readonly Scope[]>();
  for (const [name, columnOf] of definition.fields) {
    const column = columnOf(row);
    const permissions = [
      ...neededFor([column.sql, column.normalised], columns),
      ...(columns.get(`${type}.${name}`) ?? []),
    ];
    if (permissions.length > 0) needed.set(name, permissions);
  }
  return needed;
}

function sortNeeds(type: GraphQLEnumType, row: never, columns: SensitiveColumns): Needed {
  const sorts = sortsOfType(type.name);
  const needed = new Map<string, readonly Scope[]>();
  for (const { name, value } of type.getValues()) {
    const sort = sorts?.get(name);
    const permissions = sort && !sort.perRequest ? neededFor([sort.key(row)], columns) : [];
    if (permissions.length > 0) needed.set(value as string, permissions);
  }
  return needed;
}

function rightsOfRoot(type: string, field: GraphQLField<unknown, Context>, columns: SensitiveColumns): RootRights {
  const target = classesOfTypes().get(type);
  const row = (target ? readOf(target)?.row : undefined) as never;
  const filters = new Map<string, Needed>();
  const orders = new Map<string, Needed>();
  for (const arg of field.args) {
    const named = getNamedType(arg.type) as GraphQLInputType;
    if (isInputObjectType(named)) {
      const needed = filterNeeds(type, named.name, columns);
      if (needed.size > 0) filters.set(arg.name, needed);
    } else if (isEnumType(named)) {
      const needed = sortNeeds(named, row, columns);
      if (needed.size > 0) orders.set(arg.name, needed);
    }
  }
  return { filters, orders };
}

/** The first permission that the viewer lacks; null when there is none. */
const lacked = (viewer: Viewer, permissions: readonly Scope[] = []): Scope | null =>
  permissions.find((permission) => !can(viewer, permission)) ?? null;

function assertFilter(filter: unknown, needed: Needed, viewer: Viewer, path: string): void {
  if (typeof filter !== 'object' || filter === null) return;
  for (const [name, value] of Object.entries(filter)) {
    if (name === 'AND' || name === 'OR') {
      for (const one of (value ?? []) as unknown[]) assertFilter(one, needed, viewer, path);
    } else if (name === 'NOT') {
      assertFilter(value, needed, viewer, path);
    } else {
      const permission = lacked(viewer, needed.get(name));
      if (permission) throw refusal(permission, `filter by ${name}`, `${path}.${name}`);
    }
  }
}

/** Whether an input type holds another one at any depth, itself left out. */
function holds(type: GraphQLInputType, wanted: string, seen = new Set<string>()): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || seen.has(named.name)) return false;
  seen.add(named.name);
  return Object.values(named.getFields()).some(
    (field) => getNamedType(field.type).name === wanted || holds(field.type, wanted, seen),
  );
}

/**
 * Refuses filters and orders over sensitive fields at every root field that reads a list. Throws when a list's sensitive
 * fields could be asked about by a way that this rule does not cover.
 */
export function guardLists(schema: GraphQLSchema, permissions: FieldPermissions): void {
  const roots = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    type ? Object.values(type.getFields()) : [],
  );
  const columns = sensitiveColumns(permissions);
  const sensitiveTypes = new Set([...columns.keys()].map((name) => name.split('.')[0] ?? ''));
  for (const field of roots as GraphQLField<unknown, Context>[]) {
    const type = nodeTypeOf(field);
    if (!type || !sensitiveTypes.has(type)) continue;
    const rights = rightsOfRoot(type, field, columns);
    for (const [arg] of rights.filters) {
      const input = getNamedType(field.args.find((one) => one.name === arg)?.type as GraphQLInputType).name;
      const elsewhere = roots.find((root) =>
        root.args.some((one) => getNamedType(one.type).name !== input && holds(one.type, input)),
      );
      if (elsewhere)
        throw new Error(
          `${elsewhere.name} takes ${input} inside of another input, where hidden fields of ${type} are not refused.`,
        );
    }
    if (rights.filters.size + rights.orders.size > 0) guardRoot(field, rights);
  }
}

function guardRoot(field: GraphQLField<unknown, Context>, rights: RootRights): void {
  const inner = field.resolve;
  if (!inner) throw new Error(`${field.name} has no resolver.`);
  field.resolve = (root, args: Record<string, unknown>, context, info) => {
    const { viewer } = context;
    for (const [arg, needed] of rights.filters) assertFilter(args[arg], needed, viewer, arg);
    for (const [arg, needed] of rights.orders) {
      const permission = lacked(viewer, needed.get(args[arg] as string));
      if (permission) throw refusal(permission, `order by ${String(args[arg])}`, arg);
    }
    return inner(root, args, context, info);
  };
}
