import { MetadataStorage, ReferenceKind, type AnyEntity, type EntityClass, type EntityProperty } from '@mikro-orm/core';

/** The column types of documents, once: decimals arrive as text, days stay days. Spread them: the ORM writes into what it gets. */
export const AMOUNT = { type: 'string', columnType: 'numeric(18,6)' } as const;
export const QUANTITY = { type: 'string', columnType: 'numeric(18,3)' } as const;
export const PERCENT = { type: 'string', columnType: 'numeric(6,3)' } as const;
export const DAY = { type: 'string', columnType: 'date' } as const;
export const INSTANT = { type: 'datetime', columnType: 'timestamptz' } as const;
export const NO_CASCADE = { ref: true, deleteRule: 'restrict', updateRule: 'no action' } as const;
export const WITH_OWNER = { ref: true, deleteRule: 'cascade', updateRule: 'no action' } as const;

/** A reference that code holds as a plain id: a foreign key in the database, no object to load. */
export const byId = (column: string) =>
  ({ fieldName: column, mapToPk: true, deleteRule: 'restrict', updateRule: 'no action' }) as const;

/** What the decorators of an entity say, before any connection is opened. */
export function declaredProperties(
  entity: EntityClass<AnyEntity>,
): Record<string, Partial<EntityProperty> | undefined> {
  const path = (entity as unknown as Record<symbol, string | undefined>)[MetadataStorage.PATH_SYMBOL];
  return path === undefined ? {} : MetadataStorage.getMetadata(entity.name, path).properties;
}

/**
 * Makes a plain id of an earlier module's entity a reference to an entity of this module, which the earlier one may not
 * import. The class must be decorated already.
 */
export function referenceFrom<Row extends object>(
  entity: EntityClass<Row>,
  property: keyof Row & string,
  column: string,
  target: () => EntityClass<AnyEntity>,
): void {
  const known = declaredProperties(entity)[property];
  if (!known) throw new Error(`${entity.name}.${property} is no column.`);
  delete known.type;
  Object.assign(known, { kind: ReferenceKind.MANY_TO_ONE, entity: target, ...byId(column) });
}
