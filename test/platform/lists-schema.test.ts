import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { getNamedType, isEnumType, isInputObjectType, isObjectType, type GraphQLObjectType } from 'graphql';
import { modules } from '../../src/modules.js';
import { buildAppSchema } from '../../src/platform/graphql/schema.js';

const schema = buildAppSchema(modules);
const query = schema.getQueryType() as GraphQLObjectType;
const lists = Object.values(query.getFields()).filter((field) => getNamedType(field.type).name.endsWith('Connection'));

describe('every list of the schema', () => {
  // A statement is read from its oldest line, between two days.
  const ordered = lists.filter(
    (field) => !['statementEntries', 'accountStatement', 'generalLedger', 'cashBook'].includes(field.name),
  );

  test.each(ordered.map((field) => [field.name, field] as const))('%s has a filter and an order', (_, field) => {
    const arg = (name: string) => getNamedType(field.args.find((one) => one.name === name)?.type ?? field.type);
    const filter = arg('filter');
    expect(isInputObjectType(filter) && Object.keys(filter.getFields())).toEqual(
      // A level has no id of its own: it is told apart by product and warehouse.
      expect.arrayContaining(['AND', 'OR', 'NOT', field.name === 'stockLevels' ? 'productId' : 'id']),
    );
    expect(filter.name).toMatch(/Filter$/);
    const orderBy = arg('orderBy');
    expect(isEnumType(orderBy) && orderBy.name).toMatch(/Sort$/);
  });

  test('has a twin that reads one record by its id, where a record has a screen of its own', () => {
    const twins = new Map<string, string>();
    for (const field of Object.values(query.getFields())) {
      const type = getNamedType(field.type);
      if (isObjectType(type) && field.args.some((arg) => arg.name === 'id')) twins.set(type.name, field.name);
    }
    const nodeOf = (name: string): string => {
      const type = getNamedType(query.getFields()[name]?.type ?? schema.getQueryType()!);
      return isObjectType(type) ? getNamedType(type.getFields()['nodes']?.type ?? type).name : '';
    };
    const without = lists.map(({ name }) => name).filter((name) => !twins.has(nodeOf(name)));
    // Lines of ledgers and logs, and what is told apart by more than an id.
    expect(without.sort()).toEqual([
      'accountStatement',
      'auditLog',
      'balanceAssertions',
      'cashBook',
      'commissionPlans',
      'commissions',
      'exchangeRates',
      'generalLedger',
      'parkedSales',
      'priceHistory',
      'sessions',
      'signUps',
      'statementEntries',
      'stockLevels',
      'stockMovements',
      'syncAlerts',
    ]);
  });
});
