import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { countCompiledOf } from './compiled.js';
import { DRIVERS, urqlClient, withoutTypeNames } from './drivers.js';
import { startFrontEndCompany, type FrontEndCompany } from './company.js';

const ROUNDS = 5;
const PAGE = 5;
const PAGES = `query Products($after: String) {
  products(first: ${PAGE}, after: $after) { edges { cursor node { id name sku } } pageInfo { hasNextPage endCursor hasPreviousPage startCursor } }
}`;

describe('lists and records through the clients that people use, with their default settings', () => {
  let company: FrontEndCompany;
  let threePages: { id: string; name: string }[];
  beforeAll(async () => {
    company = await startFrontEndCompany();
    const { data } = await company.owner.query<any>(`{ products(first: ${3 * PAGE}) { nodes { id name sku } } }`);
    threePages = data.products.nodes;
    expect(threePages).toHaveLength(3 * PAGE);
  }, 120_000);
  afterAll(() => company.t.stop());

  describe.each(DRIVERS)('%s', (_name, driverOf) => {
    const start = () => driverOf({ url: company.t.url, token: company.owner.token as string });
    const QUERIES: Record<string, [string, () => Record<string, unknown>]> = {
      'a short query': ['{ me { name role } }', () => ({})],
      'a list with a variable': [
        'query List($n: Int!) { products(first: $n) { nodes { id name sku basePrice { amount currency } } totalCount } }',
        () => ({ n: 20 }),
      ],
      'a list with a filter': [
        `query Filtered($filter: ProductFilter) {
           products(first: 10, filter: $filter) { nodes { id name stock { onHand } category { id name } } pageInfo { endCursor } } }`,
        () => ({ filter: { active: { eq: true }, OR: [{ sku: { contains: 'A' } }, { name: { contains: 'كابل' } }] } }),
      ],
      'a customer with orders': [
        `query Customer($id: ID!) {
           customer(id: $id) { id code name creditLimit { amount currency } orders { id number total { amount currency } } } }`,
        () => ({ id: company.customerId }),
      ],
    };

    test.each(Object.entries(QUERIES))(
      '%s gives the right data and is answered compiled',
      async (_what, [text, of]) => {
        const driver = start();
        const variables = of();
        const plain = await company.owner.query<any>(text, variables);
        expect(plain.errors).toBeUndefined();
        expect(withoutTypeNames(await driver.fetch(text, variables))).toEqual(plain.data);
        const compiled = await countCompiledOf(company.t.url, () => driver.fetch(text, variables), ROUNDS);
        expect(withoutTypeNames(await driver.fetch(text, variables))).toEqual(plain.data);
        driver.stop();
        expect(compiled).toBe(ROUNDS);
      },
    );
  });

  test('Apollo Client joins the pages of a list in its cache, each product once and in order', async () => {
    const client = new ApolloClient({
      link: new HttpLink({
        uri: `${company.t.url}/graphql`,
        headers: { authorization: `Bearer ${company.owner.token}` },
      }),
      cache: new InMemoryCache({ typePolicies: { Query: { fields: { products: relayStylePagination() } } } }),
    });
    const view = client.watchQuery<any>({ query: gql(PAGES), variables: {} });
    let subscription = { unsubscribe: (): void => undefined };
    await new Promise<void>((resolve, reject) => {
      subscription = view.subscribe(({ dataState, error }) => {
        if (error) reject(new Error('The list failed.', { cause: error }));
        else if (dataState === 'complete') resolve();
      });
    });
    const cached = (): any => client.readQuery<any>({ query: gql(PAGES), variables: {} }).products;
    for (let page = 1; page < 3; page += 1) {
      await view.fetchMore({ variables: { after: cached().pageInfo.endCursor } });
    }
    const products = cached();
    subscription.unsubscribe();
    client.stop();
    expect(products.edges.map((edge: any) => edge.node.id)).toEqual(threePages.map(({ id }) => id));
    expect(products.pageInfo.hasNextPage).toBe(true);
  });

  test('graphcache joins the pages of a list, each product once and in order', async () => {
    const cache = cacheExchange({
      keys: { PageInfo: () => null },
      resolvers: { Query: { products: relayPagination() } },
    });
    const client = urqlClient({ url: company.t.url, token: company.owner.token as string }, cache);
    let data: any;
    for (let page = 0; page < 3; page += 1) {
      const after = page === 0 ? null : data.products.pageInfo.endCursor;
      const result = await client.query<any>(PAGES, { after }).toPromise();
      expect(result.error).toBeUndefined();
      ({ data } = result);
    }
    expect(data.products.edges.map((edge: any) => edge.node.id)).toEqual(threePages.map(({ id }) => id));
  });

  test('graphql-request walks the pages of a list, each product once and in order', async () => {
    const driver = DRIVERS[2][1]({ url: company.t.url, token: company.owner.token as string });
    const ids: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 3; page += 1) {
      const { products }: any = await driver.fetch(PAGES, { after });
      ids.push(...products.edges.map((edge: any) => edge.node.id));
      after = products.pageInfo.endCursor;
    }
    expect(ids).toEqual(threePages.map(({ id }) => id));
  });
});
