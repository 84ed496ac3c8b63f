import type { Cluster } from '../support/cluster.js';
import { runLoad, table } from './load.js';

/** What the clients send with their default settings, as captured from Apollo Client 4.3, urql 5 and graphql-request 7. */
interface ClientShape {
  name: string;
  accept: string;
  body(operation: { operationName: string; query: string; variables: object }): object;
}

const withTypeNames = (query: string): string =>
  query.replace(/ \}/g, ' __typename }').replace(/ __typename \}$/, ' }');

const CLIENTS: readonly ClientShape[] = [
  { name: '*/*', accept: '*/*', body: ({ query, variables }) => ({ query, variables }) },
  {
    name: 'Apollo Client 4',
    accept: 'application/graphql-response+json,application/json;q=0.9',
    body: ({ operationName, query, variables }) => ({
      operationName,
      variables,
      extensions: { clientLibrary: { name: '@apollo/client', version: '4.3.8' } },
      query: withTypeNames(query),
    }),
  },
  {
    name: 'urql 5, POST',
    accept:
      'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    body: ({ operationName, query, variables }) => ({ operationName, query: withTypeNames(query), variables }),
  },
  {
    name: 'graphql-request 7',
    accept: 'application/graphql-response+json, application/json',
    body: ({ operationName, query, variables }) => ({ query, variables, operationName }),
  },
];

export async function benchClients(
  cluster: Cluster,
  token: string,
  connections: number,
  seconds: number,
): Promise<void> {
  const [customer] = await cluster.sql<{ id: string }>(`select id from customers where code = 'B00001'`);
  const operations = [
    {
      operationName: 'List',
      query: 'query List($n: Int!) { products(first: $n) { nodes { id name sku basePrice { amount currency } } } }',
      variables: { n: 20 },
    },
    {
      operationName: 'Customer',
      query:
        'query Customer($id: ID!) { customer(id: $id) { id code name creditLimit { amount currency } priceList { code } addresses { label city } contacts { name } } }',
      variables: { id: customer?.id ?? '' },
    },
  ];
  const rows: (string | number)[][] = [];
  for (const operation of operations) {
    let plain = 0;
    for (const { name, accept, body } of CLIENTS) {
      const { perSecond, cpuMs, p50, p99, failed } = await runLoad(
        {
          method: 'POST',
          url: `${cluster.apiUrl}/graphql`,
          headers: {
            accept,
            'content-type': 'application/json',
            'accept-language': '*',
            'sec-fetch-mode': 'cors',
            authorization: `Bearer ${token}`,
          },
          body: JSON.stringify(body(operation)),
        },
        cluster.pid('api0'),
        connections,
        seconds,
      );
      plain ||= perSecond;
      rows.push([operation.operationName, name, perSecond, perSecond / plain, cpuMs, p50, p99, failed]);
    }
  }
  table(
    `The headers of real clients, ${connections} connections (clients with a cache ask for __typename besides)`,
    ['query', 'client', 'ours/s', 'share of */*', 'CPU ms', 'p50 ms', 'p99 ms', 'failed'],
    rows,
  );
}
