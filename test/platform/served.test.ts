import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { Field } from 'type-graphql';
import { Product } from '../../src/catalog/product.entity.js';
import { productRead } from '../../src/catalog/product.queries.js';
import { modules } from '../../src/modules.js';
import { buildAppSchema } from '../../src/platform/graphql/schema.js';
import { computed, extend } from '../../src/platform/read/definition.js';
import { raw } from '../../src/platform/read/sql.js';
import { ProductStock } from '../../src/stock/stock.entity.js';

// Before the first schema is built: the decorators are read once.
Field(() => String, { nullable: true })(Product.prototype, 'colour');
Field(() => String, { nullable: true })(ProductStock.prototype, 'shelf');

describe('a field that nothing serves', () => {
  test('fails the start with a line that names it', () => {
    expect(() => buildAppSchema(modules)).toThrow('Nothing serves Product.colour: it is no column of Product');
  });

  test('is served once a module declares how it is read; one in an object that is no entity fails the start, too', () => {
    extend(productRead, { colour: computed(() => raw(`'red'`)) }).apply();
    expect(() => buildAppSchema(modules)).toThrow('Nothing serves ProductStock.shelf');
  });

  test('cannot be served by two modules', () => {
    expect(() => extend(productRead, { colour: computed(() => raw(`'blue'`)) }).apply()).toThrow(
      'Two modules read Product.colour',
    );
  });

  test('cannot be declared for a type that does not show it', () => {
    extend(productRead, { weight: computed(() => raw('1')) }).apply();
    expect(() => buildAppSchema(modules)).toThrow('The reads of Product name weight, which the schema does not show.');
  });
});
