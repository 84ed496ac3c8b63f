import { ReferenceKind } from '@mikro-orm/core';
import { getMetadataStorage, type ClassType } from 'type-graphql';
import { isScope } from '../kernel/scopes.js';
import { declaredProperties } from './db/columns.js';
import type { Module, Ownership } from './module.js';

/** What plugs say of permissions and owners that is not so, a line each; the types cannot see what modules leave out. */
export function moduleFaults(modules: readonly Module[]): string[] {
  const entities = new Set(modules.flatMap((module) => module.entities.map((entity) => entity.name)));
  return modules.flatMap((module) => [
    ...scopeFaults(module),
    ...Object.entries(module.ownership ?? {}).flatMap(([name, ownership]) =>
      ownership.fields ? fieldFaults(name, ownership, ownership.fields) : recordFaults(name, ownership, entities),
    ),
  ]);
}

function scopeFaults({ name, permissions, changes = {} }: Module): string[] {
  const asked = [
    ...Object.entries(permissions).map(([field, access]): [string, string | null] => [
      field,
      typeof access === 'string' ? null : access.permission,
    ]),
    ...Object.entries(changes).flatMap(([type, rule]): [string, string | null][] => [
      [`changes of ${type}`, rule.permission],
      [`changes of ${type}`, rule.perPerson ? (rule.everything ?? null) : null],
    ]),
  ];
  return asked
    .filter(([, scope]) => scope !== null && !isScope(scope))
    .map(([field, scope]) => `${name}: ${field} needs the scope ${scope}, which does not exist (kernel/scopes).`);
}

const inputFields = (input: ClassType): string[] =>
  getMetadataStorage()
    .fields.filter(({ target }) => target === input || input.prototype instanceof target)
    .map(({ name }) => name);

function fieldFaults(name: string, ownership: Ownership, fields: NonNullable<Ownership['fields']>): string[] {
  const { owners, names = {} } = ownership;
  const columns = Object.entries(declaredProperties(fields.entity))
    .filter(([, property]) => property?.kind !== ReferenceKind.ONE_TO_MANY && property?.persist !== false)
    .map(([column]) => column);
  const owned = new Set(Object.keys(owners));
  const kept = new Set(fields.kept);
  const real = new Set([...columns, ...(fields.beside ?? [])]);
  return [
    ...columns
      .filter((column) => !owned.has(column) && !kept.has(column))
      .map((column) => `${name}.${column} has no owner: add it to the ownership table.`),
    ...[...owned, ...kept]
      .filter((field) => !real.has(field))
      .map((field) => `${name}.${field} stands in the ownership table and is no column of ${fields.entity.name}.`),
    ...[...owned].filter((field) => kept.has(field)).map((field) => `${name}.${field} is both owned and kept.`),
    ...fields.inputs.flatMap((input) =>
      inputFields(input)
        .filter((field) => !fields.notOwned.includes(field) && !owned.has(names[field] ?? field))
        .map((field) => `${input.name}.${field} is no owned field of ${name}.`),
    ),
  ];
}

function recordFaults(name: string, { owners, names = {} }: Ownership, entities: ReadonlySet<string>): string[] {
  return Object.keys(owners)
    .map((record): [string, string] => [record, names[record] ?? `${record.charAt(0).toUpperCase()}${record.slice(1)}`])
    .filter(([, entity]) => !entities.has(entity))
    .map(([record, entity]) => `${name}.${record} stands in the ownership table, and there is no entity ${entity}.`);
}
