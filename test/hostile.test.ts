import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from './support/app.js';

/** What one client sends must neither end the process nor delay others. */
describe('no request ends the process', () => {
  let t: TestApp;
  const rejections: unknown[] = [];
  const onRejection = (error: unknown): void => void rejections.push(error);
  beforeAll(async () => {
    process.on('unhandledRejection', onRejection);
    t = await startTestApp();
  });
  afterAll(async () => {
    process.off('unhandledRejection', onRejection);
    await t.stop();
  });
  /** Rejections without a handler are reported after the microtasks of the turn that made them. */
  const settled = async (): Promise<unknown[]> => {
    await t.db.sql('select 1');
    await new Promise((resolve) => setImmediate(resolve));
    return rejections;
  };

  test('a bad cursor beside a count that fails leaves no rejection without a handler', async () => {
    const consumer = await t.as('CONSUMER');
    const answer = await consumer.query(
      String.raw`{ products(after: "x", filter: { sku: { eq: "\u0000" } }) { totalCount nodes { id } } }`,
    );
    expect(answer.errors?.[0]?.extensions['code']).not.toBe('INTERNAL_SERVER_ERROR');
    expect(await settled()).toEqual([]);
  });
});

describe('no request delays the process', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp();
  });
  afterAll(() => t.stop());
  const compiledSize = async (): Promise<number> => {
    await t.app.compiledQueries?.idle();
    return t.app.compiledQueries?.size() ?? -1;
  };

  test('a stranger gets nothing compiled, however often the query comes', async () => {
    for (let round = 0; round < 4; round += 1) {
      await t.anonymous.query('query A($f: ProductFilter) { products(filter: $f) { totalCount } }');
      await t.anonymous.query('{ __typename }');
    }
    expect(await compiledSize()).toBe(0);
  });

  test('a viewer who is refused gets nothing compiled', async () => {
    const consumer = await t.as('CONSUMER');
    for (let round = 0; round < 4; round += 1)
      await consumer.query('query($f: CustomerFilter) { customers(filter: $f) { totalCount } }');
    expect(await compiledSize()).toBe(0);
  });

  test('a query with a recursive filter is compiled without the code of its input type', async () => {
    const owner = await t.as('OWNER');
    const query =
      'query B($f: ProductFilter, $n: Int = 3, $deep: Boolean! = true) { products(filter: $f, first: $n) { totalCount nodes { id name @include(if: $deep) } } }';
    const variables = { f: { OR: [{ sku: { contains: 'a' } }, { NOT: { active: { eq: false } } }] } };
    const first = await owner.query(query, variables);
    expect(first.errors).toBeUndefined();
    await owner.query(query, variables);
    expect(await compiledSize()).toBe(1);
    // The text of the compiled functions is bounded by the selection: the old one took five seconds and 40 MB.
    for (const given of [variables, { ...variables, n: 1 }, { f: null, deep: false }, {}]) {
      const { data, errors } = await owner.query(query, given);
      const fresh = await owner.query(`${query} # ${Object.keys(given).join()}`, given);
      expect([data, errors]).toEqual([fresh.data, fresh.errors]);
    }
    expect((await owner.query(query, { f: { sku: { eq: 7 } } })).errors?.[0]?.message).toMatch(
      /String cannot represent/,
    );
  });

  test('one name after another makes no more than one compilation wait for another', async () => {
    const owner = await t.as('OWNER');
    await Promise.all(
      Array.from({ length: 40 }, async (_, name) => {
        const query = `query N${name}($f: ProductFilter) { products(filter: $f) { totalCount } }`;
        for (let round = 0; round < 3; round += 1) await owner.query(query);
      }),
    );
    expect(await compiledSize()).toBeGreaterThan(0);
  });
});
