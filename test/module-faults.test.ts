import 'reflect-metadata';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { describe, expect, test } from '@jest/globals';
import { Field, InputType } from 'type-graphql';
import { ALWAYS_ERP } from '../src/kernel/ownership.js';
import { StartFault } from '../src/kernel/start-fault.js';
import { modules } from '../src/modules.js';
import { buildAppSchema } from '../src/platform/graphql/schema.js';
import type { Module, Ownership } from '../src/platform/module.js';
import { moduleFaults } from '../src/platform/module-faults.js';

@Entity({ tableName: 'gadgets' })
class Gadget {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text' })
  colour!: string;
}

@InputType()
class UpdateGadgetInput {
  @Field(() => String)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  weight!: string;
}

const gadgets = (part: Partial<Module>): Module => ({
  name: 'gadgets',
  entities: [Gadget],
  resolvers: [],
  permissions: {},
  ...part,
});
const owned = (ownership: Partial<Ownership>, fields: Partial<NonNullable<Ownership['fields']>> = {}): Module =>
  gadgets({
    ownership: {
      Gadget: {
        owners: { name: ALWAYS_ERP, colour: ALWAYS_ERP },
        fields: { entity: Gadget, kept: ['id'], inputs: [], notOwned: ['id'], ...fields },
        ...ownership,
      },
    },
  });

describe('the check of the modules at the start', () => {
  test('finds nothing in the modules of the program', () => {
    expect(moduleFaults(modules)).toEqual([]);
    expect(moduleFaults([owned({})])).toEqual([]);
  });

  test.each<[string, Module, string]>([
    [
      'a column without an owner',
      owned({ owners: { name: ALWAYS_ERP } }),
      'Gadget.colour has no owner: add it to the ownership table.',
    ],
    [
      'an owned field that is no column',
      owned({ owners: { name: ALWAYS_ERP, colour: ALWAYS_ERP, size: ALWAYS_ERP } }),
      'Gadget.size stands in the ownership table and is no column of Gadget.',
    ],
    ['a column both owned and kept', owned({}, { kept: ['id', 'name'] }), 'Gadget.name is both owned and kept.'],
    [
      'an input with a field that nobody owns',
      owned({}, { inputs: [UpdateGadgetInput] }),
      'UpdateGadgetInput.weight is no owned field of Gadget.',
    ],
    [
      'a record that is no entity',
      gadgets({ ownership: { Document: { owners: { receipt: ALWAYS_ERP } } } }),
      'Document.receipt stands in the ownership table, and there is no entity Receipt.',
    ],
    [
      'a permission that nobody can be granted',
      gadgets({ permissions: { 'Query.gadgets': { permission: 'gadgets:read' as never } } }),
      'gadgets: Query.gadgets needs the scope gadgets:read, which does not exist (kernel/scopes).',
    ],
    [
      'a scope of changes that does not exist',
      gadgets({ changes: { gadget: { event: 'gadgetChanged', permission: 'gadgets:all' as never } } }),
      'gadgets: changes of gadget needs the scope gadgets:all, which does not exist (kernel/scopes).',
    ],
  ])('%s has its line', (_name, module, line) => {
    expect(moduleFaults([module])).toEqual([line]);
  });

  test('a fault fails the start', () => {
    const wrong = owned({ owners: { name: ALWAYS_ERP } });
    expect(() => buildAppSchema([...modules, wrong])).toThrow(StartFault);
    expect(() => buildAppSchema([...modules, wrong])).toThrow('Gadget.colour has no owner');
  });
});
