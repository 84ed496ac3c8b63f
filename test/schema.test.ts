import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  buildASTSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isUnionType,
  parse,
  validate,
  type GraphQLObjectType,
} from 'graphql';
import { modules } from '../src/modules.js';
import { TOUR } from '../src/platform/http/docs.js';
import { buildAppSchema, schemaText } from '../src/platform/graphql/schema.js';

const committed = readFileSync('schema.graphql', 'utf8');
const schema = buildASTSchema(parse(committed));

test('schema.graphql is what the code says; run "npm run schema" when it is not', () => {
  expect(schemaText(buildAppSchema(modules))).toBe(committed);
});

test('names follow the conventions', () => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    expect(type.name).toMatch(/^[A-Z][A-Za-z0-9]*$/);
    if (isEnumType(type)) for (const value of type.getValues()) expect(value.name).toMatch(/^[A-Z][A-Z0-9_]*$/);
    if (isObjectType(type) || isInputObjectType(type)) {
      for (const field of Object.keys(type.getFields())) expect(field).toMatch(/^([a-z][A-Za-z0-9]*|AND|OR|NOT)$/);
    }
  }
});

test('every mutation that can fail for a business reason answers a union of errors that share code, message and field', () => {
  const mutation = schema.getMutationType() as GraphQLObjectType;
  for (const field of Object.values(mutation.getFields())) {
    const type = 'ofType' in field.type ? field.type.ofType : field.type;
    if (!isUnionType(type)) {
      expect(field.name).toBe('signOut');
      continue;
    }
    const errors = type.getTypes().filter((member) => member.name.endsWith('Error'));
    expect(errors.length).toBe(type.getTypes().length - 1);
    for (const error of errors)
      expect(Object.keys(error.getFields())).toEqual(expect.arrayContaining(['code', 'message', 'field']));
  }
});

test('no field shows a secret', () => {
  for (const type of Object.values(schema.getTypeMap())) {
    // Mutations are verbs: changePassword shows none.
    if (isObjectType(type) && type.name !== 'Mutation')
      for (const field of Object.keys(type.getFields())) expect(field).not.toMatch(/password|hash|secretKey/i);
  }
});

test('the operations of the explorer are those of the schema', () => {
  expect(validate(schema, parse(TOUR)).map((error) => error.message)).toEqual([]);
});
