import 'reflect-metadata';
import { Field } from 'type-graphql';
import { Product } from '../../src/catalog/product.entity.js';
import { productRead } from '../../src/catalog/product.queries.js';
import { modules } from '../../src/modules.js';
import { buildAppSchema } from '../../src/platform/graphql/schema.js';
import { computed, extend } from '../../src/platform/read/definition.js';
import { raw } from '../../src/platform/read/sql.js';
import { ProductStock } from '../../src/stock/stock.entity.js';

/** Fields that the schema shows and nothing reads; prints what the start says of them. */
// Before the first schema is built: the decorators are read once.
Field(() => String, { nullable: true })(Product.prototype, 'colour');
Field(() => String, { nullable: true })(ProductStock.prototype, 'shelf');

function faultOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const unserved = faultOf(() => buildAppSchema(modules));
extend(productRead, { colour: computed(() => raw(`'red'`)) }).apply();
const ofAnObject = faultOf(() => buildAppSchema(modules));
const twice = faultOf(() => extend(productRead, { colour: computed(() => raw(`'blue'`)) }).apply());
extend(productRead, { weight: computed(() => raw('1')) }).apply();
const unknown = faultOf(() => buildAppSchema(modules));
process.stdout.write(JSON.stringify({ unserved, ofAnObject, twice, unknown }));
