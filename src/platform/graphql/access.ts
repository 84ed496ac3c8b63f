import {
  defaultFieldResolver,
  isObjectType,
  isScalarType,
  isUnionType,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { forbidden, unauthenticated } from '../../kernel/errors.js';
import { can, type Viewer } from '../../kernel/viewer.js';
import type { Access, Module, Permissions } from '../module.js';
import type { Context } from './context.js';
import { classesOfTypes, isReadByStatement, moneyOfField } from '../read/served.js';
import { fieldPermissions, guardField, guardLists } from './field-rights.js';
import { isMoneyField, type Money } from './scalars.js';
import { msg } from '../../kernel/message.js';

type FieldResolverMetadata = ReturnType<typeof getMetadataStorage>['fieldResolvers'][number];

/** One table from the plugs of all modules. Throws when two modules name the same field. */
export function permissionTable(modules: readonly Module[]): Permissions {
  const table: Permissions = {};
  for (const module of modules) {
    for (const [field, access] of Object.entries(module.permissions)) {
      if (table[field]) throw new Error(`Two modules give the permission of ${field}.`);
      table[field] = access;
    }
  }
  return table;
}

/** Throws UNAUTHENTICATED for an anonymous caller and FORBIDDEN for anybody else without the right. */
export function assertAccess(access: Access, viewer: Viewer): void {
  if (access === 'public') return;
  if (viewer.kind === 'anonymous') throw unauthenticated();
  if (access === 'signed-in') return;
  if (!can(viewer, access.permission)) {
    throw forbidden(msg`You need the permission ${access.permission}.`);
  }
}

/**
 * Puts the permission table in front of the resolvers: deny by default, because a root field without an entry fails
 * the start. Also removes resolvers that only read a property (compiled queries inline those) and gives unions a
 * synchronous resolveType (an asynchronous one that throws ends the process under compiled queries). A resolver
 * of what the statement has read only declares the field.
 */
export function guardSchema(schema: GraphQLSchema, table: Permissions): void {
  const used = new Set<string>();
  const fieldResolvers = new Map<string, FieldResolverMetadata>();
  for (const resolver of getMetadataStorage().fieldResolvers) {
    const target = resolver.getObjectType?.();
    if (target) fieldResolvers.set(`${target.name}.${resolver.methodName}`, resolver);
  }
  for (const field of getMetadataStorage().fields) {
    if (field.name !== field.schemaName)
      throw new Error(`${field.target.name}.${field.name} is exposed under another name.`);
  }
  const classes = classesOfTypes();

  const permissions = fieldPermissions(schema, table);
  // Placed before the guards of the root fields are added, which then run first: without the right to the root field
  // nothing else is revealed.
  guardLists(schema, permissions);
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (isUnionType(type)) type.resolveType = (value: { __typename?: string }) => value.__typename;
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields()) as GraphQLField<unknown, Context>[]) {
      const name = `${type.name}.${field.name}`;
      const access = table[name];
      if (roots.has(type)) {
        if (!access) throw new Error(`${name} has no entry in the permission table.`);
        used.add(name);
        guard(field, access);
      } else {
        const target = classes.get(type.name);
        const member = `${target?.name ?? type.name}.${field.name}`;
        const resolver = fieldResolvers.get(member);
        const isRead = target !== undefined && isReadByStatement(target, field.name);
        field.resolve = resolver && !isRead ? (directCall(resolver) ?? field.resolve) : undefined;
        if (isMoneyField(member)) field.resolve = moneyOf(field.name);
        const money = target && moneyOfField(target, field.name);
        if (money) field.resolve = moneyIn(money.amount, money.currency);
        const permission = permissions.get(name);
        if (permission) {
          used.add(name);
          guardField(type, field, permission);
        }
      }
    }
  }
  const unknown = Object.keys(table).filter((name) => !used.has(name));
  if (unknown.length > 0) throw new Error(`The permission table names unknown fields: ${unknown.join(', ')}.`);
}

const moneyOf =
  (field: string) =>
  (row: unknown): Money | null => {
    const { [field]: amount, currency } = row as Record<string, string | null>;
    return amount == null ? null : { amount, currency: currency as string };
  };

const moneyIn =
  (column: string, currency: string) =>
  (row: unknown): Money | null => {
    const amount = (row as Record<string, string | null>)[column];
    return amount == null ? null : { amount, currency };
  };

/**
 * A field resolver that wants only the row, the context, the info or scalar arguments is called without the library's
 * wrapper, which sorts and maps the parameters anew for every row: a fifth of the CPU of a list. Null when it wants more.
 */
function directCall(resolver: FieldResolverMetadata): GraphQLField<unknown, Context>['resolve'] | null {
  const params = [...(resolver.params ?? [])].sort((a, b) => a.index - b.index);
  const plain = params.every(
    (param) =>
      param.kind === 'info' ||
      (param.kind === 'arg' && isScalarArgument(param)) ||
      ((param.kind === 'root' || param.kind === 'context') && param.propertyName === undefined),
  );
  const kinds = params.map((param) => param.kind);
  if (resolver.kind !== 'external' || !plain || (resolver.middlewares ?? []).length > 0) return null;
  const instance = new (resolver.target as new () => Record<string, (...values: unknown[]) => unknown>)();
  const method = instance[resolver.methodName]?.bind(instance);
  if (!method) return null;
  const [first, second] = kinds;
  if (kinds.length === 1 && first === 'root') return (root) => method(root);
  if (kinds.length === 2 && first === 'root' && second === 'context')
    return (root, _args, context) => method(root, context);
  return (root, args: Record<string, unknown>, context, info) =>
    method(
      ...params.map((param) => {
        if (param.kind === 'arg') return args[param.name];
        return param.kind === 'root' ? root : param.kind === 'context' ? context : info;
      }),
    );
}

/** Inputs and lists of them are made instances of their class by the library. */
const isScalarArgument = (param: { getType: () => unknown }): boolean =>
  isScalarType(param.getType()) || param.getType() === String || param.getType() === Number;

function guard(field: GraphQLField<unknown, Context>, access: Access): void {
  if (access === 'public') return;
  const inner = field.resolve ?? defaultFieldResolver;
  // The socket checks the right before it streams; the resolver checks it again for every event.
  field.extensions = { ...field.extensions, assertAccess: (viewer: Viewer) => assertAccess(access, viewer) };
  field.resolve = (root, args, context, info) => {
    assertAccess(access, context.viewer);
    return inner(root, args, context, info);
  };
}
