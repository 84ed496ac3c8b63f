import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Client, fetchExchange, type Exchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { GraphQLClient } from 'graphql-request';

/** The clients that people use, as their documentation starts them: no option but the address and the token. */
export interface ClientDriver {
  name: string;
  /** Asks the server, whatever the client's cache holds, and answers what a view would be given. */
  fetch(document: string, variables?: Record<string, unknown>): Promise<any>;
  /** Answers from the cache where the client has one that holds it all. */
  read(document: string, variables?: Record<string, unknown>): Promise<any>;
  stop(): void;
}

export interface DriverOptions {
  url: string;
  token: string;
}

export function apolloDriver({ url, token }: DriverOptions): ClientDriver {
  const client = new ApolloClient({
    link: new HttpLink({ uri: `${url}/graphql`, headers: { authorization: `Bearer ${token}` } }),
    cache: new InMemoryCache(),
  });
  const ask = async (
    document: string,
    variables: Record<string, unknown>,
    fetchPolicy: 'network-only' | 'cache-first',
  ) => (await client.query<any>({ query: gql(document), variables, fetchPolicy })).data;
  return {
    name: 'Apollo Client',
    fetch: (document, variables = {}) => ask(document, variables, 'network-only'),
    read: (document, variables = {}) => ask(document, variables, 'cache-first'),
    stop: () => client.stop(),
  };
}

/** Types of one record a parent have no key; graphcache wants to be told so. */
const EMBEDDED = Object.fromEntries(
  ['Me', 'Money', 'PageInfo', 'ProductStock', 'SalespersonDashboard'].map((type) => [type, () => null]),
);

export function urqlClient({ url, token }: DriverOptions, cache: Exchange = cacheExchange({ keys: EMBEDDED })): Client {
  return new Client({
    url: `${url}/graphql`,
    exchanges: [cache, fetchExchange],
    fetchOptions: () => ({ headers: { authorization: `Bearer ${token}` } }),
  });
}

export function urqlDriver(options: DriverOptions): ClientDriver {
  const client = urqlClient(options);
  const ask = async (
    document: string,
    variables: Record<string, unknown>,
    requestPolicy: 'network-only' | 'cache-first',
  ) => {
    const { data, error } = await client.query<any>(document, variables, { requestPolicy }).toPromise();
    if (error) throw error;
    return data;
  };
  return {
    name: 'urql with graphcache',
    fetch: (document, variables = {}) => ask(document, variables, 'network-only'),
    read: (document, variables = {}) => ask(document, variables, 'cache-first'),
    stop: () => undefined,
  };
}

export function graphqlRequestDriver({ url, token }: DriverOptions): ClientDriver {
  const client = new GraphQLClient(`${url}/graphql`, { headers: { authorization: `Bearer ${token}` } });
  const ask = (document: string, variables: Record<string, unknown> = {}): Promise<any> =>
    client.request(document, variables);
  return { name: 'graphql-request', fetch: ask, read: ask, stop: () => undefined };
}

export const DRIVERS = [
  ['Apollo Client', apolloDriver],
  ['urql with graphcache', urqlDriver],
  ['graphql-request', graphqlRequestDriver],
] as const;

/** What a view shows of an answer: the names of types are the client's own addition. */
export function withoutTypeNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTypeNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (key === '__typename' ? [] : [[key, withoutTypeNames(inner)]])),
  );
}
