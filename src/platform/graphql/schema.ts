import 'reflect-metadata';
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchemaSync, type NonEmptyArray } from 'type-graphql';
import type { Module } from '../module.js';
import { StartFault } from '../../kernel/start-fault.js';
import { moduleFaults } from '../module-faults.js';
import { guardSchema, permissionTable } from './access.js';
import { assertServed } from '../read/served.js';
import { assertSorts } from '../read/sort.js';

/** Builds the guarded schema out of the plugs. Opens no connection. */
export function buildAppSchema(modules: readonly Module[]): GraphQLSchema {
  const resolvers = modules.flatMap((module) => module.resolvers);
  const schema = buildSchemaSync({
    resolvers: resolvers as unknown as NonEmptyArray<never>,
    validate: false,
    // Apollo Server checks the schema when it starts; type-graphql's own check is an introspection query of 150 ms.
    skipCheck: true,
    // Topics are served by the hub; type-graphql only requires that a topic is declared.
    pubSub: { publish: () => undefined, subscribe: () => never() },
  });
  const faults = moduleFaults(modules);
  if (faults.length > 0) throw new StartFault(faults.join('\n'));
  for (const extension of modules.flatMap((module) => module.extends ?? [])) extension.apply();
  assertServed(schema);
  assertSorts();
  guardSchema(schema, permissionTable(modules));
  applyCosts(schema, modules);
  return schema;
}

/** Registers the costs that modules declare for their root fields. Throws for an unknown field. */
function applyCosts(schema: GraphQLSchema, modules: readonly Module[]): void {
  for (const [name, cost] of modules.flatMap((module) => Object.entries(module.costs ?? {}))) {
    const [type = '', field = ''] = name.split('.');
    const found = (schema.getType(type) as GraphQLObjectType | undefined)?.getFields()[field];
    if (!found) throw new Error(`The costs name an unknown field: ${name}.`);
    found.extensions = { ...found.extensions, cost };
  }
}

async function* never(): AsyncGenerator<never> {
  // The hub executes subscription fields event by event; nobody iterates the schema's own stream.
}

export function schemaText(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
